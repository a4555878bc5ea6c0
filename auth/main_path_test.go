package auth_test

import (
	"testing"
)

// TestMainPath is a person's first visit, end to end.
func TestMainPath(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		b := st.browser()
		wantPage(t, b.get("/signup"), 200, "Create an account")
		p := b.post("/signup", "email", "Ada@Example.test", "password", goodPassword, "name", "Ada", "return_to", "/notes?page=2")
		wantRedirect(t, p, "/verify-email")
		if b.signedIn() {
			t.Fatal("signed in before the address was proven")
		}
		wantPage(t, b.get("/verify-email"), 200, "ada@example.test")
		wantPage(t, b.post("/verify-email", "code", "000 000"), 422, "That code is not right or has expired")
		mail := st.lastMail("ada@example.test", "verify_email")
		wantRedirect(t, b.post("/verify-email", "code", codeIn(t, mail)), "/notes?page=2")
		wantPage(t, b.get("/account"), 200, "ada@example.test")
		wantPage(t, b.get("/account/sessions"), 200, "Firefox on Linux")
		wantRedirect(t, b.post("/logout"), "/")
		wantPage(t, b.get("/"), 200, "You are signed out.")
		wantRedirect(t, b.get("/account"), "/login?return_to=%2Faccount")
		wantPage(t, b.post("/login", "email", "ada@example.test", "password", "not the password"), 422, "Email address or password is wrong")
		wantRedirect(t, b.post("/login", "email", "ADA@example.test", "password", goodPassword, "return_to", "/account"), "/account")
		if !b.signedIn() {
			t.Error("not signed in after a right password")
		}
	})
}
