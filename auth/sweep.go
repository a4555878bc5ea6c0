package auth

import (
	"context"
	"errors"
	"fmt"

	"latchkey/models"
)

// sweepBatch is how many rows of a kind are removed at once, so that the writer is never held for long.
const sweepBatch = 500

// Sweep removes what has run out: sign-ups never confirmed, sessions, pending logins, mail links, known
// browsers, counters and old audit rows. Nothing depends on it: all of them are dead in every query already.
func (s *Service) Sweep(ctx context.Context) error {
	for _, kind := range s.sweepers() {
		for removed := int64(sweepBatch); removed == sweepBatch; {
			var err error
			if removed, err = kind.sweep(ctx); err != nil {
				return fmt.Errorf("sweep %s: %w", kind.name, err)
			}
		}
	}
	return nil
}

// sweeper removes one batch of a kind, or all there is, and says how many went.
type sweeper struct {
	name  string
	sweep func(context.Context) (int64, error)
}

func (s *Service) sweepers() []sweeper {
	batch := func(sweep func(context.Context, int) (int64, error)) func(context.Context) (int64, error) {
		return func(ctx context.Context) (int64, error) { return sweep(ctx, sweepBatch) }
	}
	list := []sweeper{
		{"sign-ups", s.sweepSignUps},
		{"sessions", s.sweepSessions},
		{"pending logins", batch(s.db.SweepPendingLogins)},
		{"mail links", batch(s.db.SweepMailTokens)},
		{"set-up links", batch(s.db.SweepSetupLinks)},
		{"secrets shown once", batch(s.db.SweepShownOnce)},
		{"passkey challenges", batch(s.db.SweepPasskeyChallenges)},
		{"browsers", func(ctx context.Context) (int64, error) {
			return s.db.SweepBrowsers(ctx, s.now().Add(-s.cfg().KnownBrowserTTL), sweepBatch)
		}},
		{"counters", batch(s.db.SweepAttempts)},
		{"batches", s.sweepBatches},
		{"mails whose job is over", s.db.SettleMails},
		{"mails", func(ctx context.Context) (int64, error) {
			return s.db.SweepMails(ctx, s.now().Add(-s.cfg().MailsKeep), sweepBatch)
		}},
	}
	if s.cfg().AuditKeep > 0 {
		list = append(list, sweeper{"audit events", func(ctx context.Context) (int64, error) {
			return s.db.SweepAudit(ctx, s.cfg().AuditKeep)
		}})
	}
	return list
}

func (s *Service) sweepSignUps(ctx context.Context) (int64, error) {
	expired, err := s.db.ExpiredSignUps(ctx, s.now().Add(-s.cfg().UnverifiedTTL), sweepBatch)
	if err != nil {
		return 0, err
	}
	for _, u := range expired {
		err := s.db.InTx(ctx, func(tx *models.Tx) error {
			if err := s.erase(ctx, tx, u); err != nil {
				return err
			}
			return tx.Audit(ctx, models.AuditEvent{Action: AuditSignUpExpired, ActorKind: "system", SubjectID: u.ID})
		})
		if err != nil && !errors.Is(err, models.ErrSpent) { // spent: confirmed at the last moment
			return 0, err
		}
	}
	return int64(len(expired)), nil
}

// sweepSessions tells the keeper of other programs that sessions have run out, and forgets them.
func (s *Service) sweepSessions(ctx context.Context) (int64, error) {
	expired, err := s.db.ExpiredSessions(ctx, sweepBatch)
	if err != nil {
		return 0, err
	}
	for _, session := range expired {
		err := s.db.InTx(ctx, func(tx *models.Tx) error {
			if err := tx.EndSession(ctx, session.UserID, session.ID); err != nil {
				return err
			}
			return s.tellEnded(tx, session.ID)
		})
		if err != nil && !errors.Is(err, models.ErrSpent) {
			return 0, err
		}
	}
	return int64(len(expired)), nil
}
