package models_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"latchkey/models"
	"latchkey/models/modelstest"
)

func TestMigrations_UpDownUp(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		ctx := context.Background()
		list, err := db.Migrations(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for range list {
			if err := db.MigrateDown(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if pending, err := db.PendingMigrations(ctx); err != nil || pending != len(list) {
			t.Fatalf("pending after down: %d of %d, %v", pending, len(list), err)
		}
		if tables := tableNames(t, db); len(tables) != 0 {
			t.Errorf("tables left after down: %v", tables)
		}
		if err := db.Migrate(ctx); err != nil {
			t.Fatal(err)
		}
		if pending, err := db.PendingMigrations(ctx); err != nil || pending != 0 {
			t.Fatalf("pending after up: %d, %v", pending, err)
		}
	})
}

func TestMigrations_TwoNodesStartAtOnce(t *testing.T) {
	modelstest.URLs(t, func(t *testing.T, url string) {
		ctx := context.Background()
		var nodes []*models.DB
		for range 2 {
			db, _ := modelstest.OpenURL(t, url)
			nodes = append(nodes, db)
		}
		list, err := nodes[0].Migrations(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for range list {
			if err := nodes[0].MigrateDown(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if won, lost := modelstest.Race(2, func(i int) error { return nodes[i].Migrate(ctx) }); won != 2 {
			t.Fatalf("%d of 2 finished: %v", won, lost)
		}
		if pending, err := nodes[0].PendingMigrations(ctx); err != nil || pending != 0 {
			t.Errorf("pending: %d, %v", pending, err)
		}
	})
}

type testJob struct{}

func (testJob) Kind() string { return "test" }

func TestInTx_RollsBackRowsJobsAndAudit(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		ctx := context.Background()
		write := func(tx *models.Tx) error {
			if err := tx.Enqueue(ctx, testJob{}, nil); err != nil {
				return err
			}
			return tx.Audit(ctx, models.AuditEvent{Action: "app.test"})
		}
		failure := errors.New("no")
		err := db.InTx(ctx, func(tx *models.Tx) error {
			if err := write(tx); err != nil {
				return err
			}
			return failure
		})
		if !errors.Is(err, failure) {
			t.Fatal(err)
		}
		if jobs, events := jobsAndEvents(t, db); jobs != 0 || events != 0 {
			t.Errorf("after rollback: %d jobs, %d events", jobs, events)
		}
		if err := db.InTx(ctx, write); err != nil {
			t.Fatal(err)
		}
		if jobs, events := jobsAndEvents(t, db); jobs != 1 || events != 1 {
			t.Errorf("after commit: %d jobs, %d events", jobs, events)
		}
	})
}

func TestInTx_JoinsTheTransactionInTheContext(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		failure := errors.New("no")
		err := db.InTx(context.Background(), func(tx *models.Tx) error {
			inner := db.InTx(tx.Context(), func(tx *models.Tx) error {
				return tx.Audit(tx.Context(), models.AuditEvent{Action: "app.inner"})
			})
			return errors.Join(inner, failure)
		})
		if !errors.Is(err, failure) {
			t.Fatal(err)
		}
		if _, events := jobsAndEvents(t, db); events != 0 {
			t.Errorf("the inner row outlived the outer rollback")
		}
	})
}

func TestJobs_RunAfterCommit(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		ctx := context.Background()
		done := make(chan models.Mail, 1)
		workers := river.NewWorkers()
		river.AddWorker(workers, river.WorkFunc(func(_ context.Context, job *river.Job[models.MailJob]) error {
			mail, err := db.OpenMail(job.Args)
			done <- mail
			return err
		}))
		runner, err := db.NewJobRunner(&river.Config{
			Workers: workers, Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 1}},
			FetchPollInterval: 100 * time.Millisecond,
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := runner.Start(ctx); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := runner.Stop(ctx); err != nil {
				t.Error(err)
			}
		}()
		want := models.Mail{Key: models.NewID(), Kind: "test", To: "someone@example.test", Text: "canary-in-the-mail"}
		send := func(tx *models.Tx) error { return tx.SendMail(ctx, want) }
		for range 2 { // the same key: one mail
			if err := db.InTx(ctx, send); err != nil {
				t.Fatal(err)
			}
		}
		select {
		case got := <-done:
			if got.Text != want.Text || got.To != want.To {
				t.Errorf("got %+v", got)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("the job did not run")
		}
	})
}

func TestMailbox_KeepsNewestSealed(t *testing.T) {
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		ctx := context.Background()
		for i := range models.MailboxSize + 2 {
			clock.Add(time.Second)
			if err := db.KeepMail(ctx, models.Mail{To: "a@example.test", Subject: strings.Repeat("i", i%5+1), Text: "canary-body"}); err != nil {
				t.Fatal(err)
			}
		}
		list, err := db.Mailbox(ctx, "a@example.test")
		if err != nil || len(list) != models.MailboxSize {
			t.Fatalf("%d mails, %v", len(list), err)
		}
		if !list[0].SentAt.After(list[1].SentAt) {
			t.Error("not newest first")
		}
		if mail, err := list[0].Mail(); err != nil || mail.Text != "canary-body" {
			t.Errorf("%+v %v", mail, err)
		}
		if path, ok := strings.CutPrefix(db.URL(), "sqlite:"); ok {
			if raw, err := os.ReadFile(path); err != nil || bytes.Contains(raw, []byte("canary-body")) {
				t.Errorf("the body lies open in the file (%v)", err)
			}
		}
	})
}

func TestAudit_ReservedFamilies(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		ctx := context.Background()
		for _, action := range []models.Action{"", "auth", "Auth.sign_in", "mine.act", "auth.sign-in", "auth..x", "authx.sign_in"} {
			if db.Audit(ctx, models.AuditEvent{Action: action}) == nil {
				t.Errorf("%q was accepted", action)
			}
		}
		for _, action := range []models.Action{"auth.sign_in", "oauth.consent.grant", "app.note_create"} {
			if err := db.Audit(ctx, models.AuditEvent{Action: action}); err != nil {
				t.Errorf("%q: %v", action, err)
			}
		}
	})
}

func TestAudit_NoSecrets(t *testing.T) {
	db := modelstest.Open(t)
	for _, key := range []string{"password", "login_code", "accessToken", "client_secret", "credential"} {
		if db.Audit(context.Background(), models.AuditEvent{Action: "app.test", Meta: map[string]any{key: "x"}}) == nil {
			t.Errorf("%q was accepted", key)
		}
	}
}

func TestAudit_TakesOriginAndIsSwept(t *testing.T) {
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		ctx := models.WithOrigin(context.Background(), models.Origin{Address: "192.0.2.1", UserAgent: "Test", RequestID: "r1"})
		if err := db.Audit(ctx, models.AuditEvent{Action: "app.test", Meta: map[string]any{"count": 3}}); err != nil {
			t.Fatal(err)
		}
		list, err := db.AuditEvents(ctx, models.AuditQuery{Action: "app.test"})
		if err != nil || len(list) != 1 || list[0].Address != "192.0.2.1" || list[0].RequestID != "r1" || list[0].Meta["count"] != float64(3) {
			t.Fatalf("%+v %v", list, err)
		}
		if _, err := db.SealAudit(ctx); err != nil {
			t.Fatal(err)
		}
		if n, err := db.SweepAudit(ctx, 24*time.Hour); err != nil || n != 0 {
			t.Errorf("swept %d, %v", n, err)
		}
		clock.Add(25 * time.Hour)
		if n, err := db.SweepAudit(ctx, 24*time.Hour); err != nil || n != 1 {
			t.Errorf("swept %d, %v", n, err)
		}
	})
}

func TestKeyRing(t *testing.T) {
	older, newer := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
	ring := func(keys ...[]byte) *models.KeyRing {
		r, err := models.NewKeyRing(keys)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	sealed, err := ring(older).Seal([]byte("plain"), []byte("place"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ring(newer, older).Open(sealed, []byte("place")); err != nil || string(got) != "plain" {
		t.Errorf("after a new key in front: %q %v", got, err)
	}
	if _, err := ring(newer).Open(sealed, []byte("place")); err == nil {
		t.Error("a key that did not seal it opened it")
	}
	if _, err := ring(older).Open(sealed, []byte("elsewhere")); err == nil {
		t.Error("moved to another place it still opened")
	}
	if bytes.Equal(ring(older).Derive("a")[0], ring(older).Derive("b")[0]) {
		t.Error("two purposes share a key")
	}
	if _, err := models.NewKeyRing([][]byte{{1}}); err == nil {
		t.Error("a short key was accepted")
	}
}

func TestServerTime(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		now, err := db.ServerTime(context.Background())
		if err != nil || time.Since(now).Abs() > time.Minute {
			t.Errorf("%v %v", now, err)
		}
	})
}

// TestOrigin_IsAlwaysText: a header may hold bytes that are no text. The event it belongs to is recorded all the same.
func TestOrigin_IsAlwaysText(t *testing.T) {
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		for agent, want := range map[string]string{"Tes\xfft\x00": "Test", strings.Repeat("ü", 300): strings.Repeat("ü", 256)} {
			clock.Add(time.Second)
			ctx := models.WithOrigin(context.Background(), models.Origin{UserAgent: agent, RequestID: models.NewID()})
			if err := db.Audit(ctx, models.AuditEvent{Action: "app.test"}); err != nil {
				t.Fatal(err)
			}
			list, err := db.AuditEvents(ctx, models.AuditQuery{Limit: 1})
			if err != nil || list[0].UserAgent != want {
				t.Errorf("%q is kept as %q, %v", agent, list[0].UserAgent, err)
			}
		}
	})
}
