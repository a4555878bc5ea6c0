package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/models"
)

// TendFactorRecoveries sends the mails of the recoveries that run, each when it is due: two reminders during the wait, the
// link at its end. A link that nobody used in time ends its recovery.
func (s *Service) TendFactorRecoveries(ctx context.Context) error {
	for {
		due, err := s.db.FactorRecoveriesDue(ctx, sweepBatch)
		if err != nil {
			return fmt.Errorf("list recoveries: %w", err)
		}
		for _, u := range due {
			if err := s.tendRecovery(ctx, u.ID); err != nil && !errors.Is(err, models.ErrSpent) { // spent: stopped meanwhile
				return fmt.Errorf("tend recovery: %w", err)
			}
		}
		if len(due) < sweepBatch {
			return nil
		}
	}
}

func (s *Service) tendRecovery(ctx context.Context, userID string) error {
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		u, err := tx.LockUser(ctx, userID)
		if errors.Is(err, models.ErrNotFound) || err == nil && (u.FactorRecoveryAt == nil || u.FactorRecoveryMailAt.After(s.now())) {
			return nil // erased, stopped, or tended by another node
		}
		if err != nil {
			return fmt.Errorf("read person: %w", err)
		}
		at, due := *u.FactorRecoveryAt, *u.FactorRecoveryMailAt
		switch last := at.Add(-s.lastReminder()); {
		case u.Operator() || due.After(at):
			event := models.AuditEvent{Action: AuditRecoveryStop, ActorKind: "system", SubjectID: u.ID, Reason: reasonExpired}
			return s.endRecovery(ctx, tx, u, event)
		case due.Equal(at):
			return s.endWait(ctx, tx, u)
		case due.Before(last):
			return s.remind(ctx, tx, u, at, last)
		default:
			// However late this one goes out: there is always a day between it and the link.
			at = later(at, s.now().Add(s.lastReminder()))
			return s.remind(ctx, tx, u, at, at)
		}
	})
}

// lastReminder is how long before the end of the wait its last reminder comes: a day of seven.
func (s *Service) lastReminder() time.Duration { return s.cfg().FactorRecoveryWait / 7 }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// remind sends a reminder that the wait ends at a moment, and notes when the next mail is due.
func (s *Service) remind(ctx context.Context, tx *models.Tx, u models.User, at, next time.Time) error {
	if err := tx.PutOffFactorRecovery(ctx, u.ID, *u.FactorRecoveryMailAt, at, next); err != nil {
		return err
	}
	return s.mailRecoveryReminder(ctx, tx, u, at)
}

// endWait mails the link that removes the factors.
func (s *Service) endWait(ctx context.Context, tx *models.Tx, u models.User) error {
	if err := tx.PutOffFactorRecovery(ctx, u.ID, *u.FactorRecoveryMailAt, *u.FactorRecoveryAt, s.now().Add(factorRecoveryLinkTTL)); err != nil {
		return err
	}
	return s.mailRecoveryReady(ctx, tx, u)
}

// stopRecovery ends a recovery that runs, and tells the owner. The caller holds the person's row.
func (s *Service) stopRecovery(ctx context.Context, tx *models.Tx, u models.User, event models.AuditEvent) error {
	if err := s.endRecovery(ctx, tx, u, event); err != nil {
		return err
	}
	return s.mailRecoveryStopped(ctx, tx, u)
}

func (s *Service) endRecovery(ctx context.Context, tx *models.Tx, u models.User, event models.AuditEvent) error {
	if err := tx.StopFactorRecovery(ctx, u.ID); err != nil {
		return err
	}
	if err := s.killRecoveryLinks(ctx, tx, u.ID); err != nil {
		return err
	}
	return tx.Audit(ctx, event)
}

func (s *Service) killRecoveryLinks(ctx context.Context, tx *models.Tx, userID string) error {
	if err := tx.KillMailTokens(ctx, purposeRemoveFactors, &userID, ""); err != nil {
		return fmt.Errorf("kill links: %w", err)
	}
	if err := tx.KillAlarms(ctx, purposeStopRecovery, userID, time.Time{}); err != nil {
		return fmt.Errorf("kill alarms: %w", err)
	}
	return nil
}

// stopByFactor stops a recovery because somebody has just shown a factor of the second step: they are not lost.
func (s *Service) stopByFactor(ctx context.Context, tx *models.Tx, u models.User, shown []models.Proof) error {
	if u.FactorRecoveryAt == nil || !includes(shown, secondKinds) {
		return nil
	}
	event := byPerson(AuditRecoveryStop, u.ID)
	event.Method = shown[len(shown)-1].Method
	err := s.stopRecovery(ctx, tx, u, event)
	if errors.Is(err, models.ErrSpent) { // somebody else did, since the row was read
		return nil
	}
	return err
}
