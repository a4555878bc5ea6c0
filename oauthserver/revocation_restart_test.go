package oauthserver

import (
	"bytes"
	"net/url"
	"testing"

	"latchkey/models"
)

// TestRevocationSurvivesRestart: each kind of token, revoked under each hint, right or wrong, is dead at once and stays
// dead in a new server over the same database; what was not revoked lives on there.
func TestRevocationSurvivesRestart(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		for _, hint := range []string{"", "access_token", "refresh_token", "id_token", "authorization_code", "nonsense"} {
			for kind, token := range map[string]func(tokens) string{
				"access": func(got tokens) string { return got.access }, "refresh": func(got tokens) string { return got.refresh },
			} {
				mine, other := w.signInAt("ada", "app", allScopes), w.signInAt("ada", "app", allScopes)
				w.as("app", "/oauth/revoke", url.Values{"token": {token(mine)}, "token_type_hint": {hint}}).want(200)
				for _, when := range []string{"at once", "after a restart", "after another"} {
					if when != "at once" {
						w.restart(nil)
					}
					if w.alive("app", mine.access) {
						t.Errorf("%s token, hint %q, %s: the access token works", kind, hint, when)
					}
					facts := w.as("app", "/oauth/introspect", url.Values{"token": {mine.refresh}, "token_type_hint": {hint}}).json(200)
					if active := facts["active"] == true; active != (kind == "access") {
						t.Errorf("%s token, hint %q, %s: the refresh token is active: %v", kind, hint, when, active)
					}
					w.as("app", "/oauth/revoke", url.Values{"token": {token(mine)}, "token_type_hint": {hint}}).want(200)
				}
				if kind == "refresh" {
					w.refreshed("app", mine.refresh).fails(400, "invalid_grant")
				} else {
					next := tokensOf(w.refreshed("app", mine.refresh).json(200))
					if !w.alive("app", next.access) || w.alive("app", mine.access) {
						t.Errorf("hint %q: a refresh brought the revoked one back, or gave a dead one", hint)
					}
				}
				if !w.alive("app", other.access) {
					t.Errorf("%s token, hint %q: another family ended", kind, hint)
				}
				w.refreshed("app", other.refresh).json(200)
			}
		}
	})
}

// TestRevocationWithoutItsSecretKey: a refresh token that works is told of and revoked although the SECRET_KEY that it was
// made under is gone. (One that was replaced is noise then, as it is at the token endpoint.)
func TestRevocationWithoutItsSecretKey(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		got := w.signInAt("ada", "app", allScopes)
		ring, err := models.NewKeyRing([][]byte{bytes.Repeat([]byte{9}, 32)})
		w.must(err)
		w.restart(func(c *Config) { c.Secrets = ring })
		token := url.Values{"token": {got.refresh}}
		if facts := w.as("app", "/oauth/introspect", token).json(200); facts["active"] != true {
			t.Errorf("before: %v", facts)
		}
		w.as("app", "/oauth/revoke", token).want(200)
		if facts := w.as("app", "/oauth/introspect", token).json(200); facts["active"] != false || w.alive("app", got.access) {
			t.Errorf("after: %v, or the access token works", facts)
		}
	})
}
