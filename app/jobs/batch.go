package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"latchkey/models"
)

// batchWorker works on acts on many members. One job has its turn and then makes room for others.
type batchWorker struct {
	river.WorkerDefaults[models.BatchJob]
	work func(ctx context.Context, id string) (more bool, err error)
}

// Timeout is longer than a turn.
func (w *batchWorker) Timeout(*river.Job[models.BatchJob]) time.Duration { return 2 * time.Minute }

// Work goes on with the batch.
func (w *batchWorker) Work(ctx context.Context, job *river.Job[models.BatchJob]) error {
	more, err := w.work(ctx, job.Args.Batch)
	if err == nil && more {
		return river.JobSnooze(0)
	}
	return err
}
