package auth

import (
	"context"
	"errors"
	"fmt"

	"latchkey/models"
)

// usePasskey stores what a good assertion has shown and tells what it proves. The error is a refusedPasskey or a fault.
func (s *Service) usePasskey(ctx context.Context, tx *models.Tx, a assertion) (models.Proof, error) {
	before := a.key
	err := s.storePasskeyUse(ctx, tx, before, a)
	if errors.Is(err, models.ErrSpent) { // used or removed since it was read
		before, err = tx.PasskeyOf(ctx, a.key.UserID, a.key.ID)
		if err == nil {
			err = s.storePasskeyUse(ctx, tx, before, a)
		}
	}
	if errors.Is(err, models.ErrNotFound) || errors.Is(err, models.ErrSpent) {
		return models.Proof{}, refusedPasskey{reasonPasskeyUnknown, a.key}
	}
	if err != nil {
		return models.Proof{}, err
	}
	if err := s.noteBackup(ctx, tx, before, a); err != nil {
		return models.Proof{}, err
	}
	if countsBackwards(before, a) {
		if err := s.noteCopied(ctx, tx, before); err != nil {
			return models.Proof{}, err
		}
	}
	return models.Proof{Method: methodPasskey, At: s.now(), Key: before.ID, Verified: a.verified, Synced: a.eligible}, nil
}

// storePasskeyUse replaces what is known of a key by what it has just shown, where the policy lets it. ErrSpent: what was
// known has changed since it was read.
func (s *Service) storePasskeyUse(ctx context.Context, tx *models.Tx, before models.Passkey, a assertion) error {
	if before.BackupEligible != a.eligible && s.cfg().PasskeyBackupFlagChange == PasskeyRefuse {
		return refusedPasskey{reasonPasskeyBackup, before}
	}
	if countsBackwards(before, a) && !before.BackupEligible && s.cfg().PasskeySignCount == PasskeyRefuse {
		return refusedPasskey{reasonPasskeyCounter, before}
	}
	now, after := s.now(), before
	after.SignCount, after.BackupEligible, after.BackedUp = a.counter, a.eligible, a.backedUp
	after.Verified, after.LastUsedAt = before.Verified || a.verified, &now
	after.Discoverable = before.Discoverable || !a.named
	if err := tx.UsePasskey(ctx, before, after); err != nil {
		return fmt.Errorf("use passkey: %w", err)
	}
	return nil
}

// countsBackwards looks for a copy of the key: two copies cannot count on together. A counter that stays at zero counts
// nothing.
func countsBackwards(before models.Passkey, a assertion) bool {
	return a.counter <= before.SignCount && (a.counter != 0 || before.SignCount != 0)
}

// noteBackup keeps what an authenticator says of syncing. Whether a key may be synced should never change, but
// authenticators have learned it by an update.
func (s *Service) noteBackup(ctx context.Context, tx *models.Tx, before models.Passkey, a assertion) error {
	if before.BackupEligible == a.eligible && before.BackedUp == a.backedUp {
		return nil
	}
	event := aboutPasskey(AuditPasskeyBackup, before)
	event.Meta = map[string]any{"eligible": a.eligible, "backed_up": a.backedUp}
	return tx.Audit(ctx, event)
}

// noteCopied keeps that a counter went backwards and was let through. A synced key is on several machines by design.
func (s *Service) noteCopied(ctx context.Context, tx *models.Tx, before models.Passkey) error {
	event := aboutPasskey(AuditPasskeyCounter, before)
	if before.BackupEligible {
		return tx.Audit(ctx, event)
	}
	return s.suspectPasskey(ctx, tx, before, event)
}

// suspectPasskey notes that a key may have been copied, and tells the owner: once in a day.
func (s *Service) suspectPasskey(ctx context.Context, tx *models.Tx, key models.Passkey, event models.AuditEvent) error {
	if err := tx.Audit(ctx, event); err != nil {
		return err
	}
	owner, err := tx.UserByID(ctx, key.UserID)
	if err != nil {
		return fmt.Errorf("read person: %w", err)
	}
	return s.mailPasskeySuspicious(ctx, tx, owner, key.Name, event.Outcome == models.OutcomeFailure)
}

// notePasskeyFailure counts a refused ceremony and keeps it in the audit log, with what its reason asks for beside it.
// Limited: it was one too many, and is not kept.
func (s *Service) notePasskeyFailure(ctx context.Context, event models.AuditEvent, refused refusedPasskey) error {
	if _, err := s.count(ctx, s.db, passkeyGuess(ctx)); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		if err := tx.Audit(ctx, failed(event, refused.reason)); err != nil {
			return err
		}
		switch refused.reason {
		case reasonPasskeyBackup:
			return tx.Audit(ctx, failed(aboutPasskey(AuditPasskeyBackup, refused.key), refused.reason))
		case reasonPasskeyCounter:
			return s.suspectPasskey(ctx, tx, refused.key, failed(aboutPasskey(AuditPasskeyCounter, refused.key), refused.reason))
		}
		return nil
	})
}
