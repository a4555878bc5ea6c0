package auth

import (
	"context"
	"fmt"
)

// Overview is what /account shows beside the person.
type Overview struct {
	Sessions, Apps, Passkeys      int
	Authenticators, RecoveryCodes int // RecoveryCodes are the unused ones
}

// Overview counts the person's sessions, apps and factors. Errors: ErrSignedOut.
func (s *Service) Overview(ctx context.Context, u *User) (o Overview, err error) {
	if _, err := s.acting(ctx, u); err != nil {
		return o, err
	}
	if o.Sessions, err = s.db.CountLiveSessions(ctx, u.ID, s.admitsUnverified()); err != nil {
		return o, fmt.Errorf("count sessions: %w", err)
	}
	factors, err := s.factorsOf(ctx, s.db, u.ID)
	if err != nil {
		return o, err
	}
	o.Authenticators, o.Passkeys = factors.Authenticators, factors.Passkeys
	if o.RecoveryCodes, err = s.db.CountRecoveryCodes(ctx, u.ID); err != nil {
		return o, fmt.Errorf("count recovery codes: %w", err)
	}
	if s.cfg().AppCount != nil {
		if o.Apps, err = s.cfg().AppCount(ctx, u.ID); err != nil {
			return o, fmt.Errorf("count apps: %w", err)
		}
	}
	return o, nil
}
