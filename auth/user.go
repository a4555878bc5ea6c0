package auth

import (
	"context"
	"fmt"
	"time"

	"latchkey/models"
)

// User is the person signed in at a browser, with what their session says about how sure we are.
type User struct {
	ID, Email, Name string
	Role            Role // empty: a member like others
	Verified        bool
	HasPassword     bool
	Breached        bool // the password is publicly known
	MemberSince     time.Time
	PasswordChanged time.Time // zero: never since sign-up
	Epoch           int64
	AccessEpoch     int64

	SessionID string // public
	Proofs    []models.Proof
	ACR       string
	AMR       []string  // RFC 8176
	AuthTime  time.Time // of the last proof
	ActorID   string    // an operator who views as this person; empty otherwise

	TwoStep          bool      // the account has a second factor
	FactorRecovery   time.Time // when the wait of a running factor recovery is over; zero: none runs
	SecondFactorDue  time.Time // until when RequireMFA waits for one; zero: it does not ask, or there is one
	OwesSecondFactor bool      // it waits no longer: pages are closed

	ViewEnds   time.Time // while an operator views: when that is over at the latest
	ViewWrites bool      // and whether they may change what a route lets them
	actorRole  Role      // in which they began

	token string // of the session's cookie, or the view's
}

func userOf(live models.LiveSession, token string) *User {
	p, session := live.Person, live.Session
	u := personOf(p)
	u.SessionID, u.Proofs, u.ACR, u.AMR = session.ID, session.Proofs, session.ACR, amr(session.Proofs)
	u.AuthTime, u.token = session.AuthTime, token
	u.TwoStep = live.TwoStep
	if p.FactorRecoveryAt != nil {
		u.FactorRecovery = *p.FactorRecoveryAt
	}
	return u
}

func personOf(p models.User) *User {
	u := &User{
		ID: p.ID, Email: p.Email, Name: p.Name, Role: Role(p.Role), Verified: p.Verified(), HasPassword: p.PasswordHash != "",
		Breached: p.PasswordBreachedAt != nil, MemberSince: p.CreatedAt, Epoch: p.Epoch, AccessEpoch: p.AccessEpoch,
	}
	if p.PasswordChangedAt != nil {
		u.PasswordChanged = *p.PasswordChangedAt
	}
	return u
}

// UserByEmail finds a person by any spelling of their address. models.ErrNotFound: nobody has it.
func (s *Service) UserByEmail(ctx context.Context, typed string) (*User, error) {
	email, ok := NormalEmail(typed)
	if !ok {
		return nil, models.ErrNotFound
	}
	row, err := s.db.UserByEmail(ctx, email)
	if err != nil {
		return nil, err
	}
	return personOf(row), nil
}

// UserSummary is one line of a list of people.
type UserSummary struct {
	ID, Email, Name            string
	Role                       Role
	Verified, Disabled, Locked bool
	Created                    time.Time
}

// ListUsers lists people by address, at most limit of those after the address given.
func (s *Service) ListUsers(ctx context.Context, after string, limit int) ([]UserSummary, error) {
	rows, err := s.db.ListUsers(ctx, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	list := make([]UserSummary, len(rows))
	for i, u := range rows {
		list[i] = UserSummary{
			ID: u.ID, Email: u.Email, Name: u.Name, Role: Role(u.Role), Verified: u.Verified(),
			Disabled: u.Disabled(s.now()), Locked: u.LockedAt != nil, Created: u.CreatedAt,
		}
	}
	return list, nil
}

// Claims is what may be said of a person to others, by the names of OpenID Connect Core §5.1.
// models.ErrNotFound: there is no such person.
func (s *Service) Claims(ctx context.Context, id string) (map[string]any, error) {
	u, err := s.db.Joined(ctx).UserByID(ctx, id)
	if err != nil {
		return nil, err
	}
	claims := map[string]any{"sub": u.ID, "email": u.Email, "email_verified": u.Verified(), "updated_at": u.UpdatedAt.Unix()}
	if u.Name != "" {
		claims["name"] = u.Name
	}
	return claims, nil
}
