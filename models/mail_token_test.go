package models_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

func mailToken(t *testing.T, db *models.DB, u models.User) (models.MailToken, string) {
	t.Helper()
	raw, now := models.NewToken(), db.Now()
	codeEnds := now.Add(time.Minute)
	row := models.MailToken{
		ID: models.NewID(), Purpose: "reset", Email: u.Email, UserID: &u.ID, Epoch: u.Epoch, TokenHash: models.Digest(raw),
		CodeHash: []byte{1}, CodeExpiresAt: &codeEnds, ExpiresAt: now.Add(time.Hour), CreatedAt: now,
	}
	if err := db.CreateMailToken(context.Background(), &row); err != nil {
		t.Fatal(err)
	}
	return row, raw
}

func TestUseMailToken_Once(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		ctx := context.Background()
		row, raw := mailToken(t, db, person(t, db, "a@example.test"))
		if _, err := db.MailTokenByToken(ctx, "verify_email", raw); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("found under another purpose: %v", err)
		}
		won, lost := modelstest.Race(50, func(int) error { return db.UseMailToken(ctx, row.ID) })
		if won != 1 || len(lost) != 49 || !errors.Is(lost[0], models.ErrSpent) {
			t.Errorf("%d uses of one token: %v", won, lost)
		}
		if alive, err := db.MailTokenAlive(ctx, row.ID); err != nil || alive {
			t.Errorf("alive after use: %v, %v", alive, err)
		}
	})
}

func TestUseMailToken_DeadByTimeAndEpoch(t *testing.T) {
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		ctx := context.Background()
		u := person(t, db, "a@example.test")
		row, raw := mailToken(t, db, u)
		if err := db.ChangePassword(ctx, models.PasswordChange{UserID: u.ID, Hash: "h", Epoch: u.Epoch}); err != nil {
			t.Fatal(err)
		}
		if err := db.UseMailToken(ctx, row.ID); !errors.Is(err, models.ErrSpent) {
			t.Errorf("used across an epoch: %v", err)
		}
		if _, err := db.MailTokenByToken(ctx, "reset", raw); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("found across an epoch: %v", err)
		}
		u.Epoch++
		row, _ = mailToken(t, db, u)
		clock.Add(time.Hour)
		if err := db.UseMailToken(ctx, row.ID); !errors.Is(err, models.ErrSpent) {
			t.Errorf("used after its time: %v", err)
		}
	})
}

func TestCountCodeTry_NeverMoreThanAllowed(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		ctx := context.Background()
		row, _ := mailToken(t, db, person(t, db, "a@example.test"))
		won, _ := modelstest.Race(50, func(int) error { return db.CountCodeTry(ctx, row.ID, 5) })
		if won != 5 {
			t.Errorf("%d tries at a code that allows 5", won)
		}
		if err := db.UseMailToken(ctx, row.ID); err != nil {
			t.Errorf("the link died with the code: %v", err)
		}
	})
}
