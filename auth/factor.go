package auth

import (
	"context"
	"errors"
	"fmt"

	"latchkey/models"
)

// WrongFactor is the outcome of a code that proves nothing.
type WrongFactor struct {
	TriesLeft int  // before the sign-in must begin again; zero where none is counted down
	ClockOff  bool // the code is right, but for another moment
}

func (w WrongFactor) Error() string { return "that code is not right" }

// Sentence is what a person reads.
func (w WrongFactor) Sentence() string {
	switch {
	case w.ClockOff:
		return "That code belongs to another moment. Check the clock of your phone"
	case w.TriesLeft == 1:
		return "That code is not right. 1 try left"
	case w.TriesLeft > 1:
		return fmt.Sprintf("That code is not right. %d tries left", w.TriesLeft)
	}
	return "That code is not right"
}

// useFactor spends a code of an authenticator, or a recovery code, of a person whose row is held. Errors: WrongFactor, and
// then nothing has changed.
func (s *Service) useFactor(ctx context.Context, tx *models.Tx, u models.User, code string) (models.Proof, error) {
	list, err := tx.AuthenticatorsOf(ctx, u.ID)
	if err != nil {
		return models.Proof{}, fmt.Errorf("read authenticators: %w", err)
	}
	return s.useFactorAmong(ctx, tx, u, list, code)
}

// useFactorAmong is useFactor for a person whose authenticators have been read.
func (s *Service) useFactorAmong(ctx context.Context, tx *models.Tx, u models.User, list []models.Authenticator, code string) (models.Proof, error) {
	if isTOTP(code) {
		return s.useAuthenticator(ctx, tx, list, code)
	}
	if recovery, ok := asRecoveryCode(code); ok {
		return s.useRecoveryCode(ctx, tx, u, recovery)
	}
	return models.Proof{}, WrongFactor{}
}

func (s *Service) useAuthenticator(ctx context.Context, tx *models.Tx, list []models.Authenticator, code string) (models.Proof, error) {
	wrong := WrongFactor{}
	for _, a := range list {
		step, drift, found, err := matchStep(a.Secret, code, s.now())
		if err != nil {
			return models.Proof{}, err
		}
		if found && max(drift, -drift) > totpDrift {
			wrong.ClockOff = true
			continue
		}
		if !found {
			continue
		}
		if err := tx.UseAuthenticatorStep(ctx, a.ID, step); errors.Is(err, models.ErrSpent) {
			continue // seen by somebody before
		} else if err != nil {
			return models.Proof{}, fmt.Errorf("use code: %w", err)
		}
		return s.shown(methodTOTP)[0], nil
	}
	return models.Proof{}, wrong
}

func (s *Service) useRecoveryCode(ctx context.Context, tx *models.Tx, u models.User, code string) (models.Proof, error) {
	err := tx.UseRecoveryCode(ctx, u.ID, s.recoveryHashes(u.ID, code))
	if errors.Is(err, models.ErrSpent) {
		return models.Proof{}, WrongFactor{}
	}
	if err != nil {
		return models.Proof{}, fmt.Errorf("use recovery code: %w", err)
	}
	left, err := tx.CountRecoveryCodes(ctx, u.ID)
	if err != nil {
		return models.Proof{}, fmt.Errorf("count recovery codes: %w", err)
	}
	event := byPerson(AuditRecoveryCodeUse, u.ID)
	event.Meta = map[string]any{"left": left}
	if err := tx.Audit(ctx, event); err != nil {
		return models.Proof{}, err
	}
	return s.shown(methodRecovery)[0], s.mailRecoveryCodeUsed(ctx, tx, u, left)
}
