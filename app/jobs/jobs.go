package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"latchkey/app/mail"
	"latchkey/models"
)

// Periodic is a duty done every so often, by one node at a time.
type Periodic struct {
	Name  string
	Every time.Duration
	Do    func(ctx context.Context) error
}

// Config says what there is to do.
type Config struct {
	Mail       *mail.Worker
	CheckAudit func(ctx context.Context, id string) (over bool, err error) // one step of a check of the audit log
	Batch      func(ctx context.Context, id string) (more bool, err error) // goes on with an act on many members
	Periodic   []Periodic
	Log        *slog.Logger
	Tried      func(outcome string) // told of every try of a job, with one of the outcomes below; nil: nobody listens
}

// How the queue is worked. A letter should leave at once, so the cool-down is short. SQLite has no way to
// call the worker and is asked; an index answers in microseconds.
const (
	workers      = 8
	cooldown     = 20 * time.Millisecond
	pollInterval = 250 * time.Millisecond
	keepDone     = time.Minute // a mail's row carries links: it goes soon after it is sent

	// A job whose program was killed counts as running until it is rescued. Somebody may be waiting for that mail.
	// One that is still within its Timeout is left alone.
	rescueAfter = 2 * time.Minute
)

// New gives the worker of the queue; Start begins, Stop lets running jobs finish.
func New(db *models.DB, c Config) (models.JobRunner, error) {
	registry := river.NewWorkers()
	river.AddWorker(registry, c.Mail)
	river.AddWorker(registry, &checkWorker{step: c.CheckAudit})
	river.AddWorker(registry, &batchWorker{work: c.Batch})
	duties := map[string]Periodic{}
	var schedule []*river.PeriodicJob
	for _, p := range c.Periodic {
		duties[p.Name] = p
		schedule = append(schedule, river.NewPeriodicJob(river.PeriodicInterval(p.Every), func() (river.JobArgs, *river.InsertOpts) {
			return models.DutyJob{Name: p.Name}, &river.InsertOpts{MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByArgs: true, ByPeriod: p.Every}}
		}, nil))
	}
	river.AddWorker(registry, &dutyWorker{db: db, duties: duties})
	runner, err := db.NewJobRunner(&river.Config{
		Queues:                      map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: workers, FetchCooldown: cooldown, FetchPollInterval: pollInterval}},
		Workers:                     registry,
		PeriodicJobs:                schedule,
		CompletedJobRetentionPeriod: keepDone,
		RescueStuckJobsAfter:        rescueAfter,
		ErrorHandler:                faults{c.Log},
		Logger:                      slog.New(quiet{c.Log.Handler()}),
		Middleware:                  c.middleware(),
	})
	if err != nil {
		return nil, fmt.Errorf("set up jobs: %w", err)
	}
	return runner, nil
}

type dutyWorker struct {
	river.WorkerDefaults[models.DutyJob]
	db     *models.DB
	duties map[string]Periodic
}

// Timeout is the time until the duty is due again.
func (w *dutyWorker) Timeout(job *river.Job[models.DutyJob]) time.Duration {
	return w.duties[job.Args.Name].Every
}

// Work does the duty, and keeps when that was and how it went. One that this version does not know any more is done.
func (w *dutyWorker) Work(ctx context.Context, job *river.Job[models.DutyJob]) error {
	duty, known := w.duties[job.Args.Name]
	if !known {
		return nil
	}
	run := models.DutyRun{Name: duty.Name, BeganAt: w.db.Now()}
	err := duty.Do(ctx)
	run.EndedAt, run.Failed = w.db.Now(), err != nil
	return errors.Join(err, w.db.NoteDuty(context.WithoutCancel(ctx), run)) // its time may be over
}
