package auth_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models"
)

func TestTOTP_EnrolNeedsProof(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser().mustSignIn(member)
		two := &twoStep{st: st, b: b}
		two.key = two.shownKey()
		if again := two.shownKey(); again != two.key {
			t.Error("each look at the page shows another key")
		}
		if n := st.number("SELECT count(*) FROM authenticators"); n != 0 {
			t.Errorf("looking stored %d rows", n)
		}
		wantPage(t, b.post("/account/totp", "code", "", "name", "My phone"), 422, "Enter the code that the app shows", `value="My phone"`)
		wantPage(t, b.post("/account/totp", "code", "000000"), 422, "That code is not right. Check the clock of your phone")
		wantRedirect(t, st.browser().signInWith(member, goodPassword), "/dashboard") // half of a set-up asks for nothing
		other := st.browser().mustSignIn(member)
		wantPage(t, other.post("/account/totp", "code", two.code(0)), 422, "That code is not right") // shown to another session
		before := st.actor(b)
		wantRedirect(t, b.post("/account/totp", "code", two.code(0), "name", "My phone"), "/account/recovery-codes")
		if after := st.actor(b); after.ACR != auth.ACRTwoStep || after.SessionID != before.SessionID {
			t.Errorf("%+v", after)
		}
		var secret []byte
		if err := st.raw().QueryRow("SELECT secret FROM authenticators").Scan(&secret); err != nil || strings.Contains(string(secret), two.key) {
			t.Errorf("stored %q, %v", secret, err)
		}
		if len(st.audit(auth.AuditTOTPAdd)) != 3 || len(st.delivered(member, "totp_added")) != 1 {
			t.Errorf("%d rows, %d mails", len(st.audit(auth.AuditTOTPAdd)), len(st.delivered(member, "totp_added")))
		}
		wantPage(t, b.get("/account/totp"), 200, "My phone")
		wantRedirect(t, st.browser().signInWith(member, goodPassword), "/login/code")
	})
}

// TestTOTPEnrolment (T-807): the key that was shown can be confirmed for ten minutes at most.
func TestTOTPEnrolment(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		two := &twoStep{st: st, b: st.browser().mustSignIn(member)}
		two.key = two.shownKey()
		st.clock.Add(10*time.Minute + time.Second)
		wantRedirect(t, two.b.post("/account/totp", "code", two.code(0)), "/reauth?return_to=%2Faccount%2Ftotp") // needs a fresh proof
		wantRedirect(t, two.b.post("/reauth", "password", goodPassword), "/dashboard")
		wantPage(t, two.b.post("/account/totp", "code", two.code(0)), 422, "That code is not right")
		two.key = two.shownKey()
		wantRedirect(t, two.b.post("/account/totp", "code", two.code(0)), "/account/recovery-codes")
		first := two.key
		if two.key = two.shownKey(); two.key == first {
			t.Error("the second app gets the key of the first")
		}
		wantPage(t, two.b.post("/account/totp", "code", "123456"), 422)
		two.key = first
		st.clock.Add(time.Minute)
		b := two.halfway(member)
		wantRedirect(t, b.post("/login/code", "code", two.code(0)), "/dashboard") // the one that is in force stays so
	})
}

func TestTOTP_Several(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		keys := []string{two.key}
		for i := range 4 {
			two.key = two.shownKey()
			wantRedirect(t, two.b.post("/account/totp", "code", two.code(0), "name", fmt.Sprintf("App %d", i)), "/account/totp")
			keys = append(keys, two.key)
		}
		if page := two.b.get("/account/totp"); keyPattern.MatchString(page.body) {
			t.Error("a sixth is offered")
		}
		wantPage(t, two.b.post("/account/totp", "code", "123456"), 422, "There is room for 5 authenticators")
		st.clock.Add(time.Minute)
		for _, two.key = range keys {
			wantRedirect(t, two.halfway(member).post("/login/code", "code", two.code(0)), "/dashboard")
		}
	})
}

// TestTOTPStrict (T-806): three steps are right, in six ASCII digits, and a step that was used stays used.
func TestTOTPStrict(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		for _, steps := range []int{-2, 2} {
			wantPage(t, two.halfway(member).post("/login/code", "code", two.code(steps)), 422, "That code belongs to another moment. Check the clock of your phone")
		}
		wide := strings.Map(func(r rune) rune { return r - '0' + '０' }, two.code(0))
		arabic := strings.Map(func(r rune) rune { return r - '0' + '٠' }, two.code(0))
		for _, typed := range []string{two.code(0)[:5], two.code(0) + "1", wide, arabic, "+" + two.code(0)[1:], "+" + two.code(0)} {
			wantPage(t, two.halfway(member).post("/login/code", "code", typed), 422, "That code is not right")
			st.exec("DELETE FROM attempts")
		}
		for _, steps := range []int{-1, 0, 1} { // in this order: a later one spends the earlier
			code := two.code(steps)
			wantRedirect(t, two.halfway(member).post("/login/code", "code", code[:3]+" "+code[3:]), "/dashboard")
			wantPage(t, two.halfway(member).post("/login/code", "code", code), 422, "That code is not right")
			st.exec("DELETE FROM attempts")
		}
		wantPage(t, two.halfway(member).post("/login/code", "code", two.code(0)), 422)
		st.clock.Add(-10 * time.Minute)
		wantPage(t, two.halfway(member).post("/login/code", "code", two.code(0)), 422)
	})
}

// TestTOTPStepIsSpent (T-310): fifty requests with one code are one sign-in.
func TestTOTPStepIsSpent(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		code := two.code(0)
		if n := st.rushSecondStep(member, func(int) string { return code }); n != 1 {
			t.Errorf("%d sign-ins", n)
		}
	}, func(c *auth.Config) { c.RateLimitScale = 100 })
}

func TestTOTP_Disable(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		id := ""
		if err := st.raw().QueryRow("SELECT id FROM authenticators").Scan(&id); err != nil {
			t.Fatal(err)
		}
		wantPage(t, two.b.get("/account/totp/disable?id="+id), 200, "Remove “Authenticator”?")
		if p := two.b.get("/account/totp/disable?id=" + models.NewID()); p.status != http.StatusNotFound {
			t.Errorf("somebody else's: %d", p.status)
		}
		wantPage(t, two.b.post("/account/totp/disable", "id", id, "code", "000000"), 422, "That code is not right")
		elsewhere := two.halfway(member)
		wantRedirect(t, elsewhere.post("/login/code", "code", two.code(0), "trust", "on"), "/dashboard")
		waiting, before := two.halfway(member), two.b.cookies["session"]
		wantRedirect(t, two.b.post("/account/totp/disable", "id", id), "/account/totp")
		if two.b.cookies["session"] == before {
			t.Error("the old cookie still works")
		}
		wantPage(t, elsewhere.get("/dashboard"), 200) // other sessions stay
		wantRedirect(t, waiting.post("/login/code", "code", two.codes[0]), "/login")
		wantRedirect(t, st.browser().signInWith(member, goodPassword), "/dashboard")
		if n := st.number("SELECT count(*) FROM recovery_codes"); n != 0 {
			t.Errorf("%d recovery codes are left to an account without a second step", n)
		}
		if len(st.delivered(member, "totp_removed")) != 1 || len(st.audit(auth.AuditTOTPRemove)) != 1 {
			t.Error("nobody is told")
		}
	})
}

// TestFactorRemoval (T-811): a factor is removed by who proves it, not by a stale session or a trusted browser.
func TestFactorRemoval(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		trusted := two.halfway(member)
		wantRedirect(t, trusted.post("/login/code", "code", two.code(0), "trust", "on"), "/dashboard")
		wantRedirect(t, trusted.signInWith(member, goodPassword), "/dashboard") // without a code: aal1
		for _, path := range []string{"/account/totp/disable", "/account/recovery-codes", "/account/totp", "/account/password"} {
			if p := trusted.post(path, "current_password", goodPassword, "password", otherPassword); !strings.HasPrefix(p.location, "/reauth?") {
				t.Errorf("%s by a trusted browser: %d %q", path, p.status, p.location)
			}
		}
		wantPage(t, trusted.get("/reauth?return_to=/account/totp"), 200, "To change your authenticator apps, confirm it is you.", `name="code"`)
		wantPage(t, trusted.post("/reauth", "password", goodPassword), 422, "Enter the code") // the password is not enough
		st.clock.Add(time.Minute)
		wantRedirect(t, trusted.post("/reauth", "code", two.code(0), "return_to", "/account/totp"), "/account/totp")
		wantRedirect(t, trusted.post("/account/totp/disable"), "/account/totp")
		if u := st.actor(trusted); u.ACR != "aal2" {
			t.Errorf("%q", u.ACR)
		}
	})
}
