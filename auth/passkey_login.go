package auth

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"latchkey/models"
)

// PasskeySignIn is what a sign-in by passkey says.
type PasskeySignIn struct {
	Credential string // JSON, as the browser made it
	Remember   bool
	ReturnTo   string
	Visitor    Visitor
}

// BeginPasskeySignIn gives the options for a sign-in by passkey. They name no account and no key: whoever asks learns
// nothing. The browser is known by its cookie until it answers. Errors: Limited.
func (s *Service) BeginPasskeySignIn(ctx context.Context, v Visitor) (options []byte, entry Entry, err error) {
	if _, err := s.count(ctx, s.db, try{limitPasskeyOptions, network(ctx)}); err != nil {
		return nil, Entry{}, err
	}
	v.Browser = v.knownBrowser()
	asked, data, err := s.passkeys.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, Entry{}, fmt.Errorf("begin passkey sign-in: %w", err)
	}
	options, err = s.keepChallenge(ctx, s.db, challenge{purpose: passkeySignIn, holder: browserHolder(v)}, data, asked)
	return options, Entry{Browser: v.Browser}, err
}

// SignInWithPasskey checks the answer and takes the sign-in to its next step. A passkey that verified the person is two
// factors by itself. Errors: ErrPasskey (one text for every reason), ErrAccountOff, Limited.
func (s *Service) SignInWithPasskey(ctx context.Context, in PasskeySignIn) (Entry, error) {
	entry, owner, err := s.enterWithPasskey(ctx, in)
	var refused refusedPasskey
	if errors.As(err, &refused) {
		s.metrics.signIns.WithLabelValues(methodPasskey, models.OutcomeFailure).Inc()
		event := models.AuditEvent{Action: AuditSignIn, ActorKind: "anonymous", SubjectID: refused.key.UserID, Method: methodPasskey}
		if err := s.notePasskeyFailure(ctx, event, refused); err != nil {
			return Entry{}, err
		}
		if refused.reason == reasonDisabled {
			return Entry{}, ErrAccountOff
		}
		return Entry{}, refused
	}
	if err == nil && entry.step == stepVerify {
		err = s.mailUnlessRecent(ctx, owner, entry.pendingID)
	}
	return entry, err
}

func (s *Service) enterWithPasskey(ctx context.Context, in PasskeySignIn) (entry Entry, owner models.User, err error) {
	a, err := s.checkAssertion(ctx, passkeySignIn, browserHolder(in.Visitor), in.Credential)
	if err != nil {
		return Entry{}, owner, err
	}
	if a.owner.Disabled(s.now()) {
		return Entry{}, owner, refusedPasskey{reasonDisabled, a.key}
	}
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		used, err := s.usePasskey(ctx, tx, a)
		if err != nil {
			return err
		}
		entry, err = s.proceedAsRead(ctx, tx, proof{
			user: a.owner, proofs: []models.Proof{used}, remember: in.Remember, returnTo: in.ReturnTo, visitor: in.Visitor,
		})
		return err
	})
	return entry, a.owner, err
}
