package auth

import (
	"context"
	"errors"
	"fmt"

	"latchkey/models"
)

// ForgotPassword mails a link to choose a new password, if there is an account. The answer is the same
// when there is none, when it is off, and when too many were asked for. Errors: Invalid (no address at
// all), Limited (of the network).
func (s *Service) ForgotPassword(ctx context.Context, typed string) error {
	email, ok := NormalEmail(typed)
	if !ok {
		return Invalid{"email": noAddress}
	}
	if _, err := s.count(ctx, s.db, try{limitResets, network(ctx)}); err != nil {
		return err
	}
	_, err := s.count(ctx, s.db, try{limitResetMail, s.addressKey(email)})
	if isLimited(err) {
		return nil
	}
	if err != nil {
		return err
	}
	s.metrics.resets.WithLabelValues("requested").Inc()
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		event := s.aboutAddress(AuditPasswordResetRequest, email)
		u, err := tx.UserByEmail(ctx, email)
		if err != nil && !errors.Is(err, models.ErrNotFound) {
			return fmt.Errorf("find person: %w", err)
		}
		owner := &u
		if err != nil || u.Disabled(s.now()) {
			owner = nil
		}
		event.SubjectID = u.ID
		if err := s.mailReset(ctx, tx, email, owner); err != nil {
			return err
		}
		return tx.Audit(ctx, event)
	})
}

// OpenReset looks at a reset link and changes nothing. Errors: ErrDeadLink, Limited.
func (s *Service) OpenReset(ctx context.Context, token string) (email string, err error) {
	row, err := s.openLink(ctx, purposeReset, token)
	if err != nil {
		return "", err
	}
	_, err = s.ownerOfLink(ctx, row)
	return row.Email, err
}

// ResetPassword sets a new password by a mailed link. All sessions end, a lock is lifted, the address
// counts as proven, and nobody is signed in. Errors: Invalid (the link stays good), ErrDeadLink, Limited, ErrBusy.
func (s *Service) ResetPassword(ctx context.Context, token, password string) error {
	row, err := s.openLink(ctx, purposeReset, token)
	if err != nil {
		return err
	}
	owner, err := s.ownerOfLink(ctx, row)
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
		return s.mailPasswordChanged(ctx, tx, u.Email)
	})
	if err == nil {
		s.metrics.resets.WithLabelValues("done").Inc()
	}
	return err
}

// resetPassword replaces the password on the word of the mailbox. For an address that was never proven
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
		if err := tx.SetUserName(ctx, u.ID, ""); err != nil {
			return u, fmt.Errorf("forget name: %w", err)
		}
		if err := runHook(tx, s.config.OnVerified, u.ID); err != nil {
			return u, err
		}
		event := byPerson(AuditEmailVerify, u.ID)
		event.Method, event.Meta = methodEmail, map[string]any{"wiped": true}
		if err := tx.Audit(ctx, event); err != nil {
			return u, err
		}
	}
	return tx.UserByID(ctx, u.ID)
}
