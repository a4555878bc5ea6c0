package oauthserver

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/models"
)

// exchange redeems a code of a client made by world.client and returns the token response.
func (b *browser) exchange(clientID, code string) map[string]any {
	b.Helper()
	answer := b.send("POST", "/oauth/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {testCallback}, "code_verifier": {testVerifier},
	}, http.Header{"Authorization": {basic(clientID, "secret-of-"+clientID)}}).want(http.StatusOK)
	var tokens map[string]any
	if err := json.Unmarshal([]byte(answer.body), &tokens); err != nil {
		b.Fatal(err)
	}
	return tokens
}

// idToken signs this browser's person in to a client and returns the ID token.
func (b *browser) idToken(clientID string) string {
	b.Helper()
	code := b.allow(b.get(authorizePath(clientID, "prompt", "consent", "scope", "openid profile")).interaction(), "profile").code()
	token, _ := b.exchange(clientID, code)["id_token"].(string)
	if token == "" {
		b.Fatal("no ID token")
	}
	return token
}

// badHints are tokens that name nobody.
func badHints(good, access string) map[string]string {
	parts := strings.Split(good, ".")
	encode := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
	return map[string]string{
		"garbage":         "garbage",
		"three parts":     "a.b.c",
		"access token":    access,
		"changed payload": parts[0] + "." + encode(strings.Replace(string(payload), `"ada"`, `"bob"`, 1)) + "." + parts[2],
		"alg none":        encode(`{"alg":"none","typ":"JWT"}`) + "." + parts[1] + ".",
		"no signature":    parts[0] + "." + parts[1] + ".",
		"other alg":       encode(`{"alg":"HS256","typ":"JWT"}`) + "." + parts[1] + "." + parts[2],
		"signature bent":  good[:len(good)-5] + "AAAAA",
	}
}

func TestIDTokenHint(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.ready()
		w.client("app", nil)
		w.client("other", nil)
		ada := w.browser()
		ada.signIn("ada")
		code := ada.allow(ada.get(authorizePath("app")).interaction(), "profile").code()
		tokens := ada.exchange("app", code)
		hint, access := tokens["id_token"].(string), tokens["access_token"].(string)
		foreign := ada.idToken("other")
		ada.remember(authorizePath("app"), "profile", "notes:read")

		ada.get(authorizePath("app", "prompt", "none", "id_token_hint", hint)).code()
		bad := badHints(hint, access)
		bad["other client's"] = foreign
		for name, token := range bad {
			if got := ada.get(authorizePath("app", "id_token_hint", token)).refused(); got != "invalid_request" {
				t.Errorf("%s: %q", name, got)
			}
		}

		bob := w.browser()
		bob.signIn("bob")
		bob.remember(authorizePath("app"), "profile", "notes:read")
		if got := bob.get(authorizePath("app", "prompt", "none", "id_token_hint", hint)).refused(); got != "login_required" {
			t.Errorf("bob, silently: %q", got)
		}
		back := bob.get(authorizePath("app", "id_token_hint", hint)).toLogin()
		if why := w.host.lastAsked(t).Reasons; why != OtherAccount {
			t.Errorf("asked for %b", why)
		}
		if strings.Contains(w.everyValue(), hint) {
			t.Error("the interaction keeps the hint, which is a token")
		}
		if got := bob.get(back).refused(); got != "login_required" {
			t.Errorf("still bob: %q", got)
		}
		back = bob.get(authorizePath("app", "id_token_hint", hint)).toLogin()
		bob.signIn("ada")
		bob.get(back).code()

		stranger := w.browser()
		back = stranger.get(authorizePath("app", "id_token_hint", hint)).toLogin()
		if why := w.host.lastAsked(t).Reasons; why != NoSession {
			t.Errorf("nobody: asked for %b", why)
		}
		stranger.signIn("bob")
		stranger.get(back).toLogin()

		// Long expired, and its key retired: it still names ada.
		if err := w.s.RotateKeys(context.Background(), byTest, RotateNow); err != nil {
			t.Fatal(err)
		}
		w.clock.Add(60 * day)
		if err := w.s.TendKeys(context.Background()); err != nil {
			t.Fatal(err)
		}
		if rotated, retired := w.events(eventKeysRotate), w.events(eventKeyRetire); len(rotated) != 1 || rotated[0].ActorID != "cli" || len(retired) != 2 {
			t.Fatalf("rotated %v, retired %v: the keys are still in use", rotated, retired)
		}
		ada.get(authorizePath("app", "prompt", "none", "id_token_hint", hint)).code()
	})
}

func TestLogoutWithHint(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.ready()
		w.leavingClient("app", nil)
		for name, c := range map[string]struct {
			pairs    []string
			location string
		}{
			"to the app":         {[]string{"post_logout_redirect_uri", testLeft, "state", "a b"}, testLeft + "?state=a+b"},
			"without state":      {[]string{"post_logout_redirect_uri", testLeft}, testLeft},
			"with its own id":    {[]string{"post_logout_redirect_uri", testLeft, "client_id", "app"}, testLeft},
			"to our page":        {nil, ""},
			"to our page, state": {[]string{"state", "x"}, ""},
		} {
			b := w.browser()
			session := b.signIn("ada")
			answer := b.get(logoutPathWith(append(c.pairs, "id_token_hint", b.idToken("app"))...))
			if w.live(session) {
				t.Errorf("%s: the session lives", name)
			}
			if c.location == "" {
				if !strings.Contains(answer.want(200).body, "You are signed out") {
					t.Errorf("%s: %.300s", name, answer.body)
				}
			} else if got := answer.want(303).Header.Get("Location"); got != c.location {
				t.Errorf("%s: went to %q, want %q", name, got, c.location)
			}
		}
	})
}

func TestLogoutOtherAccount(t *testing.T) {
	w := aWorld(t)
	w.ready()
	w.leavingClient("app", nil)
	b := w.browser()
	b.signIn("ada")
	hint := b.idToken("app")
	session := b.signIn("bob")
	form := url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {testLeft}, "state": {"x"}}
	asked := b.get("/oauth/logout?" + form.Encode()).want(200)
	if !strings.Contains(asked.body, "Person bob") || !w.live(session) {
		t.Error("not asked, the account not named, or signed out unasked")
	}
	form.Set("confirm", "yes")
	if got := b.post("/oauth/logout", form).want(303).Header.Get("Location"); got != testLeft+"?state=x" || w.live(session) {
		t.Errorf("went to %q, session lives: %v", got, w.live(session))
	}
}

func TestLogoutBadHint(t *testing.T) {
	w := aWorld(t)
	w.ready()
	w.leavingClient("app", nil)
	w.leavingClient("other", nil)
	b := w.browser()
	session := b.signIn("ada")
	hint := b.idToken("app")
	bad := badHints(hint, "lk_at_"+models.NewToken())
	for name, token := range bad {
		page := b.get(logoutPathWith("id_token_hint", token, "post_logout_redirect_uri", testLeft, "client_id", "app")).want(400)
		if page.errorCode() != "invalid_request" || !strings.Contains(page.body, `name="confirm"`) || !w.live(session) {
			t.Errorf("%s: no page with a button, or signed out", name)
		}
	}
	if page := b.get(logoutPathWith("id_token_hint", hint, "client_id", "other")).want(400); page.errorCode() != "invalid_request" || !w.live(session) {
		t.Error("the hint of another client")
	}
	b.post("/oauth/logout", url.Values{"confirm": {"yes"}}).want(200) // the button of that page
	if w.live(session) {
		t.Error("the button does nothing")
	}
}

func TestLogoutBadRedirect(t *testing.T) {
	w := aWorld(t)
	w.ready()
	w.leavingClient("app", nil)
	b := w.browser()
	session := b.signIn("ada")
	hint := b.idToken("app")
	for _, uri := range []string{testLeft + "?x=1", testLeft + "/", strings.ToUpper(testLeft), testLeft + "#", testCallback, "https://evil.example.test/", "/", "javascript:alert(1)"} {
		page := b.get(logoutPathWith("id_token_hint", hint, "post_logout_redirect_uri", uri)).want(400)
		if page.errorCode() != "invalid_request" || !strings.Contains(page.body, `name="confirm"`) || !w.live(session) {
			t.Errorf("%s: no page with a button, or signed out", uri)
		}
	}
}

func TestLogoutOldHint(t *testing.T) {
	w := aWorld(t)
	w.ready()
	w.leavingClient("app", nil)
	b := w.browser()
	b.signIn("ada")
	hint := b.idToken("app")
	w.clock.Add(30 * 24 * time.Hour)
	b.signIn("ada")
	if got := b.get(logoutPathWith("id_token_hint", hint, "post_logout_redirect_uri", testLeft)).want(303).Header.Get("Location"); got != testLeft {
		t.Errorf("expired: went to %q", got)
	}
	if got := b.get(logoutPathWith("id_token_hint", hint, "post_logout_redirect_uri", testLeft, "state", "x")).want(303).Header.Get("Location"); got != testLeft+"?state=x" {
		t.Errorf("already signed out: went to %q", got)
	}
	if err := w.s.DisableClient(context.Background(), byTest, "app"); err != nil {
		t.Fatal(err)
	}
	session := b.signIn("ada")
	if page := b.get(logoutPathWith("id_token_hint", hint, "post_logout_redirect_uri", testLeft)).want(200); !strings.Contains(page.body, "You are signed out") || w.live(session) {
		t.Error("a disabled client: want signed out, on our page")
	}
}
