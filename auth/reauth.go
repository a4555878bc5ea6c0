package auth

import (
	"context"
	"errors"

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
