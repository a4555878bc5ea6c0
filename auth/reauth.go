package auth

import (
	"context"
	"errors"
	"fmt"

	"latchkey/models"
)

// Reproof is what somebody signed in shows again: the password, or, where the account has a second factor, a passkey
// (JSON, as the browser made it), a code of an authenticator or a recovery code.
type Reproof struct{ Password, Code, Credential string }

// Reauthenticate checks who sits there, moves auth_time to now and gives the session a new token. An account with a
// second factor proves that one: the password alone would be weaker than what signed it in. Only the session of a
// browser comes here: programs with a token have none. Errors: Invalid, ErrNotRight, WrongFactor, Limited, ErrBusy,
// ErrSignedOut.
func (s *Service) Reauthenticate(ctx context.Context, u *User, in Reproof) (Entry, error) {
	factors, err := s.factorsOf(ctx, s.db, u.ID)
	if err != nil {
		return Entry{}, err
	}
	if in.Credential != "" && s.passkeys != nil {
		return s.reauthByPasskey(ctx, u, in.Credential)
	}
	if factors.Any() {
		return s.reauthByCode(ctx, u, typedCode(in.Code))
	}
	if !u.HasPassword {
		return s.reauthByMail(ctx, u, typedCode(in.Code))
	}
	return s.reauthByPassword(ctx, u, in.Password)
}

// factorsOf counts what an account can be asked for, as its rows are now. Errors: ErrSignedOut.
func (s *Service) factorsOf(ctx context.Context, db *models.DB, userID string) (models.Factors, error) {
	factors, err := db.FactorsOf(ctx, userID, s.rpID)
	if errors.Is(err, models.ErrNotFound) { // erased meanwhile
		return factors, ErrSignedOut
	}
	if err != nil {
		return factors, fmt.Errorf("read factors: %w", err)
	}
	return factors, nil
}

func (s *Service) reauthByPassword(ctx context.Context, u *User, password string) (entry Entry, err error) {
	if password == "" {
		return Entry{}, Invalid{"password": "Enter your password"}
	}
	if s.tooLong(password) {
		return Entry{}, ErrNotRight
	}
	leave, err := s.gate.enter(ctx)
	if err != nil {
		return Entry{}, err
	}
	defer leave()
	err = s.provePassword(ctx, u, password)
	if errors.Is(err, ErrNotRight) {
		return Entry{}, errors.Join(err, s.db.Audit(ctx, failed(byUser(AuditReauth, u), reasonBadPassword)))
	}
	if err != nil {
		return Entry{}, err
	}
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		entry, err = s.reproven(ctx, tx, u, s.shown(methodPassword)[0])
		return err
	})
	return entry, err
}

func (s *Service) reauthByCode(ctx context.Context, u *User, code string) (entry Entry, err error) {
	if code == "" {
		return Entry{}, Invalid{"code": "Enter the code"}
	}
	if err := s.countReauth(ctx, u); err != nil {
		return Entry{}, err
	}
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		p, err := s.holdActing(ctx, tx, u)
		if err != nil {
			return err
		}
		proven, err := s.useFactor(ctx, tx, p, code)
		if err != nil {
			return err
		}
		if entry, err = s.reproven(ctx, tx, u, proven); err != nil {
			return err
		}
		return s.giveBack(ctx, tx.DB, reauthTries(u)...)
	})
	var wrong WrongFactor
	if errors.As(err, &wrong) {
		err = errors.Join(err, s.db.Audit(ctx, failed(byUser(AuditReauth, u), reasonBadCode)))
	}
	return entry, err
}

// reproven renews the session of somebody who has just proven who they are.
func (s *Service) reproven(ctx context.Context, tx *models.Tx, u *User, proven models.Proof) (Entry, error) {
	entry, err := s.renewSession(ctx, tx, u, func(session *models.Session) { s.prove(session, proven) })
	if err != nil {
		return Entry{}, err
	}
	if !u.FactorRecovery.IsZero() {
		p, err := tx.LockUser(ctx, u.ID)
		if err != nil {
			return Entry{}, fmt.Errorf("read person: %w", err)
		}
		if err := s.stopByFactor(ctx, tx, p, []models.Proof{proven}); err != nil {
			return Entry{}, err
		}
	}
	event := byUser(AuditReauth, u)
	event.Method = proven.Method
	return entry, tx.Audit(ctx, event)
}

// Recent tells whether the person proved who they are within ReauthWindow.
func (s *Service) Recent(u *User) bool {
	return s.now().Sub(u.AuthTime) <= s.cfg().ReauthWindow
}

// provenEnough tells whether a session may change what the account rests on: proven lately, and with a second factor
// where the account has one. Errors: ErrSignedOut.
func (s *Service) provenEnough(ctx context.Context, u *User) (bool, error) {
	if !s.Recent(u) || u.ACR != ACRSingle {
		return s.Recent(u), nil
	}
	factors, err := s.factorsOf(ctx, s.db, u.ID)
	return !factors.Any(), err
}

// provePassword checks the password of someone signed in. The caller holds a place at the gate. Errors: ErrNotRight,
// Limited, ErrSignedOut.
func (s *Service) provePassword(ctx context.Context, u *User, password string) error {
	if err := s.countReauth(ctx, u); err != nil {
		return err
	}
	live, err := s.acting(ctx, u)
	if err != nil {
		return err
	}
	if matches, _ := s.verifyPassword(password, live.Person.PasswordHash); !matches {
		return ErrNotRight
	}
	return s.giveBack(ctx, s.db, reauthTries(u)...)
}

// reauthTries are shared by every door that asks somebody signed in for a proof: one counter for the session and one
// for the account.
func reauthTries(u *User) []try {
	return []try{{limitReauth, u.SessionID}, {limitReauthAll, u.ID}}
}

// countReauth counts before the proof is looked at. At the end of the account's counter the session ends and the
// owner is told, because whoever sits there cannot prove to be them.
func (s *Service) countReauth(ctx context.Context, u *User) error {
	_, err := s.count(ctx, s.db, reauthTries(u)...)
	var refused Limited
	if errors.As(err, &refused) && refused.Limit.ID == limitReauthAll.ID {
		return errors.Join(err, s.endGuessedSession(ctx, u))
	}
	return err
}

func (s *Service) endGuessedSession(ctx context.Context, u *User) error {
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		p, err := tx.LockUser(ctx, u.ID)
		if err != nil {
			return fmt.Errorf("read person: %w", err)
		}
		if _, err := s.acting(tx.Context(), u); err != nil {
			return err
		}
		event := byUser(AuditSessionEnd, u)
		event.ActorKind, event.ActorID, event.Reason = "system", "", reasonLimit
		if _, err := s.endSession(ctx, tx, u.ID, u.SessionID, event); err != nil {
			return err
		}
		return s.mailAlarm(ctx, tx, alarmSession, p.Email, &p)
	})
}
