package oauthserver

import (
	"testing"
	"time"

	"latchkey/models"
)

// TestACRValues (O-428): levels are a wish. Who is below all of them is asked for more once; still below, it goes on. The
// client is told the first of its levels that was reached, or the account's own.
func TestACRValues(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.client("app", func(c *models.OAuthClient) { c.Consent = "skip" })
		b := w.browser()
		b.signIn("ada")
		told := func(_ string) (acr string) { // at the code that was given last
			t.Helper()
			w.query("SELECT acr FROM oauth_grants ORDER BY created_at DESC LIMIT 1", &acr)
			w.clock.Add(time.Second)
			return acr
		}
		back := b.get(authorizePath("app", "acr_values", "gold phr aal2")).toLogin()
		asked := w.host.lastAsked(t)
		if asked.Reasons != Stronger || len(asked.ACRValues) != 2 || asked.ACRValues[0] != "phr" || asked.Essential {
			t.Errorf("asked %+v", asked)
		}
		if got := told(b.get(back).code()); got != "aal1" {
			t.Errorf("without a stronger proof: %q", got)
		}
		back = b.get(authorizePath("app", "acr_values", "phr aal2")).toLogin()
		w.host.change("ada", func(a *Account) { a.ACR = "aal2" })
		if got := told(b.get(back).code()); got != "aal2" {
			t.Errorf("with it: %q", got)
		}
		for wish, want := range map[string]string{"aal1": "aal1", "aal2 aal1": "aal2", "gold": "aal2", "": "aal2"} {
			if got := told(b.get(authorizePath("app", "acr_values", wish)).code()); got != want {
				t.Errorf("%q of a person at aal2: %q, want %q", wish, got, want)
			}
		}
		if got := told(b.get(authorizePath("app", "acr_values", "phr", "prompt", "none")).code()); got != "aal2" {
			t.Errorf("without a page: %q", got)
		}
	})
}
