package auth_test

import (
	"testing"

	"latchkey/auth"
)

// TestNewBrowserCheck: where it is set, a password from a browser that is new to the account is not enough; a
// mailed code completes it, in that browser. It raises no level, and is not asked of who has just proven the mailbox.
func TestNewBrowserCheck(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser()
		wantRedirect(t, b.signInWith(member, goodPassword), "/login/code")
		if b.signedIn() {
			t.Fatal("signed in without the code")
		}
		wantPage(t, b.get("/login/code"), 200, "We sent you a code by email")
		code := codeIn(t, st.lastMail(member, "sign_in_code"))
		wrong := "000000"
		if code == wrong {
			wrong = "000001"
		}
		wantPage(t, b.post("/login/code", "code", wrong), 422, "That code is not right")
		wantRedirect(t, st.browser().post("/login/code", "code", code), "/login") // another browser has nothing open
		wantRedirect(t, b.post("/login/code", "code", code), "/dashboard")
		if u := st.actor(b); u.ACR != auth.ACRSingle {
			t.Error(u.ACR)
		}
		if rows := st.audit(auth.AuditNewBrowserCheck); len(rows) != 2 {
			t.Errorf("audit: %+v", rows)
		}
		b.post("/logout")
		wantRedirect(t, b.signInWith(member, goodPassword), "/dashboard") // known now

		mailed := st.browser()
		mailed.post("/login/link", "email", member)
		wantRedirect(t, mailed.post(st.link(member, "sign_in_link")), "/dashboard")

		b.addKey("Mine") // what it asks for is worth more
		mails := len(st.delivered(member, "sign_in_code"))
		other := st.browser()
		wantRedirect(t, other.signInWith(member, goodPassword), "/login/code")
		wantPage(t, other.get("/login/code"), 200, "Use your passkey")
		if n := len(st.delivered(member, "sign_in_code")); n != mails {
			t.Error("a mail for somebody with a second factor")
		}
	}, func(c *auth.Config) { c.NewBrowserCheck = true })
}
