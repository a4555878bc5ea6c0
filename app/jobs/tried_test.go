package jobs_test

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/app/jobs"
	"latchkey/app/mail"
	"latchkey/models"
	"latchkey/models/modelstest"
)

// told counts what Tried is told.
type told struct {
	mu sync.Mutex
	by map[string]int
}

func (t *told) note(outcome string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.by[outcome]++
}

func (t *told) is(want map[string]int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Equal(t.by, want)
}

// TestTried: every try of a job is told with how it ended, also one that panics; a turn that only makes room for others is none,
// and what is not tried again is told apart from what is.
func TestTried(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		log, tried := slog.New(slog.NewTextHandler(io.Discard, nil)), &told{by: map[string]int{}}
		post, err := mail.NewWorker(db, "", "Latchkey <no-reply@example.test>", log, func(_, _ string) {})
		if err != nil {
			t.Fatal(err)
		}
		var turns atomic.Int32
		runner, err := jobs.New(db, jobs.Config{
			Mail: post, Log: log, Tried: tried.note, Batch: func(context.Context, string) (bool, error) { return turns.Add(1) < 3, nil },
			Periodic: []jobs.Periodic{
				{Name: "panics", Every: time.Hour, Do: func(context.Context) error { panic("poison") }},
				{Name: "fails", Every: time.Hour, Do: func(context.Context) error { return io.ErrUnexpectedEOF }},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		enqueue(t, db, 2, duty{"panics"}, models.BatchJob{Batch: "b"}, models.MailJob{Key: "k", Sealed: []byte("sealed by nobody")})
		enqueue(t, db, 1, duty{"fails"}, duty{"forgotten"})
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
		pool := modelstest.SQL(t, db)
		want := map[string]int{jobs.Done: 2, jobs.Failed: 1, jobs.GivenUp: 2}
		until(t, pool, "each first try", func() bool { return turns.Load() == 3 && tried.is(want) })
		change(t, pool, "UPDATE river_job SET state = 'available', scheduled_at = created_at WHERE state = 'retryable'")
		want[jobs.GivenUp]++
		until(t, pool, "the last try", func() bool { return tried.is(want) })
	})
}
