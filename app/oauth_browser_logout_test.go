package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"latchkey/auth"
)

// TestLogoutIsFinal (T-506): after signing out the browser's way back leads to the sign-in page, not to a page that was
// kept; a copy of the cookie opens nothing, and asking for /logout by GET does nothing.
func TestLogoutIsFinal(t *testing.T) {
	b, s := openTab(t), browserSite(t)
	const email = "goes.away@example.test"
	if _, err := s.people.CreateUser(t.Context(), auth.NewUser{Email: email, Name: "Goes Away", Password: demoPassword, Verified: true}); err != nil {
		t.Fatal(err)
	}
	b.signIn(s, email)
	b.visit(s.base + "/account/profile")
	b.sees(email)
	b.visit(s.base + "/notes")
	copied := b.sessionCookie(s)

	status := func(path string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.base+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.AddCookie(&http.Cookie{Name: "session", Value: copied})
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		return answer.StatusCode
	}
	if got := status("/logout"); got != http.StatusNotFound && got != http.StatusMethodNotAllowed {
		t.Errorf("GET /logout: %d", got)
	}
	if got := status("/account/profile"); got != http.StatusOK {
		t.Fatalf("before signing out the copied cookie gets %d", got)
	}
	b.signOut(s)
	for _, path := range []string{"/account/profile", "/account", "/notes", "/account/sessions"} {
		if got := status(path); got != http.StatusSeeOther {
			t.Errorf("the copied cookie gets %d at %s", got, path)
		}
	}
	for step := 1; step <= 2; step++ { // the notes, then the profile
		eval[bool](b, "setTimeout(() => history.back()); true") // not before the answer is out
		b.wait("the sign-in page", fmt.Sprintf(`location.href.startsWith(%s) && document.readyState === "complete" && document.querySelector("h1").textContent !== "seen"`, quoted(s.base+"/login")))
		if text := eval[string](b, "document.documentElement.outerHTML"); strings.Contains(text, email) || strings.Contains(text, "Goes Away") {
			t.Errorf("%d back the browser shows what it was signed in to", step)
		}
		eval[bool](b, `document.querySelector("h1").textContent = "seen"; true`) // the next one is another page, at the same path
	}
}

// sessionCookie is the cookie of who is signed in.
func (b *tab) sessionCookie(s site) string {
	b.t.Helper()
	value := ""
	b.call("read cookies", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		list, err := cdp.Call(ctx, target, network.GetCookies, network.GetCookiesParams{URLs: []string{s.base}})
		if err != nil {
			return err
		}
		for _, cookie := range list.Cookies {
			if cookie.Name == "session" {
				value = cookie.Value
			}
		}
		return nil
	}))
	if value == "" {
		b.t.Fatal("no session cookie")
	}
	return value
}
