package main

import (
	"net/http"
	"testing"

	"latchkey/app/apptest"
)

// TestThemeChangeKeepsThePage: without a script the theme is a form, and whoever sends it comes back to exactly the
// page they were on, in the middle of signing in too.
func TestThemeChangeKeepsThePage(t *testing.T) {
	s := sqliteSite(t)
	stays := func(b *apptest.Browser, want string, status int) {
		t.Helper()
		for _, theme := range []string{"Dark", "System"} {
			if b.Submit(theme); b.URL.RequestURI() != want || b.Status != status {
				t.Errorf("%s on %s leads to %s (%d)", theme, want, b.URL.RequestURI(), b.Status)
			}
		}
	}
	b := apptest.New(t)
	for _, page := range []string{"/login?return_to=/notes", "/signup?return_to=%2Fnotes%3Fafter%3Dx", "/password/forgot?sent=1", "/"} {
		stays(b.Visit(s.base+page), page, http.StatusOK)
	}
	b.Visit("/login?return_to=/notes").Submit("Sign in", apptest.Set("email", "member@example.test"), apptest.Set("password", "wrong"))
	if b.Status != http.StatusUnprocessableEntity {
		t.Fatalf("a wrong password: %d", b.Status)
	}
	stays(b, "/login?return_to=%2Fnotes", http.StatusOK)

	b.Visit("/signup").Submit("Create account", apptest.Set("email", "grace@example.test"), apptest.Set("password", "correct horse battery 9"))
	link := s.lastMail(t, "grace@example.test").Links[0]
	stays(b.Visit(link), b.URL.RequestURI(), http.StatusOK)
	b.Submit("Confirm").Sees("Email address confirmed")
	for _, page := range []string{b.Visit(link).URL.RequestURI(), "/password/reset/used-up", "/login/unlock/used-up"} {
		stays(b.Visit(page), page, http.StatusGone)
	}
	stays(b.Visit("/reauth?return_to=/account/apps"), "/reauth?return_to=/account/apps", http.StatusOK)
}
