package oauthserver

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"latchkey/models"
)

// everyPage opens each kind of page of this package.
func everyPage(w *world) map[string]*reply {
	w.client("app", nil)
	b := w.browser()
	b.signIn("ada")
	w.grant("ada", "app", "s", "openid")
	return map[string]*reply{
		"consent":     b.get(authorizePath("app")),
		"error":       b.get(authorizePath("nobody")),
		"sign out":    b.get("/oauth/logout"),
		"signed out":  w.browser().get("/oauth/logout"),
		"apps":        b.get("/account/apps"),
		"revoke":      b.get("/account/apps/app/revoke"),
		"not found":   b.get("/account/apps/nothing/revoke"),
		"no step":     b.get("/oauth/authorize/nothing"),
		"wrong verb":  b.send("DELETE", "/oauth/authorize", nil, nil),
		"cross site":  b.send("POST", "/account/apps/app/revoke", url.Values{}, http.Header{"Sec-Fetch-Site": {"cross-site"}}),
		"wrong media": b.send("POST", "/oauth/authorize", url.Values{}, http.Header{"Content-Type": {"multipart/form-data; boundary=x"}}),
	}
}

func TestPageHeaders(t *testing.T) {
	for name, page := range everyPage(aWorld(t)) {
		h := page.Header
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("X-Frame-Options") != "DENY" || h.Get("Cache-Control") != "no-store" ||
			h.Get("Referrer-Policy") != "same-origin" || h.Get("Content-Type") != "text/html; charset=utf-8" || h.Get("Cross-Origin-Opener-Policy") != "" {
			t.Errorf("%s: %v", name, h)
		}
		policy := h.Get("Content-Security-Policy")
		for _, directive := range []string{"default-src 'none'; script-src 'self'; style-src 'self';", "form-action 'self'", "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types latchkey"} {
			if !strings.Contains(policy, directive) {
				t.Errorf("%s: %s", name, policy)
			}
		}
		if (name == "consent") != strings.Contains(policy, "client.example.test") {
			t.Errorf("%s: %s", name, policy)
		}
	}
}

// TestErrorPages: a sentence, a way on, the code for developers, the reference, and nothing the
// request said.
func TestErrorPages(t *testing.T) {
	w := aWorld(t)
	w.client("app", nil)
	const canary = "ca<n>ary"
	r := func(path string) *reply {
		b := w.browser()
		return b.send("GET", path, nil, nil)
	}
	for _, page := range []*reply{
		r(authorizePath(canary)), r(authorizePath("app", "redirect_uri", "https://"+canary+".example.test/")), r(interactionPath + url.PathEscape(canary)),
		r(authorizePath("app") + "&" + url.QueryEscape(canary) + "=%ff"),
	} {
		if strings.Contains(page.body, canary) || strings.Contains(page.body, "ca&lt;n&gt;ary") || strings.Contains(page.body, url.PathEscape(canary)) {
			t.Errorf("the page shows what the request said: %.600s", page.body)
		}
		page.errorCode()
	}
	origin := models.WithOrigin(context.Background(), models.Origin{RequestID: "request-4711"})
	b := w.browser()
	if page := b.sendIn(origin, "GET", authorizePath("nobody")); !strings.Contains(page.body, "request-4711") {
		t.Error("the page lacks the request's reference")
	}
}

// TestErrorDescriptions: RFC 6749 §4.1.2.1 allows printable ASCII without " and \.
func TestErrorDescriptions(t *testing.T) {
	w := aWorld(t)
	w.client("app", nil)
	b := w.browser()
	b.signIn("ada")
	allowed := regexp.MustCompile(`^[\x20-\x21\x23-\x5B\x5D-\x7E]+$`)
	for _, changes := range [][]string{
		{"scope", "nothing"}, {"scope", `"\ü`}, {"response_type", "token"}, {"prompt", `"`}, {"max_age", "ü"}, {"code_challenge", "x"},
		{"request", "x"}, {"response_mode", "ü"}, {"id_token_hint", "ü.b.c"},
	} {
		description := b.get(authorizePath("app", changes...)).back(testCallback).Get("error_description")
		if !allowed.MatchString(description) || strings.Contains(description, changes[1]) && len(changes[1]) > 1 && changes[1] != "token" {
			t.Errorf("%v: %q", changes, description)
		}
	}
}

func TestOtherMethodsAreNamed(t *testing.T) {
	w := aWorld(t)
	b := w.browser()
	for path, allow := range map[string]string{
		"/oauth/authorize": "GET, POST", "/oauth/authorize/x": "GET, POST", "/oauth/logout": "GET, POST", "/account/apps": "GET",
		"/account/apps/x/revoke": "GET, POST", "/oauth/token": "POST", "/oauth/revoke": "POST", "/oauth/introspect": "POST",
		"/oauth/userinfo": "GET, POST", "/oauth/jwks.json": "GET, HEAD", "/.well-known/openid-configuration": "GET, HEAD",
	} {
		if got := b.send("PUT", path, nil, nil).want(405).Header.Get("Allow"); got != allow {
			t.Errorf("%s: Allow %q, want %q", path, got, allow)
		}
	}
	if got := len(w.s.Routes()); got < 15 {
		t.Errorf("%d routes", got)
	}
	for _, route := range w.s.Routes() {
		if route.Guard == "" {
			t.Errorf("%s %s has no guard", route.Method, route.Path)
		}
	}
}
