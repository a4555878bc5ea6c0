package oauthserver

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"latchkey/models"
)

// TestTabsDoNotMix: in one browser ten authorizations of three clients wait at a time, and are answered in any order.
// Each answer is its own: state, client, scopes, nonce and verifier.
func TestTabsDoNotMix(t *testing.T) {
	rounds := 30
	if testing.Short() {
		rounds = 5
	}
	eachReady(t, func(t *testing.T, w *world) {
		w.restart(func(c *Config) { c.LimitScale = 1e6 })
		for _, id := range []string{"one", "two", "three"} {
			w.client(id, func(c *models.OAuthClient) {
				c.RedirectURIs, c.IDTokenAlg = models.Strings{"https://" + id + ".example.test/cb"}, "ES256"
			})
		}
		seed := rand.Uint64()
		random := rand.New(rand.NewPCG(seed, 1))
		b := w.browser()
		b.signIn("ada")
		for round := range rounds {
			type tab struct{ client, scope, mark, back string }
			var tabs []tab
			for i := range 10 {
				tab := tab{
					client: []string{"one", "two", "three"}[i%3], scope: []string{"openid profile", "openid notes:read", "openid notes:write email", "openid"}[random.IntN(4)],
					mark: fmt.Sprintf("%d-%d", round, i),
				}
				tab.back = b.get(authorizePath(tab.client, "redirect_uri", "https://"+tab.client+".example.test/cb", "scope", tab.scope, "state", "s"+tab.mark, "nonce", "n"+tab.mark, "prompt", "consent")).interaction()
				tabs = append(tabs, tab)
			}
			random.Shuffle(len(tabs), func(i, j int) { tabs[i], tabs[j] = tabs[j], tabs[i] })
			for _, tab := range tabs {
				callback := "https://" + tab.client + ".example.test/cb"
				values := b.allow(tab.back, "profile", "notes:read", "notes:write", "email").back(callback)
				form := codeForm(values.Get("code"))
				form.Set("redirect_uri", callback)
				got := w.as(tab.client, "/oauth/token", form).json(200)
				_, claims := w.claimsOfJWT(tokensOf(got).id)
				if values.Get("state") != "s"+tab.mark || claims["nonce"] != "n"+tab.mark || claims["aud"] != tab.client || got["scope"] != tab.scope {
					t.Errorf("seed %d: tab %v: state %s, claims %v, scope %v", seed, tab, values.Get("state"), claims, got["scope"])
				}
			}
		}
	})
}
