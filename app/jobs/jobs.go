package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"latchkey/models"
)

// Config says what the jobs do.
type Config struct {
	DB      *models.DB
	Log     *slog.Logger
	Deliver func(ctx context.Context, job models.MailJob) error
	Sweeps  []func(ctx context.Context) error // run in turn, every SweepEvery
	Failed  func(kind string, last bool)      // told of each failed try; last: it was given up. Nil: nobody listens
}

// SweepEvery is the time between two sweeps.
const SweepEvery = 5 * time.Minute

// Start works the queue until the returned function is called; that waits for the jobs in flight.
func Start(ctx context.Context, config Config) (stop func(context.Context) error, err error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, &mailWorker{deliver: config.Deliver})
	river.AddWorker(workers, &sweepWorker{sweeps: config.Sweeps})
	runner, err := config.DB.NewJobRunner(&river.Config{
		Workers: workers,
		Queues:  map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 8}},
		// A mail someone is waiting for leaves at once, not at the next second.
		FetchCooldown:     50 * time.Millisecond,
		FetchPollInterval: 250 * time.Millisecond,
		// A delivered mail's row carries a sealed link: it goes soon.
		CompletedJobRetentionPeriod: time.Minute,
		PeriodicJobs: []*river.PeriodicJob{river.NewPeriodicJob(
			river.PeriodicInterval(SweepEvery),
			func() (river.JobArgs, *river.InsertOpts) { return sweepJob{}, &river.InsertOpts{MaxAttempts: 1} },
			nil,
		)},
		ErrorHandler: failures{config.Log, config.Failed},
		Logger:       slog.New(quiet{config.Log.Handler()}),
	})
	if err != nil {
		return nil, fmt.Errorf("start jobs: %w", err)
	}
	// The context of a signal must not cut jobs in the middle: stop ends them.
	if err := runner.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, fmt.Errorf("start jobs: %w", err)
	}
	return runner.Stop, nil
}

type mailWorker struct {
	river.WorkerDefaults[models.MailJob]
	deliver func(ctx context.Context, job models.MailJob) error
}

func (w *mailWorker) Work(ctx context.Context, job *river.Job[models.MailJob]) error {
	return w.deliver(ctx, job.Args)
}

// mailWaits are the pauses between the tries of a mail, about four hours in all.
var mailWaits = [models.MailTries - 1]time.Duration{
	10 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour,
}

func (w *mailWorker) NextRetry(job *river.Job[models.MailJob]) time.Time {
	return time.Now().Add(mailWaits[min(max(job.Attempt-1, 0), len(mailWaits)-1)])
}

func (w *mailWorker) Timeout(*river.Job[models.MailJob]) time.Duration { return time.Minute }

type sweepJob struct{}

// Kind names the job for River.
func (sweepJob) Kind() string { return "sweep" }

type sweepWorker struct {
	river.WorkerDefaults[sweepJob]
	sweeps []func(ctx context.Context) error
}

func (w *sweepWorker) Work(ctx context.Context, _ *river.Job[sweepJob]) error {
	for _, sweep := range w.sweeps {
		if err := sweep(ctx); err != nil {
			return fmt.Errorf("sweep: %w", err)
		}
	}
	return nil
}

// failures logs each failed try once; arguments stay out, they are sealed secrets.
type failures struct {
	log    *slog.Logger
	failed func(kind string, last bool)
}

func (f failures) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	f.tell(ctx, job, err.Error())
	return nil
}

func (f failures) HandlePanic(ctx context.Context, job *rivertype.JobRow, panicValue any, trace string) *river.ErrorHandlerResult {
	f.tell(ctx, job, fmt.Sprintf("panic: %v\n%s", panicValue, trace))
	return nil
}

func (f failures) tell(ctx context.Context, job *rivertype.JobRow, fault string) {
	last := job.Attempt >= job.MaxAttempts
	f.log.ErrorContext(ctx, "job failed", "kind", job.Kind, "try", job.Attempt, "given_up", last, "fault", fault)
	if f.failed != nil {
		f.failed(job.Kind, last)
	}
}

// quiet lets River's own warnings and errors through; what it does every second is no news.
type quiet struct{ slog.Handler }

func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && q.Handler.Enabled(ctx, level)
}

func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(attrs)} }
func (q quiet) WithGroup(name string) slog.Handler       { return quiet{q.Handler.WithGroup(name)} }
