package models

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"gorm.io/gorm"
)

// The states that jobs are listed by.
const (
	JobsWaiting   = "waiting"
	JobsRunning   = "running"
	JobsRetrying  = "retrying"
	JobsScheduled = "scheduled"
	JobsDone      = "done"
	JobsGivenUp   = "given-up"
)

// JobStates are all of them.
var JobStates = []string{JobsWaiting, JobsRunning, JobsRetrying, JobsScheduled, JobsDone, JobsGivenUp}

// riverStates are River's states behind each of ours.
var riverStates = map[string][]rivertype.JobState{
	JobsWaiting:   {rivertype.JobStateAvailable, rivertype.JobStatePending},
	JobsRunning:   {rivertype.JobStateRunning},
	JobsRetrying:  {rivertype.JobStateRetryable},
	JobsScheduled: {rivertype.JobStateScheduled},
	JobsDone:      {rivertype.JobStateCompleted},
	JobsGivenUp:   {rivertype.JobStateDiscarded, rivertype.JobStateCancelled},
}

// JobAct is what an operator does to a job.
type JobAct string

// The acts on a job.
const (
	JobRetry  JobAct = "retry"  // run it now
	JobCancel JobAct = "cancel" // do not run it again
	JobDelete JobAct = "delete" // one that was given up
)

// Job is one job as operators see it. Its arguments are not: a mail's hold what signs people in.
type Job struct {
	ID                   int64
	Kind, About, Queue   string // About: which duty
	State                string // one of JobStates
	Attempt, MaxAttempts int
	Created, Next        time.Time
	Finished             time.Time // zero: it is not over
	Faults               []JobFault
}

// JobFault is one try that failed.
type JobFault struct {
	At      time.Time
	Attempt int
	Error   string // all of it, without the place in the code
}

// jobReader is what is asked of the queue outside a transaction.
type jobReader interface {
	JobList(ctx context.Context, params *river.JobListParams) (*river.JobListResult, error)
	JobGet(ctx context.Context, id int64) (*rivertype.JobRow, error)
	QueueList(ctx context.Context, params *river.QueueListParams) (*river.QueueListResult, error)
}

// JobFilter selects jobs: those in a state, of one kind and in one queue.
type JobFilter struct {
	State       string // one of JobStates
	Kind, Queue string // empty: any
}

// JobsOlder lists the jobs that a filter selects, the newest first: those with an id below the one given (0: from the top).
func (db *DB) JobsOlder(ctx context.Context, f JobFilter, than int64, limit int) ([]Job, error) {
	return db.listJobs(ctx, f, limit, river.SortOrderDesc, func(jobs *gorm.DB) *gorm.DB { return jobsBelow(jobs, than, limit) })
}

// JobsNewer lists those with an id above the one given, the nearest to it first.
func (db *DB) JobsNewer(ctx context.Context, f JobFilter, than int64, limit int) ([]Job, error) {
	return db.listJobs(ctx, f, limit, river.SortOrderAsc, func(jobs *gorm.DB) *gorm.DB { return jobsAbove(jobs, than, limit) })
}

// listJobs reads which jobs they are along an index of ours, for each of River's states by itself, and then those few from River,
// which knows how it writes them down.
func (db *DB) listJobs(ctx context.Context, f JobFilter, limit int, order river.SortOrder, walk func(*gorm.DB) *gorm.DB) ([]Job, error) {
	var ids []int64
	for _, state := range riverStates[f.State] {
		var some []int64
		if err := walk(db.jobsIn(ctx, f, state)).Pluck("id", &some).Error; err != nil {
			return nil, fmt.Errorf("list jobs: %w", err)
		}
		ids = append(ids, some...)
	}
	slices.Sort(ids)
	if order == river.SortOrderDesc {
		slices.Reverse(ids)
	}
	if ids = ids[:min(len(ids), limit)]; len(ids) == 0 {
		return nil, nil
	}
	params := river.NewJobListParams().IDs(ids...).States(riverStates[f.State]...).OrderBy(river.JobListOrderByID, order).First(len(ids))
	result, err := db.queue.jobs().JobList(ctx, params)
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	list := make([]Job, len(result.Jobs))
	for i, row := range result.Jobs {
		list[i] = jobOf(row)
	}
	return list, nil
}

// jobsIn are those in one of River's states. Of a kind and a queue together the kind leads: all of a kind are in one queue.
func (db *DB) jobsIn(ctx context.Context, f JobFilter, state rivertype.JobState) *gorm.DB {
	jobs := db.read(ctx).Table("river_job").Where("state = ?", string(state))
	if f.Kind != "" {
		jobs = jobs.Where("kind = ?", f.Kind)
	}
	if f.Queue != "" {
		jobs = jobs.Where("queue = ?", f.Queue)
	}
	return jobs
}

func jobsBelow(jobs *gorm.DB, than int64, limit int) *gorm.DB {
	if than > 0 {
		jobs = jobs.Where("id < ?", than)
	}
	return jobs.Order("id DESC").Limit(limit)
}

func jobsAbove(jobs *gorm.DB, than int64, limit int) *gorm.DB {
	return jobs.Where("id > ?", than).Order("id").Limit(limit)
}

// JobKinds lists the kinds of the jobs that are in the queue, in any state: it goes from one kind to the next along River's index.
func (db *DB) JobKinds(ctx context.Context) (kinds []string, err error) {
	const query = `WITH RECURSIVE kinds (kind) AS (SELECT min(kind) FROM river_job
		UNION ALL SELECT (SELECT min(kind) FROM river_job WHERE kind > kinds.kind) FROM kinds WHERE kinds.kind IS NOT NULL)
		SELECT kind FROM kinds WHERE kind IS NOT NULL`
	if err := db.read(ctx).Raw(query).Scan(&kinds).Error; err != nil {
		return nil, fmt.Errorf("list kinds of jobs: %w", err)
	}
	return kinds, nil
}

// JobByID finds one. ErrNotFound: it is not there, or no longer.
func (db *DB) JobByID(ctx context.Context, id int64) (Job, error) {
	row, err := db.queue.jobs().JobGet(ctx, id)
	if err != nil {
		return Job{}, jobError(err)
	}
	return jobOf(row), nil
}

func jobError(err error) error {
	if errors.Is(err, rivertype.ErrNotFound) {
		return ErrNotFound
	}
	return fmt.Errorf("job: %w", err)
}

func jobOf(row *rivertype.JobRow) Job {
	job := Job{
		ID: row.ID, Kind: row.Kind, About: aboutJob(row), Queue: row.Queue, State: stateOf(row.State), Attempt: row.Attempt, MaxAttempts: row.MaxAttempts,
		Created: row.CreatedAt, Next: row.ScheduledAt,
	}
	if row.FinalizedAt != nil {
		job.Finished = *row.FinalizedAt
	}
	for _, fault := range row.Errors {
		job.Faults = append(job.Faults, JobFault{At: fault.At, Attempt: fault.Attempt, Error: fault.Error}) // where it was in the code is for the log
	}
	return job
}

func stateOf(state rivertype.JobState) string {
	for ours, theirs := range riverStates {
		for _, s := range theirs {
			if s == state {
				return ours
			}
		}
	}
	return ""
}

// aboutJob is what may be shown of a job's arguments: the name of a duty, the id of a batch.
func aboutJob(row *rivertype.JobRow) string {
	var args struct {
		Name  string `json:"name"`
		Batch string `json:"batch"`
	}
	if row.Kind != (DutyJob{}).Kind() && row.Kind != (BatchJob{}).Kind() || json.Unmarshal(row.EncodedArgs, &args) != nil {
		return ""
	}
	return cmp.Or(args.Name, args.Batch)
}

// ActOnJob does an act on a job, in this transaction; the log of mails follows it. ErrNotFound: it is not there. ErrSpent: it cannot be done to a job in
// its state.
func (tx *Tx) ActOnJob(ctx context.Context, act JobAct, id int64) error {
	row, err := tx.jobs.act(ctx, act, id)
	if errors.Is(err, rivertype.ErrJobRunning) {
		return ErrSpent
	}
	if err != nil {
		return jobError(err)
	}
	return tx.followJob(ctx, row)
}

// JobQueue is the queue and whether its work rests.
type JobQueue struct {
	Name   string
	Paused bool
}

// JobQueues lists the queues.
func (db *DB) JobQueues(ctx context.Context) ([]JobQueue, error) {
	result, err := db.queue.jobs().QueueList(ctx, river.NewQueueListParams())
	if err != nil {
		return nil, fmt.Errorf("list queues: %w", err)
	}
	var list []JobQueue
	for _, q := range result.Queues {
		list = append(list, JobQueue{q.Name, q.PausedAt != nil})
	}
	return list, nil
}

// PauseQueue lets the work of a queue rest, or go on, in this transaction. ErrNotFound: there is no such queue.
func (tx *Tx) PauseQueue(ctx context.Context, name string, paused bool) error {
	if err := tx.jobs.pause(ctx, name, paused); err != nil {
		return jobError(err)
	}
	return nil
}
