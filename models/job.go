package models

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"
)

// Enqueue puts a job in the queue, in this transaction: it runs after the commit, or never.
// A nil opts takes the job's own.
func (tx *Tx) Enqueue(ctx context.Context, job river.JobArgs, opts *river.InsertOpts) error {
	_, err := tx.enqueue(ctx, job, opts)
	return err
}

// enqueue is Enqueue for who wants the job's id.
func (tx *Tx) enqueue(ctx context.Context, job river.JobArgs, opts *river.InsertOpts) (id int64, err error) {
	if id, err = tx.jobs.insert(ctx, job, opts); err != nil {
		return 0, fmt.Errorf("enqueue %s: %w", job.Kind(), err)
	}
	return id, nil
}

// JobRunner works the queue between Start and Stop.
type JobRunner interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
}

// NewJobRunner gives River's client for this database. Jobs in flight finish before Stop returns, or
// are cancelled with its context and run again later.
func (db *DB) NewJobRunner(config *river.Config) (JobRunner, error) {
	return db.queue.runner(db, config)
}

// queue hides which of River's drivers serves.
type queue interface {
	runner(db *DB, config *river.Config) (JobRunner, error)
	jobs() jobReader
}

type sqliteQueue struct{ client *river.Client[*sql.Tx] }

func (q sqliteQueue) jobs() jobReader { return q.client }

func (q sqliteQueue) runner(db *DB, config *river.Config) (JobRunner, error) {
	pool, err := db.writer.DB()
	if err != nil {
		return nil, err
	}
	return river.NewClient(riversqlite.New(pool), config)
}

type postgresQueue struct{ client *river.Client[pgx.Tx] }

func (q postgresQueue) jobs() jobReader { return q.client }

func (q postgresQueue) runner(db *DB, config *river.Config) (JobRunner, error) {
	return river.NewClient(riverpgxv5.New(db.pool), config)
}

// jobTx is what can be done to the queue inside a transaction.
type jobTx interface {
	insert(ctx context.Context, job river.JobArgs, opts *river.InsertOpts) (id int64, err error)
	act(ctx context.Context, act JobAct, id int64) (*rivertype.JobRow, error)
	pause(ctx context.Context, queue string, paused bool) error
}

// riverTx is jobTx over River's client; in hands out the transaction as its driver knows it.
type riverTx[T any] struct {
	client *river.Client[T]
	in     func(ctx context.Context, do func(tx T) error) error
}

func (r riverTx[T]) insert(ctx context.Context, job river.JobArgs, opts *river.InsertOpts) (id int64, err error) {
	err = r.in(ctx, func(tx T) error {
		result, err := r.client.InsertTx(ctx, tx, job, opts)
		if err == nil {
			id = result.Job.ID
		}
		return err
	})
	return id, err
}

func (r riverTx[T]) act(ctx context.Context, act JobAct, id int64) (row *rivertype.JobRow, err error) {
	do := map[JobAct]func(context.Context, T, int64) (*rivertype.JobRow, error){
		JobRetry: r.client.JobRetryTx, JobCancel: r.client.JobCancelTx, JobDelete: r.client.JobDeleteTx,
	}[act]
	err = r.in(ctx, func(tx T) error {
		row, err = do(ctx, tx, id)
		return err
	})
	return row, err
}

func (r riverTx[T]) pause(ctx context.Context, queue string, paused bool) error {
	do := r.client.QueueResumeTx
	if paused {
		do = r.client.QueuePauseTx
	}
	return r.in(ctx, func(tx T) error { return do(ctx, tx, queue, nil) })
}
