package auth_test

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models/modelstest"
)

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

// TestSecondFactor_LimitsUnderRush: fifty guesses at one moment, each in a sign-in of its own, are ten and no more; a right
// code that comes then is refused and not used up.
func TestSecondFactor_LimitsUnderRush(t *testing.T) {
	eachRace(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		var visitors []auth.Visitor
		for range 51 {
			visitors = append(visitors, auth.Visitor{Pending: two.halfway(member).cookies["login"]})
		}
		_, lost := modelstest.Race(50, func(i int) error {
			_, err := st.s.ProveSecondStep(t.Context(), visitors[i], "00000"+strconv.Itoa(i%10), false)
			return err
		})
		looked, limited := 0, 0
		for _, err := range lost {
			var wrong auth.WrongFactor
			var refused auth.Limited
			switch {
			case errors.As(err, &wrong):
				looked++
			case errors.As(err, &refused):
				limited++
			}
		}
		if looked != 10 || limited != 40 {
			t.Errorf("%d of fifty guesses looked at, %d refused", looked, limited)
		}
		var refused auth.Limited
		if _, err := st.s.ProveSecondStep(t.Context(), visitors[50], two.codes[0], false); !errors.As(err, &refused) {
			t.Errorf("a right code gives %v", err)
		}
		if len(st.audit(auth.AuditRecoveryCodeUse)) != 0 || st.number("SELECT count(*) FROM recovery_codes WHERE used_at IS NOT NULL") != 0 {
			t.Error("the code that was refused is used up")
		}
		st.clock.Add(15*time.Minute + time.Second)
		wantRedirect(t, two.halfway(member).post("/login/code", "code", two.codes[0]), "/dashboard")
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
