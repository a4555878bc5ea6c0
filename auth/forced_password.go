package auth

import (
	"context"
	"errors"
	"fmt"

	"latchkey/models"
)

// ForcedPassword is what the page of a forced change shows.
type ForcedPassword struct{ Email, ReturnTo string }

// OpenForcedPassword tells for whom this browser must choose a new password. ErrSignedOut: for nobody.
func (s *Service) OpenForcedPassword(ctx context.Context, v Visitor) (ForcedPassword, error) {
	p, err := s.pending(ctx, v, stepNewPassword)
	return ForcedPassword{Email: p.Email, ReturnTo: p.ReturnTo}, err
}

// ReplacePassword finishes a sign-in that stopped because the password must be another one. There is no
// session before that. Errors: Invalid, ErrSignedOut, ErrBusy.
func (s *Service) ReplacePassword(ctx context.Context, v Visitor, password string) (Entry, error) {
	p, err := s.pending(ctx, v, stepNewPassword)
	if err != nil {
		return Entry{}, err
	}
	u, err := s.db.UserByID(ctx, *p.UserID)
	if errors.Is(err, models.ErrNotFound) { // erased meanwhile
		return Entry{}, ErrSignedOut
	}
	if err != nil {
		return Entry{}, fmt.Errorf("read person: %w", err)
	}
	if err := s.checkPassword(ctx, "password", newPassword{Password: password, Email: u.Email, Name: u.Name}); err != nil {
		return Entry{}, err
	}
	leave, err := s.gate.enter(ctx)
	if err != nil {
		return Entry{}, err
	}
	defer leave()
	if same, _ := s.verifyPassword(password, u.PasswordHash); same {
		return Entry{}, Invalid{"password": "Choose one that differs from the old password"}
	}
	return s.replacePassword(ctx, v, p, s.hashPassword(password))
}

func (s *Service) replacePassword(ctx context.Context, v Visitor, p models.PendingLogin, hash string) (entry Entry, err error) {
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		u, err := s.holdPending(ctx, tx, p)
		if err != nil {
			return err
		}
		if err := s.storePassword(ctx, tx, models.PasswordChange{UserID: u.ID, Hash: hash, Epoch: u.Epoch}, ""); err != nil {
			return err
		}
		event := byPerson(AuditPasswordChange, u.ID)
		event.Meta = map[string]any{"forced": true}
		if err := tx.Audit(ctx, event); err != nil {
			return err
		}
		if err := s.mailPasswordChanged(ctx, tx, u.Email, u.ID); err != nil {
			return err
		}
		if u, err = tx.UserByID(ctx, u.ID); err != nil {
			return fmt.Errorf("read person: %w", err)
		}
		entry, err = s.proceed(ctx, tx, proof{user: u, proofs: p.Proofs, remember: p.Remember, returnTo: p.ReturnTo, visitor: v})
		return err
	})
	return entry, err
}
