package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"

	"latchkey/models"
)

// PasskeyInfo is one of a person's passkeys, as they may see it.
type PasskeyInfo struct {
	ID, Name, Provider string
	Synced             bool // may be on several machines
	Alone              bool // signs in without a password
	Elsewhere          bool // made for another address of this site: it works nowhere now
	Added              time.Time
	LastUsed           time.Time // zero: never
}

// PasskeyList is all of a person's passkeys.
type PasskeyList struct {
	Keys   []PasskeyInfo
	Signal string // JSON that tells the browser which keys are still good; empty: nothing to tell
	Full   bool   // no more can be added
}

// Passkeys lists a person's passkeys, the oldest first. Errors: ErrSignedOut.
func (s *Service) Passkeys(ctx context.Context, u *User) (list PasskeyList, err error) {
	live, err := s.acting(ctx, u)
	if err != nil {
		return list, err
	}
	keys, err := s.db.PasskeysOf(ctx, live.Person.ID)
	if err != nil {
		return list, fmt.Errorf("list passkeys: %w", err)
	}
	for _, key := range keys {
		list.Keys = append(list.Keys, s.passkeyInfo(key))
	}
	list.Full = len(keys) >= s.cfg().PasskeyMax
	list.Signal, err = s.passkeySignal(ctx, u.ID, keys)
	return list, err
}

func (s *Service) passkeyInfo(key models.Passkey) PasskeyInfo {
	info := PasskeyInfo{
		ID: key.ID, Name: key.Name, Provider: passkeyProviders[key.AAGUID], Synced: key.BackupEligible,
		Alone: s.signsInAlone(key), Elsewhere: key.RPID != s.rpID, Added: key.CreatedAt,
	}
	if key.LastUsedAt != nil {
		info.LastUsed = *key.LastUsedAt
	}
	return info
}

// passkeySignal is the argument of PublicKeyCredential.signalAllAcceptedCredentials: authenticators drop what is not
// in it.
func (s *Service) passkeySignal(ctx context.Context, userID string, keys []models.Passkey) (string, error) {
	person, err := s.db.UserByID(ctx, userID)
	if err != nil {
		return "", fmt.Errorf("read person: %w", err)
	}
	if person.PasskeyHandle == nil {
		return "", nil
	}
	accepted := []protocol.URLEncodedBase64{}
	for _, key := range s.here(keys) {
		accepted = append(accepted, key.CredentialID)
	}
	signal, err := json.Marshal(map[string]any{
		"rpId": s.rpID, "userId": protocol.URLEncodedBase64(person.PasskeyHandle), "allAcceptedCredentialIds": accepted,
	})
	return string(signal), err
}

// Passkey finds one of a person's passkeys. models.ErrNotFound: it is not theirs, or not there. Errors: ErrSignedOut.
func (s *Service) Passkey(ctx context.Context, u *User, id string) (PasskeyInfo, error) {
	if _, err := s.acting(ctx, u); err != nil {
		return PasskeyInfo{}, err
	}
	key, err := s.db.PasskeyOf(ctx, u.ID, id)
	return s.passkeyInfo(key), err
}

// passkeyName is a name for a passkey, or Invalid.
func passkeyName(typed string) (string, error) {
	name, ok := normalName(typed)
	if n := utf8.RuneCountInString(name); !ok || n < 1 || n > 60 {
		return "", Invalid{"name": "Use 1 to 60 characters, without control characters"}
	}
	return name, nil
}

// RenamePasskey changes what a person calls one of theirs. models.ErrNotFound: it is not theirs, or not there. Errors:
// Invalid, ErrSignedOut.
func (s *Service) RenamePasskey(ctx context.Context, u *User, id, typed string) error {
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		if _, err := s.acting(tx.Context(), u); err != nil {
			return err
		}
		if _, err := tx.PasskeyOf(ctx, u.ID, id); err != nil {
			return err
		}
		name, err := passkeyName(typed)
		if err != nil {
			return err
		}
		if err := tx.RenamePasskey(ctx, u.ID, id, name); errors.Is(err, models.ErrSpent) {
			return models.ErrNotFound
		} else if err != nil {
			return fmt.Errorf("rename passkey: %w", err)
		}
		event := byUser(AuditPasskeyRename, u)
		event.TargetKind, event.TargetID = "passkey", id
		return tx.Audit(ctx, event)
	})
}
