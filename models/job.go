package models

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// Enqueue puts a job in the queue, in this transaction: it runs after the commit, or never.
// A nil opts takes the job's own.
func (tx *Tx) Enqueue(ctx context.Context, job river.JobArgs, opts *river.InsertOpts) error {
	if err := tx.enqueue(ctx, job, opts); err != nil {
		return fmt.Errorf("enqueue %s: %w", job.Kind(), err)
	}
	return nil
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
}

type sqliteQueue struct{ client *river.Client[*sql.Tx] }

func (q sqliteQueue) insert(ctx context.Context, tx *sql.Tx, job river.JobArgs, opts *river.InsertOpts) error {
	_, err := q.client.InsertTx(ctx, tx, job, opts)
	return err
}

func (q sqliteQueue) runner(db *DB, config *river.Config) (JobRunner, error) {
	pool, err := db.writer.DB()
	if err != nil {
		return nil, err
	}
	return river.NewClient(riversqlite.New(pool), config)
}

type postgresQueue struct{ client *river.Client[pgx.Tx] }

func (q postgresQueue) insert(ctx context.Context, tx pgx.Tx, job river.JobArgs, opts *river.InsertOpts) error {
	_, err := q.client.InsertTx(ctx, tx, job, opts)
	return err
}

func (q postgresQueue) runner(db *DB, config *river.Config) (JobRunner, error) {
	return river.NewClient(riverpgxv5.New(db.pool), config)
}
