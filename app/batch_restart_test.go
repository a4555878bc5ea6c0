package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"latchkey/app/jobs"
	"latchkey/app/mail"
	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
)

// hangAt is which member of a batch the program that gets killed comes to and does not leave.
const hangAt = 7

// batchKeeper is the rules about people; disabled hears of each suspension, in its transaction.
func batchKeeper(db *models.DB, disabled func()) (*auth.Service, error) {
	return auth.New(auth.Config{DB: db, BaseURL: "http://localhost", ArgonMemory: 8, ArgonTime: 1, AccountDisabled: func(context.Context, string) error { disabled(); return nil }})
}

// batchUntilKilled works on batches until one comes to hangAt; it is the program that gets killed.
func batchUntilKilled(t *testing.T, databaseURL string) {
	t.Helper()
	db, _ := modelstest.OpenURL(t, databaseURL)
	n := 0
	people, err := batchKeeper(db, func() {
		if n++; n == hangAt {
			fmt.Println("hanging")
			select {}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	runner, err := batchRunner(db, people, slog.Default())
	if err != nil {
		t.Fatal(err)
	}
	if err := runner.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	select {}
}

func batchRunner(db *models.DB, people *auth.Service, log *slog.Logger) (models.JobRunner, error) {
	post, err := mail.NewWorker(db, "", "Latchkey <no-reply@example.test>", log, func(_, _ string) {})
	if err != nil {
		return nil, err
	}
	return jobs.New(db, jobs.Config{Mail: post, Batch: people.WorkOnBatch, Log: log})
}

// TestBulkSurvivesRestart (D-14): a program is killed in the middle of a batch, inside a member's transaction. The next one goes on
// where it stood: everybody has been done in the end, and nobody twice.
func TestBulkSurvivesRestart(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a rescue")
	}
	t.Parallel() // it mostly waits
	if databaseURL := os.Getenv("BATCH_TEST_DATABASE"); databaseURL != "" {
		batchUntilKilled(t, databaseURL)
	}
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		ctx, pool := t.Context(), modelstest.SQL(t, db)
		var ids []string
		for i := range 20 {
			u := models.User{Email: fmt.Sprintf("member%02d@example.test", i)}
			if err := db.CreateUser(ctx, &u); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, u.ID)
		}
		id := runningBatch(t, db, ids)
		worker := exec.Command(os.Args[0], "-test.run=^TestBulkSurvivesRestart$")
		worker.Env = append(os.Environ(), "BATCH_TEST_DATABASE="+db.URL())
		worker.Stderr = os.Stderr
		out, err := worker.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := worker.Start(); err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(out); lines.Scan() && lines.Text() != "hanging"; {
		}
		if err := worker.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = worker.Wait() // it was killed
		done := func(where string) (n int) {
			if err := pool.QueryRowContext(ctx, "SELECT count(*) FROM "+where).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if n := done("batch_members WHERE state = 'done'"); n != hangAt-1 || done("users WHERE disabled_at IS NOT NULL") != n {
			t.Errorf("%d were done when the program was killed", n)
		}
		long := map[string]string{"sqlite": "datetime('now', '-10 minutes')", "postgres": "now() - interval '10 minutes'"}[db.Dialect()]
		change := func(statement string) {
			if _, err := pool.ExecContext(ctx, statement); err != nil {
				t.Fatal(err)
			}
		}
		change("UPDATE river_job SET attempted_at = " + long + " WHERE state = 'running'")
		change("DELETE FROM river_leader")
		again := 0
		people, err := batchKeeper(db, func() { again++ })
		if err != nil {
			t.Fatal(err)
		}
		runner, err := batchRunner(db, people, slog.New(slog.NewTextHandler(io.Discard, nil)))
		if err != nil {
			t.Fatal(err)
		}
		if err := runner.Start(context.WithoutCancel(ctx)); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := runner.Stop(context.Background()); err != nil {
				t.Error(err)
			}
		}()
		for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
			change("UPDATE river_job SET state = 'available', scheduled_at = created_at WHERE kind = 'batch' AND state = 'retryable'") // not in a second or two
			b, err := db.BatchByID(ctx, id)
			if err == nil && b.State == models.BatchDone {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("the batch is %+v, %v", b, err)
			}
		}
		if again != len(ids)-hangAt+1 {
			t.Errorf("%d were done after the restart", again)
		}
		for _, want := range []struct {
			where string
			n     int
		}{
			{"batch_members WHERE state = 'done'", len(ids)}, {"users WHERE disabled_at IS NOT NULL", len(ids)}, {"users WHERE epoch = 2", len(ids)},
			{"audit_events WHERE action = '" + string(auth.AuditMemberSuspend) + "' AND batch_id = '" + id + "'", len(ids)}, {"audit_events WHERE action = '" + string(auth.AuditBulkFinish) + "'", 1},
		} {
			if n := done(want.where); n != want.n {
				t.Errorf("%s: %d, want %d", want.where, n, want.n)
			}
		}
	})
}

// runningBatch is a batch that an administrator has started, and its job.
func runningBatch(t *testing.T, db *models.DB, ids []string) string {
	t.Helper()
	ctx := t.Context()
	admin := models.User{Email: "admin@example.test", Role: string(auth.RoleAdministrator)}
	if err := db.CreateUser(ctx, &admin); err != nil {
		t.Fatal(err)
	}
	b := models.Batch{ID: models.NewID(), Act: "suspend", State: models.BatchRunning, OperatorID: admin.ID, Reason: strings.Repeat("why ", 3), CreatedAt: db.Now()}
	var rows []models.BatchMember
	for i, id := range ids {
		rows = append(rows, models.BatchMember{BatchID: b.ID, Position: i + 1, MemberID: id, State: models.BatchMemberWaiting})
	}
	err := db.InTx(ctx, func(tx *models.Tx) error {
		if err := tx.CreateBatch(ctx, &b); err != nil {
			return err
		}
		if err := tx.AddToBatch(ctx, rows); err != nil {
			return err
		}
		return tx.Enqueue(ctx, models.BatchJob{Batch: b.ID}, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.ID
}
