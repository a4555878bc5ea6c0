package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"latchkey/models"
)

// PasskeySignUp is what a sign-up with a passkey, and without a password, says.
type PasskeySignUp struct {
	Email, Name string
	Credential  string // JSON, as the browser made it
	ReturnTo    string
	Visitor     Visitor
}

// BeginPasskeySignUp gives the options to make the passkey of a new account. Nobody is looked up for them: address and
// name are what the authenticator will show beside the key. The browser is known by its cookie until it answers. Errors:
// Invalid, Limited, ErrSignUpClosed.
func (s *Service) BeginPasskeySignUp(ctx context.Context, in PasskeySignUp) (options []byte, entry Entry, err error) {
	if _, err := s.count(ctx, s.db, try{limitPasskeyOptions, network(ctx)}); err != nil {
		return nil, Entry{}, err
	}
	wanted, err := s.checkPasskeySignUp(in)
	if err != nil {
		return nil, Entry{}, err
	}
	wanted.PasskeyHandle = newPasskeyHandle()
	asked, data, err := s.passkeys.BeginRegistration(keyholderOf(wanted), webauthn.WithCredentialParameters(passkeyAlgorithms),
		webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{ // it is the only way in: it must work alone
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		}))
	if err != nil {
		return nil, Entry{}, fmt.Errorf("begin passkey: %w", err)
	}
	in.Visitor.Browser = in.Visitor.knownBrowser()
	options, err = s.keepChallenge(ctx, s.db, challenge{purpose: passkeySignUp, holder: browserHolder(in.Visitor)}, data, asked)
	return options, Entry{Browser: in.Visitor.Browser}, err
}

// SignUpWithPasskey is SignUp with a passkey in place of the password. Whether the address has an account is looked up
// after the ceremony, and the answer is the same. Errors: Invalid, ErrPasskey, Limited, ErrSignUpClosed.
func (s *Service) SignUpWithPasskey(ctx context.Context, in PasskeySignUp) (entry Entry, err error) {
	wanted, err := s.checkPasskeySignUp(in)
	if err != nil {
		return Entry{}, err
	}
	if _, err := s.count(ctx, s.db, try{limitSignUps, network(ctx)}); err != nil {
		return Entry{}, err
	}
	key, handle, err := s.firstPasskey(ctx, in)
	if err == nil {
		wanted.PasskeyHandle = handle
		entry, err = s.storeSignUp(ctx, arrival{
			user: wanted, key: &key, proofs: []models.Proof{s.shownBy(key)}, returnTo: in.ReturnTo, visitor: in.Visitor,
		})
	}
	if errors.Is(err, models.ErrTaken) { // the key has become another account's
		err = refusedPasskey{reason: reasonTaken}
	}
	if err != nil {
		return Entry{}, s.passkeyRefused(ctx, s.aboutAddress(AuditSignUp, wanted.Email), err)
	}
	return entry, nil
}

func (s *Service) checkPasskeySignUp(in PasskeySignUp) (models.User, error) {
	if s.SignUpClosed() != "" {
		return models.User{}, ErrSignUpClosed
	}
	return s.admit(checkIdentity(in.Email, in.Name))
}

// firstPasskey checks the answer to BeginPasskeySignUp in full. The error is a refusedPasskey or a fault.
func (s *Service) firstPasskey(ctx context.Context, in PasskeySignUp) (key models.Passkey, handle []byte, err error) {
	parsed, err := parseNewPasskey(in.Credential)
	if err != nil {
		return key, nil, err
	}
	data, err := s.takeChallenge(ctx, passkeySignUp, browserHolder(in.Visitor), parsed.Response.CollectedClientData.Challenge)
	if err != nil {
		return key, nil, err
	}
	made, err := s.passkeys.CreateCredential(keyholderOf(models.User{PasskeyHandle: data.UserID}), data, parsed)
	if err != nil {
		return key, nil, refusedPasskey{reason: reasonOf(err)}
	}
	// Asked before the address is looked up: an address without an account would answer otherwise than one with.
	switch _, err := s.db.PasskeyByCredential(ctx, made.ID, s.rpID); {
	case err == nil:
		return key, nil, refusedPasskey{reason: reasonTaken}
	case !errors.Is(err, models.ErrNotFound):
		return key, nil, fmt.Errorf("find passkey: %w", err)
	}
	key = s.newPasskey("", made)
	key.Name = cmp.Or(passkeyProviders[key.AAGUID], "Passkey")
	key.Discoverable = true // that was required
	return key, data.UserID, nil
}

// giveFirstPasskey makes a key the way in of an account that has just been made.
func (s *Service) giveFirstPasskey(ctx context.Context, tx *models.Tx, userID string, key models.Passkey) error {
	key.UserID = userID
	if err := tx.CreatePasskey(ctx, &key); err != nil {
		return fmt.Errorf("store passkey: %w", err)
	}
	return tx.Audit(ctx, withProvider(aboutPasskey(AuditPasskeyAdd, key), key))
}

// recoveryAfterSignUp gives the session of a person who signed up with a passkey their first recovery codes, and leads
// to them.
func (s *Service) recoveryAfterSignUp(ctx context.Context, tx *models.Tx, p models.User, entry *Entry) error {
	factors, err := s.factorsOf(ctx, tx.DB, p.ID)
	if err != nil {
		return err
	}
	left, err := tx.CountRecoveryCodes(ctx, p.ID)
	if err != nil {
		return fmt.Errorf("count recovery codes: %w", err)
	}
	if !factors.Any() || left > 0 {
		return nil
	}
	if err := s.makeRecoveryCodes(ctx, tx, &User{ID: p.ID, SessionID: entry.sessionID}, p); err != nil {
		return err
	}
	entry.Next = "/account/recovery-codes?return_to=" + url.QueryEscape(entry.Next)
	return nil
}
