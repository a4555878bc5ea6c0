package auth

import (
	"context"
	"errors"
	"fmt"

	"latchkey/models"
)

// ForgotPassword mails a link and a code to choose a new password, if there is an account. The answer is the same when
// there is none, when it is off, and when too many were asked for. Errors: Invalid (no address at all), Limited (of the
// network).
func (s *Service) ForgotPassword(ctx context.Context, r MailRequest) (Entry, error) {
	return s.ask(ctx, mailedReset, r, func(tx *models.Tx, to addressee) error {
		s.metrics.resets.WithLabelValues("requested").Inc()
		return s.mailReset(ctx, tx, to)
	})
}

// ResetByCode leads from the code of the mail, typed in the browser that asked for it, to a link that only this browser
// opens. Errors: ErrWrongCode (one text for every reason), Limited.
func (s *Service) ResetByCode(ctx context.Context, v Visitor, code string) (entry Entry, err error) {
	_, row, err := s.tryMailedCode(ctx, mailedReset, v, code)
	if err != nil {
		return Entry{}, err
	}
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		u, err := s.spend(ctx, tx, row)
		if err != nil {
			return err
		}
		to := addressee{email: row.Email, owner: &u}
		if entry, err = s.openStep(ctx, tx, mailedReset, MailRequest{Visitor: v}, to); err != nil {
			return err
		}
		_, token, _, err := s.issueLink(ctx, tx, mailLink{
			purpose: purposeReset, email: row.Email, userID: &u.ID, epoch: u.Epoch, pendingID: entry.pendingID, bound: true, ttl: s.cfg().ResetTTL,
		})
		entry.Next = "/password/reset/" + token
		return err
	})
	if errors.Is(err, ErrDeadLink) { // since the code was compared
		err = ErrWrongCode
	}
	return entry, err
}

// OpenReset looks at a reset link and changes nothing. Errors: ErrDeadLink, Limited.
func (s *Service) OpenReset(ctx context.Context, v Visitor, token string) (email string, err error) {
	row, _, err := s.findReset(ctx, v, token)
	return row.Email, err
}

// findReset finds the live row of a reset link and its owner. One that a code led to opens where the code was typed.
func (s *Service) findReset(ctx context.Context, v Visitor, token string) (row models.MailToken, owner models.User, err error) {
	if row, err = s.openLink(ctx, purposeReset, token); err != nil {
		return row, owner, err
	}
	if row.PendingLoginID != "" && s.cfg().NoPasswordReset { // a browser asked for it, before that was switched off
		return row, owner, ErrDeadLink
	}
	if row.Bound {
		_, here, err := s.askedHere(ctx, v, stepReset, row)
		if err == nil && !here {
			err = ErrDeadLink
		}
		if err != nil {
			return row, owner, err
		}
	}
	owner, err = s.ownerOfLink(ctx, row)
	return row, owner, err
}

// ResetPassword sets a new password by a mailed link. All sessions end, a lock is lifted, the address
// counts as proven, and nobody is signed in. Errors: Invalid (the link stays good), ErrDeadLink, Limited, ErrBusy.
func (s *Service) ResetPassword(ctx context.Context, v Visitor, token, password string) error {
	row, owner, err := s.findReset(ctx, v, token)
	if err != nil {
		return err
	}
	if err := s.checkPassword(ctx, "password", newPassword{Password: password, Email: row.Email, Name: owner.Name}); err != nil {
		return err
	}
	leave, err := s.gate.enter(ctx)
	if err != nil {
		return err
	}
	hash := s.hashPassword(password)
	leave()
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		u, err := s.spend(ctx, tx, row)
		if err != nil {
			return err
		}
		if u.Disabled(s.now()) {
			return ErrDeadLink
		}
		if _, err := s.resetPassword(ctx, tx, u, hash); err != nil {
			return err
		}
		if err := tx.Audit(ctx, byPerson(AuditPasswordReset, u.ID)); err != nil {
			return err
		}
		return s.mailPasswordChanged(ctx, tx, u.Email, u.ID)
	})
	if err == nil {
		s.metrics.resets.WithLabelValues("done").Inc()
	}
	return err
}

// resetPassword replaces the password on the word of the mailbox; an empty hash leaves none. For an address that was never proven
// this is the first proof: whatever somebody else put into the account before is gone.
func (s *Service) resetPassword(ctx context.Context, tx *models.Tx, u models.User, hash string) (models.User, error) {
	change := models.PasswordChange{UserID: u.ID, Hash: hash, Epoch: u.Epoch, EndAccess: true, Reset: true}
	if err := s.storePassword(ctx, tx, change, ""); err != nil {
		return u, err
	}
	if err := s.unlock(ctx, tx, u); err != nil {
		return u, err
	}
	if !u.Verified() {
		signedUp := u.LastSignUpAt != nil // otherwise what is in the account, an operator put there
		if signedUp {
			if err := tx.SetUserName(ctx, u.ID, ""); err != nil {
				return u, fmt.Errorf("forget name: %w", err)
			}
			if err := tx.DeleteFactorsOf(ctx, u.ID); err != nil {
				return u, fmt.Errorf("forget factors: %w", err)
			}
		}
		if err := runHook(tx, s.cfg().OnVerified, u.ID); err != nil {
			return u, err
		}
		event := byPerson(AuditEmailVerify, u.ID)
		event.Method, event.Meta = methodEmail, map[string]any{"wiped": signedUp}
		if err := tx.Audit(ctx, event); err != nil {
			return u, err
		}
	}
	return tx.UserByID(ctx, u.ID)
}
