package auth_test

import (
	"errors"
	"fmt"
	"html"
	"math"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"latchkey/auth"
	"latchkey/models"
)

// twoStep is somebody whose account asks for a code.
type twoStep struct {
	st    *site
	b     *browser // signed in, with the second factor shown
	key   string   // of the authenticator
	codes []string // for recovery
}

var (
	keyPattern      = regexp.MustCompile(`(?s)<code id="totp-key"[^>]*>([^<]+)</code>`)
	recoveryPattern = regexp.MustCompile(`(?m)\b[0-9a-z]{5}-[0-9a-z]{5}\b`)
)

func (st *site) twoStep(email string) *twoStep {
	st.t.Helper()
	st.person(email)
	two := &twoStep{st: st, b: st.browser().mustSignIn(email)}
	two.key = two.shownKey()
	wantRedirect(st.t, two.b.post("/account/totp", "code", two.code(0)), "/account/recovery-codes")
	two.codes = recoveryPattern.FindAllString(two.b.get("/account/recovery-codes").body, -1)
	if len(two.codes) != 10 {
		st.t.Fatalf("%d recovery codes", len(two.codes))
	}
	st.clock.Add(time.Minute) // the code that proved it is spent
	return two
}

func (two *twoStep) shownKey() string {
	two.st.t.Helper()
	found := keyPattern.FindStringSubmatch(two.b.get("/account/totp").body)
	if found == nil {
		two.st.t.Fatal("no key on the page")
	}
	return strings.ToUpper(strings.ReplaceAll(html.UnescapeString(found[1]), " ", ""))
}

// code is what the app shows, so many steps from now.
func (two *twoStep) code(steps int) string {
	two.st.t.Helper()
	code, err := totp.GenerateCode(two.key, two.st.db.Now().Add(time.Duration(steps)*30*time.Second))
	if err != nil {
		two.st.t.Fatal(err)
	}
	return code
}

// halfway is a browser that has shown the password.
func (two *twoStep) halfway(email string) *browser {
	two.st.t.Helper()
	b := two.st.browser()
	wantRedirect(two.st.t, b.signInWith(email, goodPassword), "/login/code")
	return b
}

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

// TestRecoveryCodeWorksOnce (T-311).
func TestRecoveryCodeWorksOnce(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		if n := st.rushSecondStep(member, func(int) string { return two.codes[0] }); n != 1 {
			t.Errorf("one code, %d sign-ins", n)
		}
		if n := st.rushSecondStep(member, func(i int) string { return two.codes[1+i%2] }); n != 2 {
			t.Errorf("two codes, %d sign-ins", n)
		}
		if left := st.number("SELECT count(*) FROM recovery_codes WHERE used_at IS NULL"); left != 7 {
			t.Errorf("%d left", left)
		}
	}, func(c *auth.Config) { c.RateLimitScale = 100 })
}

// rushSecondStep is fifty browsers past the password, all sending their code at once; how many got in.
func (st *site) rushSecondStep(email string, code func(i int) string) (in int) {
	st.t.Helper()
	var mu sync.Mutex
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range 50 {
		b := st.browser()
		wantRedirect(st.t, b.signInWith(email, goodPassword), "/login/code")
		visitor := auth.Visitor{Pending: b.cookies["login"]}
		all.Go(func() {
			<-start
			entry, err := st.s.ProveSecondStep(st.t.Context(), visitor, code(i), false)
			var wrong auth.WrongFactor
			switch {
			case err == nil && entry.Session != "":
				mu.Lock()
				in++
				mu.Unlock()
			case !errors.As(err, &wrong):
				st.t.Errorf("%v", err)
			}
		})
	}
	close(start)
	all.Wait()
	return in
}

func TestSecondFactor_TOTP(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		b := st.browser()
		wantRedirect(t, b.post("/login", "email", member, "password", goodPassword, "remember", "on", "return_to", "/notes"), "/login/code")
		if b.cookies["session"] != "" {
			t.Error("a session before the second step")
		}
		wantPage(t, b.get("/login/code"), 200, member, "Trust this browser for 30 days")
		wantPage(t, b.post("/login/code", "code", ""), 422, "Enter the code")
		wantPage(t, b.post("/login/code", "code", "000000"), 422, "That code is not right. 4 tries left")
		sessions := st.number("SELECT count(*) FROM sessions")
		done := b.post("/login/code", "code", two.code(0))
		wantRedirect(t, done, "/notes")
		if u := st.actor(b); u.ACR != "aal2" || strings.Join(u.AMR, " ") != "pwd otp mfa" {
			t.Errorf("%q %v", u.ACR, u.AMR)
		}
		if n := st.number("SELECT count(*) FROM sessions"); n != sessions+1 {
			t.Errorf("%d sessions more", n-sessions)
		}
		for _, cookie := range done.set {
			if cookie.Name == "session" && cookie.MaxAge == 0 {
				t.Error("“keep me signed in” was lost on the way")
			}
		}
		rows := st.audit(auth.AuditSecondFactor)
		if len(rows) != 2 || len(withReason(rows, "bad_code")) != 1 {
			t.Errorf("audit: %+v", rows)
		}
	})
}

func TestSecondFactor_RecoveryCodeOnce_Race(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		typed := " " + strings.ToUpper(strings.NewReplacer("0", "o", "1", "l").Replace(two.codes[0])) + " "
		b := two.halfway(member)
		wantRedirect(t, b.post("/login/code", "code", typed), "/dashboard")
		wantPage(t, two.halfway(member).post("/login/code", "code", two.codes[0]), 422, "That code is not right")
		mail := st.lastMail(member, "recovery_code_used")
		if !strings.Contains(mail.Text, "9 codes are left") {
			t.Error(mail.Text)
		}
		if rows := st.audit(auth.AuditRecoveryCodeUse); len(rows) != 1 || rows[0].Meta["left"] != 9.0 {
			t.Errorf("audit: %+v", rows)
		}
		if u := st.actor(b); u.ACR != "aal2" {
			t.Errorf("%q", u.ACR)
		}
	})
}

// TestSecondFactor_Limits (A-656, L-13): five wrong codes end a sign-in, ten in an hour make codes wait, whatever sign-in
// they come from; the owner is told once.
func TestSecondFactor_Limits(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		b := two.halfway(member)
		for left := 4; left > 0; left-- {
			wantPage(t, b.post("/login/code", "code", "000000"), 422, fmt.Sprintf("%d tr", left))
		}
		wantRedirect(t, b.post("/login/code", "code", "000000"), "/login")
		wantRedirect(t, b.post("/login/code", "code", two.code(0)), "/login") // the right one comes too late
		b = two.halfway(member)
		for range 4 {
			b.post("/login/code", "code", "000000")
		}
		if n := len(st.delivered(member, "second_factor_failures")); n != 0 {
			t.Errorf("%d mails after nine", n)
		}
		b.post("/login/code", "code", "000000")
		if n := len(st.delivered(member, "second_factor_failures")); n != 1 {
			t.Errorf("%d mails after ten", n)
		}
		b = two.halfway(member)
		refused := b.post("/login/code", "code", two.code(0))
		wantPage(t, refused, 429, "Too many tries. Wait 15 minutes")
		if refused.header.Get("Retry-After") != "900" {
			t.Errorf("Retry-After %q", refused.header.Get("Retry-After"))
		}
		st.clock.Add(15*time.Minute + time.Second)
		wantRedirect(t, two.halfway(member).post("/login/code", "code", two.code(0)), "/dashboard")
	})
}

func TestRecoveryCodes_HashedShownOnce(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		if again := recoveryPattern.FindAllString(two.b.get("/account/recovery-codes").body, -1); strings.Join(again, " ") != strings.Join(two.codes, " ") {
			t.Error("looking again shows other codes: GET used them up")
		}
		for _, query := range []string{"SELECT code_hash FROM recovery_codes", "SELECT value FROM shown_once"} {
			rows, err := st.raw().Query(query)
			if err != nil {
				t.Fatal(err)
			}
			for rows.Next() {
				var stored []byte
				if err := rows.Scan(&stored); err != nil {
					t.Fatal(err)
				}
				if strings.Contains(string(stored), two.codes[0]) || strings.Contains(string(stored), strings.ReplaceAll(two.codes[0], "-", "")) {
					t.Errorf("%s: stored as it is", query)
				}
			}
			if err := rows.Err(); err != nil {
				t.Fatal(err)
			}
			_ = rows.Close()
		}
		other := two.halfway(member)
		wantRedirect(t, other.post("/login/code", "code", two.code(0)), "/dashboard")
		if recoveryPattern.MatchString(other.get("/account/recovery-codes").body) {
			t.Error("another session sees them")
		}
		wantRedirect(t, two.b.post("/account/recovery-codes", "saved", "on"), "/account")
		page := two.b.get("/account/recovery-codes")
		wantPage(t, page, 200, "10 codes left")
		if recoveryPattern.MatchString(page.body) {
			t.Error("still shown after they were saved")
		}
	})
}

// TestShownOnce_UntilSaved: what is shown once waits for ten minutes at most.
func TestShownOnce_UntilSaved(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		st.clock.Add(8 * time.Minute)
		if !recoveryPattern.MatchString(two.b.get("/account/recovery-codes").body) {
			t.Error("gone before its time")
		}
		wantRedirect(t, two.b.post("/reauth", "code", two.code(0)), "/dashboard")
		st.clock.Add(2 * time.Minute)
		if recoveryPattern.MatchString(two.b.get("/account/recovery-codes").body) {
			t.Error("shown after ten minutes")
		}
		if err := st.s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := st.number("SELECT count(*) FROM shown_once"); n != 0 {
			t.Errorf("%d rows are kept", n)
		}
	})
}

func TestRecoveryCodes_NewSetKillsOld(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		wantRedirect(t, two.b.post("/account/recovery-codes"), "/account/recovery-codes")
		fresh := recoveryPattern.FindAllString(two.b.get("/account/recovery-codes").body, -1)
		if len(fresh) != 10 {
			t.Fatalf("%d new codes", len(fresh))
		}
		wantPage(t, two.halfway(member).post("/login/code", "code", two.codes[3]), 422)
		wantRedirect(t, two.halfway(member).post("/login/code", "code", fresh[3]), "/dashboard")
		if n := len(st.delivered(member, "recovery_codes_created")); n != 2 {
			t.Errorf("%d mails", n)
		}
	})
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

// TestReauth_AnyStrongFactor.
func TestReauth_AnyStrongFactor(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		wantPage(t, two.b.post("/reauth", "code", "000000", "return_to", "/notes"), 422, "That code is not right", `value="/notes"`)
		wantRedirect(t, two.b.post("/reauth", "code", two.code(0), "return_to", "/notes"), "/notes")
		wantRedirect(t, two.b.post("/reauth", "code", two.codes[0], "return_to", "/notes"), "/notes")
		rows := st.audit(auth.AuditReauth)
		seen := map[string]int{}
		for _, row := range rows {
			seen[row.Method+row.Reason]++
		}
		if len(rows) != 3 || seen["recovery"] != 1 || seen["totp"] != 1 || seen["bad_code"] != 1 {
			t.Errorf("audit: %v", seen)
		}
		for range 4 {
			two.b.post("/reauth", "code", "000000")
		}
		wantPage(t, two.b.post("/reauth", "code", "000000"), 429, "Too many tries") // L-16, the one before counts
	})
}

func TestTrustedBrowser_SkipsOnce(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		b := two.halfway(member)
		wantRedirect(t, b.post("/login/code", "code", two.code(0), "trust", "on"), "/dashboard")
		wantRedirect(t, b.signInWith(member, goodPassword), "/dashboard")
		if u := st.actor(b); u.ACR != "aal1" || strings.Join(u.AMR, " ") != "pwd" {
			t.Errorf("trust proved something: %q %v", u.ACR, u.AMR)
		}
		wantPage(t, b.signInWith(member, "wrong-password"), 422) // it skips the second step, not the first
		st.clock.Add(30*24*time.Hour + time.Second)
		wantRedirect(t, b.signInWith(member, goodPassword), "/login/code")
	})
}

// TestTrustedBrowserIsNarrow (T-414): trust is for one browser and one person.
func TestTrustedBrowserIsNarrow(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		b := two.halfway(member)
		wantRedirect(t, b.post("/login/code", "code", two.code(0), "trust", "on"), "/dashboard")
		st.clock.Add(time.Minute)
		other := st.twoStep("other@example.test")
		wantRedirect(t, b.signInWith("other@example.test", goodPassword), "/login/code")
		edited := b.copy()
		edited.cookies["browser"] = "A" + b.cookies["browser"][1:]
		if edited.cookies["browser"] != b.cookies["browser"] {
			wantRedirect(t, edited.signInWith(member, goodPassword), "/login/code")
		}
		stranger := st.browser()
		stranger.cookies["browser"] = models.NewToken()
		wantRedirect(t, stranger.signInWith(member, goodPassword), "/login/code")
		wantRedirect(t, other.b.post("/account/totp/disable"), "/account/totp")
		wantRedirect(t, b.signInWith(member, goodPassword), "/dashboard") // another's change is not this one's
	})
}

func TestTrustedBrowser_DiesWithEpoch(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		changes := map[string]func(){
			"password": func() {
				wantRedirect(t, two.b.post("/account/password", "current_password", goodPassword, "password", otherPassword), "/account")
				wantRedirect(t, two.b.post("/account/password", "current_password", otherPassword, "password", goodPassword), "/account")
			},
			"new recovery codes": func() { wantRedirect(t, two.b.post("/account/recovery-codes"), "/account/recovery-codes") },
		}
		for name, change := range changes {
			st.clock.Add(time.Minute)
			b := two.halfway(member)
			wantRedirect(t, b.post("/login/code", "code", two.code(0), "trust", "on"), "/dashboard")
			wantRedirect(t, b.signInWith(member, goodPassword), "/dashboard")
			change()
			if p := b.signInWith(member, goodPassword); p.location != "/login/code" {
				t.Errorf("%s: %d %q", name, p.status, p.location)
			}
		}
	})
}

func TestTrustedBrowser_ListAndRemove(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		wantPage(t, two.b.get("/account/trusted-browsers"), 200, "No browser is trusted")
		var trusted []*browser
		for range 3 {
			st.clock.Add(time.Minute)
			b := two.halfway(member)
			wantRedirect(t, b.post("/login/code", "code", two.code(0), "trust", "on"), "/dashboard")
			trusted = append(trusted, b)
		}
		page := trusted[0].get("/account/trusted-browsers")
		wantPage(t, page, 200, "Firefox on Linux", "This browser", "192.0.2.1")
		ids := regexp.MustCompile(`id="untrust-([^"]+)"`).FindAllStringSubmatch(page.body, -1)
		if len(ids) != 3 {
			t.Fatalf("%d browsers", len(ids))
		}
		id := ids[0][1] // the newest first
		at := "/account/trusted-browsers/" + id
		wantRedirect(t, two.b.post(at+"/rename", "name", "Kitchen"), "/account/trusted-browsers")
		wantPage(t, two.b.get("/account/trusted-browsers"), 200, "Kitchen")
		wantPage(t, two.b.post(at+"/rename", "name", strings.Repeat("k", 61)), 422, "Use at most 60 characters", strings.Repeat("k", 61))
		st.person("other@example.test")
		stranger := st.actor(st.browser().mustSignIn("other@example.test"))
		for name, err := range map[string]error{
			"rename": st.s.RenameTrustedBrowser(t.Context(), stranger, id, "Mine"), "remove": st.s.UntrustBrowsers(t.Context(), stranger, id),
		} {
			if !errors.Is(err, models.ErrNotFound) {
				t.Errorf("%s by somebody else: %v", name, err)
			}
		}
		wantRedirect(t, two.b.post(at+"/remove"), "/account/trusted-browsers")
		wantRedirect(t, trusted[2].signInWith(member, goodPassword), "/login/code")
		wantRedirect(t, trusted[1].signInWith(member, goodPassword), "/dashboard")
		wantRedirect(t, two.b.post("/account/trusted-browsers"), "/account/trusted-browsers")
		wantRedirect(t, trusted[1].signInWith(member, goodPassword), "/login/code")
		if len(st.audit(auth.AuditBrowserTrust)) != 3 || len(st.audit(auth.AuditBrowserUntrust)) != 2 {
			t.Error("not in the audit log")
		}
	})
}

// TestReset_NeverSkipsMFA (A-507, T-805): a reset opens nothing that the second factor guards.
func TestReset_NeverSkipsMFA(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		wantRedirect(t, st.browser().post("/password/forgot", "email", member), "/password/forgot?sent=1")
		b := st.browser()
		p := b.post(linkIn(t, st.lastMail(member, "password_reset")), "password", otherPassword)
		if p.status != http.StatusSeeOther || b.cookies["session"] != "" {
			t.Errorf("%d, session %q", p.status, b.cookies["session"])
		}
		wantRedirect(t, two.b.get("/dashboard"), "/login?return_to=%2Fdashboard")
		wantRedirect(t, b.signInWith(member, otherPassword), "/login/code")
		wantRedirect(t, b.post("/login/code", "code", two.code(0)), "/dashboard")
	})
}

// TestFactorsFromRows (T-810): what is asked follows the rows, also of a sign-in that is half done.
func TestFactorsFromRows(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		wantRedirect(t, st.browser().signInWith(member, goodPassword), "/dashboard")
		two := &twoStep{st: st, b: st.browser().mustSignIn(member)}
		two.key = two.shownKey()
		wantRedirect(t, two.b.post("/account/totp", "code", two.code(0)), "/account/recovery-codes")
		st.clock.Add(time.Minute)
		half := two.halfway(member)
		wantRedirect(t, two.b.post("/account/totp/disable"), "/account/totp")
		wantRedirect(t, half.post("/login/code", "code", two.code(0)), "/login") // what it waited for is gone
		wantRedirect(t, half.signInWith(member, goodPassword), "/dashboard")
	})
}

// TestForcedChange_AfterTheSecondStep: the password is replaced by who has shown both factors.
func TestForcedChange_AfterTheSecondStep(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		st.exec("UPDATE users SET must_change_password = TRUE")
		b := two.halfway(member)
		wantRedirect(t, b.get("/password/new"), "/login")
		wantRedirect(t, b.post("/login/code", "code", two.code(0)), "/password/new")
		wantRedirect(t, b.post("/password/new", "password", otherPassword), "/dashboard")
		if u := st.actor(b); u.ACR != "aal2" {
			t.Errorf("%q", u.ACR)
		}
	})
}

// TestCodesAreEven (T-808): every digit and letter of a code is as likely as any other.
func TestCodesAreEven(t *testing.T) {
	const rounds = 200_000
	for name, made := range map[string]struct {
		alphabet string
		next     func() string
	}{"mailed": {"0123456789", auth.NewCode}, "recovery": {"0123456789abcdefghjkmnpqrstvwxyz", auth.NewRecoveryCode}} {
		counts := map[rune]int{}
		total := 0
		for range rounds {
			for _, r := range made.next() {
				counts[r]++
				total++
			}
		}
		if len(counts) != len(made.alphabet) {
			t.Errorf("%s: %d symbols", name, len(counts))
		}
		expected, chi := float64(total)/float64(len(made.alphabet)), 0.0
		for _, r := range made.alphabet {
			off := float64(counts[r]) - expected
			chi += off * off / expected
		}
		freedom := float64(len(made.alphabet) - 1)
		if sigma := math.Sqrt(2 * freedom); math.Abs(chi-freedom) > 6*sigma {
			t.Errorf("%s: chi-square %.1f for %.0f degrees of freedom", name, chi, freedom)
		}
	}
}
