package auth

import (
	"context"

	"latchkey/models"
	"latchkey/views"
)

// SendTestMail queues a mail to the operator's own address, tried once, and gives its id in the log of mails: there the server's
// answer stands. Errors: Forbidden, ErrSignedOut.
func (s *Service) SendTestMail(ctx context.Context, op Operator) (id string, err error) {
	id = models.NewID()
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		op, err := s.Operating(tx.Context(), op, RightOperate)
		if err != nil {
			return err
		}
		if op.user == nil {
			return errNoMailbox
		}
		content, err := views.MailTest(ctx, views.MailTestData{AdminURL: s.url("/admin/mails/" + id)})
		if err != nil {
			return err
		}
		if err := tx.SendMail(ctx, models.Mail{
			Key: id, Kind: mailTest, To: op.user.Email, Subject: content.Subject, Text: content.Text, HTML: content.HTML, Tries: 1,
		}); err != nil {
			return err
		}
		event := op.Event(AuditMailTest, op.ID)
		event.TargetKind, event.TargetID = "mail", id
		return tx.Audit(ctx, event)
	})
	return id, s.NoteRefused(ctx, op, AuditMailTest, "", err)
}

// errNoMailbox: the command line has no address.
var errNoMailbox = Forbidden{Sentence: "A test mail goes to the operator who asks for it: sign in for that.", code: "no_mailbox"}
