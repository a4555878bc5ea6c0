package main

import (
	"strings"
	"testing"

	"latchkey/app/apptest"
	"latchkey/auth"
	"latchkey/models"
)

// TestFormActionFollowsPendingClient: Chromium applies form-action to every redirect after a form, so each page on
// the way from a client's request back to the client lets its forms end there: at that client and nowhere else,
// and on no page outside of a flow.
func TestFormActionFollowsPendingClient(t *testing.T) {
	s := sqliteSite(t)
	p := s.newParty(t, nil)
	lets := func(b *apptest.Browser, path string, client bool) {
		t.Helper()
		_, action, _ := strings.Cut(b.Header.Get("Content-Security-Policy"), "form-action ")
		action, _, _ = strings.Cut(action, ";")
		want := "'self'"
		if client {
			want += " " + p.home
		}
		if !strings.HasPrefix(b.URL.Path, path) || action != want {
			t.Errorf("%s: form-action %s, want %s (on the way to %s)", b.URL, action, want, path)
		}
	}
	flow := func() *apptest.Browser { return apptest.New(t).Visit(p.begin().address) }

	b := flow()
	lets(b, "/login", true)
	lets(b.Visit("/login"), "/login", false)
	lets(b.Visit("/login?return_to=/oauth/authorize/unknown"), "/login", false)

	b = flow()
	lets(b.Submit("Sign in", apptest.Set("email", "member@example.test"), apptest.Set("password", "wrong-wrong")), "/login", true)
	lets(b.Submit("Sign in", apptest.Set("email", "member@example.test"), apptest.Set("password", demoPassword)), "/oauth/authorize/", true)
	lets(b.Visit("/account/profile"), "/account/profile", false)

	b = flow().Click("Create an account")
	lets(b, "/signup", true)
	b.Submit("Create account", apptest.Set("email", "kim@example.test"), apptest.Set("password", "correct horse battery 9"))
	lets(b, "/verify-email", true)
	link := s.lastMail(t, "kim@example.test").Links[0]
	lets(b.Visit(link), "/verify-email/", true)
	lets(apptest.New(t).Visit(link), "/verify-email/", false)
	lets(b.Submit("Confirm email address"), "/oauth/authorize/", true)

	if _, err := s.people.CreateUser(t.Context(), auth.NewUser{Email: "mia@example.test", Verified: true}); err != nil {
		t.Fatal(err)
	}
	b = flow().Click("Email me a sign-in link")
	lets(b, "/login/link", true)
	b.Submit("Email me a sign-in link", apptest.Set("email", "mia@example.test"))
	lets(b, "/login/link/code", true)
	link = s.lastMail(t, "mia@example.test").Links[0]
	lets(b.Visit(link), "/login/link/", true)
	lets(apptest.New(t).Visit(link), "/login/link/", false)
	lets(b.Submit("Sign in as m…@example.test"), "/oauth/authorize/", true)

	u, err := s.people.CreateUser(t.Context(), auth.NewUser{Email: "lee@example.test", Password: demoPassword, Verified: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.db.RequirePasswordChange(t.Context(), u.ID); err != nil {
		t.Fatal(err)
	}
	b = flow().Submit("Sign in", apptest.Set("email", u.Email), apptest.Set("password", demoPassword))
	lets(b, "/password/new", true)
	lets(b.Submit("Change password", apptest.Set("password", "correct horse battery 9")), "/oauth/authorize/", true)

	skipping := s.newParty(t, func(c *models.OAuthClient) { c.Consent = "skip" })
	quick := skipping.begin()
	b.Visit(quick.address)
	quick.answer(t, b, "code")
	lets(b.Visit(s.base+"/reauth"), "/reauth", false)
}
