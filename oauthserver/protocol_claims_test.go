package oauthserver

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
)

// TestProtocolClaimsWin: a host that fills the protocol's claims changes none of them, wherever they are told, and the
// log says so once for each. TestReservedClaimsNeverFromHost has every name.
func TestProtocolClaimsWin(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		var log bytes.Buffer
		names := append([]string{"name"}, reservedClaims...)
		w.restart(func(c *Config) {
			c.Log = slog.New(slog.NewTextHandler(&log, nil))
			c.Scopes = append(StandardScopes(), Scope{Name: "all", Claims: names})
			c.Scopes[0].Claims = names // of openid
		})
		client, err := w.s.clientByID(t.Context(), "app")
		w.must(err)
		client.Scopes = append(client.Scopes, "all")
		client.IDTokenClaims = names
		w.must(w.db.UpdateOAuthClient(t.Context(), client))
		plain := w.signInAt("ada", "app", "openid all", "nonce", "n-1")
		told := func(got tokens) map[string]map[string]any {
			_, id := w.claimsOfJWT(got.id)
			return map[string]map[string]any{
				"ID token": id, "userinfo": w.userinfo(got.access).json(200), "introspection": w.as("app", "/oauth/introspect", url.Values{"token": {got.access}}).json(200),
			}
		}
		want := told(plain)
		if log.Len() > 0 {
			t.Errorf("logged %s", log.String())
		}
		w.host.claims = map[string]any{"name": "Ada"}
		for i, name := range reservedClaims {
			w.host.claims[name] = []any{"from the host", 253402300799, true, []string{"from", "the host"}, map[string]any{"from": "the host"}}[i%5]
		}
		for range 3 {
			got := told(w.signInAt("ada", "app", "openid all", "nonce", "n-1"))
			for place, facts := range got {
				if place != "introspection" && facts["name"] != "Ada" {
					t.Errorf("%s: the host's own claim is missing", place)
				}
				delete(facts, "name")
				for _, changing := range []string{"at_hash", "jti", "sid"} { // of one token or session each
					if fmt.Sprintf("%T", facts[changing]) != fmt.Sprintf("%T", want[place][changing]) || strings.Contains(fmt.Sprint(facts[changing]), "host") {
						t.Errorf("%s: %s is %v", place, changing, facts[changing])
					}
					facts[changing] = want[place][changing]
					if facts[changing] == nil {
						delete(facts, changing)
					}
				}
				if fmt.Sprint(facts) != fmt.Sprint(want[place]) {
					t.Errorf("%s: %v, want %v", place, facts, want[place])
				}
			}
		}
		for _, name := range reservedClaims {
			if n := strings.Count(log.String(), "claim="+name+"\n"); n != 1 {
				t.Errorf("%s is logged %d times", name, n)
			}
		}
	})
}

// TestHostNamesThePerson: a host that returns the right sub along with the rest does nothing wrong.
func TestHostNamesThePerson(t *testing.T) {
	w := aReady(t)
	var log bytes.Buffer
	w.restart(func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	w.host.claims = map[string]any{"sub": "ada", "name": "Ada"}
	access := w.signInAt("ada", "app", "openid profile").access
	if got := w.userinfo(access).json(200); got["sub"] != "ada" || log.Len() > 0 {
		t.Errorf("%v, logged %s", got, log.String())
	}
	w.host.claims["sub"] = "bob"
	if got := w.userinfo(access).json(200); got["sub"] != "ada" || strings.Count(log.String(), "claim=sub") != 1 {
		t.Errorf("%v, logged %s", got, log.String())
	}
}
