package oauthserver

import (
	"context"
	"errors"
	"testing"

	"latchkey/models/modelstest"
)

// TestRedirectUses (D-31): how many sign-ins a redirect address was used for is told for 30 days, through the sweep that takes the
// codes away, however many sweep at once; a code that nobody redeemed is no sign-in, and a deleted client leaves nothing.
func TestRedirectUses(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		ctx, by := context.Background(), w.operatorWith(RightRead)
		const elsewhere = "https://client.example/elsewhere"
		client, err := w.db.OAuthClientByID(ctx, "app")
		w.must(err)
		client.RedirectURIs = append(client.RedirectURIs, elsewhere)
		w.must(w.s.UpdateClient(ctx, byTest, *client))
		told := func(when string, want int) {
			t.Helper()
			uses, err := w.s.RedirectUses(ctx, by, *client)
			if w.must(err); len(uses) != len(client.RedirectURIs) {
				t.Fatalf("%s: %+v", when, uses)
			}
			for _, use := range uses {
				if expected := map[string]int{testCallback: want}[use.URI]; use.SignIns != expected {
					t.Errorf("%s: %+v, want %d", when, use, expected)
				}
			}
		}
		for range 3 {
			w.signInAt("ada", "app", allScopes)
		}
		w.codeFor("ada", "app", allScopes)
		told("before the sweep", 3)
		w.clock.Add(2 * day)
		w.signInAt("bob", "app", allScopes)
		if _, lost := modelstest.Race(8, func(int) error { return w.s.Sweep(ctx) }); len(lost) > 0 {
			t.Errorf("swept at once: %v", lost)
		}
		if n := w.rows("oauth_codes"); n != 1 {
			t.Errorf("%d codes are kept", n)
		}
		told("after it", 4)
		w.clock.Add(29 * day)
		w.must(w.s.Sweep(ctx))
		told("when the first are 31 days old", 1)
		if n := w.rows("oauth_redirect_uses"); n != 1 {
			t.Errorf("%d days are kept", n)
		}
		if _, err := w.s.RedirectUses(ctx, w.operatorWith(), *client); !errors.Is(err, ErrRefused) {
			t.Errorf("who may not read: %v", err)
		}
		w.must(w.s.DisableClient(ctx, byTest, "app"))
		w.must(w.s.DeleteClient(ctx, byTest, "app"))
		if n := w.rows("oauth_redirect_uses"); n != 0 {
			t.Errorf("%d rows outlive the client", n)
		}
	})
}
