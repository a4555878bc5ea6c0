package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"latchkey/models"
)

// shownRecoveryCodes is the purpose under which new codes wait to be saved.
const shownRecoveryCodes = "recovery_codes"

// RecoveryCodes is what their page shows.
type RecoveryCodes struct {
	Codes []string // just made, shown until they are said to be saved
	Left  int      // unused ones
	Ready bool     // the account has a second step: without one there is nothing to recover
}

// OpenRecoveryCodes shows new codes, or how many of the old ones are left. Errors: ErrSignedOut.
func (s *Service) OpenRecoveryCodes(ctx context.Context, u *User) (RecoveryCodes, error) {
	if _, err := s.acting(ctx, u); err != nil {
		return RecoveryCodes{}, err
	}
	factors, err := s.factorsOf(ctx, s.db, u.ID)
	if err != nil {
		return RecoveryCodes{}, err
	}
	left, err := s.db.CountRecoveryCodes(ctx, u.ID)
	if err != nil {
		return RecoveryCodes{}, fmt.Errorf("count recovery codes: %w", err)
	}
	found := RecoveryCodes{Left: left, Ready: factors.Any()}
	text, err := s.db.ShownOnceOf(ctx, u.SessionID, shownRecoveryCodes)
	if errors.Is(err, models.ErrNotFound) {
		return found, nil
	}
	if err != nil {
		return found, fmt.Errorf("read recovery codes: %w", err)
	}
	found.Codes = strings.Fields(text)
	return found, nil
}

// NewRecoveryCodes gives the person another set; the old one is dead. Errors: Invalid, ErrSignedOut.
func (s *Service) NewRecoveryCodes(ctx context.Context, u *User) (entry Entry, err error) {
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		p, err := s.holdActing(ctx, tx, u)
		if err != nil {
			return err
		}
		factors, err := s.factorsOf(ctx, tx.DB, u.ID)
		if err != nil {
			return err
		}
		if !factors.Any() {
			return Invalid{"": "Add an authenticator app or a passkey first"}
		}
		if err := s.makeRecoveryCodes(ctx, tx, u, p); err != nil {
			return err
		}
		entry, err = s.afterFactorChange(ctx, tx, u, p)
		return err
	})
	return entry, err
}

// makeRecoveryCodes replaces the person's set and keeps the new one to be shown to this session.
func (s *Service) makeRecoveryCodes(ctx context.Context, tx *models.Tx, u *User, p models.User) error {
	hashes, shown := make([][]byte, s.cfg().RecoveryCodes), make([]string, s.cfg().RecoveryCodes)
	for i := range hashes {
		code := newRecoveryCode()
		hashes[i], shown[i] = codeHash(s.recoverySecrets[0], u.ID, code), shownRecoveryCode(code)
	}
	if err := tx.ReplaceRecoveryCodes(ctx, u.ID, hashes); err != nil {
		return fmt.Errorf("store recovery codes: %w", err)
	}
	if err := tx.KeepShownOnce(ctx, models.ShownOnce{
		SessionID: u.SessionID, Purpose: shownRecoveryCodes, Value: strings.Join(shown, " "), ExpiresAt: s.now().Add(s.cfg().ShownOnceTTL),
	}); err != nil {
		return fmt.Errorf("keep recovery codes: %w", err)
	}
	if err := tx.Audit(ctx, byUser(AuditRecoveryCodesCreate, u)); err != nil {
		return err
	}
	return s.mailFactor(ctx, tx, mailRecoveryCodesCreated, p, "")
}

// RecoveryCodesSaved forgets the codes that are shown: the person says that they have them. Errors: ErrSignedOut.
func (s *Service) RecoveryCodesSaved(ctx context.Context, u *User) error {
	if _, err := s.acting(ctx, u); err != nil {
		return err
	}
	if err := s.db.DropShownOnce(ctx, u.SessionID, shownRecoveryCodes); err != nil {
		return fmt.Errorf("forget shown codes: %w", err)
	}
	return nil
}
