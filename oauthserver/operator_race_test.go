package oauthserver

import (
	"context"
	"errors"
	"testing"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestOperatorActsRace: of fifty who press the button of one page at the same moment one acts, and the log has one row of it;
// the others are told that it has changed.
func TestOperatorActsRace(t *testing.T) {
	const width = 50
	eachReadyRace(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		by := w.anAdministrator()
		w.signInAt("ada", "app", allScopes)
		consent := w.aConsent("ada", "app")
		preview, err := w.s.OpenConsent(ctx, by, consent)
		w.must(err)
		page, _ := w.keyPage(by)
		kid := w.inState("ES256", models.KeyActive)[0]
		edit, _ := w.seen(by, "app")
		revoke, key := by, by
		revoke.Seen = preview.Version
		key.Seen, key.Typed = page.find(kid).Version, "ES256"
		for _, act := range []struct {
			event models.Action
			do    func() error
		}{
			{eventConsentEnd, func() error { return w.s.RevokeConsent(ctx, revoke, consent) }},
			{eventKeyRevoke, func() error { return w.s.StepKey(ctx, key, kid, KeyRevoke) }},
			{eventClientRotate, func() error { _, err := w.s.RotateSecret(ctx, edit, "app", 0); return err }},
		} {
			won, lost := modelstest.Race(width, func(int) error { return act.do() })
			for _, err := range lost {
				if !errors.Is(err, ErrChanged) && !errors.Is(err, models.ErrSpent) && !errors.Is(err, models.ErrNotFound) {
					t.Errorf("%s: %v", act.event, err)
				}
			}
			if rows := w.events(act.event); won != 1 || len(rows) != 1 {
				t.Errorf("%s: %d won, %d rows", act.event, won, len(rows))
			}
		}
		_, stop := w.seen(by, "app")
		won, _ := modelstest.Race(width, func(int) error { return w.s.DisableClient(ctx, stop, "app") })
		if rows := w.events(eventClientDisable); won != 1 || len(rows) != 1 {
			t.Errorf("disable: %d won, %d rows", won, len(rows))
		}
		t.Logf("%d wide", width)
	})
}

// TestTokenActsRace is TestOperatorActsRace for the acts on tokens: of fifty one revokes.
func TestTokenActsRace(t *testing.T) {
	const width = 50
	eachReadyRace(t, func(t *testing.T, w *world) {
		for name, act := range operatorActs() {
			if act.event != eventTokenEnd && act.event != eventFamilyRevoke {
				continue
			}
			by, do := act.ready(w, w.anAdministrator())
			before := len(w.events(act.event))
			won, lost := modelstest.Race(width, func(int) error { return do(by) })
			for _, err := range lost {
				if !errors.Is(err, ErrChanged) && !errors.Is(err, models.ErrSpent) {
					t.Errorf("%s: %v", name, err)
				}
			}
			if rows := len(w.events(act.event)) - before; won != 1 || rows != 1 {
				t.Errorf("%s: %d won, %d rows", name, won, rows)
			}
		}
		t.Logf("%d wide", width)
	})
}
