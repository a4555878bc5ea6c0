package oauthserver

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"latchkey/models"
)

func TestPromptNone(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.client("app", nil)
		b := w.browser()
		silent := func(changes ...string) *reply {
			t.Helper()
			answer := b.get(authorizePath("app", append([]string{"prompt", "none"}, changes...)...))
			if len(answer.Cookies()) > 0 || answer.body != "" {
				t.Errorf("cookies %v, body %.100q", answer.Cookies(), answer.body)
			}
			return answer
		}
		if got := silent().refused(); got != "login_required" {
			t.Errorf("nobody: %q", got)
		}
		b.signIn("ada")
		if got := silent().refused(); got != "consent_required" {
			t.Errorf("not agreed: %q", got)
		}
		consent := b.get(authorizePath("app")).interaction()
		b.post(consent, url.Values{"decision": {"allow"}, "scope": {"profile", "notes:read"}, "remember": {"on"}}).code()
		rows := w.rows("oauth_interactions")
		silent().code()
		w.clock.Add(10 * time.Second)
		if got := silent("max_age", "9").refused(); got != "login_required" {
			t.Errorf("too old: %q", got)
		}
		silent("max_age", "10").code()
		if got := silent("prompt", "none consent").refused(); got != "invalid_request" {
			t.Errorf("none with another value: %q", got)
		}
		if got := w.rows("oauth_interactions"); got != rows {
			t.Errorf("%d rows, want %d", got, rows)
		}
	})
}

// TestPromptLoginIsVerifiedOnReturn: who comes back with the old sign-in is sent again, for ever.
func TestPromptLoginIsVerifiedOnReturn(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.client("app", nil)
		b := w.browser()
		session := b.signIn("ada")
		w.clock.Add(time.Microsecond)
		back := b.get(authorizePath("app", "prompt", "login")).toLogin()
		if why := w.host.lastAsked(t).Reasons; why != Prompt {
			t.Errorf("asked for %b, want %b", why, Prompt)
		}
		for range 3 {
			w.clock.Add(time.Minute)
			if again := b.get(back).toLogin(); again != back {
				t.Fatalf("sent to %q", again)
			}
		}
		// Nor does the form of a consent page help, were one forged.
		if again := b.allow(back, "profile").toLogin(); again != back {
			t.Errorf("a decision with the old sign-in led to %q", again)
		}
		w.host.prove(session)
		w.clock.Add(time.Minute)
		b.allow(b.get(back).interaction(), "profile").code()
	})
}

func TestPromptOthers(t *testing.T) {
	w := aWorld(t)
	w.client("app", nil)
	b := w.browser()
	b.signIn("ada")
	consent := b.get(authorizePath("app")).interaction()
	b.post(consent, url.Values{"decision": {"allow"}, "scope": {"profile", "notes:read"}, "remember": {"on"}}).code()

	b.get(authorizePath("app", "prompt", "consent")).interaction()
	for prompt, reason := range map[string]LoginReason{"select_account": Select, "create": Create} {
		w.host.asked = nil
		back := b.get(authorizePath("app", "prompt", prompt)).toLogin()
		if asked := w.host.asked; len(asked) != 1 || asked[0].Reasons != reason {
			t.Errorf("%s: asked %v", prompt, asked)
		}
		b.get(back).code() // once is enough
	}
	stranger := w.browser()
	stranger.get(authorizePath("app", "prompt", "create"))
	if why := w.host.lastAsked(t).Reasons; why != NoSession|Create {
		t.Errorf("signed out: %b", why)
	}
	if got := b.get(authorizePath("app", "prompt", "signup")).refused(); got != "invalid_request" {
		t.Errorf("unknown value: %q", got)
	}
}

func TestMaxAge(t *testing.T) {
	w := aWorld(t)
	app := w.client("app", func(c *models.OAuthClient) { c.Consent = "skip" })
	b := w.browser()
	b.signIn("ada")
	w.clock.Add(10 * time.Second)
	b.get(authorizePath("app", "max_age", "10")).code()
	b.get(authorizePath("app", "max_age", "9999999999")).code()
	b.get(authorizePath("app", "max_age", "9")).toLogin()
	if asked := w.host.lastAsked(t); asked.Reasons != MaxAge || asked.MaxAge == nil || *asked.MaxAge != 9 {
		t.Errorf("asked %+v", asked)
	}
	for _, bad := range []string{"-1", "1.5", "abc", "12345678901", " 5", "0x5"} {
		if got := b.get(authorizePath("app", "max_age", bad)).refused(); got != "invalid_request" {
			t.Errorf("max_age=%q: %q", bad, got)
		}
	}
	// 0 asks for a fresh sign-in, and is content with one.
	session := b.signIn("ada")
	w.clock.Add(time.Microsecond)
	back := b.get(authorizePath("app", "max_age", "0")).toLogin()
	w.host.prove(session)
	w.clock.Add(time.Hour / 2) // on the page: does not make it stale
	b.get(back).code()

	w.changeClient(app, func(c *models.OAuthClient) { c.DefaultMaxAge = new(60) })
	w.clock.Add(time.Minute)
	b.get(authorizePath("app")).toLogin()
	b.get(authorizePath("app", "max_age", strconv.Itoa(3600))).code()
}

func TestHintsReachTheHost(t *testing.T) {
	w := aWorld(t)
	w.client("app", nil)
	w.browser().get(authorizePath("app", "login_hint", "ada@example.test", "ui_locales", "se en", "acr_values", "aal2 aal1", "max_age", "60")).toLogin()
	asked := w.host.lastAsked(t)
	if asked.LoginHint != "ada@example.test" || strings.Join(asked.UILocales, " ") != "se en" || strings.Join(asked.ACRValues, " ") != "aal2 aal1" ||
		asked.ClientName != "Client app" || *asked.MaxAge != 60 || asked.Reasons != NoSession || !strings.HasPrefix(asked.ReturnTo, interactionPath) {
		t.Errorf("asked %+v", asked)
	}
}

// TestFormTarget: pages of a flow may lead a form to the client's origin and nowhere else.
func TestFormTarget(t *testing.T) {
	w := aWorld(t)
	for _, c := range []struct{ id, method, uri, landing, want string }{
		{"web", "client_secret_basic", testCallback, "", "https://client.example.test"},
		{"port", "client_secret_basic", "https://client.example.test:8443/cb", "", "https://client.example.test:8443"},
		{"loopback", "none", "http://127.0.0.1:5555/cb", "", "http://127.0.0.1:5555"},
		{"ipv6", "none", "http://[::1]:5555/cb", "", "http:"},
		{"private", "none", "com.example.app:/cb", "", "com.example.app:"},
		{"landing", "client_secret_basic", testCallback, "https://app.example.test", "https://client.example.test https://app.example.test"},
	} {
		w.client(c.id, func(client *models.OAuthClient) {
			client.AuthMethod, client.RedirectURIs = c.method, models.Strings{c.uri}
			if c.landing != "" {
				client.LandingOrigins = models.Strings{c.landing}
			}
		})
		b := w.browser()
		back := b.get(authorizePath(c.id, "redirect_uri", c.uri)).toLogin()
		request, err := w.s.PendingRequest(t.Context(), back)
		if err != nil || request == nil {
			t.Fatalf("%s: pending request %+v: %v", c.id, request, err)
		}
		if request.FormTarget != c.want || request.Name != "Client "+c.id || request.Host == "" || !request.Verified {
			t.Errorf("%s: pending request %+v, want form target %q", c.id, request, c.want)
		}
		b.signIn("ada")
		policy := b.get(back).want(http.StatusOK).Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "form-action 'self' "+c.want+";") {
			t.Errorf("%s: %s", c.id, policy)
		}
		b.post(back, url.Values{"decision": {"deny"}}).want(http.StatusSeeOther)
		if request, err := w.s.PendingRequest(t.Context(), back); request != nil || err != nil {
			t.Errorf("%s: answered, but still %+v: %v", c.id, request, err)
		}
	}
	for _, path := range []string{"/", "/login", "/oauth/authorize", "/oauth/authorize/", "/oauth/authorize/nothing", "/oauth/authorize/a/b"} {
		if request, err := w.s.PendingRequest(t.Context(), path); request != nil || err != nil {
			t.Errorf("%s: %+v: %v", path, request, err)
		}
	}
	back := w.browser().get(authorizePath("web")).toLogin()
	cutOff, cut := context.WithCancel(t.Context())
	cut()
	if request, err := w.s.PendingRequest(cutOff, back); request != nil || err == nil {
		t.Errorf("the storage fails: %+v: %v", request, err)
	}
}
