package oauthserver

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/models"
)

// keyPage is what an operator sees of the keys now, and the operator with its version.
func (w *world) keyPage(by Operator) (KeyPage, Operator) {
	w.Helper()
	page, err := w.s.Keys(context.Background(), by)
	w.must(err)
	by.Seen, by.Typed = page.Version, "ES256"
	return page, by
}

func (p KeyPage) find(kid string) KeyRecord {
	i := slices.IndexFunc(p.Keys, func(key KeyRecord) bool { return key.KID == kid })
	return p.Keys[i]
}

// TestKeyStepsAreLegal: of every step in every state only those that the page draws are done, each leads where it says, and
// there is never an algorithm without a key that signs.
func TestKeyStepsAreLegal(t *testing.T) {
	legal := map[string]string{
		"next": "activate→active revoke→revoked", "active": "revoke→revoked", "retiring": "retire→retired revoke→revoked", "retired": "", "revoked": "",
	}
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		w.ready().withClients()
		by := w.anAdministrator()
		for state, want := range legal {
			var done []string
			for _, step := range []KeyStep{KeySign, KeyUnpublish, KeyRevoke} {
				kid := w.keyIn(state)
				page, by := w.keyPage(by)
				by.Seen = page.find(kid).Version
				drawn := slices.Contains(page.find(kid).Steps, step)
				err := w.s.StepKey(ctx, by, kid, step)
				after, _ := w.keyPage(by)
				switch {
				case err == nil:
					done = append(done, string(step)+"→"+after.find(kid).State)
				case !errors.Is(err, models.ErrSpent) || after.Version != page.Version:
					t.Errorf("%s of a %s key: %v", step, state, err)
				}
				if drawn != (err == nil) {
					t.Errorf("%s of a %s key: drawn %v, done %v", step, state, drawn, err)
				}
				if w.signInAt("ada", "app", "openid").id == "" || len(w.inState("ES256", models.KeyActive)) != 1 {
					t.Fatalf("after %s of a %s key nothing signs", step, state)
				}
			}
			if got := strings.Join(done, " "); got != want {
				t.Errorf("a %s key: %q", state, got)
			}
		}
		if err := w.s.StepKey(ctx, by, "nobody", KeyRevoke); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("an unknown key: %v", err)
		}
		if err := w.s.StepKey(ctx, by, w.keyIn("active"), "publish"); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("an unknown step: %v", err)
		}
	})
}

// keyIn brings an ES256 key into a state.
func (w *world) keyIn(state string) string {
	w.Helper()
	ctx := context.Background()
	if found := w.inState("ES256", state); len(found) > 0 {
		return found[0]
	}
	switch state {
	case models.KeyNext:
		w.must(w.s.RotateKeys(ctx, byTest, RotateAnnounced))
	case models.KeyRetiring:
		w.must(w.s.RotateKeys(ctx, byTest, RotateNow))
	case models.KeyRetired:
		w.must(w.s.StepKey(ctx, byTest, w.keyIn(models.KeyRetiring), KeyUnpublish))
	case models.KeyRevoked:
		w.must(w.s.StepKey(ctx, byTest, w.keyIn(models.KeyActive), KeyRevoke))
	}
	return w.inState("ES256", state)[0]
}

// TestEmergencyRevoke: a revoked key is out of the key set at once, its private part is gone, what it signed counts no more,
// and the next sign-in is signed by a key made in the same moment; the page counted what would stop.
func TestEmergencyRevoke(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		ctx, by := context.Background(), w.anAdministrator()
		got := w.signInAt("ada", "app", allScopes)
		w.signInAt("bob", "app", "notes:read") // no ID token
		w.client("ec", func(c *models.OAuthClient) { c.Consent, c.IDTokenAlg = "skip", "ES256" })
		w.signInAt("ada", "ec", "openid")
		header, _ := w.claimsOfJWT(got.id)
		kid := header["kid"].(string)
		page, by := w.keyPage(by)
		if n, err := w.s.SignedBy(ctx, page.find(kid)); err != nil || n != 1 {
			t.Errorf("%d tokens would stop, %v", n, err)
		}
		if !strings.Contains(page.Published, kid) || page.Announced {
			t.Errorf("page %+v", page)
		}
		by.Seen, by.Typed = page.find(kid).Version, "RS256"
		w.must(w.s.StepKey(ctx, by, kid, KeyRevoke))
		if w.published()[kid] != nil || len(w.published()) != 2 {
			t.Error("it is still published, or nothing took its place")
		}
		if _, err := w.s.verifyIDTokenHint(ctx, got.id); !errors.Is(err, errBadHint) {
			t.Errorf("what it signed: %v", err)
		}
		var private *string
		w.query("SELECT private_key FROM oauth_keys WHERE kid = '"+kid+"'", &private)
		if private != nil {
			t.Error("its private part is kept")
		}
		if fresh, _ := w.claimsOfJWT(w.signInAt("ada", "app", "openid").id); fresh["kid"] == kid {
			t.Error("it signs")
		}
		if !w.alive("app", got.access) {
			t.Error("access tokens are not signed, and one ended")
		}
		row := w.events(eventKeyRevoke)[0]
		if row.TargetID != kid || row.Changes["state"] != (models.Change{Old: "active", New: "revoked"}) || row.Meta["alg"] != "RS256" {
			t.Errorf("row %+v", row)
		}
		w.clock.Add(lifeIDToken.usual + time.Second)
		after, _ := w.keyPage(by)
		if n, err := w.s.SignedBy(ctx, after.find(w.inState("ES256", models.KeyActive)[0])); err != nil || n != 0 {
			t.Errorf("%d old tokens count, %v", n, err)
		}
	})
}

// TestKeyEvents: each step has its row.
func TestKeyEvents(t *testing.T) {
	w := aReady(t)
	ctx := context.Background()
	w.must(w.s.StepKey(ctx, byTest, w.keyIn(models.KeyNext), KeySign))
	w.must(w.s.StepKey(ctx, byTest, w.keyIn(models.KeyRetiring), KeyUnpublish))
	for event, want := range map[models.Action]models.Change{
		eventKeySign: {Old: "next", New: "active"}, eventKeyUnpublish: {Old: "retiring", New: "retired"},
	} {
		if rows := w.events(event); len(rows) != 1 || rows[0].Changes["state"] != want {
			t.Errorf("%s: %+v", event, rows)
		}
	}
}

// TestNewKey_IsNoFlag: the name of a key is an argument of `keys revoke KID`, and nothing that begins with "-" is.
func TestNewKey_IsNoFlag(t *testing.T) {
	for range 300 {
		key, err := newKey("ES256")
		if err != nil || key.KID[0] == '-' {
			t.Fatalf("key %q, %v", key.KID, err)
		}
	}
}

// TestKeysSayWhenTheyAreDue (D-35): a key that signs says when a successor is due, and, once one is announced, until when it signs.
func TestKeysSayWhenTheyAreDue(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.ready().withClients()
		by := w.anAdministrator()
		page, by := w.keyPage(by)
		for _, key := range page.Keys {
			signs := key.State == models.KeyActive
			if (key.Due != nil) != signs || key.Until != nil || signs && !key.Due.Equal(key.Signs.Add(keyDue)) {
				t.Errorf("%+v", key)
			}
		}
		by.Seen = page.Version
		if err := w.s.RotateKeys(context.Background(), by, RotateAnnounced); err != nil {
			t.Fatal(err)
		}
		page, _ = w.keyPage(by)
		next := map[string]KeyRecord{}
		for _, key := range page.Keys {
			if key.State == models.KeyNext {
				next[key.Alg] = key
			}
		}
		for _, key := range page.Keys {
			if key.State == models.KeyActive && (key.Until == nil || !key.Until.Equal(next[key.Alg].Signs)) {
				t.Errorf("%+v has a successor", key)
			}
		}
	})
}
