package oauthserver

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/models"
)

// dead tells in all four places, and again after a restart, whether a sign-in is over.
func (w *world) dead(client string, got tokens) bool {
	w.Helper()
	over := !w.alive(client, got.access)
	w.restart(nil)
	if again := !w.alive(client, got.access); again != over {
		w.Errorf("access: over %v, after a restart %v", over, again)
	}
	facts := w.as(client, "/oauth/introspect", url.Values{"token": {got.refresh}}).json(200)
	if refresh := facts["active"] != true; refresh != over {
		w.Errorf("access token over: %v, refresh token over: %v", over, refresh)
	}
	return over
}

// cascade is one row of the table: what ends the sign-in "mine" of a person at an app, and what else ends.
type cascade struct {
	name  string
	end   func(w *world, ada, app string, mine tokens)
	ended string // of mine, twin (same person and app), bound (same, tied to the session), cousin (another app), bob
}

var cascades = []cascade{
	{"refresh token revoked", func(w *world, _, app string, mine tokens) {
		w.as(app, "/oauth/revoke", url.Values{"token": {mine.refresh}}).want(200)
	}, "mine"},
	{"refresh token reused", func(w *world, _, app string, mine tokens) {
		w.refreshed(app, mine.refresh).want(200)
		w.clock.Add(2 * time.Minute)
		w.refreshed(app, mine.refresh).want(400)
	}, "mine"},
	{"person ends one family", func(w *world, ada, _ string, mine tokens) {
		row, err := w.db.OAuthAccessTokenByHash(context.Background(), models.Digest(mine.access))
		w.must(err)
		w.must(w.s.RevokeFamily(context.Background(), ada, row.GrantID))
	}, "mine"},
	{"person revokes the app", func(w *world, ada, app string, _ tokens) { w.must(w.s.RevokeApp(context.Background(), ada, app)) }, "mine twin bound"},
	{"client disabled", func(w *world, _, app string, _ tokens) {
		w.must(w.s.DisableClient(context.Background(), byTest, app))
		w.must(w.s.EnableClient(context.Background(), byTest, app))
	}, "mine twin bound bob"},
	{"account disabled", func(w *world, ada, _ string, _ tokens) { w.must(w.s.AccountDisabled(context.Background(), ada)) }, "mine twin bound cousin"},
	{"account revoked", func(w *world, ada, _ string, _ tokens) { w.must(w.s.RevokeAccount(context.Background(), ada)) }, "mine twin bound cousin"},
	{"account deleted", func(w *world, ada, _ string, _ tokens) { w.must(w.s.AccountDeleted(context.Background(), ada)) }, "mine twin bound cousin"},
	{"access epoch raised, no call", func(w *world, ada, _ string, _ tokens) { w.host.change(ada, func(a *Account) { a.AccessEpoch++ }) }, "mine twin bound cousin"},
	{"account inactive, no call", func(w *world, ada, _ string, _ tokens) { w.host.change(ada, func(a *Account) { a.Active = false }) }, "mine twin bound cousin"},
	{"session ended", func(w *world, _, _ string, mine tokens) { w.must(w.s.SessionEnded(context.Background(), mine.session)) }, "bound"},
	{"session gone, no call", func(w *world, _, _ string, mine tokens) { w.host.drop(mine.session) }, "bound"},
}

// TestCascade is each row of the table: what ends, and what does not.
func TestCascade(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.ready()
		for i, c := range cascades {
			ada, bob, app, cousin := fmt.Sprint("ada", i), fmt.Sprint("bob", i), fmt.Sprint("app", i), fmt.Sprint("cousin", i)
			for _, id := range []string{app, cousin} {
				w.client(id, func(c *models.OAuthClient) { c.Consent, c.RefreshAlways = "skip", true })
			}
			b := w.browser()
			session := b.signIn(ada)
			here := func(client, scope string) tokens {
				got := tokensOf(w.as(client, "/oauth/token", codeForm(b.get(authorizePath(client, "scope", scope)).code())).json(200))
				got.session = session
				return got
			}
			all := map[string]tokens{
				"mine": here(app, allScopes), "twin": here(app, allScopes), "bound": here(app, "openid notes:read"),
				"cousin": here(cousin, allScopes), "bob": w.signInAt(bob, app, allScopes),
			}
			c.end(w, ada, app, all["mine"])
			for name, got := range all {
				client := map[bool]string{true: cousin, false: app}[name == "cousin"]
				want := strings.Contains(" "+c.ended+" ", " "+name+" ")
				if over := w.dead(client, got); over != want {
					t.Errorf("%s: %s: over %v, want %v", c.name, name, over, want)
				}
			}
		}
	})
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// TestInstantRevocation: nothing is remembered between two calls.
func TestInstantRevocation(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		got := w.signInAt("ada", "app", allScopes)
		w.api(got.access, "notes:read").want(200)
		w.as("app", "/oauth/revoke", url.Values{"token": {got.access}}).want(200)
		w.api(got.access, "notes:read").fails(401, "invalid_token")
	})
}

// TestMutatedTokens: every prefix, suffix and single-bit change is dead and changes nothing.
func TestMutatedTokens(t *testing.T) {
	w := aReady(t)
	w.restart(func(c *Config) { c.LimitScale = 1e6 })
	got := w.signInAt("ada", "app", allScopes)
	older := got.refresh
	got.refresh = tokensOf(w.refreshed("app", older).json(200)).refresh
	code, _ := w.codeFor("ada", "app", allScopes)
	before := w.everyValue()
	for _, mutant := range mutants(code) {
		if answer := w.as("app", "/oauth/token", codeForm(mutant)); answer.StatusCode != 400 {
			t.Fatalf("code %q: %d", mutant, answer.StatusCode)
		}
	}
	for _, token := range []string{got.refresh, older} {
		for _, mutant := range mutants(token) {
			if answer := w.refreshed("app", mutant); answer.StatusCode != 400 {
				t.Fatalf("refresh token %q: %d", mutant, answer.StatusCode)
			}
			w.as("app", "/oauth/revoke", url.Values{"token": {mutant}})
		}
	}
	for _, mutant := range mutants(got.access) {
		if answer := w.userinfo(mutant); answer.StatusCode == 200 {
			t.Fatalf("access token %q works", mutant)
		}
		w.as("app", "/oauth/revoke", url.Values{"token": {mutant}})
	}
	if w.everyValue() != before {
		t.Error("something changed")
	}
	w.refreshed("app", got.refresh).json(200)
	w.as("app", "/oauth/token", codeForm(code)).json(200)
}

func mutants(token string) (list []string) {
	for i := 1; i < len(token); i++ {
		list = append(list, token[:i], token[i:])
	}
	for i := range len(token) {
		for bit := range 7 {
			bent := []byte(token)
			bent[i] ^= 1 << bit
			list = append(list, string(bent))
		}
	}
	return append(list, token+"=", token+"A", token+"\n", " "+token, strings.ToUpper(token), strings.ToLower(token))
}

// TestAccessEpoch: an unequal epoch ends a grant at its next use, even though no call was made.
func TestAccessEpoch(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		got := w.signInAt("ada", "app", allScopes)
		code, _ := w.codeFor("ada", "app", allScopes)
		w.host.change("ada", func(a *Account) { a.AccessEpoch++ })
		if w.alive("app", got.access) {
			t.Error("the access token lives")
		}
		w.refreshed("app", got.refresh).fails(400, "invalid_grant")
		w.as("app", "/oauth/token", codeForm(code)).fails(400, "invalid_grant")
	})
}

// TestCrossClientMatrix: nothing of one client works for another.
func TestCrossClientMatrix(t *testing.T) {
	w := aReady(t)
	w.client("b", func(c *models.OAuthClient) { c.Consent = "skip" })
	got := w.signInAt("ada", "app", allScopes)
	code, _ := w.codeFor("ada", "app", allScopes)
	for _, thief := range []string{"b", "spa"} {
		w.as(thief, "/oauth/token", codeForm(code)).fails(400, "invalid_grant")
		w.refreshed(thief, got.refresh).fails(400, "invalid_grant")
		w.as(thief, "/oauth/revoke", url.Values{"token": {got.access}}).fails(400, "invalid_grant")
		w.as(thief, "/oauth/revoke", url.Values{"token": {got.refresh}}).fails(400, "invalid_grant")
	}
	for _, token := range []string{got.access, got.refresh} {
		if body := w.as("b", "/oauth/introspect", url.Values{"token": {token}}).body; body != `{"active":false}` {
			t.Errorf("introspected: %s", body)
		}
	}
	w.refreshed("app", got.refresh).json(200)
	w.as("app", "/oauth/token", codeForm(code)).json(200)
}

// TestTokenConfusion: none of the tokens is taken for another.
func TestTokenConfusion(t *testing.T) {
	w := aReady(t)
	got := w.signInAt("ada", "app", allScopes)
	code, _ := w.codeFor("ada", "app", allScopes)
	for name, token := range map[string]string{"code": code, "refresh": got.refresh, "id": got.id} {
		w.userinfo(token).want(401)
		if name != "refresh" {
			w.refreshed("app", token).fails(400, "invalid_grant")
		}
		if name != "code" {
			w.as("app", "/oauth/token", codeForm(token)).fails(400, "invalid_grant")
		}
	}
	w.refreshed("app", got.access).fails(400, "invalid_grant")
	w.as("app", "/oauth/token", codeForm(got.access)).fails(400, "invalid_grant")
	if !w.alive("app", got.access) {
		t.Error("a confusion ended the family")
	}
}

// TestNoSecretsAtRest: no token, code, verifier or client secret is in any row, and no answer but the
// client's own holds one.
func TestNoSecretsAtRest(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		code, _ := w.codeFor("ada", "app", allScopes, "nonce", "n")
		got := tokensOf(w.as("app", "/oauth/token", codeForm(code)).json(200))
		next := tokensOf(w.refreshed("app", got.refresh).json(200))
		w.refreshed("app", got.refresh).json(200)
		w.call("/oauth/token", anything(), http.Header{"Authorization": {basic("app", "wrong-secret-canary")}}).want(401)
		w.as("app", "/oauth/revoke", url.Values{"token": {next.refresh}}).want(200)
		everything := w.everyValue()
		for name, secret := range map[string]string{
			"code": code, "verifier": testVerifier, "access": got.access, "refresh": got.refresh, "id": got.id, "second access": next.access,
			"second refresh": next.refresh, "client secret": "secret-of-app", "wrong secret": "wrong-secret-canary",
		} {
			if strings.Contains(everything, secret) || strings.Contains(everything, strings.TrimPrefix(secret, "lk_at_")) {
				t.Errorf("%s is in a row", name)
			}
		}
	})
}
