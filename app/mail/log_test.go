package mail_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"latchkey/app/mail"
	"latchkey/models"
	"latchkey/models/modelstest"
	"latchkey/views"
)

// queued puts a mail into the queue and gives its job at a try.
func queued(t *testing.T, db *models.DB, m models.Mail, try int) *river.Job[models.MailJob] {
	t.Helper()
	if err := db.InTx(t.Context(), func(tx *models.Tx) error { return tx.SendMail(t.Context(), m) }); err != nil {
		t.Fatal(err)
	}
	return &river.Job[models.MailJob]{JobRow: &rivertype.JobRow{Attempt: try, MaxAttempts: models.MailTries}, Args: jobOf(t, db, m)}
}

func workerOf(t *testing.T, db *models.DB, smtpURL string) *mail.Worker {
	t.Helper()
	worker, err := mail.NewWorker(db, smtpURL, "Latchkey <no-reply@example.test>", slog.New(slog.DiscardHandler), func(_, _ string) {})
	if err != nil {
		t.Fatal(err)
	}
	return worker
}

// stateOf is what the log says of a mail.
func stateOf(t *testing.T, db *models.DB, id string) models.LoggedMail {
	t.Helper()
	m, err := db.LoggedMailByID(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestMailLog_States (D-41): each way in which a try ends is in the log, with the server's own words.
func TestMailLog_States(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		server := startMailServer(t, true)
		worker := workerOf(t, db, "smtp://"+server.address)
		m := models.Mail{Key: "K1", Kind: "sample", To: "ada@example.test", Subject: "s", Text: "t", HTML: "h"}
		job := queued(t, db, m, 1)
		if got := stateOf(t, db, "K1"); got.State != models.MailWaiting || got.Tries != 0 || got.TriedAt != nil {
			t.Errorf("before: %+v", got)
		}
		server.refuse = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted"}
		if err := worker.Work(t.Context(), job); err == nil {
			t.Error("a refusal is no error")
		}
		if got := stateOf(t, db, "K1"); got.State != models.MailFailed || got.Tries != 1 || got.TriedAt == nil || !strings.Contains(got.Answer, "greylisted") {
			t.Errorf("refused: %+v", got)
		}
		job.Attempt = models.MailTries
		if err := worker.Work(t.Context(), job); err == nil {
			t.Error("a refusal is no error")
		}
		if got := stateOf(t, db, "K1"); got.State != models.MailGivenUp || got.Tries != models.MailTries {
			t.Errorf("refused for the last time: %+v", got)
		}
		server.refuse = nil
		if err := worker.Work(t.Context(), job); err != nil {
			t.Fatal(err)
		}
		if got := stateOf(t, db, "K1"); got.State != models.MailSent || !strings.Contains(got.Answer, "OK: queued") {
			t.Errorf("taken: %+v", got)
		}
	})
}

// TestMailLog_Unsent (D-41): a mail that nobody wants any more says why; one that cannot be read is not tried again; a decoy leaves
// nothing.
func TestMailLog_Unsent(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		server := startMailServer(t, true)
		worker := workerOf(t, db, "smtp://"+server.address)
		row := models.StoppedAddress{Address: "stopped@example.test", Reason: "asked"}
		if err := db.StopAddress(t.Context(), &row); err != nil {
			t.Fatal(err)
		}
		for want, m := range map[string]models.Mail{
			models.MailLinkDead:    {Key: "dead", TokenID: "gone", To: "ada@example.test"},
			models.MailAddressStop: {Key: "stopped", To: "stopped@example.test"},
		} {
			if err := worker.Work(t.Context(), queued(t, db, m, 1)); err != nil {
				t.Errorf("%s: %v", want, err)
			}
			if got := stateOf(t, db, m.Key); got.State != models.MailStopped || got.Cause != want {
				t.Errorf("%s: %+v", want, got)
			}
		}
		foreign := queued(t, db, models.Mail{Key: "foreign", To: "ada@example.test"}, 1)
		foreign.Args.Sealed = []byte("sealed by nobody")
		if err := worker.Work(t.Context(), foreign); !errors.Is(err, rivertype.ErrJobCancelledRemotely) && err == nil {
			t.Error("what nobody can open is no error")
		}
		if got := stateOf(t, db, "foreign"); got.State != models.MailStopped || got.Cause != models.MailUnreadable {
			t.Errorf("unreadable: %+v", got)
		}
		if err := worker.Work(t.Context(), queued(t, db, models.Mail{Key: "decoy", To: "nobody@example.test", Decoy: true}, 1)); err != nil {
			t.Error(err)
		}
		var rows int
		if err := modelstest.SQL(t, db).QueryRow("SELECT count(*) FROM mail_log WHERE id = 'decoy'").Scan(&rows); err != nil || rows != 0 {
			t.Errorf("%d rows of the decoy stay, %v", rows, err)
		}
		if len(server.received) != 0 {
			t.Errorf("%d letters left", len(server.received))
		}
		if err := db.AllowAddress(t.Context(), row.ID); err != nil {
			t.Fatal(err)
		}
		if err := worker.Work(t.Context(), queued(t, db, models.Mail{Key: "allowed", To: "stopped@example.test"}, 1)); err != nil || len(server.received) != 1 {
			t.Errorf("allowed again: %d letters, %v", len(server.received), err)
		}
	})
}

// TestMailLogHasNoBodies (D-41): a server that refuses each mail of the house and quotes it puts no link, no code and no sentence of
// it into the log of mails, nor into what the queue keeps of the error.
func TestMailLogHasNoBodies(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		server := startMailServer(t, true)
		worker := workerOf(t, db, "smtp://"+server.address)
		for _, quote := range []string{" ", " | "} {
			server.quote = quote
			for i, sample := range views.MailSamples() {
				content, err := sample.Mail(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				m := models.Mail{Key: fmt.Sprint("K", i, len(quote)), Kind: sample.Name, To: "ada@example.test", Subject: content.Subject, Text: content.Text, HTML: content.HTML}
				failed := worker.Work(t.Context(), queued(t, db, m, 1))
				got := stateOf(t, db, m.Key)
				if failed == nil || !strings.Contains(got.Answer, "says") {
					t.Fatalf("%s was not quoted: this test could not see it: %v", sample.Name, failed)
				}
				for _, secret := range secretsOf(m) {
					if strings.Contains(got.Answer, secret) || strings.Contains(failed.Error(), secret) {
						t.Errorf("%s: %q is in the answer: %s", sample.Name, secret, got.Answer)
					}
				}
			}
		}
	})
}

var (
	linkEnd  = regexp.MustCompile(`https?://\S*/([A-Za-z0-9_-]{16,})`)
	loneCode = regexp.MustCompile(`(?m)^\s*(\d{6})\s*$`)
)

// secretsOf are the codes and the random parts of links in a mail, and its sentences.
func secretsOf(m models.Mail) (list []string) {
	for _, found := range append(linkEnd.FindAllStringSubmatch(m.Text, -1), loneCode.FindAllStringSubmatch(m.Text, -1)...) {
		list = append(list, found[1])
	}
	for line := range strings.Lines(m.Text) {
		if line = strings.TrimSpace(line); len(strings.Fields(line)) > 5 && len(line) < 60 {
			list = append(list, line)
		}
	}
	return list
}
