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
	if u.HasPassword && s.tooLong(c.Current) {
		return Entry{}, Invalid{"current_password": "That is not your current password"}
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
			return Entry{}, errors.Join(Invalid{"current_password": "That is not your current password"}, s.db.Audit(ctx, event))
		}
		if err != nil {
			return Entry{}, err
		}
	}
	return s.changePassword(ctx, u, s.hashPassword(c.New), c.EndApps)
}

func (s *Service) changePassword(ctx context.Context, u *User, hash string, endApps bool) (entry Entry, err error) {
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		if _, err := tx.LockUser(ctx, u.ID); err != nil {
			return fmt.Errorf("read person: %w", err)
		}
		live, err := s.liveSession(tx.Context(), u.token)
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
		return s.mailPasswordChanged(ctx, tx, u.Email)
	})
	entry.Next = "/account"
	return entry, err
}

// provePassword checks the password of someone signed in. Every door that asks for it shares one counter
// for the session and one for the account; at the end of the account's the session ends and the owner is
// told, because whoever sits there does not know the password. The caller holds a slot of the gate.
// Errors: ErrNotRight, Limited.
func (s *Service) provePassword(ctx context.Context, u *User, password string) error {
	tries := []try{{limitReauth, u.SessionID}, {limitReauthAll, u.ID}}
	_, err := s.count(ctx, s.db, tries...)
	var refused Limited
	if errors.As(err, &refused) && refused.Limit.ID == limitReauthAll.ID {
		return errors.Join(err, s.endGuessedSession(ctx, u))
	}
	if err != nil {
		return err
	}
	p, err := s.db.UserByID(ctx, u.ID)
	if errors.Is(err, models.ErrNotFound) {
		return ErrSignedOut
	}
	if err != nil {
		return fmt.Errorf("read person: %w", err)
	}
	if matches, _ := s.verifyPassword(password, p.PasswordHash); !matches {
		return ErrNotRight
	}
	if p.Epoch != u.Epoch {
		return ErrSignedOut
	}
	return s.giveBack(ctx, s.db, tries...)
}

func (s *Service) endGuessedSession(ctx context.Context, u *User) error {
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		p, err := tx.LockUser(ctx, u.ID)
		if err != nil {
			return fmt.Errorf("read person: %w", err)
		}
		event := byUser(AuditSessionEnd, u)
		event.ActorKind, event.ActorID, event.Reason = "system", "", reasonLimit
		if err := s.endSession(ctx, tx, u.ID, u.SessionID, event); err != nil {
			return err
		}
		return s.mailAlarm(ctx, tx, mailAccountGuarded, p.Email, &p)
	})
}
