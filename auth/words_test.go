package auth_test

import (
	"strings"
	"testing"
	"time"

	"latchkey/auth"
)

// TestPagesAndMailsSayTheSettings: what people are told is what holds here, not what holds by default.
func TestPagesAndMailsSayTheSettings(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		says := func(where, text string, sentences ...string) {
			t.Helper()
			for _, sentence := range sentences {
				if !strings.Contains(strings.Join(strings.Fields(text), " "), sentence) {
					t.Errorf("%s does not say %q:\n%s", where, sentence, text)
				}
			}
		}
		st.person(member)
		b := st.browser()
		says("the sign-in page", b.get("/login").body, "Keep me signed in for 14 days")
		says("the sign-up page", b.get("/signup").body, "At least 10 characters.")
		b.post("/signup", "email", "new@example.test", "password", goodPassword)
		says("the page for the code", b.get("/verify-email").body, "It works for 10 minutes.")
		says("its mail", st.lastMail("new@example.test", "verify_email").Text,
			"It works for 10 minutes.", "The link works for 3 days and once only.", "erased after 4 days")

		b.post("/password/forgot", "email", member)
		says("the page after asking", b.get("/password/forgot?sent=1").body, "Its link and its code work for 90 minutes.")
		says("its mail", st.lastMail(member, "password_reset").Text, "Link and code work for 90 minutes.")

		b.post("/login/link", "email", member)
		says("the page for the code of a sign-in", b.get("/login/link/code").body, "Its link and its code work for 20 minutes.")
		says("its mail", st.lastMail(member, "sign_in_link").Text, "Link and code work for 20 minutes.")

		for range 5 { // a tenth of the usual: 2 within the hour, 10 within the day
			st.guess(member, 2)
			st.clock.Add(61 * time.Minute)
		}
		says("the mail about strangers", st.lastMail(member, "account_guarded").Text,
			"Someone tried 2 wrong passwords within an hour.", "The link works for 5 hours and once only.")
		says("the mail about the lock", st.lastMail(member, "account_locked").Text,
			"Someone tried 10 wrong passwords within a day", "The link works for 5 hours and once only.")
	}, func(c *auth.Config) {
		c.RateLimitScale, c.PasswordMin, c.RememberIdle, c.ResetTTL, c.UnlockTTL = 0.1, 10, 14*24*time.Hour, 90*time.Minute, 5*time.Hour
		c.LoginLinkTTL = 20 * time.Minute
		c.VerifyCodeTTL, c.VerifyLinkTTL, c.UnverifiedTTL = 10*time.Minute, 3*24*time.Hour, 4*24*time.Hour
	})
}

// TestGuessedSession_MailSaysWhatHappened: strangers are not told to wait when someone at a session did not know its
// password, so the mail does not say so; not even when strangers wait as well.
func TestGuessedSession_MailSaysWhatHappened(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		first, second := st.browserAt("203.0.113.1").mustSignIn(member), st.browserAt("203.0.113.2").mustSignIn(member)
		st.guess(member, 2)
		st.clock.Add(23*time.Hour + 50*time.Minute)
		st.guess(member, 2)
		st.clock.Add(11 * time.Minute)
		first.mustSignIn(member)
		second.mustSignIn(member)
		if p := st.browserAt("203.0.113.3").signIn(member); p.status != 429 || len(st.delivered(member, "account_guarded")) != 1 {
			t.Errorf("strangers wait for the second time: %d", p.status)
		}
		wantPage(t, first.post("/reauth", "password", "wrong-password"), 422, "That is not right")
		if p := second.post("/reauth", "password", "wrong-password"); p.status != 429 || second.signedIn() {
			t.Errorf("the second guess at the account: %d", p.status)
		}
		text := st.lastMail(member, "account_guarded").Text
		if !strings.Contains(text, "someone typed 1 wrong password within an hour. We ended that session.") || strings.Contains(text, "never signed in") {
			t.Error(text)
		}
	}, func(c *auth.Config) { c.RateLimitScale = 0.1 })
}
