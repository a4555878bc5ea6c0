package oauthserver

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"latchkey/models"
)

// TestTokenKinds: every kind of secret this server gives out, at every place that takes one: it serves its own and is
// refused at all others, and being shown at the wrong one harms nobody.
func TestTokenKinds(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		w.restart(func(c *Config) {
			c.LimitScale = 1e6
			c.OtherBearer = func(_ context.Context, token string) (OtherToken, error) {
				if token == "pat_good" {
					return OtherToken{Account: Account{Subject: "ada", Active: true}, Scopes: []string{"notes:read"}}, nil
				}
				return OtherToken{}, ErrNoAccount
			}
		})
		w.client("asks", nil)
		got := w.signInAt("ada", "app", allScopes)
		code, _ := w.codeFor("ada", "app", allScopes)
		b := w.browser()
		session := b.signIn("ada")
		step := b.get(authorizePath("asks")).interaction()
		kinds := map[string]string{
			"code": code, "access": got.access, "refresh": got.refresh, "id": got.id, "secret": "secret-of-app", "personal": "pat_good",
			"step": strings.TrimPrefix(step, interactionPath), "flow cookie": b.stepCookie(step), "session": session, "verifier": testVerifier,
		}
		cookie := func(name, value, path string) *browser {
			other := w.browser()
			other.jar.SetCookies(other.url(path), []*http.Cookie{{Name: name, Value: value, Path: path, Secure: true}})
			return other
		}
		code400 := func(answer *reply) string { return answer.Status + " " + answer.body }
		places := map[string]struct {
			own  []string
			show func(token string) string // what is said; begins with the status
			no   []string                  // how a refusal begins or what it holds
		}{
			"code":     {[]string{"code"}, func(token string) string { return code400(w.as("app", "/oauth/token", codeForm(token))) }, []string{"400", "invalid_grant"}},
			"refresh":  {[]string{"refresh"}, func(token string) string { return code400(w.refreshed("app", token)) }, []string{"400", "invalid_grant"}},
			"userinfo": {[]string{"access", "personal"}, func(token string) string { return code400(w.userinfo(token)) }, []string{"401", "invalid_token"}},
			"api":      {[]string{"access", "personal"}, func(token string) string { return code400(w.api(token, "notes:read")) }, []string{"401", "invalid_token"}},
			"introspection": {[]string{"access", "refresh"}, func(token string) string {
				return code400(w.as("app", "/oauth/introspect", url.Values{"token": {token}}))
			}, []string{"200", `{"active":false}`}},
			"revocation": {[]string{"access", "refresh"}, func(token string) string {
				return code400(w.as("app", "/oauth/revoke", url.Values{"token": {token}}))
			}, []string{"200"}}, // and nothing is revoked: see the end
			"client secret": {[]string{"secret"}, func(token string) string {
				return code400(w.call("/oauth/token", anything(), http.Header{"Authorization": {basic("app", token)}}))
			}, []string{"401", "invalid_client"}},
			"client assertion": {nil, func(token string) string {
				return code400(w.call("/oauth/token", anything("client_id", "app", "client_assertion", token, "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"), nil))
			}, []string{"401", "invalid_client"}},
			"hint": {[]string{"id"}, func(token string) string {
				answer := b.get(authorizePath("app", "id_token_hint", token))
				return answer.Status + " " + answer.Header.Get("Location")
			}, []string{"303", "error=invalid_request"}},
			"hint at sign-out": {[]string{"id"}, func(token string) string {
				return b.get(logoutPathWith("id_token_hint", token)).Status
			}, []string{"400"}},
			"request object": {nil, func(token string) string {
				answer := b.get(authorizePath("app", "request", token))
				return answer.Status + " " + answer.Header.Get("Location")
			}, []string{"303", "error=request_not_supported"}},
			"step": {[]string{"step"}, func(token string) string {
				return b.get(interactionPath + url.PathEscape(token)).Status
			}, []string{"404"}},
			"flow cookie": {[]string{"flow cookie"}, func(token string) string {
				return cookie("__Secure-flow", token, step).get(step).Status
			}, []string{"404"}},
			"session": {[]string{"session"}, func(token string) string {
				answer := cookie("session", token, "/").get(authorizePath("app", "prompt", "none"))
				return answer.Status + " " + answer.Header.Get("Location")
			}, []string{"303", "error=login_required"}},
			"page of apps": {[]string{"session"}, func(token string) string {
				answer := cookie("session", token, "/").get("/account/apps")
				return answer.Status + " " + answer.Header.Get("Location")
			}, []string{"303", "/login"}},
		}
		for place, p := range places {
			for kind, token := range kinds {
				if slices.Contains(p.own, kind) {
					continue
				}
				said := p.show(token)
				for _, want := range p.no {
					if !strings.Contains(said, want) {
						t.Errorf("a %s as %s: %s", kind, place, said)
						break
					}
				}
			}
		}
		if !w.alive("app", got.access) || !w.live(session) || len(w.events(eventTokenRevoke)) != 0 {
			t.Fatal("a confusion ended something")
		}
		// Each at its own place, the ones that spend last.
		for _, own := range [][2]string{
			{"userinfo", "access"}, {"api", "access"}, {"api", "personal"}, {"introspection", "access"}, {"introspection", "refresh"}, {"client secret", "secret"},
			{"hint", "id"}, {"session", "session"}, {"page of apps", "session"}, {"step", "step"}, {"flow cookie", "flow cookie"}, {"code", "code"}, {"refresh", "refresh"}, {"hint at sign-out", "id"},
		} {
			p := places[own[0]]
			said := p.show(kinds[own[1]])
			if strings.Contains(said, p.no[len(p.no)-1]) && own[0] != "client secret" || own[0] == "client secret" && strings.Contains(said, "invalid_client") {
				t.Errorf("a %s as %s is refused: %s", own[1], own[0], said)
			}
		}
		if w.live(session) {
			t.Error("the hint did not sign ada out")
		}
		if _, err := w.db.OAuthCodeByHash(context.Background(), models.Digest(code)); err != nil {
			t.Errorf("the code: %v", err)
		}
	})
}
