package auth_test

import (
	"testing"
	"time"
)

// TestReauth_PasswordlessHasAWay: who has neither a password nor a second factor confirms by a mailed code, in the
// session that asked for it, once, and within its time.
func TestReauth_PasswordlessHasAWay(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		b, other := st.browser().mustSignIn(member), st.browser().mustSignIn(member)
		wantPage(t, b.post("/reauth/code"), 422, "Your account has another way")
		st.exec("UPDATE users SET password_hash = ''")
		st.clock.Add(11 * time.Minute)
		wantRedirect(t, b.get("/account/totp"), "/reauth?return_to=%2Faccount%2Ftotp")
		p := b.get("/reauth?return_to=%2Faccount%2Ftotp")
		wantPage(t, p, 200, "Email me a code")
		wantNot(t, p, "current-password", `name="code"`)
		wantPage(t, b.post("/reauth", "code", "123456"), 422, "That code is not right")

		wantRedirect(t, b.post("/reauth/code", "return_to", "/account/totp"), "/reauth?return_to=%2Faccount%2Ftotp")
		wantPage(t, b.get("/reauth?return_to=%2Faccount%2Ftotp"), 200, `name="code"`, "Email me another code")
		code := codeIn(t, st.lastMail(member, "sign_in_code"))
		wrong := "000000"
		if code == wrong {
			wrong = "000001"
		}
		wantPage(t, b.post("/reauth", "code", wrong), 422, "That code is not right")
		wantPage(t, other.post("/reauth", "code", code), 422, "That code is not right") // another session's
		wantRedirect(t, b.post("/reauth", "code", code, "return_to", "/account/totp"), "/account/totp")
		wantPage(t, b.get("/account/totp"), 200)
		wantPage(t, b.post("/reauth", "code", code), 422, "That code is not right") // spent

		wantRedirect(t, b.post("/reauth/code"), "/reauth?return_to=%2Fdashboard")
		code = codeIn(t, st.lastMail(member, "sign_in_code"))
		st.clock.Add(10*time.Minute + time.Second)
		wantPage(t, b.post("/reauth", "code", code), 422, "That code is not right")

		for range 5 { // over the limit of the address the answer stays the same, and no mail goes out
			wantRedirect(t, b.post("/reauth/code"), "/reauth?return_to=%2Fdashboard")
		}
		if n := len(st.delivered(member, "sign_in_code")); n > 5 {
			t.Errorf("%d mails", n)
		}
	})
}
