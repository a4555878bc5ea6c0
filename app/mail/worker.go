package mail

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"latchkey/models"
)

// The outcomes told to Observe.
const (
	Sent    = "sent"
	Dropped = "dropped" // a decoy, or its link died meanwhile
	Failed  = "failed"  // this try; another follows unless it was the last
	GivenUp = "given_up"
)

// Worker delivers mail jobs.
type Worker struct {
	river.WorkerDefaults[models.MailJob]
	db   *models.DB
	post interface {
		deliver(context.Context, models.Mail) error
	} // SMTP or the development mailbox
	observe func(kind, outcome string)
}

// NewWorker delivers over SMTP, or into the development mailbox when smtpURL is empty. observe is told how
// each try ended.
func NewWorker(db *models.DB, smtpURL, from string, observe func(kind, outcome string)) (*Worker, error) {
	w := &Worker{db: db, observe: observe, post: mailbox{db}}
	if smtpURL == "" {
		return w, nil
	}
	client, err := newClient(smtpURL)
	if err != nil {
		return nil, fmt.Errorf("SMTP_URL: %w", err)
	}
	w.post = smtp{client, from}
	return w, nil
}

// Work delivers one mail, unless there is nobody to read it or nothing to read it for.
func (w *Worker) Work(ctx context.Context, job *river.Job[models.MailJob]) error {
	m, err := w.db.OpenMail(job.Args)
	if err != nil {
		return river.JobCancel(err) // its key is gone: no later try can open it
	}
	wanted, err := w.wanted(ctx, m)
	if err != nil {
		return err
	}
	if !wanted {
		w.observe(m.Kind, Dropped)
		return nil
	}
	if err := w.post.deliver(ctx, m); err != nil {
		outcome := Failed
		if job.Attempt >= job.MaxAttempts {
			outcome = GivenUp
		}
		w.observe(m.Kind, outcome)
		return fmt.Errorf("deliver mail %s: %w", m.Kind, err)
	}
	w.observe(m.Kind, Sent)
	return nil
}

func (w *Worker) wanted(ctx context.Context, m models.Mail) (bool, error) {
	if m.Decoy {
		return false, nil
	}
	if m.TokenID == "" {
		return true, nil
	}
	alive, err := w.db.MailTokenAlive(ctx, m.TokenID)
	if err != nil {
		return false, fmt.Errorf("look at the link of mail %s: %w", m.Kind, err)
	}
	return alive, nil
}

// retries are the waits between the eight tries: about four hours in all.
var retries = []time.Duration{
	15 * time.Second, time.Minute, 4 * time.Minute, 10 * time.Minute, 25 * time.Minute, time.Hour, 140 * time.Minute,
}

// NextRetry says when a failed delivery is tried again.
func (w *Worker) NextRetry(job *river.Job[models.MailJob]) time.Time {
	return w.db.Now().Add(retries[min(max(job.Attempt, 1), len(retries))-1])
}

// Timeout bounds one try.
func (w *Worker) Timeout(*river.Job[models.MailJob]) time.Duration { return 2 * sendTimeout }

// mailbox keeps letters for /dev/mail instead of sending them.
type mailbox struct{ db *models.DB }

func (b mailbox) deliver(ctx context.Context, m models.Mail) error { return b.db.KeepMail(ctx, m) }
