package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"latchkey/models"
)

const (
	checkTurn    = 20 * time.Second // then others have theirs
	checkTimeout = time.Minute      // of one turn: what was killed is taken up again after it
)

// checkWorker works on a check of the audit log in turns. The check keeps its place, so that a turn that was cut short costs no
// more than a step.
type checkWorker struct {
	river.WorkerDefaults[models.AuditCheckJob]
	step func(ctx context.Context, id string) (over bool, err error)
}

// Timeout is that of one turn.
func (*checkWorker) Timeout(*river.Job[models.AuditCheckJob]) time.Duration { return checkTimeout }

// Work does steps until the check is over or the turn is.
func (w *checkWorker) Work(ctx context.Context, job *river.Job[models.AuditCheckJob]) error {
	for end := time.Now().Add(checkTurn); time.Now().Before(end); {
		over, err := w.step(ctx, job.Args.ID)
		if over || err != nil {
			return err
		}
	}
	return river.JobSnooze(0)
}
