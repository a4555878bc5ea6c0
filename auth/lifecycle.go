package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/models"
)

// NewUser is an account made by an operator or by demo data.
type NewUser struct {
	Email, Name string
	Password    string // empty: none yet; the person sets one by reset
	Role        Role
	Verified    bool
	TOTPSecret  []byte // of an authenticator that is on from the start: demo data
	Reason      string // for the audit log
}

// CreateUser makes an account. The rules for addresses and passwords are those of sign-up. Errors: Invalid.
func (s *Service) CreateUser(ctx context.Context, n NewUser) (*User, error) {
	row, err := s.checkNewUser(ctx, n)
	if err != nil {
		return nil, err
	}
	if n.Password != "" {
		if row.PasswordHash, err = s.HashPassword(ctx, n.Password); err != nil {
			return nil, err
		}
	}
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		if err := tx.CreateUser(ctx, &row); err != nil {
			return err
		}
		if err := runHook(tx, s.cfg().OnSignUp, row.ID); err != nil {
			return err
		}
		if n.TOTPSecret != nil {
			a := models.Authenticator{ID: models.NewID(), UserID: row.ID, Name: authenticatorName, Secret: n.TOTPSecret, CreatedAt: s.now()}
			if err := tx.CreateAuthenticator(ctx, &a); err != nil {
				return err
			}
		}
		return tx.Audit(ctx, created(row.ID, n.Reason))
	})
	if errors.Is(err, models.ErrTaken) {
		return nil, Invalid{"email": "There is an account with this address"}
	}
	if err != nil {
		return nil, fmt.Errorf("create user: %w", err)
	}
	return personOf(row), nil
}

func (s *Service) checkNewUser(ctx context.Context, n NewUser) (models.User, error) {
	row, wrong := s.checkPerson(ctx, newPassword{Password: n.Password, Email: n.Email, Name: n.Name})
	if n.Password == "" {
		delete(wrong, "password") // there is none yet
	}
	if len(wrong) > 0 {
		return models.User{}, wrong
	}
	row.Role = string(n.Role)
	if n.Verified {
		now := s.now()
		row.EmailVerifiedAt = &now
	}
	return row, nil
}

func created(userID, reason string) models.AuditEvent {
	event := CommandLine().Event(AuditMemberCreate, userID)
	event.Reason = reason
	return event
}

// DisableUser suspends a person from the command line; see the act "suspend". models.ErrNotFound: there is no such person.
func (s *Service) DisableUser(ctx context.Context, id, reason string, until *time.Time) error {
	return s.ActOnMember(ctx, CommandLine(), "suspend", id, Act{Reason: reason, Until: until})
}

// EnableUser lifts a suspension and a lock from the command line. models.ErrNotFound: there is no such person.
func (s *Service) EnableUser(ctx context.Context, id, reason string) error {
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		for _, act := range []string{"unsuspend", "unlock"} {
			err := s.ActOnMember(tx.Context(), CommandLine(), act, id, Act{Reason: reason})
			if err != nil && !errors.Is(err, ErrChanged) { // it was not suspended, or not locked
				return err
			}
		}
		return nil
	})
}

// LockUser puts an account into the state that too many wrong passwords lead to.
func (s *Service) LockUser(ctx context.Context, id string) error {
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		if err := tx.LockAccount(ctx, id); err != nil && !errors.Is(err, models.ErrSpent) {
			return err
		}
		event := CommandLine().Event(AuditLock, id)
		event.Reason = reasonOperator
		return tx.Audit(ctx, event)
	})
}
