package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"latchkey/models"
)

// The kinds of factor that an operator can take from an account, as an Act's Target begins with them: "passkey:ID".
const (
	FactorApp     = "app"
	FactorPasskey = "passkey"
	FactorBrowser = "browser" // one that skips the second step
)

// doRemoveFactor takes one factor, and what rested on it, as if the member had done it.
func doRemoveFactor(s *Service, ctx context.Context, tx *models.Tx, a *memberActing) error {
	kind, id, _ := strings.Cut(a.act.Target, ":")
	remove := map[string]func(*Service, context.Context, *models.Tx, *memberActing, string) error{
		FactorApp: removeAppOf, FactorPasskey: removePasskeyOf, FactorBrowser: untrustBrowserOf,
	}[kind]
	if remove == nil {
		return ErrChanged
	}
	a.event.TargetKind, a.event.TargetID = kind, id
	err := remove(s, ctx, tx, a, id)
	if errors.Is(err, models.ErrNotFound) || errors.Is(err, models.ErrSpent) {
		return ErrChanged
	}
	return err
}

func removeAppOf(s *Service, ctx context.Context, tx *models.Tx, a *memberActing, id string) error {
	rows, err := tx.AuthenticatorsOf(ctx, a.member.ID)
	if err != nil {
		return fmt.Errorf("list authenticators: %w", err)
	}
	for _, row := range rows {
		if row.ID != id {
			continue
		}
		if err := tx.DeleteAuthenticator(ctx, a.member.ID, id); err != nil {
			return fmt.Errorf("remove authenticator: %w", err)
		}
		if _, err := s.endRested(ctx, tx, a.member); err != nil {
			return err
		}
		a.changed("authenticator", row.Name, nil)
		return s.mailFactor(withoutOrigin(ctx), tx, mailTOTPRemoved, a.member, row.Name)
	}
	return models.ErrNotFound
}

func removePasskeyOf(s *Service, ctx context.Context, tx *models.Tx, a *memberActing, id string) error {
	key, err := tx.PasskeyOf(ctx, a.member.ID, id)
	if err != nil {
		return err
	}
	if err := tx.DeletePasskey(ctx, a.member.ID, id); err != nil {
		return fmt.Errorf("remove passkey: %w", err)
	}
	if _, err := s.endSessionsBegunWith(ctx, tx, a.member.ID, id, a.ended()); err != nil {
		return err
	}
	if _, err := s.endRested(ctx, tx, a.member); err != nil {
		return err
	}
	a.changed("passkey", key.Name, nil)
	return s.mailPasskeyRemoved(withoutOrigin(ctx), tx, a.member, key.Name)
}

func untrustBrowserOf(s *Service, ctx context.Context, tx *models.Tx, a *memberActing, id string) error {
	trusted, err := tx.TrustedBrowsersOf(ctx, a.member.ID)
	if err != nil {
		return fmt.Errorf("list trusted browsers: %w", err)
	}
	for _, row := range trusted {
		if row.ID != id {
			continue
		}
		if _, err := tx.UntrustBrowsers(ctx, a.member.ID, id); err != nil {
			return fmt.Errorf("end trust: %w", err)
		}
		a.changed("trusted_browser", trustedName(row), nil)
		return s.mailFactor(withoutOrigin(ctx), tx, mailBrowserUntrusted, a.member, trustedName(row))
	}
	return models.ErrNotFound
}

// doResetFactors takes all of them. Somebody who convinced the operator that they lost everything must not find a session of
// whoever has it still open.
func doResetFactors(s *Service, ctx context.Context, tx *models.Tx, a *memberActing) error {
	if err := tx.DeleteFactorsOf(ctx, a.member.ID); err != nil {
		return fmt.Errorf("remove factors: %w", err)
	}
	if a.member.FactorRecoveryAt != nil {
		stopped := a.op.Event(AuditRecoveryStop, a.member.ID)
		stopped.Reason = reasonOperator
		if err := s.endRecovery(ctx, tx, a.member, stopped); err != nil {
			return err
		}
	}
	if _, err := s.endRested(ctx, tx, a.member); err != nil {
		return err
	}
	if err := tx.ForgetSecondFactorDue(ctx, a.member.ID); err != nil {
		return fmt.Errorf("let the time for a second factor run anew: %w", err)
	}
	for what, had := range map[string]int{
		"authenticators": a.record.Authenticators, "passkeys": a.record.Passkeys, "recovery": a.record.RecoveryCodes, "trusted_browsers": a.record.TrustedBrowsers,
	} {
		a.changed(what, had, 0)
	}
	if err := a.endAll(s, ctx, tx); err != nil {
		return err
	}
	return s.mailFactorsReset(ctx, tx, a.member)
}
