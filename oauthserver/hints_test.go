package oauthserver

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"latchkey/models"
)

// TestHintsOnlyHint: a hint names somebody. It signs nobody in, switches nobody, and answers for nobody else.
func TestHintsOnlyHint(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		w.client("asks", nil)
		ada, bob := w.browser(), w.browser()
		adasSession := ada.signIn("ada")
		bob.signIn("bob")
		hint, foreignClients := w.signInAt("ada", "app", "openid").id, w.signInAt("ada", "spa", "openid").id
		subject := func(answer *reply) any {
			t.Helper()
			got := tokensOf(w.as("app", "/oauth/token", codeForm(answer.code())).json(200))
			_, claims := w.claimsOfJWT(got.id)
			return claims["sub"]
		}

		// Signed by a key that is not ours: a stranger's, and one of another server of the same kind.
		elsewhere, err := newKey("RS256")
		w.must(err)
		key, err := openKey(elsewhere)
		w.must(err)
		header, _ := w.claimsOfJWT(hint)
		payload := decodePart(t, hint, 1)
		forged := map[string]string{
			"a foreign key":                genuine(t, key, `{"alg":"RS256","kid":"`+elsewhere.KID+`","typ":"JWT"}`, payload),
			"a foreign key under our name": genuine(t, key, `{"alg":"RS256","kid":"`+header["kid"].(string)+`","typ":"JWT"}`, payload),
			"another client's":             foreignClients,
			"an address, not a token":      "ada@example.test",
		}
		for name, token := range forged {
			for who, b := range map[string]*browser{"ada": ada, "bob": bob, "nobody": w.browser()} {
				for _, prompt := range []string{"", "none"} {
					if got := b.get(authorizePath("app", "id_token_hint", token, "prompt", prompt)).refused(); got != "invalid_request" {
						t.Errorf("%s, shown by %s, prompt %q: %q", name, who, prompt, got)
					}
				}
			}
		}

		// Another person's, while bob is signed in: never a code, not for bob and not for ada.
		if got := bob.get(authorizePath("app", "id_token_hint", hint, "prompt", "none")).refused(); got != "login_required" {
			t.Errorf("another's hint, silently: %q", got)
		}
		back := bob.get(authorizePath("app", "id_token_hint", hint)).toLogin()
		if why := w.host.lastAsked(t).Reasons; why != OtherAccount {
			t.Errorf("asked for %b", why)
		}
		if got := bob.allow(back, "profile").refused(); got != "login_required" {
			t.Errorf("bob answers what ada was asked: %q", got)
		}
		back = w.browser().get(authorizePath("app", "id_token_hint", hint)).toLogin()
		if strings.Contains(back, "?") || w.host.lastAsked(t).Reasons != NoSession {
			t.Error("a hint stands for a session")
		}

		// login_hint is text for the sign-in page. Who is signed in stays who they are.
		for _, named := range []string{"bob", "bob@example.test", "nobody@example.test", "ada", "' or ''='"} {
			for _, prompt := range []string{"", "none"} {
				if got := subject(ada.get(authorizePath("app", "scope", "openid", "login_hint", named, "prompt", prompt))); got != "ada" {
					t.Errorf("login_hint %q, prompt %q: a code for %v", named, prompt, got)
				}
			}
			page := ada.get(authorizePath("asks", "login_hint", named))
			page.interaction()
			if !strings.Contains(page.body, "Person ada") || strings.Contains(page.body, "Person bob") {
				t.Errorf("login_hint %q: the page is for another", named)
			}
			if got := w.browser().get(authorizePath("app", "login_hint", named, "prompt", "none")).refused(); got != "login_required" {
				t.Errorf("login_hint %q signed somebody in: %q", named, got)
			}
		}
		w.browser().get(authorizePath("app", "login_hint", "bob")).toLogin()
		if asked := w.host.lastAsked(t); asked.LoginHint != "bob" || asked.Reasons != NoSession {
			t.Errorf("asked %+v", asked)
		}

		// Signing out: another's hint asks, and says who would leave.
		asked := ada.get(logoutPathWith("id_token_hint", w.signInAt("bob", "app", "openid").id)).want(200)
		if !strings.Contains(asked.body, "Person ada") || !w.live(adasSession) {
			t.Error("another's hint signed ada out")
		}

		// Expired long ago it still names ada, and nobody else.
		w.clock.Add(60 * day)
		ada.signIn("ada")
		if got := subject(ada.get(authorizePath("app", "scope", "openid", "id_token_hint", hint, "prompt", "none"))); got != "ada" {
			t.Errorf("an expired hint: a code for %v", got)
		}
		bob.signIn("bob")
		if got := bob.get(authorizePath("app", "id_token_hint", hint, "prompt", "none")).refused(); got != "login_required" {
			t.Errorf("an expired hint of another: %q", got)
		}
		// Under a key that was revoked it names nobody.
		w.must(w.s.RotateKeys(context.Background(), byTest, RotateNow))
		w.changeKeys("UPDATE oauth_keys SET state = '" + models.KeyRevoked + "' WHERE kid = '" + header["kid"].(string) + "'")
		if got := ada.get(authorizePath("app", "id_token_hint", hint, "prompt", "none")).refused(); got != "invalid_request" {
			t.Errorf("under a revoked key: %q", got)
		}
	})
}

// TestTokenEndpointsDoNotTell: an answer does not say whether a client or a token exists, existed, or is another's.
func TestTokenEndpointsDoNotTell(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		w.client("other", func(c *models.OAuthClient) { c.Consent = "skip" })
		w.client("gone", nil)
		w.must(w.s.DisableClient(context.Background(), byTest, "gone"))
		expired := w.signInAt("ada", "app", allScopes)
		w.clock.Add(31 * day)
		foreign, revoked, replaced := w.signInAt("ada", "other", allScopes), w.signInAt("ada", "app", allScopes), w.signInAt("ada", "app", allScopes)
		w.as("app", "/oauth/revoke", url.Values{"token": {revoked.access}}).want(200)
		w.as("app", "/oauth/revoke", url.Values{"token": {revoked.refresh}}).want(200)
		w.refreshed("app", replaced.refresh).json(200)
		code, _ := w.codeFor("ada", "app", allScopes)
		nobody := map[string]string{
			"unknown": "lk_at_" + models.NewToken(), "unknown refresh": w.s.newRefreshToken(models.NewID()), "noise": "x", "of no kind": "pat_x",
			"expired access": expired.access, "expired refresh": expired.refresh, "revoked access": revoked.access, "revoked refresh": revoked.refresh,
			"replaced refresh": replaced.refresh, "code": code, "ID token": revoked.id,
		}
		for name, token := range nobody {
			if body := w.as("app", "/oauth/introspect", url.Values{"token": {token}}).want(200).body; body != `{"active":false}` {
				t.Errorf("%s, introspected: %s", name, body)
			}
		}
		for name, token := range map[string]string{"foreign access": foreign.access, "foreign refresh": foreign.refresh} {
			if body := w.as("app", "/oauth/introspect", url.Values{"token": {token}}).want(200).body; body != `{"active":false}` {
				t.Errorf("%s, introspected: %s", name, body)
			}
		}
		delete(nobody, "replaced refresh") // revoking it ends its family: TestRevocation
		for name, token := range nobody {
			if body := w.as("app", "/oauth/revoke", url.Values{"token": {token}}).want(200).body; body != "" {
				t.Errorf("%s, revoked: %s", name, body)
			}
		}
		for _, path := range clientEndpoints {
			first := w.call(path, anything(), map[string][]string{"Authorization": {basic("nobody", "secret-of-app")}})
			first.fails(401, "invalid_client")
			for name, proof := range map[string]string{"wrong": basic("app", "x"), "disabled": basic("gone", "secret-of-gone"), "disabled and wrong": basic("gone", "x")} {
				answer := w.call(path, anything(), map[string][]string{"Authorization": {proof}})
				answer.fails(401, "invalid_client")
				if answer.body != first.body || answer.Header.Get("WWW-Authenticate") != first.Header.Get("WWW-Authenticate") {
					t.Errorf("%s, %s: %v %s", path, name, answer.Header, answer.body)
				}
			}
		}
	})
}
