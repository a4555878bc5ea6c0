package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/models"
)

// MemberRecord is what operators see of an account, and what they decide on: its version changes with anything in it.
type MemberRecord struct {
	ID, Email, Name string
	Role            Role
	Joined          time.Time

	Verified, Locked, Suspended bool
	SuspendedUntil              *time.Time // nil while suspended: until it is lifted
	SuspendedFor                string     // the reason given
	HasPassword, ResetRequired  bool       // ResetRequired: an operator refused the password

	Sessions, Apps, Authenticators, Passkeys, RecoveryCodes, TrustedBrowsers int

	Breached        bool       // the password is publicly known
	FactorRecovery  *time.Time // when a running removal of the second step may be finished; nil: none runs
	SecondStep      bool       `json:"-"` // the settings want them to have one
	SecondFactorDue *time.Time `json:"-"` // and wait until then; nil: until the next sign-in
	LastSeen        time.Time  `json:"-"` // zero: never. It is none of the state that an act is decided on
}

// TwoStep tells whether the account has a second factor.
func (r MemberRecord) TwoStep() bool { return r.Authenticators+r.Passkeys > 0 }

// Version names this state in a form.
func (r MemberRecord) Version() (string, error) { return models.Version(r) }

// Member is a person as operators see them. Errors: Forbidden, ErrSignedOut, models.ErrNotFound.
func (s *Service) Member(ctx context.Context, op Operator, id string) (MemberRecord, error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return MemberRecord{}, err
	}
	db := s.db.Joined(ctx)
	member, err := db.UserByID(ctx, id)
	if err != nil {
		return MemberRecord{}, err
	}
	return s.memberRecord(ctx, db, member)
}

func (s *Service) memberRecord(ctx context.Context, db *models.DB, m models.User) (r MemberRecord, err error) {
	r = MemberRecord{
		ID: m.ID, Email: m.Email, Name: m.Name, Role: Role(m.Role), Joined: m.CreatedAt,
		Verified: m.Verified(), Locked: m.LockedAt != nil, Suspended: m.Disabled(s.now()),
		HasPassword: m.PasswordHash != "", ResetRequired: m.RefusedPasswordHash != "",
		Breached: m.PasswordBreachedAt != nil, FactorRecovery: m.FactorRecoveryAt, SecondStep: s.underPolicy(m.Operator()), SecondFactorDue: m.SecondFactorDueAt,
	}
	facts, err := db.MemberFactsOf(ctx, m.ID)
	if err != nil && !errors.Is(err, models.ErrNotFound) { // of an account of this transaction
		return r, fmt.Errorf("read facts of a member: %w", err)
	}
	r.LastSeen = models.Member{User: m, Facts: facts}.LastSeen()
	if r.Suspended {
		r.SuspendedUntil, r.SuspendedFor = m.DisabledUntil, m.DisabledReason
	}
	factors, err := s.factorsOf(ctx, db, m.ID)
	if err != nil {
		return r, err
	}
	r.Authenticators, r.Passkeys = factors.Authenticators, factors.Passkeys
	if r.RecoveryCodes, err = db.CountRecoveryCodes(ctx, m.ID); err != nil {
		return r, fmt.Errorf("count recovery codes: %w", err)
	}
	trusted, err := db.TrustedBrowsersOf(ctx, m.ID)
	if err != nil {
		return r, fmt.Errorf("read trusted browsers: %w", err)
	}
	r.TrustedBrowsers = len(trusted)
	if r.Sessions, err = db.CountLiveSessions(ctx, m.ID, true); err != nil {
		return r, fmt.Errorf("count sessions: %w", err)
	}
	if s.cfg().AppCount != nil {
		if r.Apps, err = s.cfg().AppCount(ctx, m.ID); err != nil {
			return r, fmt.Errorf("count apps: %w", err)
		}
	}
	return r, nil
}
