package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"latchkey/models"
)

// The values of RequireMFA: who must have a second factor.
const (
	RequireMFAOff    = "off"
	RequireMFAAdmins = "admins"
	RequireMFAAll    = "all"
)

// underPolicy tells whether a person must have a second factor.
func (s *Service) underPolicy(operator bool) bool {
	return s.cfg().RequireMFA == RequireMFAAll || s.cfg().RequireMFA == RequireMFAAdmins && operator
}

// applyPolicy notes on the user what they owe. Members get MFAGrace from the first request under the policy;
// operators get none: their accounts are worth most. An operator who acts as somebody owes nothing for them.
func (s *Service) applyPolicy(ctx context.Context, u *User, live models.LiveSession) error {
	if live.TwoStep || u.ActorID != "" || !s.underPolicy(u.Role != "") {
		return nil
	}
	if u.Role != "" {
		u.OwesSecondFactor = true
		return nil
	}
	due := live.Person.SecondFactorDueAt
	if due == nil {
		at := s.now().Add(s.cfg().MFAGrace)
		if err := s.db.Joined(ctx).SetSecondFactorDue(ctx, u.ID, at); err != nil && !errors.Is(err, models.ErrSpent) {
			return fmt.Errorf("note when a second factor is due: %w", err)
		}
		due = &at
	}
	u.SecondFactorDue, u.OwesSecondFactor = *due, !s.now().Before(*due)
	return nil
}

// openBehindWall is what a person who owes a second factor can still reach: adding one, proving who they are, leaving,
// and closing an account that somebody else is in.
var openBehindWall = []string{
	securePath, "/account/totp", "/account/passkeys", "/account/passkeys/options", "/account/recovery-codes",
	"/reauth", "/reauth/code", "/reauth/passkey/options", "/logout", "/theme",
}

func walled(path string) bool {
	return !slices.Contains(openBehindWall, path) && !strings.HasPrefix(path, notMePath)
}

// noteWall keeps in the audit log, once in a day, that the policy stopped somebody.
func (s *Service) noteWall(ctx context.Context, u *User) error {
	last, err := s.db.AuditEvents(ctx, models.AuditQuery{SubjectID: u.ID, Action: AuditPolicyBlock, Limit: 1})
	if err != nil {
		return fmt.Errorf("read audit log: %w", err)
	}
	if len(last) > 0 && s.now().Sub(last[0].CreatedAt) < 24*time.Hour {
		return nil
	}
	return s.db.Audit(ctx, byUser(AuditPolicyBlock, u))
}

// keepASecondFactor undoes, by its error, the removal of the last one of a person who must have one. The caller holds the
// person's row.
func (s *Service) keepASecondFactor(ctx context.Context, tx *models.Tx, p models.User) error {
	if !s.underPolicy(p.Operator()) {
		return nil
	}
	left, err := s.factorsOf(ctx, tx.DB, p.ID)
	if err != nil {
		return err
	}
	if !left.Any() {
		return Invalid{"": "Your account must keep a second step. Add another one first"}
	}
	return nil
}
