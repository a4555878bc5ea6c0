package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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
	log  *slog.Logger
	post interface {
		deliver(context.Context, models.Mail) (answer string, err error)
	} // SMTP or the development mailbox
	observe func(kind, outcome string)
}

// NewWorker delivers over SMTP, or into the development mailbox when smtpURL is empty. observe is told how
// each try ended.
func NewWorker(db *models.DB, smtpURL, from string, log *slog.Logger, observe func(kind, outcome string)) (*Worker, error) {
	w := &Worker{db: db, log: log, observe: observe, post: mailbox{db}}
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
		w.keep(ctx, job, models.MailTry{State: models.MailStopped, Cause: models.MailUnreadable})
		return river.JobCancel(err) // its key is gone: no later try can open it
	}
	if m.Decoy {
		w.observe(m.Kind, Dropped)
		return w.db.ForgetDecoy(ctx, m.Key)
	}
	cause, err := w.unwanted(ctx, m)
	if err != nil {
		return err
	}
	if cause != "" {
		w.observe(m.Kind, Dropped)
		w.keep(ctx, job, models.MailTry{State: models.MailStopped, Cause: cause})
		return nil
	}
	return w.deliver(ctx, job, m)
}

func (w *Worker) deliver(ctx context.Context, job *river.Job[models.MailJob], m models.Mail) error {
	answer, err := w.post.deliver(ctx, m)
	if err == nil {
		w.observe(m.Kind, Sent)
		w.keep(ctx, job, models.MailTry{State: models.MailSent, Answer: withoutSecrets(answer, m)})
		return nil
	}
	outcome, state := Failed, models.MailFailed
	if job.Attempt >= job.MaxAttempts {
		outcome, state = GivenUp, models.MailGivenUp
	}
	w.observe(m.Kind, outcome)
	w.keep(ctx, job, models.MailTry{State: state, Answer: withoutSecrets(err.Error(), m)})
	return fmt.Errorf("deliver mail %s: %s", m.Kind, withoutSecrets(err.Error(), m))
}

// unwanted says why a mail is not to be sent any more; empty: it is.
func (w *Worker) unwanted(ctx context.Context, m models.Mail) (cause string, err error) {
	if m.TokenID != "" {
		alive, err := w.db.MailTokenAlive(ctx, m.TokenID)
		if err != nil {
			return "", fmt.Errorf("look at the link of mail %s: %w", m.Kind, err)
		}
		if !alive {
			return models.MailLinkDead, nil
		}
	}
	_, err = w.db.StoppedAddressOf(ctx, m.To)
	if errors.Is(err, models.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("look whether mail %s is stopped: %w", m.Kind, err)
	}
	return models.MailAddressStop, nil
}

// keep writes into the log of mails how a try ended. A mail that has left is not sent again because its row could not be
// written, so that is logged alone; the row is settled later, with what is known then.
func (w *Worker) keep(ctx context.Context, job *river.Job[models.MailJob], try models.MailTry) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTimeout)
	defer cancel()
	try.Tries = job.Attempt
	if err := w.db.LogMailTry(ctx, job.Args.Key, try); err != nil {
		w.log.ErrorContext(ctx, "log of mails not written", "job", job.ID, "state", try.State, "error", err)
	}
}

// keepTimeout bounds the writing of a row, also where the try itself ran out of time.
const keepTimeout = 10 * time.Second

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

func (b mailbox) deliver(ctx context.Context, m models.Mail) (string, error) {
	return "Kept in the development mailbox", b.db.KeepMail(ctx, m)
}
