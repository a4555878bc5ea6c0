package main

import (
	"net/http"
	"testing"

	"latchkey/app/apptest"
)

// TestSignUpVerifySignOut: an account is made, its address proven by the code of the mail, and left again.
func TestSignUpVerifySignOut(t *testing.T) {
	eachSite(t, func(t *testing.T, s site) {
		b := apptest.New(t).Visit(s.base + "/signup")
		b.Submit("Create account", apptest.Set("email", "grace@example.test"), apptest.Set("password", "short"))
		if b.Status != http.StatusUnprocessableEntity || b.Value("email") != "grace@example.test" || b.Value("password") != "" {
			t.Errorf("a rejected form (%d) keeps %q and the password %q", b.Status, b.Value("email"), b.Value("password"))
		}
		b.Submit("Create account", apptest.Set("password", "correct horse battery 9"), apptest.Set("name", "Grace"))
		b.Submit("Confirm", apptest.Set("code", "000000"))
		if b.Status != http.StatusUnprocessableEntity {
			t.Errorf("a wrong code: %d", b.Status)
		}
		b.Submit("Confirm", apptest.Set("code", s.lastMail(t, "grace@example.test").Code)).Sees("Grace", "Sign out")
		b.Submit("Sign out").Sees("You are signed out")
		b.Visit("/account/profile").Sees("Sign in")
		b.Submit("Sign in", apptest.Set("email", "grace@example.test"), apptest.Set("password", "correct horse battery 9"))
		if b.URL.Path != "/account/profile" {
			t.Errorf("signing in leads to %s, not to the page that was asked for", b.URL.Path)
		}
	})
}

// TestSignedInPage_OneStatement: session and person come in one statement. A page with rows of its own shows
// that statements are counted at all.
func TestSignedInPage_OneStatement(t *testing.T) {
	eachSite(t, func(t *testing.T, s site) {
		b := s.signIn(t, "member@example.test")
		// The last two also ask whether the account has a second factor.
		for path, want := range map[string]int64{"/account/profile": 1, "/theme-is-no-page": 1, "/account/password": 2, "/reauth": 2} {
			n := s.statementsOf(t, b, path)
			if t.Logf("%s: statements: %d", path, n); n != want {
				t.Errorf("%s: %d statements for session and person, not %d", path, n, want)
			}
		}
		if n := s.statementsOf(t, b, "/notes"); n != 2 {
			t.Errorf("/notes: %d statements, and not one for the person and one for the notes", n)
		}
	})
}

// statementsOf is the least of five visits: a duty of the background may run beside one of them.
func (s site) statementsOf(t *testing.T, b *apptest.Browser, path string) int64 {
	t.Helper()
	least := int64(1000)
	for range 5 {
		before := s.statements(t)
		b.Visit(path)
		least = min(least, s.statements(t)-before)
	}
	return least
}

// statements counts those run so far; the queue's own are not among them.
func (s site) statements(t *testing.T) (n int64) {
	t.Helper()
	families, err := s.metrics.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == "sql_statement_seconds" {
			for _, series := range family.GetMetric() {
				n += int64(series.GetHistogram().GetSampleCount())
			}
		}
	}
	return n
}
