package main

import (
	"net/http"
	"strings"
	"testing"

	"latchkey/app/apptest"
)

// forms are pages of the product, and the fragment that each posts and swaps.
var forms = []struct{ path, fragment, member string }{
	{"/login", "login", ""},
	{"/signup", "signup", ""},
	{"/password/forgot", "forgot-password", ""},
	{"/password/reset", "reset-code", ""},
	{"/login/link", "link-request", ""},
	{"/login/link/code", "login-code", ""},
	{"/notes", "note", "yes"},
	{"/account/profile", "profile", "yes"},
	{"/account/password", "change-password", "yes"},
}

// visitors are a browser that nobody has signed in with, and one of a member.
func visitors(t *testing.T, s site) map[string]*apptest.Browser {
	return map[string]*apptest.Browser{"": apptest.New(t).Visit(s.base + "/"), "yes": s.signIn(t, "member@example.test")}
}

// TestFragmentEqualsPagePart: what htmx gets is, to the byte, the part of the page that it replaces; and for a
// rejected form too.
func TestFragmentEqualsPagePart(t *testing.T) {
	s := sqliteSite(t)
	browsers := visitors(t, s)
	for _, form := range forms {
		b := browsers[form.member].Visit(form.path)
		answer := b.Fetch(http.MethodGet, form.path, "form#"+form.fragment, "")
		main, _, _ := strings.Cut(answer.Body, "<hx-partial") // what is said beside it has its own place
		title, part, _ := strings.Cut(main, "</title>")
		if answer.Status != http.StatusOK || answer.Header.Get("X-Fragment") != form.fragment ||
			!strings.HasPrefix(strings.TrimSpace(title), "<title>") || len(part) < 100 || !strings.Contains(b.Body, strings.TrimSpace(part)) {
			t.Errorf("%s: %d %q is no part of the page:\n%s", form.path, answer.Status, answer.Header.Get("X-Fragment"), answer.Body)
		}
		rejected := b.Fetch(http.MethodPost, form.path, "form#"+form.fragment, "email=nobody&name="+strings.Repeat("x", 300))
		if rejected.Status != http.StatusUnprocessableEntity || rejected.Header.Get("X-Fragment") != form.fragment ||
			!strings.Contains(rejected.Body, "<title>Error: ") || strings.Contains(rejected.Body, "<html") {
			t.Errorf("%s rejected: %d %q\n%s", form.path, rejected.Status, rejected.Header.Get("X-Fragment"), rejected.Body)
		}
	}
}

// TestUnknownFragmentFails: a template and a target that do not know one another are a mistake of ours.
func TestUnknownFragmentFails(t *testing.T) {
	s := sqliteSite(t)
	if answer := apptest.New(t).Visit(s.base+"/").Fetch(http.MethodGet, "/login", "form#no-such-part", ""); answer.Status != http.StatusBadRequest {
		t.Errorf("%d", answer.Status)
	}
}

// TestNoRedirectStatusToHtmx asks every route, signed in and not: fetch would follow a redirect unseen, and swap
// the next page into a box of this one. Every answer that may be swapped says which part it is.
func TestNoRedirectStatusToHtmx(t *testing.T) {
	s := sqliteSite(t)
	asked := 0
	for who, b := range visitors(t, s) {
		for _, route := range s.routeTable() {
			if !strings.HasPrefix(route.Guard, "user") && route.Guard != "anyone" || !isPage(route.Path) || route.Path == "/logout" {
				continue
			}
			asked++
			path := strings.NewReplacer("{id}", "none", "{token}", "none", "{name}", "login").Replace(route.Path)
			answer := b.Fetch(route.Method, path, "body", "")
			marked := answer.Header.Get("X-Fragment") != "" || answer.Header.Get("HX-Redirect") != ""
			if answer.Status >= 300 && answer.Status < 400 || !marked {
				t.Errorf("%s %s (member %q): %d without a mark", route.Method, path, who, answer.Status)
			}
			if to := answer.Header.Get("HX-Redirect"); to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//")) {
				t.Errorf("%s %s leads to %q", route.Method, path, to)
			}
		}
	}
	if asked < 40 {
		t.Errorf("only %d routes were asked", asked)
	}
}

// isPage leaves out what no element of a page asks for.
func isPage(path string) bool {
	for _, prefix := range []string{"/healthz", "/readyz", "/static/", "/oauth/", "/api/", "/.well-known/", "/dev/mail"} {
		if strings.HasPrefix(path, prefix) {
			return false
		}
	}
	return !strings.HasSuffix(path, "/passkey/options") && !strings.HasSuffix(path, "/passkeys/options") // a script's
}

// TestExpiredSessionInFragment: a form sent after the session ended leads to the sign-in page and back.
func TestExpiredSessionInFragment(t *testing.T) {
	s := sqliteSite(t)
	b := s.signIn(t, "member@example.test").Visit("/notes")
	b.Fetch(http.MethodPost, "/logout", "body", "") // in another tab
	answer := b.Fetch(http.MethodPost, "/notes", "form#note", "title=Kept")
	if to := answer.Header.Get("HX-Redirect"); to != "/login?return_to=%2Fnotes" || answer.Status >= 300 && answer.Status < 400 {
		t.Errorf("%d to %q", answer.Status, to)
	}
}

// TestThemeCookie: the choice is in the first byte of the next page, and a nonsense is refused.
func TestThemeCookie(t *testing.T) {
	s := sqliteSite(t)
	b := apptest.New(t).Visit(s.base + "/login")
	if strings.Contains(b.Body, "data-theme=") {
		t.Error("a theme nobody chose")
	}
	b.Submit("Dark")
	if b.URL.Path != "/login" || !strings.Contains(b.Body, `data-theme="dark"`) {
		t.Errorf("after choosing Dark, %s:\n%.300s", b.URL, b.Body)
	}
	if b.Submit("System"); strings.Contains(b.Body, "data-theme=") {
		t.Error("System is still a theme of ours")
	}
	if answer := b.Fetch(http.MethodPost, "/theme", "body", "theme=<script>"); answer.Status != http.StatusUnprocessableEntity {
		t.Errorf("a nonsense theme: %d", answer.Status)
	}
}
