package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"

	"latchkey/models"
)

// The purposes of challenges. The answer to one works for its own purpose only.
const (
	passkeySignIn     = "sign_in"
	passkeySignUp     = "sign_up"
	passkeySecondStep = "second_step"
	passkeyReauth     = "reauth"
	passkeyAdd        = "add"
)

// longestCredential is more than any authenticator answers.
const longestCredential = 64 << 10

// newPasskeys checks ceremonies for the host of BaseURL. It is nil where passkeys are off, and on a host that is no
// name: browsers offer none there.
func newPasskeys(c Config) (passkeys *webauthn.WebAuthn, rpID string, err error) {
	base, err := url.Parse(c.BaseURL)
	if err != nil {
		return nil, "", err
	}
	rpID = base.Hostname()
	if c.NoPasskeys || protocol.ValidateRPID(rpID) != nil {
		return nil, "", nil
	}
	timeout := webauthn.TimeoutConfig{Timeout: c.PasskeyChallengeTTL, TimeoutUVD: c.PasskeyChallengeTTL}
	passkeys, err = webauthn.New(&webauthn.Config{
		RPID: rpID, RPDisplayName: c.ProductName, RPOrigins: append([]string{base.Scheme + "://" + base.Host}, c.PasskeyOrigins...),
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementPreferred, UserVerification: protocol.VerificationPreferred,
		},
		Timeouts: webauthn.TimeoutsConfig{Login: timeout, Registration: timeout},
		// Some password managers answer to extensions that nobody asked for. We read none but those we asked for.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	return passkeys, rpID, err
}

// passkeyAlgorithms are those that authenticators have: ES256, EdDSA, RS256.
var passkeyAlgorithms = []protocol.CredentialParameter{
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgES256},
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgEdDSA},
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgRS256},
}

// keyholder is a person as the library sees one.
type keyholder struct {
	person models.User
	keys   webauthn.Credentials
}

// newPasskeyHandle is random: what authenticators are told of a person leads back to nobody.
func newPasskeyHandle() []byte { return models.Digest(models.NewToken()) }

func keyholderOf(person models.User, keys ...models.Passkey) keyholder {
	holder := keyholder{person: person}
	for _, key := range keys {
		holder.keys = append(holder.keys, credentialOf(key))
	}
	return holder
}

func (k keyholder) WebAuthnID() []byte                         { return k.person.PasskeyHandle }
func (k keyholder) WebAuthnName() string                       { return k.person.Email }
func (k keyholder) WebAuthnDisplayName() string                { return cmp.Or(k.person.Name, k.person.Email) }
func (k keyholder) WebAuthnCredentials() []webauthn.Credential { return k.keys }

func credentialOf(key models.Passkey) webauthn.Credential {
	c := webauthn.Credential{
		ID: key.CredentialID, PublicKey: key.PublicKey,
		Flags:         webauthn.CredentialFlags{UserVerified: key.Verified, BackupEligible: key.BackupEligible, BackupState: key.BackedUp},
		Authenticator: webauthn.Authenticator{SignCount: uint32(key.SignCount)},
	}
	for _, transport := range key.Transports {
		c.Transport = append(c.Transport, protocol.AuthenticatorTransport(transport))
	}
	return c
}

// refusedPasskey is ErrPasskey with what only the audit log is told.
type refusedPasskey struct {
	reason string
	key    models.Passkey // of whom; empty when the answer named none of ours
}

func (r refusedPasskey) Error() string { return ErrPasskey.Error() + ": " + r.reason }
func (r refusedPasskey) Unwrap() error { return ErrPasskey }

// assertion is a challenge of ours that a passkey has signed.
type assertion struct {
	key                          models.Passkey // as it was read
	owner                        models.User    // of the key, as read with it
	counter                      int64
	verified, eligible, backedUp bool
	named                        bool // the browser was told which keys to use
}

// checkAssertion checks a sign-in's answer in full, but for what the stored passkey says of counters and backups:
// usePasskey asks that. The error is a refusedPasskey or a fault.
func (s *Service) checkAssertion(ctx context.Context, purpose, holder, credential string) (a assertion, err error) {
	if len(credential) > longestCredential || !strictJSON(credential) {
		return a, refusedPasskey{reason: reasonPasskeyMalformed}
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(credential))
	if err != nil {
		return a, refusedPasskey{reason: reasonPasskeyMalformed}
	}
	data, err := s.takeChallenge(ctx, purpose, holder, parsed.Response.CollectedClientData.Challenge)
	if err != nil {
		return a, err
	}
	a.key, a.owner, err = s.db.PasskeyAndOwner(ctx, parsed.RawID, s.rpID)
	if errors.Is(err, models.ErrNotFound) {
		return a, refusedPasskey{reason: reasonPasskeyUnknown}
	}
	if err != nil {
		return a, fmt.Errorf("find passkey: %w", err)
	}
	a.named = len(data.UserID) > 0
	flags := parsed.Response.AuthenticatorData.Flags
	a.counter, a.verified = int64(parsed.Response.AuthenticatorData.Counter), flags.HasUserVerified()
	a.eligible, a.backedUp = flags.HasBackupEligible(), flags.HasBackupState()
	return a, s.checkSignature(ctx, a, data, parsed)
}

func (s *Service) checkSignature(ctx context.Context, a assertion, data webauthn.SessionData, parsed *protocol.ParsedCredentialAssertionData) error {
	if data.UserVerification == protocol.VerificationRequired && !a.verified {
		return refusedPasskey{reasonPasskeyNoUV, a.key}
	}
	claimed := a.key
	claimed.BackupEligible = a.eligible // whether it may change is decided once the signature is known to be good
	var err error
	if a.named {
		err = s.checkNamed(ctx, a.owner, claimed, data, parsed)
	} else {
		_, _, err = s.passkeys.ValidatePasskeyLogin(func(_, _ []byte) (webauthn.User, error) {
			return keyholderOf(a.owner, claimed), nil
		}, data, parsed)
	}
	var fault *protocol.Error
	if errors.As(err, &fault) {
		return refusedPasskey{reasonOf(err), a.key}
	}
	return err
}

// checkNamed checks the answer to options that named the person's keys: that it is one of them, and theirs.
func (s *Service) checkNamed(ctx context.Context, owner models.User, claimed models.Passkey, data webauthn.SessionData, parsed *protocol.ParsedCredentialAssertionData) error {
	keys, err := s.db.PasskeysOf(ctx, owner.ID)
	if err != nil {
		return fmt.Errorf("list passkeys: %w", err)
	}
	for i := range keys {
		if keys[i].ID == claimed.ID {
			keys[i] = claimed
		}
	}
	_, err = s.passkeys.ValidateLogin(keyholderOf(owner, s.here(keys)...), data, parsed)
	return err
}

// reasonOf sorts what the library says about an answer.
func reasonOf(err error) string {
	var known *protocol.Error
	switch {
	case errors.As(err, &known) && known.Type == protocol.ErrAssertionSignature.Type:
		return reasonPasskeySignature
	case errors.As(err, &known) && known.Type == protocol.ErrBadRequest.Type:
		return reasonPasskeyUnknown // another person's handle
	}
	return reasonPasskeyOrigin // made for another host, address or act
}

func aboutPasskey(action models.Action, key models.Passkey) models.AuditEvent {
	event := byPerson(action, key.UserID)
	event.Method, event.TargetKind, event.TargetID = methodPasskey, "passkey", key.ID
	return event
}

// here are the passkeys made for the host that this site has now; others work nowhere.
func (s *Service) here(keys []models.Passkey) []models.Passkey {
	return slices.DeleteFunc(slices.Clone(keys), func(key models.Passkey) bool { return key.RPID != s.rpID })
}

// signsInAlone tells whether a passkey is a way in without anything else.
func (s *Service) signsInAlone(key models.Passkey) bool {
	return key.RPID == s.rpID && key.Discoverable && key.Verified
}
