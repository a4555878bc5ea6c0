package models_test

import (
	"errors"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestTakePasskeyChallenge: each condition refuses alone, and a refusal leaves the challenge to whom it belongs.
func TestTakePasskeyChallenge(t *testing.T) {
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		ctx, u := t.Context(), person(t, db, "ada@example.test")
		kept := models.PasskeyChallenge{
			ID: "challenge", Purpose: "add", HolderHash: models.Digest("holder"), UserID: &u.ID, Epoch: u.Epoch, SessionData: "{}", ExpiresAt: db.Now().Add(time.Minute),
		}
		if err := db.CreatePasskeyChallenge(ctx, &kept); err != nil {
			t.Fatal(err)
		}
		take := func(id, purpose, holder string) error {
			_, err := db.TakePasskeyChallenge(ctx, id, purpose, models.Digest(holder))
			return err
		}
		for what, err := range map[string]error{
			"another challenge": take("other", "add", "holder"), "another act": take("challenge", "sign_in", "holder"), "another browser": take("challenge", "add", "other"),
		} {
			if !errors.Is(err, models.ErrNotFound) {
				t.Errorf("%s: %v", what, err)
			}
		}
		clock.Add(time.Minute)
		if err := take("challenge", "add", "holder"); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("too late: %v", err)
		}
		clock.Add(-time.Second)
		if err := take("challenge", "add", "holder"); err != nil {
			t.Error(err)
		}
		if err := take("challenge", "add", "holder"); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("once more: %v", err)
		}
	})
}

// TestRaiseEpoch: sessions go along, and two who raise the same epoch do it once.
func TestRaiseEpoch(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		ctx, u := t.Context(), person(t, db, "ada@example.test")
		_, token := session(t, db, u)
		raise := func() error {
			return db.InTx(ctx, func(tx *models.Tx) error {
				_, err := tx.RaiseEpoch(ctx, u.ID, u.Epoch)
				return err
			})
		}
		if err := raise(); err != nil {
			t.Fatal(err)
		}
		live, err := db.LiveSessionByToken(ctx, token, "localhost", true)
		if err != nil || live.Session.Epoch != u.Epoch+1 || live.Person.Epoch != u.Epoch+1 {
			t.Errorf("%v, epochs %d and %d", err, live.Session.Epoch, live.Person.Epoch)
		}
		if err := raise(); !errors.Is(err, models.ErrSpent) {
			t.Errorf("once more: %v", err)
		}
	})
}
