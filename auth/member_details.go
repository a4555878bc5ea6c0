package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"latchkey/models"
)

// MemberSessions lists where a member is signed in, the most recently used first. Errors: Forbidden, ErrSignedOut,
// models.ErrNotFound.
func (s *Service) MemberSessions(ctx context.Context, op Operator, memberID string) ([]SessionInfo, error) {
	if _, err := s.Member(ctx, op, memberID); err != nil {
		return nil, err
	}
	rows, err := s.db.LiveSessionsOf(ctx, memberID, true, sessionsShown)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return s.sessionInfos(ctx, rows), nil
}

// FactorInfo is one thing a member proves themselves with: its kind and name, never what is secret in it.
type FactorInfo struct {
	Kind, ID, Name  string // Kind: FactorApp, FactorPasskey, FactorBrowser
	Added, LastUsed time.Time
}

// Target names the factor in an Act.
func (f FactorInfo) Target() string { return f.Kind + ":" + f.ID }

// MemberFactors lists a member's factors. Errors: Forbidden, ErrSignedOut, models.ErrNotFound.
func (s *Service) MemberFactors(ctx context.Context, op Operator, memberID string) (list []FactorInfo, err error) {
	if _, err := s.Member(ctx, op, memberID); err != nil {
		return nil, err
	}
	apps, err := s.db.AuthenticatorsOf(ctx, memberID)
	if err != nil {
		return nil, fmt.Errorf("list authenticators: %w", err)
	}
	for _, a := range apps {
		list = append(list, FactorInfo{Kind: FactorApp, ID: a.ID, Name: a.Name, Added: a.CreatedAt, LastUsed: orZero(a.LastUsedAt)})
	}
	keys, err := s.db.PasskeysOf(ctx, memberID)
	if err != nil {
		return nil, fmt.Errorf("list passkeys: %w", err)
	}
	for _, key := range keys {
		list = append(list, FactorInfo{Kind: FactorPasskey, ID: key.ID, Name: key.Name, Added: key.CreatedAt, LastUsed: orZero(key.LastUsedAt)})
	}
	browsers, err := s.db.TrustedBrowsersOf(ctx, memberID)
	if err != nil {
		return nil, fmt.Errorf("list trusted browsers: %w", err)
	}
	for _, b := range browsers {
		list = append(list, FactorInfo{Kind: FactorBrowser, ID: b.ID, Name: trustedName(b), Added: b.CreatedAt, LastUsed: b.LastSignInAt})
	}
	return list, nil
}

func trustedName(b models.Browser) string {
	browser, system := describeUserAgent(b.UserAgent)
	return cmp.Or(b.Name, strings.TrimSpace(browser+" "+system), "A browser")
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// viewedFor is how long one look at a record stands for those after it.
const viewedFor = time.Hour

// NoteMemberView keeps in the audit log that an operator looked at a member's record: the first look in an hour.
// Errors: Forbidden, ErrSignedOut.
func (s *Service) NoteMemberView(ctx context.Context, op Operator, memberID string) error {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return err
	}
	last, err := s.db.LastAuditBy(ctx, AuditMemberView, op.ID, memberID)
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return fmt.Errorf("read audit log: %w", err)
	}
	if err == nil && s.now().Sub(last.CreatedAt) < viewedFor {
		return nil
	}
	return s.db.Audit(ctx, op.Event(AuditMemberView, memberID))
}
