package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/models"
)

// RecoveryLink is what the pages of the links of a recovery show.
type RecoveryLink struct {
	Email string
	At    time.Time // when the wait is over
}

// OpenRecoveryStop looks at a link that stops a recovery, and changes nothing. Errors: ErrDeadLink, Limited.
func (s *Service) OpenRecoveryStop(ctx context.Context, token string) (RecoveryLink, error) {
	return s.openRecoveryLink(ctx, purposeStopRecovery, token)
}

// OpenFactorRemoval looks at a link that removes the factors, and changes nothing. Errors: ErrDeadLink, Limited.
func (s *Service) OpenFactorRemoval(ctx context.Context, token string) (RecoveryLink, error) {
	return s.openRecoveryLink(ctx, purposeRemoveFactors, token)
}

func (s *Service) openRecoveryLink(ctx context.Context, purpose, token string) (RecoveryLink, error) {
	row, err := s.openLink(ctx, purpose, token)
	if err != nil {
		return RecoveryLink{}, err
	}
	u, err := s.ownerOfLink(ctx, row)
	if err != nil {
		return RecoveryLink{}, err
	}
	if u.FactorRecoveryAt == nil {
		return RecoveryLink{}, ErrDeadLink
	}
	return RecoveryLink{Email: row.Email, At: *u.FactorRecoveryAt}, nil
}

// StopRecovery stops a recovery by the link of any of its mails. Errors: ErrDeadLink, Limited.
func (s *Service) StopRecovery(ctx context.Context, token string) error {
	return s.useRecoveryLink(ctx, purposeStopRecovery, token, func(tx *models.Tx, u models.User) error {
		event := byPerson(AuditRecoveryStop, u.ID)
		event.Method = methodEmail
		return s.stopRecovery(ctx, tx, u, event)
	})
}

// RemoveFactors ends a recovery whose wait is over: passkeys, authenticators, recovery codes and trust in browsers go,
// and nothing stays open. Nobody is signed in by it: the password still has to be shown. Errors: ErrDeadLink, Limited.
func (s *Service) RemoveFactors(ctx context.Context, token string) error {
	return s.useRecoveryLink(ctx, purposeRemoveFactors, token, func(tx *models.Tx, u models.User) error {
		if u.Operator() { // since the wait began
			return ErrDeadLink
		}
		if err := tx.FinishFactorRecovery(ctx, u.ID); err != nil {
			return err
		}
		if _, err := tx.UntrustBrowsers(ctx, u.ID, ""); err != nil {
			return fmt.Errorf("end trust: %w", err)
		}
		if err := s.killRecoveryLinks(ctx, tx, u.ID); err != nil {
			return err
		}
		if err := s.endOpened(ctx, tx, u.ID, ""); err != nil {
			return err
		}
		if err := s.revokeApps(tx, u.ID); err != nil {
			return err
		}
		event := byPerson(AuditRecoveryDone, u.ID)
		event.Method = methodEmail
		if err := tx.Audit(ctx, event); err != nil {
			return err
		}
		return s.mailRecoveryDone(ctx, tx, u)
	})
}

func (s *Service) useRecoveryLink(ctx context.Context, purpose, token string, act func(*models.Tx, models.User) error) error {
	return s.useLink(ctx, purpose, token, func(tx *models.Tx, u models.User, _ models.MailToken) error {
		if u.Disabled(s.now()) {
			return ErrDeadLink
		}
		err := act(tx, u)
		if errors.Is(err, models.ErrSpent) { // none runs any more, or it must still wait
			return ErrDeadLink
		}
		return err
	})
}
