package auth

import (
	"context"
	"errors"
	"fmt"

	"latchkey/models"
)

// mailedCheck asks for a code of the mailbox after a right password from a browser that the account does not know. It is
// a light check, for accounts without a second factor: password and mailbox are no two factors.
var mailedCheck = mailedStep{stepCheck, purposeNewBrowser, limitLinks, limitLinkMail, AuditNewBrowserCheck, AuditNewBrowserCheck}

// wantsCheck tells whether a sign-in shows a password alone, from a browser that is new to the account.
func (s *Service) wantsCheck(p proof) bool {
	return s.cfg().NewBrowserCheck && p.stranger && includes(p.proofs, []string{methodPassword}) && !includes(p.proofs, []string{methodEmail})
}

// mailCheck mails the code. It is a transaction of its own, for the reason of mailUnlessRecent. Over the limit of the
// address nothing is sent: the code that went out before is of an older sign-in, and this one cannot go on.
func (s *Service) mailCheck(ctx context.Context, u models.User, pendingID string) error {
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		return s.mailCode(ctx, tx, u, purposeNewBrowser, pendingID)
	})
}

// openCheck is OpenSecondStep for a browser that waits for such a code.
func (s *Service) openCheck(ctx context.Context, v Visitor) (SecondStep, error) {
	p, err := s.pending(ctx, v, stepCheck)
	return SecondStep{Email: p.Email, ReturnTo: p.ReturnTo, ByMail: true}, err
}

// passCheck takes the sign-in on with the code. Errors: ErrWrongCode, Limited, ErrSignedOut.
func (s *Service) passCheck(ctx context.Context, v Visitor, code string) (entry Entry, err error) {
	if _, err := s.pending(ctx, v, stepCheck); err != nil {
		return Entry{}, err
	}
	p, row, err := s.tryMailedCode(ctx, mailedCheck, v, code)
	if err != nil {
		return Entry{}, err
	}
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		u, err := s.spend(ctx, tx, row)
		if err != nil {
			return err
		}
		event := byPerson(AuditNewBrowserCheck, u.ID)
		event.Method = methodEmail
		if err := tx.Audit(ctx, event); err != nil {
			return fmt.Errorf("audit: %w", err)
		}
		entry, err = s.proceed(ctx, tx, proof{
			user: u, proofs: withProof(p.Proofs, s.shown(methodEmail)[0]), remember: p.Remember, returnTo: p.ReturnTo, visitor: v,
		})
		return err
	})
	if errors.Is(err, ErrDeadLink) || errors.Is(err, ErrBadCredentials) { // since the code was compared
		err = ErrSignedOut
	}
	return entry, err
}
