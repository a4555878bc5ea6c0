package oauthserver

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"testing"

	"latchkey/models/modelstest"
)

// TestOpaqueTokenIsWhole: a token is looked for as a whole, once. Under another prefix, invented, or grown by a part it
// is dead everywhere. TestMutatedTokens has every cut and every bit.
func TestOpaqueTokenIsWhole(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		w.restart(func(c *Config) { c.LimitScale = 1e6 })
		got := w.signInAt("ada", "app", allScopes)
		code, _ := w.codeFor("ada", "app", allScopes)
		before := w.everyValue()
		var dead []string
		for _, token := range []string{code, got.access, got.refresh} {
			_, body, _ := strings.Cut(strings.TrimPrefix(token, "lk_"), "_")
			for _, prefix := range []string{codePrefix, accessPrefix, refreshPrefix, "lk_cs_", "lk_", "pat_", "", "LK_AT_", "lk_at-", accessPrefix + accessPrefix, refreshPrefix + accessPrefix} {
				if other := prefix + body; other != token {
					dead = append(dead, other)
				}
			}
			for _, more := range []string{".", "A", "=", "%00", "/", "+", ":", "." + body, "," + token} {
				dead = append(dead, token+more)
			}
		}
		for i := range 500 {
			raw := make([]byte, []int{32, grantIDSize + randomSize + tagSize}[i%2])
			rand.Read(raw)
			dead = append(dead, []string{codePrefix, accessPrefix, refreshPrefix}[i%3]+base64.RawURLEncoding.EncodeToString(raw))
		}
		for _, token := range dead {
			if status := w.userinfo(token).StatusCode; status != 401 && status != 400 {
				t.Errorf("%q at userinfo: %d", token, status)
			}
			if body := w.as("app", "/oauth/introspect", url.Values{"token": {token}}).want(200).body; body != `{"active":false}` {
				t.Errorf("%q introspected: %s", token, body)
			}
			w.as("app", "/oauth/token", codeForm(token)).fails(400, "invalid_grant")
			w.refreshed("app", token).fails(400, "invalid_grant")
			w.as("app", "/oauth/revoke", url.Values{"token": {token}}).want(200)
			for what, look := range map[string]func(context.Context) error{
				"bearer": func(ctx context.Context) error { _, err := w.s.bearer(ctx, token, ""); return err },
				"introspect": func(ctx context.Context) error {
					proof, _, err := w.s.proveClient(ctx, credentials{"client_secret_basic", "app", "secret-of-app"}, "192.0.2.1", w.s.tokenKey(token))
					w.must(err)
					_, err = w.s.factsOf(ctx, proof)
					return err
				},
			} {
				ctx, statements := modelstest.Count(context.Background())
				if err := look(ctx); !errors.Is(err, errEnded) || statements.Load() > 1 {
					t.Errorf("%q, %s: %v after %d statements", token, what, err, statements.Load())
				}
			}
		}
		if w.everyValue() != before {
			t.Error("something changed")
		}
		if !w.alive("app", got.access) {
			t.Error("the whole one is dead")
		}
		w.refreshed("app", got.refresh).json(200)
		w.as("app", "/oauth/token", codeForm(code)).json(200)
	})
}
