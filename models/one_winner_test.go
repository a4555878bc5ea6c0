package models_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

const raceWidth = 50

// raceRounds are few under the race detector, which looks for something else and takes long.
func raceRounds() int {
	if testing.Short() {
		return 10
	}
	return 200
}

// single is something that may be done once.
type single struct {
	name  string
	ready func(ctx context.Context) error // makes it possible, anew in each round
	do    func(ctx context.Context) error
}

// winOnce lets fifty at once do each thing, round after round: one wins, and the others are told that it is used
// up, or not there any more.
func winOnce(t *testing.T, things []single) {
	t.Helper()
	ctx := t.Context()
	for _, thing := range things {
		for round := range raceRounds() {
			if err := thing.ready(ctx); err != nil {
				t.Fatalf("%s: %v", thing.name, err)
			}
			won, lost := modelstest.Race(raceWidth, func(int) error { return thing.do(ctx) })
			for _, err := range lost {
				if !errors.Is(err, models.ErrSpent) && !errors.Is(err, models.ErrNotFound) {
					t.Fatalf("%s, round %d: %v", thing.name, round, err)
				}
			}
			if won != 1 {
				t.Fatalf("%s, round %d: %d won", thing.name, round, won)
			}
		}
		t.Logf("%s: %d wide, %d rounds, one winner each", thing.name, raceWidth, raceRounds())
	}
}

// again makes something possible with a statement.
func again(pool *sql.DB, statement string) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := pool.ExecContext(ctx, statement)
		return err
	}
}

// TestOneWinner (T-306, T-310 to T-312): what may be used once is used once, however many come at the same time.
func TestOneWinner(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		r, pool := newResident(t, db), modelstest.SQL(t, db)
		operator := person(t, db, "operator@example.test")
		now, hour := db.Now(), db.Now().Add(time.Hour)
		inTx := func(do func(ctx context.Context, tx *models.Tx) error) func(context.Context) error {
			return func(ctx context.Context) error {
				return db.InTx(ctx, func(tx *models.Tx) error { return do(ctx, tx) })
			}
		}
		authenticator := models.Authenticator{ID: models.NewID(), UserID: r.ID, Name: "Phone", Secret: []byte{1}, CreatedAt: now}
		passkey := models.Passkey{ID: models.NewID(), UserID: r.ID, CredentialID: []byte{1}, PublicKey: []byte{1}, Transports: []string{}, RPID: "localhost", CreatedAt: now}
		challenge := models.PasskeyChallenge{ID: models.NewID(), Purpose: "sign-in", HolderHash: []byte{1}, SessionData: "{}", ExpiresAt: hour}
		link := models.SetupLink{ID: models.NewID(), TokenHash: []byte{1}, ExpiresAt: hour, CreatedAt: now}
		view := models.MemberView{ID: models.NewID(), TokenHash: []byte{1}, MemberID: r.ID, OperatorID: operator.ID, OperatorSessionID: "S", StartedAt: now, LastSeenAt: now, EndsAt: hour}
		batch := models.Batch{ID: models.NewID(), Act: "suspend", State: models.BatchReady, OperatorID: operator.ID, CreatedAt: now}
		code, used, renewed := [][]byte{{1}}, passkey, r.session
		used.SignCount, renewed.TokenHash = 1, models.Digest("renewed")
		must(t, errors.Join(db.CreateAuthenticator(t.Context(), &authenticator), db.CreatePasskey(t.Context(), &passkey), db.CreateSetupLink(t.Context(), &link)))
		must(t, inTx(func(ctx context.Context, tx *models.Tx) error {
			return errors.Join(tx.CreateMemberView(ctx, &view), tx.CreateBatch(ctx, &batch), tx.ReplaceRecoveryCodes(ctx, r.ID, code))
		})(t.Context()))

		winOnce(t, []single{
			{"a mailed link", again(pool, "UPDATE mail_tokens SET used_at = NULL"), func(ctx context.Context) error { return db.UseMailToken(ctx, r.link.ID) }},
			{"an open sign-in", func(ctx context.Context) error {
				return errors.Join(db.EndPendingLogin(ctx, r.pending.ID), db.CreatePendingLogin(ctx, &r.pending))
			}, inTx(func(ctx context.Context, tx *models.Tx) error { return tx.SpendPendingLogin(ctx, r.pending.ID) })},
			{"a step of an authenticator app", again(pool, "UPDATE authenticators SET last_step = 0"), func(ctx context.Context) error { return db.UseAuthenticatorStep(ctx, authenticator.ID, 1) }},
			{"a recovery code", again(pool, "UPDATE recovery_codes SET used_at = NULL"), func(ctx context.Context) error { return db.UseRecoveryCode(ctx, r.ID, code) }},
			{"a count of a passkey", again(pool, "UPDATE passkeys SET sign_count = 0"), func(ctx context.Context) error { return db.UsePasskey(ctx, passkey, used) }},
			{"a challenge of a passkey", func(ctx context.Context) error { return db.CreatePasskeyChallenge(ctx, &challenge) }, func(ctx context.Context) error {
				_, err := db.TakePasskeyChallenge(ctx, challenge.ID, challenge.Purpose, challenge.HolderHash)
				return err
			}},
			{"a link to set up", again(pool, "UPDATE setup_links SET used_at = NULL"), inTx(func(ctx context.Context, tx *models.Tx) error { return tx.UseSetupLinks(ctx, link.ID) })},
			{"a new cookie of a session", func(ctx context.Context) error {
				_, err := pool.ExecContext(ctx, "DELETE FROM sessions")
				return errors.Join(err, db.CreateSession(ctx, &r.session))
			}, func(ctx context.Context) error { return db.RenewSession(ctx, renewed, r.session.TokenHash) }},
			{"a new password of an epoch", again(pool, "UPDATE users SET epoch = 0"), func(ctx context.Context) error {
				return db.ChangePassword(ctx, models.PasswordChange{UserID: r.ID, Hash: "h"})
			}},
			{"the end of a view", again(pool, "UPDATE member_views SET ended_at = NULL"), inTx(func(ctx context.Context, tx *models.Tx) error { return tx.EndMemberView(ctx, view.ID) })},
			{"the start of a batch", again(pool, "UPDATE batches SET state = 'ready'"), inTx(func(ctx context.Context, tx *models.Tx) error { return tx.StartBatch(ctx, batch) })},
		})
	})
}

// TestOneWinner_IsSharp: what reads first and writes then has more than one winner, and the race shows it. SQLite has one writer, who
// would not show it.
func TestOneWinner_IsSharp(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		if db.Dialect() == "sqlite" {
			return
		}
		r, pool := newResident(t, db), modelstest.SQL(t, db)
		ready := again(pool, "UPDATE mail_tokens SET used_at = NULL")
		for range raceRounds() {
			must(t, ready(t.Context()))
			won, _ := modelstest.Race(raceWidth, func(int) error { return useInTwoSteps(t.Context(), pool, r.link.ID) })
			if won > 1 {
				return
			}
		}
		t.Error("a look before a leap was never caught")
	})
}

func useInTwoSteps(ctx context.Context, pool *sql.DB, id string) error {
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	var used sql.NullTime
	if err := tx.QueryRowContext(ctx, "SELECT used_at FROM mail_tokens WHERE id = $1", id).Scan(&used); err != nil || used.Valid {
		return errors.Join(err, models.ErrSpent)
	}
	if _, err := tx.ExecContext(ctx, "UPDATE mail_tokens SET used_at = now() WHERE id = $1", id); err != nil {
		return err
	}
	return tx.Commit()
}
