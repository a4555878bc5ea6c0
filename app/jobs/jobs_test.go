package jobs_test

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"latchkey/app/jobs"
	"latchkey/app/mail"
	"latchkey/models"
	"latchkey/models/modelstest"
)

// duty asks for a duty, as the schedule does.
type duty struct {
	Name string `json:"name"`
}

func (duty) Kind() string { return "duty" }

// stranger is a job of a version that this one does not know.
type stranger struct{}

func (stranger) Kind() string { return "stranger" }

// scribble is a mail whose arguments cannot be read.
type scribble struct {
	Key int `json:"key"`
}

func (scribble) Kind() string { return "mail" }

// work starts the queue of a database and stops it with the test.
func work(t *testing.T, db *models.DB, smtpURL string, log io.Writer, duties ...jobs.Periodic) {
	t.Helper()
	post, err := mail.NewWorker(db, smtpURL, "Latchkey <no-reply@example.test>", slog.New(slog.NewTextHandler(log, nil)), func(_, _ string) {})
	if err != nil {
		t.Fatal(err)
	}
	runner, err := jobs.New(db, jobs.Config{Mail: post, Periodic: duties, Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if err := runner.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := runner.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
}

func enqueue(t *testing.T, db *models.DB, most int, list ...river.JobArgs) {
	t.Helper()
	err := db.InTx(t.Context(), func(tx *models.Tx) error {
		for _, job := range list {
			if err := tx.Enqueue(t.Context(), job, &river.InsertOpts{MaxAttempts: most}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func send(t *testing.T, db *models.DB, mails ...models.Mail) {
	t.Helper()
	err := db.InTx(t.Context(), func(tx *models.Tx) error {
		for _, m := range mails {
			if err := tx.SendMail(t.Context(), m); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// until waits for something that the queue does beside the test.
func until(t *testing.T, pool *sql.DB, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !f(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited too long for %s: %s", what, states(t, pool))
		}
	}
}

// states says what became of the jobs.
func states(t *testing.T, pool *sql.DB) string {
	t.Helper()
	rows, err := pool.QueryContext(t.Context(), "SELECT kind, state, count(*) FROM river_job GROUP BY kind, state ORDER BY kind, state")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var text strings.Builder
	for rows.Next() {
		var kind, state string
		var n int
		if err := rows.Scan(&kind, &state, &n); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&text, "%d %s %s; ", n, kind, state)
	}
	return text.String()
}

// count is how many rows a condition on the queue holds for.
func count(t *testing.T, pool *sql.DB, where string) (n int) {
	t.Helper()
	if err := pool.QueryRowContext(t.Context(), "SELECT count(*) FROM river_job WHERE "+where).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func change(t *testing.T, pool *sql.DB, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := pool.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// TestPoison (T-1703): jobs that panic, hang, always fail, cannot be read or are of an unknown kind hold nobody up:
// the others run in time. Each is tried as often as it may be, with waits between, and then stays in the table as
// discarded, with its errors. The log says so and quotes no argument.
func TestPoison(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		pool, log := modelstest.SQL(t, db), &safeBuffer{}
		hanging := make(chan struct{})
		work(t, db, "", log,
			jobs.Periodic{Name: "panics", Every: time.Hour, Do: func(context.Context) error { panic("poison") }},
			jobs.Periodic{Name: "fails", Every: time.Hour, Do: func(context.Context) error { return io.ErrUnexpectedEOF }},
			jobs.Periodic{Name: "hangs", Every: time.Hour, Do: func(context.Context) error { <-hanging; return nil }},
		)
		t.Cleanup(func() { close(hanging) })
		foreign := models.MailJob{Key: "canary-key", Sealed: []byte("sealed by nobody")}
		enqueue(t, db, 3, duty{"panics"}, duty{"fails"}, duty{"hangs"}, duty{"forgotten"}, stranger{}, scribble{7}, foreign)
		began := time.Now()
		var wanted []models.Mail
		for range 5 {
			wanted = append(wanted, models.Mail{Key: models.NewID(), Kind: "test", To: "ada@example.test"})
		}
		send(t, db, wanted...)
		until(t, pool, "the mails", func() bool {
			list, err := db.Mailbox(t.Context(), "ada@example.test")
			return err == nil && len(list) == len(wanted)
		})
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("the mails took %s", took)
		}
		// Four fail again and again. Each wait is put forward, so that the test need not.
		const waiting = "state IN ('retryable', 'available') AND scheduled_at > attempted_at"
		for try := 1; try < 3; try++ {
			until(t, pool, "four that wait", func() bool { return count(t, pool, fmt.Sprint(waiting, " AND attempt = ", try)) == 4 })
			change(t, pool, "UPDATE river_job SET state = 'available', scheduled_at = created_at WHERE "+waiting)
		}
		until(t, pool, "four that were given up", func() bool { return count(t, pool, "state = 'discarded'") == 4 })
		if n := count(t, pool, "state = 'discarded' AND attempt = 3 AND finalized_at IS NOT NULL AND errors IS NOT NULL"); n != 4 {
			t.Errorf("%d of 4 are kept with their errors", n)
		}
		if cancelled, running := count(t, pool, "state = 'cancelled'"), count(t, pool, "state = 'running'"); cancelled != 1 || running != 1 {
			t.Errorf("%d cancelled, for a mail nobody can open; %d running, for the one that hangs", cancelled, running)
		}
		if runs, err := db.DutyRuns(t.Context()); err != nil || len(runs) != 1 || runs[0].Name != "fails" || !runs[0].Failed || runs[0].EndedAt.Before(runs[0].BeganAt) {
			t.Errorf("what is kept of the duties: %+v, %v", runs, err)
		}
		text := log.String()
		if strings.Count(text, "job panicked") != 3 || !strings.Contains(text, "kind=stranger") || strings.Contains(text, "canary") {
			t.Errorf("the log: %s", text)
		}
	})
}
