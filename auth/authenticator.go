package auth

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"latchkey/models"
)

// Authenticator is an app that makes codes for a person.
type Authenticator struct {
	ID, Name        string
	Added, LastUsed time.Time // LastUsed is zero when it was not used since it was added
}

// authenticatorName is what one is called when its person gives it no name.
const authenticatorName = "Authenticator"

// AuthenticatorSetup is what the page of authenticators shows.
type AuthenticatorSetup struct {
	Key     string // to type into an app; empty when there is room for no more
	Address string // otpauth://, for the QR code
	List    []Authenticator
}

// OpenAuthenticators shows the person's authenticators, and the key for another one. Nothing is stored. Errors:
// ErrSignedOut.
func (s *Service) OpenAuthenticators(ctx context.Context, u *User) (AuthenticatorSetup, error) {
	if _, err := s.acting(ctx, u); err != nil {
		return AuthenticatorSetup{}, err
	}
	rows, err := s.db.AuthenticatorsOf(ctx, u.ID)
	if err != nil {
		return AuthenticatorSetup{}, fmt.Errorf("list authenticators: %w", err)
	}
	var setup AuthenticatorSetup
	for _, row := range rows {
		a := Authenticator{ID: row.ID, Name: row.Name, Added: row.CreatedAt}
		if row.LastUsedAt != nil {
			a.LastUsed = *row.LastUsedAt
		}
		setup.List = append(setup.List, a)
	}
	if len(rows) < s.cfg().TOTPMax {
		setup.Key = totpText(s.setupSecret(u.SessionID, rows, s.setupWindow()))
		setup.Address = s.otpauth(u.Email, setup.Key)
	}
	return setup, nil
}

// otpauth is the address that authenticator apps read from a QR code.
func (s *Service) otpauth(email, key string) string {
	name := s.cfg().ProductName
	return "otpauth://totp/" + url.PathEscape(name+":"+email) + "?" + url.Values{"secret": {key}, "issuer": {name}}.Encode()
}

// AddAuthenticator makes the app whose code was typed a factor of the person. The first one comes with recovery
// codes, and first is true. Errors: Invalid, Limited, ErrSignedOut.
func (s *Service) AddAuthenticator(ctx context.Context, u *User, typed, name string) (entry Entry, first bool, err error) {
	code := typedCode(typed)
	name, wrong := checkLabel(name, authenticatorName)
	switch {
	case code == "":
		return Entry{}, false, Invalid{"code": "Enter the code that the app shows"}
	case wrong != "":
		return Entry{}, false, Invalid{"name": wrong}
	}
	tries := try{limitTOTPSetup, u.ID}
	if _, err := s.count(ctx, s.db, tries); err != nil {
		return Entry{}, false, err
	}
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		entry, first, err = s.addAuthenticator(ctx, tx, u, code, name)
		if err != nil {
			return err
		}
		return s.giveBack(ctx, tx.DB, tries)
	})
	var refused Invalid
	if errors.As(err, &refused) {
		err = errors.Join(err, s.db.Audit(ctx, failed(byUser(AuditTOTPAdd, u), reasonBadCode)))
	}
	return entry, first, err
}

func (s *Service) addAuthenticator(ctx context.Context, tx *models.Tx, u *User, code, name string) (entry Entry, first bool, err error) {
	p, err := s.holdActing(ctx, tx, u)
	if err != nil {
		return Entry{}, false, err
	}
	rows, err := tx.AuthenticatorsOf(ctx, u.ID)
	if err != nil {
		return Entry{}, false, fmt.Errorf("list authenticators: %w", err)
	}
	before, err := s.factorsOf(ctx, tx.DB, u.ID)
	if err != nil {
		return Entry{}, false, err
	}
	if len(rows) >= s.cfg().TOTPMax {
		return Entry{}, false, Invalid{"": fmt.Sprintf("There is room for %d authenticators. Remove one first", s.cfg().TOTPMax)}
	}
	added, err := s.provenBySetup(u, rows, code)
	if err != nil {
		return Entry{}, false, err
	}
	added.Name = name
	if err := tx.CreateAuthenticator(ctx, &added); err != nil {
		return Entry{}, false, fmt.Errorf("store authenticator: %w", err)
	}
	event := byUser(AuditTOTPAdd, u)
	event.TargetKind, event.TargetID = "authenticator", added.ID
	if err := tx.Audit(ctx, event); err != nil {
		return Entry{}, false, err
	}
	if err := s.mailFactor(ctx, tx, mailTOTPAdded, p, name); err != nil {
		return Entry{}, false, err
	}
	if first = !before.Any(); first {
		if err := s.makeRecoveryCodes(ctx, tx, u, p); err != nil {
			return Entry{}, false, err
		}
	}
	entry, err = s.renewSession(ctx, tx, u, func(session *models.Session) { s.prove(session, s.shown(methodTOTP)[0]) })
	return entry, first, err
}

// provenBySetup is the authenticator that the person is setting up, if the code is one of its. Errors: Invalid.
func (s *Service) provenBySetup(u *User, rows []models.Authenticator, code string) (models.Authenticator, error) {
	sentence := "That code is not right. Check the clock of your phone"
	for _, window := range []int64{s.setupWindow(), s.setupWindow() - 1} {
		secret := s.setupSecret(u.SessionID, rows, window)
		if !isTOTP(code) {
			break
		}
		step, drift, found, err := matchStep(secret, code, s.now())
		if err != nil {
			return models.Authenticator{}, err
		}
		if found && max(drift, -drift) <= totpDrift {
			return models.Authenticator{ID: models.NewID(), UserID: u.ID, Secret: secret, LastStep: step, CreatedAt: s.now()}, nil
		}
	}
	return models.Authenticator{}, Invalid{"code": sentence}
}

// RemoveAuthenticators removes one authenticator of the person, or all (id empty). With the last one the recovery
// codes go, and the account has no second step any more. typed may be empty; when it is not, it must be right. Other
// sessions stay, this one gets a new token; what other browsers were trusted for is over. Errors: Invalid, WrongFactor, Limited,
// ErrSignedOut, models.ErrNotFound.
func (s *Service) RemoveAuthenticators(ctx context.Context, u *User, id, typed string) (entry Entry, err error) {
	code := typedCode(typed)
	if code != "" {
		if err := s.countReauth(ctx, u); err != nil {
			return Entry{}, err
		}
	}
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		p, err := s.holdActing(ctx, tx, u)
		if err != nil {
			return err
		}
		if code != "" {
			if _, err := s.useFactor(ctx, tx, p, code); err != nil {
				return err
			}
		}
		if entry, err = s.removeAuthenticators(ctx, tx, u, p, id); err != nil || code == "" {
			return err
		}
		return s.giveBack(ctx, tx.DB, reauthTries(u)...)
	})
	return entry, err
}

func (s *Service) removeAuthenticators(ctx context.Context, tx *models.Tx, u *User, p models.User, id string) (Entry, error) {
	rows, err := tx.AuthenticatorsOf(ctx, u.ID)
	if err != nil {
		return Entry{}, fmt.Errorf("list authenticators: %w", err)
	}
	if len(rows) == 0 {
		return Entry{}, Invalid{"": "There is no app to remove"}
	}
	left := 0
	for _, row := range rows {
		if id != "" && row.ID != id {
			left++
			continue
		}
		if err := s.removeAuthenticator(ctx, tx, u, p, row); err != nil {
			return Entry{}, err
		}
	}
	if left == len(rows) {
		return Entry{}, models.ErrNotFound
	}
	if err := s.keepASecondFactor(ctx, tx, p); err != nil {
		return Entry{}, err
	}
	return s.afterFactorChange(ctx, tx, u, p)
}

func (s *Service) removeAuthenticator(ctx context.Context, tx *models.Tx, u *User, p models.User, row models.Authenticator) error {
	if err := tx.DeleteAuthenticator(ctx, u.ID, row.ID); err != nil {
		return fmt.Errorf("remove authenticator: %w", err)
	}
	event := byUser(AuditTOTPRemove, u)
	event.TargetKind, event.TargetID = "authenticator", row.ID
	if err := tx.Audit(ctx, event); err != nil {
		return err
	}
	return s.mailFactor(ctx, tx, mailTOTPRemoved, p, row.Name)
}
