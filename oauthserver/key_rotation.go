package oauthserver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/models"
)

const (
	keyAnnounced = 10 * time.Minute // published before it signs, so that clients have read it
	keyPublished = 48 * time.Hour   // after it stopped signing: longer than any ID token lives
	keyKept      = 400 * day        // its public part, for hints
)

// KeyRotation says how keys are replaced.
type KeyRotation int

// The ways to replace a key.
const (
	RotateAnnounced   KeyRotation = iota // the new key signs after ten minutes, when clients have read it
	RotateNow                            // it signs at once
	RotateCompromised                    // at once, and nothing the old one signed counts any more
)

// RotateKeys replaces the key of every algorithm. The new one is published at once; the old one stays
// published for 48 hours after it stops signing.
func (s *Server) RotateKeys(ctx context.Context, by Operator, how KeyRotation) error {
	defer s.forgetKeys()
	return s.operate(ctx, by, RightOperate, models.AuditEvent{Action: eventKeysRotate, TargetKind: "key"}, func(tx *models.Tx, event *models.AuditEvent) error {
		if err := s.holdKeys(tx, by); err != nil {
			return err
		}
		event.Meta = map[string]any{"now": how != RotateAnnounced, "compromised": how == RotateCompromised}
		for _, alg := range s.algs() {
			if err := s.rotateKey(tx, alg, by, how); err != nil {
				return fmt.Errorf("rotate %s key: %w", alg, err)
			}
		}
		return nil
	})
}

func (s *Server) rotateKey(tx *models.Tx, alg string, by Operator, how KeyRotation) error {
	now := s.now()
	if how == RotateAnnounced {
		return s.addKey(tx, alg, models.KeyNext, now.Add(keyAnnounced), by) // a next key that waits already is enough
	}
	rows, err := tx.OAuthKeys(tx.Context())
	if err != nil {
		return err
	}
	for i := range rows {
		key := &rows[i]
		if key.Alg == alg {
			if err := s.stepDown(tx, key, now, by, how == RotateCompromised); err != nil {
				return err
			}
		}
	}
	return s.addKey(tx, alg, models.KeyActive, now, by)
}

// stepDown makes room for a new key. A next key may have leaked with the active one.
func (s *Server) stepDown(tx *models.Tx, key *models.OAuthKey, now time.Time, by Operator, compromised bool) error {
	living := key.State == models.KeyActive || key.State == models.KeyNext || key.State == models.KeyRetiring
	switch {
	case compromised && living:
		if err := tx.RevokeOAuthKey(tx.Context(), key.ID, key.State); err != nil {
			return err
		}
		return s.auditKey(tx, eventKeyRetire, key.KID, key.Alg, by)
	case key.State == models.KeyActive:
		return tx.RetireOAuthKeyAt(tx.Context(), key.ID, now.Add(keyPublished))
	}
	return nil
}

// TendKeys lets announced keys sign when their time has come, and unpublishes those that stopped signing
// long enough ago. The host calls it every few minutes, on any number of nodes.
func (s *Server) TendKeys(ctx context.Context) error {
	rows, err := s.db.OAuthKeys(ctx)
	if err != nil {
		return fmt.Errorf("load signing keys: %w", err)
	}
	now := s.now()
	defer s.forgetKeys()
	for i := range rows {
		key := &rows[i]
		var err error
		switch {
		case key.State == models.KeyNext && !now.Before(key.ActivatesAt):
			err = s.promote(ctx, key, rows)
		case key.State == models.KeyRetiring && key.RetiresAt != nil && !now.Before(*key.RetiresAt):
			err = s.retire(ctx, key)
		case key.State == models.KeyActive:
			s.observe("oauth_signing_key_age_seconds", now.Sub(key.CreatedAt).Seconds(), "alg", key.Alg)
		}
		if err != nil && !errors.Is(err, models.ErrSpent) { // spent: another node did it
			return fmt.Errorf("tend signing key %s: %w", key.KID, err)
		}
	}
	if _, err := s.db.SweepOAuthKeys(ctx, now.Add(-keyKept), sweepBatch); err != nil {
		return fmt.Errorf("delete old signing keys: %w", err)
	}
	return nil
}

func (s *Server) promote(ctx context.Context, next *models.OAuthKey, rows []models.OAuthKey) error {
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		if err := s.replaceActive(tx, next, rows); err != nil {
			return err
		}
		return s.auditKey(tx, eventKeyActivate, next.KID, next.Alg, itself)
	})
}

// replaceActive lets the next key sign; the one that did stays published for a while.
func (s *Server) replaceActive(tx *models.Tx, next *models.OAuthKey, rows []models.OAuthKey) error {
	for i := range rows {
		if old := &rows[i]; old.Alg == next.Alg && old.State == models.KeyActive {
			if err := tx.RetireOAuthKeyAt(tx.Context(), old.ID, s.now().Add(keyPublished)); err != nil {
				return err
			}
		}
	}
	return tx.ActivateOAuthKey(tx.Context(), next.ID)
}

func (s *Server) retire(ctx context.Context, key *models.OAuthKey) error {
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		if err := tx.RetireOAuthKey(tx.Context(), key.ID); err != nil {
			return err
		}
		return s.auditKey(tx, eventKeyRetire, key.KID, key.Alg, itself)
	})
}
