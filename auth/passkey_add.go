package auth

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"latchkey/models"
)

// BeginPasskey gives the options to make a passkey for the person signed in. Errors: Invalid, Limited, ErrSignedOut.
func (s *Service) BeginPasskey(ctx context.Context, u *User) (options []byte, err error) {
	if _, err := s.count(ctx, s.db, try{limitPasskeyOptions, network(ctx)}); err != nil {
		return nil, err
	}
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		person, err := s.holdActing(ctx, tx, u)
		if err != nil {
			return err
		}
		if person.PasskeyHandle == nil {
			person.PasskeyHandle = newPasskeyHandle()
			if err := tx.GivePasskeyHandle(ctx, u.ID, person.PasskeyHandle); err != nil {
				return fmt.Errorf("give handle: %w", err)
			}
		}
		keys, err := s.roomForPasskey(ctx, tx, u.ID)
		if err != nil {
			return err
		}
		holder := keyholderOf(person, s.here(keys)...)
		asked, data, err := s.passkeys.BeginRegistration(holder, webauthn.WithExclusions(holder.keys.CredentialDescriptors()),
			webauthn.WithCredentialParameters(passkeyAlgorithms), webauthn.WithExtensions(webauthn.WithExtensionCredProps()))
		if err != nil {
			return fmt.Errorf("begin passkey: %w", err)
		}
		options, err = s.keepChallenge(ctx, tx.DB, challenge{passkeyAdd, sessionHolder(u), &u.ID, person.Epoch}, data, asked)
		return err
	})
	return options, err
}

// roomForPasskey reads the passkeys of a person whose row is held. Invalid: there are as many as may be.
func (s *Service) roomForPasskey(ctx context.Context, tx *models.Tx, userID string) ([]models.Passkey, error) {
	keys, err := tx.PasskeysOf(ctx, userID)
	if err != nil {
		return nil, fmt.Errorf("list passkeys: %w", err)
	}
	if len(keys) >= s.cfg().PasskeyMax {
		return nil, Invalid{"": fmt.Sprintf("An account has at most %d passkeys. Remove one first", s.cfg().PasskeyMax)}
	}
	return keys, nil
}

// AddPasskey stores the passkey that a browser has made. Without a name it is called after its provider. An account
// that had no second factor gets recovery codes with it, and first is true. Errors: Invalid, ErrPasskey, Limited,
// ErrSignedOut.
func (s *Service) AddPasskey(ctx context.Context, u *User, credential, name string) (entry Entry, first bool, err error) {
	if name != "" {
		if name, err = passkeyName(name); err != nil {
			return Entry{}, false, err
		}
	}
	key, err := s.checkNewPasskey(ctx, u, credential)
	if err == nil {
		key.Name = cmp.Or(name, passkeyProviders[key.AAGUID], "Passkey")
		entry, first, err = s.storePasskey(ctx, u, &key)
	}
	var refused refusedPasskey
	if errors.As(err, &refused) {
		if err := s.notePasskeyFailure(ctx, byUser(AuditPasskeyAdd, u), refused); err != nil {
			return Entry{}, false, err
		}
	}
	return entry, first, err
}

// checkNewPasskey checks the answer to BeginPasskey in full. The error is a refusedPasskey, ErrSignedOut or a fault.
func (s *Service) checkNewPasskey(ctx context.Context, u *User, credential string) (key models.Passkey, err error) {
	live, err := s.acting(ctx, u)
	if err != nil {
		return key, err
	}
	parsed, err := parseNewPasskey(credential)
	if err != nil {
		return key, err
	}
	data, err := s.takeChallenge(ctx, passkeyAdd, sessionHolder(u), parsed.Response.CollectedClientData.Challenge)
	if err != nil {
		return key, err
	}
	person, err := s.db.UserByID(ctx, live.Person.ID)
	if err != nil {
		return key, fmt.Errorf("read person: %w", err)
	}
	made, err := s.passkeys.CreateCredential(keyholderOf(person), data, parsed)
	if err != nil {
		return key, refusedPasskey{reason: reasonOf(err)}
	}
	return s.newPasskey(u.ID, made), nil
}

// parseNewPasskey reads what a browser has made. The error is a refusedPasskey.
func parseNewPasskey(credential string) (*protocol.ParsedCredentialCreationData, error) {
	if len(credential) > longestCredential || !strictJSON(credential) {
		return nil, refusedPasskey{reason: reasonPasskeyMalformed}
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(credential))
	if err != nil {
		return nil, refusedPasskey{reason: reasonPasskeyMalformed}
	}
	return parsed, nil
}

// shownBy is the proof of a key that was made just now.
func (s *Service) shownBy(key models.Passkey) models.Proof {
	return models.Proof{Method: methodPasskey, At: s.now(), Key: key.ID, Verified: key.Verified, Synced: key.BackupEligible}
}

func (s *Service) newPasskey(userID string, made *webauthn.Credential) models.Passkey {
	key := models.Passkey{
		ID: models.NewID(), UserID: userID, CredentialID: made.ID, PublicKey: made.PublicKey, SignCount: int64(made.Authenticator.SignCount),
		Transports: []string{}, BackupEligible: made.Flags.BackupEligible, BackedUp: made.Flags.BackupState,
		Discoverable: made.Extensions.RK != nil && *made.Extensions.RK, Verified: made.Flags.UserVerified, RPID: s.rpID, CreatedAt: s.now(),
	}
	for _, transport := range made.Transport {
		key.Transports = append(key.Transports, string(transport))
	}
	if id := made.Authenticator.AAGUID; len(id) == 16 {
		key.AAGUID = fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
	}
	return key
}

func (s *Service) storePasskey(ctx context.Context, u *User, key *models.Passkey) (entry Entry, first bool, err error) {
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		p, err := s.holdActing(ctx, tx, u)
		if err != nil {
			return err
		}
		before, err := s.factorsOf(ctx, tx.DB, u.ID)
		if err != nil {
			return err
		}
		if err := s.insertPasskey(ctx, tx, u, p, key); err != nil {
			return err
		}
		if first = !before.Any(); first {
			if err := s.makeRecoveryCodes(ctx, tx, u, p); err != nil {
				return err
			}
		}
		entry, err = s.renewSession(ctx, tx, u, func(session *models.Session) { s.prove(session, s.shownBy(*key)) })
		return err
	})
	if errors.Is(err, models.ErrTaken) { // another account's: whose is not told
		err = refusedPasskey{reason: reasonTaken}
	}
	return entry, first, err
}

// insertPasskey makes a key one of the person's, with what tells of it. Errors: Invalid, models.ErrTaken.
func (s *Service) insertPasskey(ctx context.Context, tx *models.Tx, u *User, p models.User, key *models.Passkey) error {
	keys, err := s.roomForPasskey(ctx, tx, u.ID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(keys, func(own models.Passkey) bool { return bytes.Equal(own.CredentialID, key.CredentialID) }) {
		return Invalid{"": "This account already has that passkey"}
	}
	if err := tx.CreatePasskey(ctx, key); err != nil {
		return fmt.Errorf("store passkey: %w", err)
	}
	event := byUser(AuditPasskeyAdd, u)
	event.Method, event.TargetKind, event.TargetID = methodPasskey, "passkey", key.ID
	if err := tx.Audit(ctx, withProvider(event, *key)); err != nil {
		return err
	}
	return s.mailPasskeyAdded(ctx, tx, p, key.Name)
}

func withProvider(event models.AuditEvent, key models.Passkey) models.AuditEvent {
	event.Meta = map[string]any{"provider": passkeyProviders[key.AAGUID], "synced": key.BackupEligible}
	return event
}
