package models_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// resident is somebody whose rows a transaction may change.
type resident struct {
	models.User
	session models.Session
	link    models.MailToken
	pending models.PendingLogin
}

func newResident(t *testing.T, db *models.DB) (r resident) {
	t.Helper()
	r.User = person(t, db, "ada@example.test")
	r.session, _ = session(t, db, r.User)
	now := db.Now()
	r.pending = models.PendingLogin{ID: models.NewID(), TokenHash: models.Digest("pending"), UserID: &r.ID, Step: "verify", Proofs: []models.Proof{}, Epoch: r.Epoch, CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
	r.link = models.MailToken{ID: models.NewID(), Purpose: "reset", Email: r.Email, UserID: &r.ID, Epoch: r.Epoch, TokenHash: models.Digest("link"), CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
	for _, err := range []error{
		db.CreatePendingLogin(t.Context(), &r.pending), db.CreateMailToken(t.Context(), &r.link), remember(t.Context(), db, r.ID, "known"),
		db.CreateNote(t.Context(), &models.Note{UserID: r.ID, Title: "A note"}), db.KeepMail(t.Context(), models.Mail{To: r.Email}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func remember(ctx context.Context, db *models.DB, userID, browser string) error {
	_, err := db.RememberBrowser(ctx, userID, browser, db.Now())
	return err
}

// peopleChanges are what the transactions of this program write, of every kind.
var peopleChanges = map[string]func(ctx context.Context, tx *models.Tx, r resident) error{
	"sign up": func(ctx context.Context, tx *models.Tx, r resident) error {
		u := models.User{Email: "new@example.test"}
		if err := tx.CreateUser(ctx, &u); err != nil {
			return err
		}
		p, link := r.pending, r.link
		p.ID, p.TokenHash, p.UserID = models.NewID(), models.Digest("other"), &u.ID
		link.ID, link.TokenHash, link.UserID = models.NewID(), models.Digest("other"), &u.ID
		return errors.Join(tx.CreatePendingLogin(ctx, &p), tx.CreateMailToken(ctx, &link), tx.SendMail(ctx, models.Mail{Kind: "test", To: u.Email}))
	},
	"sign in": func(ctx context.Context, tx *models.Tx, r resident) error {
		s := r.session
		s.ID, s.TokenHash = models.NewID(), models.Digest("other")
		return errors.Join(tx.CreateSession(ctx, &s), remember(ctx, tx.DB, r.ID, "new"), tx.EndPendingLoginByToken(ctx, "pending"), tx.RehashPassword(ctx, r.ID, "", "better"))
	},
	"verify": func(ctx context.Context, tx *models.Tx, r resident) error {
		return errors.Join(tx.UseMailToken(ctx, r.link.ID), tx.EndPendingLoginsOf(ctx, r.ID))
	},
	"change password": func(ctx context.Context, tx *models.Tx, r resident) error {
		return errors.Join(tx.ChangePassword(ctx, models.PasswordChange{UserID: r.ID, Hash: "new", Epoch: r.Epoch, EndAccess: true}), tx.KillMailTokens(ctx, "", &r.ID, ""))
	},
	"confirm": func(ctx context.Context, tx *models.Tx, r resident) error {
		s := r.session
		s.TokenHash = models.Digest("renewed")
		return tx.RenewSession(ctx, s, r.session.TokenHash)
	},
	"sign out": func(ctx context.Context, tx *models.Tx, r resident) error {
		return tx.EndSession(ctx, r.ID, r.session.ID)
	},
	"end all": func(ctx context.Context, tx *models.Tx, r resident) error {
		_, err := tx.EndSessionsOf(ctx, r.ID, "")
		return err
	},
	"lock":    func(ctx context.Context, tx *models.Tx, r resident) error { return tx.LockAccount(ctx, r.ID) },
	"disable": func(ctx context.Context, tx *models.Tx, r resident) error { return tx.DisableUser(ctx, r.ID, "x", nil) },
	"rename": func(ctx context.Context, tx *models.Tx, r resident) error {
		if _, err := tx.LockUser(ctx, r.ID); err != nil {
			return err
		}
		return tx.SetUserName(ctx, r.ID, "Other")
	},
	"passkey": func(ctx context.Context, tx *models.Tx, r resident) error {
		key := models.Passkey{ID: models.NewID(), UserID: r.ID, CredentialID: []byte("id"), PublicKey: []byte("key"), Transports: []string{}, RPID: "localhost", CreatedAt: tx.Now()}
		used := key
		used.SignCount = 7
		challenge := models.PasskeyChallenge{ID: "challenge", HolderHash: []byte("holder"), SessionData: "{}", ExpiresAt: tx.Now().Add(time.Hour)}
		err := errors.Join(tx.GivePasskeyHandle(ctx, r.ID, []byte("handle")), tx.CreatePasskey(ctx, &key), tx.UsePasskey(ctx, key, used),
			tx.RenamePasskey(ctx, r.ID, key.ID, "Other"), tx.CreatePasskeyChallenge(ctx, &challenge))
		_, taken := tx.TakePasskeyChallenge(ctx, challenge.ID, "", challenge.HolderHash)
		_, raised := tx.RaiseEpoch(ctx, r.ID, r.Epoch)
		return errors.Join(err, taken, raised)
	},
	"note": func(ctx context.Context, tx *models.Tx, r resident) error {
		return tx.CreateNote(ctx, &models.Note{UserID: r.ID, Title: "Other"})
	},
	"mailbox": func(ctx context.Context, tx *models.Tx, r resident) error {
		return tx.KeepMail(ctx, models.Mail{To: r.Email})
	},
	"count": func(ctx context.Context, tx *models.Tx, r resident) error {
		_, err := tx.CountAttempts(ctx, models.Counting{AttemptKey: models.AttemptKey{Rule: "L", Subject: r.ID}, Window: time.Hour})
		return err
	},
}

var errNo = errors.New("no")

// TestRollback (T-1002): a transaction that fails after its last statement leaves nothing, whatever it wrote, however
// it fails and whether it is the outer one or has joined one. Its audit event is gone with it, and no worker ever sees
// its job.
func TestRollback(t *testing.T) {
	changes := []map[string]func(context.Context, *models.Tx, resident) error{peopleChanges}
	changes = append(changes, oauthChanges) // oauth
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		r := newResident(t, db)
		prepareOAuthChanges(t, db, r) // oauth
		pool, ran := modelstest.SQL(t, db), watchJobs(t, db)
		before := modelstest.Digest(t, pool)
		for _, list := range changes {
			for name, change := range list {
				for how, run := range failures {
					if err := run(t.Context(), db, func(ctx context.Context, tx *models.Tx) error {
						err := errors.Join(change(ctx, tx, r), tx.Enqueue(ctx, testJob{}, nil), tx.Audit(ctx, models.AuditEvent{Action: "app.test"}))
						if err != nil {
							t.Errorf("%s: %v", name, err)
						}
						return err
					}); !errors.Is(err, errNo) {
						t.Errorf("%s, %s: %v", name, how, err)
					}
					if changed := before.Changed(modelstest.Digest(t, pool)); len(changed) > 0 {
						t.Errorf("%s, %s left %v", name, how, changed)
					}
				}
			}
		}
		var attempts, events int
		if err := pool.QueryRow("SELECT (SELECT count(*) FROM attempts), (SELECT count(*) FROM audit_events)").Scan(&attempts, &events); err != nil || attempts+events > 0 {
			t.Errorf("%d attempts and %d events stayed (%v)", attempts, events, err)
		}
		if got := ran(); !slices.Equal(got, []string{"last"}) {
			t.Errorf("the worker saw %v", got)
		}
	})
}

// failures are the ways in which a transaction ends badly after all its statements went well.
var failures = map[string]func(context.Context, *models.DB, func(context.Context, *models.Tx) error) error{
	"an error": func(ctx context.Context, db *models.DB, f func(context.Context, *models.Tx) error) error {
		return db.InTx(ctx, func(tx *models.Tx) error { return errors.Join(f(ctx, tx), errNo) })
	},
	"an error of the one inside": func(ctx context.Context, db *models.DB, f func(context.Context, *models.Tx) error) error {
		return db.InTx(ctx, func(tx *models.Tx) error {
			return db.InTx(tx.Context(), func(tx *models.Tx) error { return errors.Join(f(ctx, tx), errNo) })
		})
	},
	"an error after the one inside": func(ctx context.Context, db *models.DB, f func(context.Context, *models.Tx) error) error {
		return db.InTx(ctx, func(tx *models.Tx) error {
			return errors.Join(tx.InTx(ctx, func(tx *models.Tx) error { return f(ctx, tx) }), errNo)
		})
	},
	"a panic": func(ctx context.Context, db *models.DB, f func(context.Context, *models.Tx) error) (err error) {
		defer func() {
			if fault := recover(); fault != errNo {
				err = errors.Join(err, errors.New("another panic"))
			}
		}()
		err = errNo
		return errors.Join(err, db.InTx(ctx, func(tx *models.Tx) error {
			if err := f(ctx, tx); err != nil {
				return err
			}
			panic(errNo)
		}))
	},
	"a caller gone":      callerGone(0),
	"a caller long gone": callerGone(2 * time.Millisecond), // COMMIT finds that database/sql has rolled back already
}

func callerGone(since time.Duration) func(context.Context, *models.DB, func(context.Context, *models.Tx) error) error {
	return func(ctx context.Context, db *models.DB, f func(context.Context, *models.Tx) error) error {
		ctx, stop := context.WithCancel(ctx)
		err := db.InTx(ctx, func(tx *models.Tx) error {
			err := f(ctx, tx)
			stop()
			time.Sleep(since)
			return err
		})
		if !errors.Is(err, context.Canceled) {
			return err
		}
		return errNo
	}
}

// watchJobs works the queue beside the test. What it returns puts a last job there, waits for it, and tells what ran.
func watchJobs(t *testing.T, db *models.DB) (ran func() []string) {
	t.Helper()
	var mu sync.Mutex
	var seen []string
	note := func(what string) { mu.Lock(); defer mu.Unlock(); seen = append(seen, what) }
	last := make(chan struct{})
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(context.Context, *river.Job[testJob]) error { note("test"); return nil }))
	river.AddWorker(workers, river.WorkFunc(func(context.Context, *river.Job[models.MailJob]) error { note("mail"); return nil }))
	river.AddWorker(workers, river.WorkFunc(func(context.Context, *river.Job[lastJob]) error { note("last"); close(last); return nil }))
	return func() []string {
		runner, err := db.NewJobRunner(&river.Config{
			Workers: workers, Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 1}}, FetchPollInterval: 100 * time.Millisecond,
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.InTx(t.Context(), func(tx *models.Tx) error { return tx.Enqueue(t.Context(), lastJob{}, nil) }); err != nil {
			t.Fatal(err)
		}
		if err := runner.Start(context.WithoutCancel(t.Context())); err != nil {
			t.Fatal(err)
		}
		select {
		case <-last:
		case <-time.After(20 * time.Second):
			t.Error("the queue is not worked")
		}
		if err := runner.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		return seen
	}
}

type lastJob struct{}

func (lastJob) Kind() string { return "last" }
