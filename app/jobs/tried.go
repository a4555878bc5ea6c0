package jobs

import (
	"context"
	"errors"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// The outcomes told to Tried. A turn after which a job makes room for others, and goes on later, is none.
const (
	Done    = "done"
	Failed  = "failed" // another try follows
	GivenUp = "given_up"
)

// middleware tells Tried, also of a try that panicked.
func (c Config) middleware() []rivertype.Middleware {
	if c.Tried == nil {
		return nil
	}
	return []rivertype.Middleware{river.WorkerMiddlewareFunc(func(ctx context.Context, job *rivertype.JobRow, work func(context.Context) error) error {
		outcome := failing(job)
		defer func() {
			if outcome != "" {
				c.Tried(outcome)
			}
		}()
		err := work(ctx)
		outcome = outcomeOf(job, err)
		return err
	})}
}

func failing(job *rivertype.JobRow) string {
	if job.Attempt >= job.MaxAttempts {
		return GivenUp
	}
	return Failed
}

func outcomeOf(job *rivertype.JobRow, err error) string {
	switch {
	case err == nil:
		return Done
	case errors.As(err, new(*river.JobSnoozeError)):
		return ""
	case errors.As(err, new(*river.JobCancelError)):
		return GivenUp
	}
	return failing(job)
}
