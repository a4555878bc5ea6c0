package auth

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"latchkey/models"
)

// BeginSecondStepPasskey gives the options to take an open sign-in on with a passkey of its person. Only who has shown
// the first proof gets to see which keys there are. Errors: Invalid (there is none), Limited, ErrSignedOut.
func (s *Service) BeginSecondStepPasskey(ctx context.Context, v Visitor) ([]byte, error) {
	if _, err := s.count(ctx, s.db, try{limitPasskeyOptions, network(ctx)}); err != nil {
		return nil, err
	}
	p, err := s.pending(ctx, v, stepCode)
	if err != nil {
		return nil, err
	}
	return s.askForPasskey(ctx, challenge{purpose: passkeySecondStep, holder: pendingHolder(p), userID: p.UserID, epoch: p.Epoch}, protocol.VerificationPreferred)
}

// ProveSecondStepByPasskey takes a sign-in on with a passkey; that somebody was there is enough. trust lets this
// browser skip the step for TrustTTL. Errors: ErrPasskey, Limited, ErrSignedOut.
func (s *Service) ProveSecondStepByPasskey(ctx context.Context, v Visitor, credential string, trust bool) (Entry, error) {
	p, err := s.pending(ctx, v, stepCode)
	if err != nil {
		return Entry{}, err
	}
	var entry Entry
	a, err := s.checkAssertion(ctx, passkeySecondStep, pendingHolder(p), credential)
	if err == nil {
		err = s.db.InTx(ctx, func(tx *models.Tx) error {
			u, err := s.spendPending(ctx, tx, p)
			if err != nil {
				return err
			}
			proven, err := s.usePasskey(ctx, tx, a)
			if err != nil {
				return err
			}
			entry, err = s.enterBySecondStep(ctx, tx, v, p, u, proven, trust)
			return err
		})
	}
	return entry, s.passkeyRefused(ctx, byPendingPerson(AuditSecondFactor, p), err)
}

// spendPending holds the person of an open sign-in and ends it: of two requests at once one finds it ended, and what
// fails afterwards leaves it open. ErrSignedOut: it is over.
func (s *Service) spendPending(ctx context.Context, tx *models.Tx, p models.PendingLogin) (models.User, error) {
	u, err := s.holdPending(ctx, tx, p)
	if err != nil {
		return u, err
	}
	err = tx.SpendPendingLogin(ctx, p.ID)
	if errors.Is(err, models.ErrSpent) {
		return u, ErrSignedOut
	}
	if err != nil {
		return u, fmt.Errorf("end pending login: %w", err)
	}
	return u, nil
}

// BeginReauthPasskey gives the options to prove again who sits there; for the level ACRPasskey it must verify them.
// Errors: Invalid (there is no passkey), Limited, ErrSignedOut.
func (s *Service) BeginReauthPasskey(ctx context.Context, u *User, level string) ([]byte, error) {
	if _, err := s.count(ctx, s.db, try{limitPasskeyOptions, network(ctx)}); err != nil {
		return nil, err
	}
	live, err := s.acting(ctx, u)
	if err != nil {
		return nil, err
	}
	verification := protocol.VerificationPreferred
	if level == ACRPasskey {
		verification = protocol.VerificationRequired
	}
	return s.askForPasskey(ctx, challenge{purpose: passkeyReauth, holder: sessionHolder(u), userID: &u.ID, epoch: live.Person.Epoch}, verification)
}

// reauthByPasskey is Reauthenticate with the answer of a passkey.
func (s *Service) reauthByPasskey(ctx context.Context, u *User, credential string) (entry Entry, err error) {
	a, err := s.checkAssertion(ctx, passkeyReauth, sessionHolder(u), credential)
	if err == nil {
		err = s.db.InTx(ctx, func(tx *models.Tx) error {
			if _, err := s.holdActing(ctx, tx, u); err != nil {
				return err
			}
			proven, err := s.usePasskey(ctx, tx, a)
			if err != nil {
				return err
			}
			entry, err = s.reproven(ctx, tx, u, proven)
			return err
		})
	}
	return entry, s.passkeyRefused(ctx, byUser(AuditReauth, u), err)
}

// askForPasskey begins a ceremony with the keys of one person.
func (s *Service) askForPasskey(ctx context.Context, c challenge, verification protocol.UserVerificationRequirement) ([]byte, error) {
	person, err := s.db.UserByID(ctx, *c.userID)
	if errors.Is(err, models.ErrNotFound) { // erased meanwhile
		return nil, ErrSignedOut
	}
	if err != nil {
		return nil, fmt.Errorf("read person: %w", err)
	}
	keys, err := s.db.PasskeysOf(ctx, person.ID)
	if err != nil {
		return nil, fmt.Errorf("list passkeys: %w", err)
	}
	holder := keyholderOf(person, s.here(keys)...)
	if len(holder.keys) == 0 {
		return nil, Invalid{"": "There is no passkey here. Use another way"}
	}
	asked, data, err := s.passkeys.BeginLogin(holder, webauthn.WithUserVerification(verification))
	if err != nil {
		return nil, fmt.Errorf("begin passkey: %w", err)
	}
	return s.keepChallenge(ctx, s.db, c, data, asked)
}

// passkeyRefused keeps a refused ceremony in the audit log, under the event it would have been, and counts it. Other
// errors pass. Limited: it was one too many.
func (s *Service) passkeyRefused(ctx context.Context, event models.AuditEvent, err error) error {
	var refused refusedPasskey
	if !errors.As(err, &refused) {
		return err
	}
	event.Method = methodPasskey
	if err := s.notePasskeyFailure(ctx, event, refused); err != nil {
		return err
	}
	return err
}
