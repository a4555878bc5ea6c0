package auth

import (
	"context"
	"errors"
	"fmt"

	"latchkey/models"
)

// sweepBatch is how many rows of a kind one sweep removes, so that it never holds the writer for long.
const sweepBatch = 500

// Sweep removes what has run out: sign-ups never confirmed, sessions, pending logins, mail links, known
// browsers, counters and old audit rows. Nothing depends on it: all of them are dead in every query already.
func (s *Service) Sweep(ctx context.Context) error {
	if err := s.sweepSignUps(ctx); err != nil {
		return err
	}
	if err := s.sweepSessions(ctx); err != nil {
		return err
	}
	now := s.now()
	_, err := s.db.SweepPendingLogins(ctx, sweepBatch)
	if err == nil {
		_, err = s.db.SweepMailTokens(ctx, sweepBatch)
	}
	if err == nil {
		_, err = s.db.SweepBrowsers(ctx, now.Add(-s.config.KnownBrowserTTL), sweepBatch)
	}
	if err == nil {
		_, err = s.db.SweepAttempts(ctx, now)
	}
	if err == nil && s.config.AuditKeep > 0 {
		_, err = s.db.SweepAudit(ctx, s.config.AuditKeep, sweepBatch)
	}
	if err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	return nil
}

func (s *Service) sweepSignUps(ctx context.Context) error {
	expired, err := s.db.ExpiredSignUps(ctx, s.now().Add(-s.config.UnverifiedTTL), sweepBatch)
	if err != nil {
		return fmt.Errorf("sweep sign-ups: %w", err)
	}
	for _, u := range expired {
		err := s.db.InTx(ctx, func(tx *models.Tx) error {
			if err := s.erase(ctx, tx, u); err != nil {
				return err
			}
			return tx.Audit(ctx, models.AuditEvent{Action: AuditSignUpExpired, ActorKind: "system", SubjectID: u.ID})
		})
		if err != nil && !errors.Is(err, models.ErrSpent) { // spent: confirmed at the last moment
			return fmt.Errorf("sweep sign-ups: %w", err)
		}
	}
	return nil
}

// sweepSessions tells the keeper of other programs that sessions have run out, and forgets them.
func (s *Service) sweepSessions(ctx context.Context) error {
	expired, err := s.db.ExpiredSessions(ctx, sweepBatch)
	if err != nil {
		return fmt.Errorf("sweep sessions: %w", err)
	}
	for _, session := range expired {
		err := s.db.InTx(ctx, func(tx *models.Tx) error {
			if err := tx.EndSession(ctx, session.UserID, session.ID); err != nil {
				return err
			}
			return s.tellEnded(tx, session.ID)
		})
		if err != nil && !errors.Is(err, models.ErrSpent) {
			return fmt.Errorf("sweep sessions: %w", err)
		}
	}
	return nil
}
