package auth

import (
	"context"
	"errors"
	"fmt"

	"latchkey/models"
)

// PasswordChange is what the form under /account/password says.
type PasswordChange struct {
	Current string // ignored for an account without a password
	New     string
	EndApps bool // apps lose access too
}

// ChangePassword replaces the password of the person signed in, or sets the first one (the guard has
// asked for a fresh sign-in then). Other sessions end; this one gets a new token. Errors: Invalid,
// Limited, ErrBusy, ErrSignedOut.
func (s *Service) ChangePassword(ctx context.Context, u *User, c PasswordChange) (Entry, error) {
	if u.HasPassword && c.Current == "" {
		return Entry{}, Invalid{"current_password": "Enter your current password"}
	}
	if err := s.checkPassword(ctx, "password", newPassword{Password: c.New, Email: u.Email, Name: u.Name}); err != nil {
		return Entry{}, err
	}
	another := Invalid{"current_password": "That is not your current password"}
	if u.HasPassword && s.tooLong(c.Current) {
		return Entry{}, another
	}
	leave, err := s.gate.enter(ctx)
	if err != nil {
		return Entry{}, err
	}
	defer leave()
	if u.HasPassword {
		err := s.provePassword(ctx, u, c.Current)
		if errors.Is(err, ErrNotRight) {
			event := failed(byUser(AuditPasswordChange, u), reasonBadPassword)
			return Entry{}, errors.Join(another, s.db.Audit(ctx, event))
		}
		if err != nil {
			return Entry{}, err
		}
	}
	return s.changePassword(ctx, u, s.hashPassword(c.New), c.EndApps)
}

func (s *Service) changePassword(ctx context.Context, u *User, hash string, endApps bool) (entry Entry, err error) {
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		_, err := tx.LockUser(ctx, u.ID)
		if errors.Is(err, models.ErrNotFound) { // erased meanwhile
			return ErrSignedOut
		}
		if err != nil {
			return fmt.Errorf("read person: %w", err)
		}
		live, err := s.acting(tx.Context(), u)
		if err != nil {
			return err
		}
		change := models.PasswordChange{UserID: u.ID, Hash: hash, Epoch: u.Epoch, EndAccess: endApps}
		err = s.storePassword(ctx, tx, change, u.SessionID)
		if errors.Is(err, models.ErrSpent) { // changed elsewhere meanwhile: this session is over
			return ErrSignedOut
		}
		if err != nil {
			return err
		}
		entry, err = s.restamp(ctx, tx, live.Session, func(session *models.Session) { session.Epoch = u.Epoch + 1 })
		if err != nil {
			return err
		}
		action := AuditPasswordChange
		if !u.HasPassword {
			action = AuditPasswordSet
		}
		if err := tx.Audit(ctx, byUser(action, u)); err != nil {
			return err
		}
		return s.mailPasswordChanged(ctx, tx, u.Email, u.ID)
	})
	entry.Next = "/account"
	return entry, err
}
