package jobs_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"latchkey/app/jobs"
	"latchkey/app/mail"
	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestCheckIsTakenUpAgain (D-28): a check whose program ended in the middle of a step goes on in the next program, from the place it
// kept.
func TestCheckIsTakenUpAgain(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		var id string
		err := db.InTx(t.Context(), func(tx *models.Tx) error {
			run, err := tx.CreateAuditCheck(t.Context(), models.AuditRange{}, "", "")
			id = run.ID
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		steps := make(chan string, 1)
		program, kill := context.WithCancel(context.WithoutCancel(t.Context()))
		first := checks(program, t, db, func(ctx context.Context, id string) (bool, error) {
			steps <- id
			<-ctx.Done() // the program is stopped before the step is done
			return false, ctx.Err()
		})
		if got := <-steps; got != id {
			t.Errorf("worked on %q, want %q", got, id)
		}
		kill()
		if err := first.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Fatal(err)
		}
		// It is tried again after a while, and one that was killed is rescued: both are River's to do.
		if _, err := modelstest.SQL(t, db).Exec("UPDATE river_job SET state = 'available', scheduled_at = CURRENT_TIMESTAMP WHERE kind = 'check_audit'"); err != nil {
			t.Fatal(err)
		}
		second := checks(context.WithoutCancel(t.Context()), t, db, func(_ context.Context, id string) (bool, error) {
			steps <- id
			return true, nil
		})
		defer func() { _ = second.Stop(context.WithoutCancel(t.Context())) }()
		select {
		case got := <-steps:
			if got != id {
				t.Errorf("worked on %q, want %q", got, id)
			}
		case <-time.After(time.Minute):
			t.Error("nobody has taken it up")
		}
	})
}

// checks works the queue with these steps of checks.
func checks(program context.Context, t *testing.T, db *models.DB, step func(ctx context.Context, id string) (bool, error)) models.JobRunner {
	t.Helper()
	post, err := mail.NewWorker(db, "", "Latchkey <no-reply@example.test>", slog.New(slog.DiscardHandler), func(_, _ string) {})
	if err != nil {
		t.Fatal(err)
	}
	runner, err := jobs.New(db, jobs.Config{Mail: post, CheckAudit: step, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := runner.Start(program); err != nil {
		t.Fatal(err)
	}
	return runner
}
