package auth

import (
	"context"
	"errors"
	"fmt"

	"latchkey/models"
)

// Reauthenticate checks the password again, moves auth_time to now and gives the session a new token.
// Only the session of a browser comes here: programs with a token have none. Errors: Invalid,
// ErrNotRight, Limited, ErrBusy, ErrSignedOut.
func (s *Service) Reauthenticate(ctx context.Context, u *User, password string) (entry Entry, err error) {
	if password == "" {
		return Entry{}, Invalid{"password": "Enter your password"}
	}
	if s.tooLong(password) {
		return Entry{}, ErrNotRight
	}
	leave, err := s.gate.enter(ctx)
	if err != nil {
		return Entry{}, err
	}
	defer leave()
	err = s.provePassword(ctx, u, password)
	if errors.Is(err, ErrNotRight) {
		return Entry{}, errors.Join(err, s.db.Audit(ctx, failed(byUser(AuditReauth, u), reasonBadPassword)))
	}
	if err != nil {
		return Entry{}, err
	}
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		entry, err = s.renewSession(ctx, tx, u, func(session *models.Session) { session.AuthTime = s.now() })
		if err != nil {
			return err
		}
		event := byUser(AuditReauth, u)
		event.Method = methodPassword
		return tx.Audit(ctx, event)
	})
	return entry, err
}

// Recent tells whether the person proved who they are within ReauthWindow.
func (s *Service) Recent(u *User) bool {
	return s.now().Sub(u.AuthTime) <= s.config.ReauthWindow
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
	live, err := s.acting(ctx, u)
	if err != nil {
		return err
	}
	if matches, _ := s.verifyPassword(password, live.Person.PasswordHash); !matches {
		return ErrNotRight
	}
	return s.giveBack(ctx, s.db, tries...)
}

func (s *Service) endGuessedSession(ctx context.Context, u *User) error {
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		p, err := tx.LockUser(ctx, u.ID)
		if err != nil {
			return fmt.Errorf("read person: %w", err)
		}
		if _, err := s.acting(tx.Context(), u); err != nil {
			return err
		}
		event := byUser(AuditSessionEnd, u)
		event.ActorKind, event.ActorID, event.Reason = "system", "", reasonLimit
		if _, err := s.endSession(ctx, tx, u.ID, u.SessionID, event); err != nil {
			return err
		}
		return s.mailAlarm(ctx, tx, alarmSession, p.Email, &p)
	})
}
