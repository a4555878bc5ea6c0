package oauthserver

import (
	"context"
	"fmt"
	"time"

	"latchkey/models"
)

// FamilyState is what became of a family of tokens.
type FamilyState string

// The states of a family.
const (
	FamilyActive  FamilyState = "active"
	FamilyUsedUp  FamilyState = "used up" // it had no refresh token, and its access token ran out
	FamilyExpired FamilyState = "expired"
	FamilyRevoked FamilyState = "revoked"
	FamilyReused  FamilyState = "reused" // revoked, because a code or a refresh token of it was used twice
)

// The kinds of a family.
const (
	FamilyRefreshes  = "refresh" // a member's, with a refresh token
	FamilyAccessOnly = "access"  // a member's, without
	FamilyOwn        = "own"     // the client's own tokens
)

// FamilyFilter selects families of tokens; empty fields match all.
type FamilyFilter struct {
	Subject, ClientID string
	State             models.OAuthGrantState
}

// FamilyRecord is a family of tokens as an operator sees one: what one sign-in of a client gave, or what the client has for
// itself.
type FamilyRecord struct {
	ID, Subject, ClientID string // Subject empty: the client's own
	Client                string // its name
	Kind                  string
	State                 FamilyState
	Scopes                []Scope
	Issued                time.Time
	LastUsed              time.Time // zero: not yet
	Ends                  time.Time // or ended; zero: it has no end of its own
}

// FamilyPage is a piece of the list of families.
type FamilyPage struct {
	Families     []FamilyRecord
	Newer, Older string // places of the neighbouring pages; empty: there is none
}

// Families lists families of tokens, the newest first; those of one state by their end. Errors: models.ErrNoCursor,
// ErrRefused.
func (s *Server) Families(ctx context.Context, by Operator, f FamilyFilter, at models.Place) (FamilyPage, error) {
	if err := by.reads(); err != nil {
		return FamilyPage{}, err
	}
	q := models.OAuthGrantQuery{Subject: f.Subject, ClientID: f.ClientID, State: f.State, Now: s.now()}
	page, err := models.ReadPage(s.db, at, fmt.Sprintf("families|%s|%+v", by.ID, f), q.Cursor,
		func(than *models.Cursor, limit int) ([]models.OAuthGrant, error) {
			return s.db.OAuthGrantsOlder(ctx, q, than, limit)
		},
		func(than models.Cursor, limit int) ([]models.OAuthGrant, error) {
			return s.db.OAuthGrantsNewer(ctx, q, than, limit)
		})
	if err != nil {
		return FamilyPage{}, fmt.Errorf("list families: %w", err)
	}
	records, err := s.familyRecords(ctx, page.Rows)
	return FamilyPage{records, page.Newer, page.Older}, err
}

func (s *Server) familyRecords(ctx context.Context, rows []models.OAuthGrant) ([]FamilyRecord, error) {
	var ids []string
	for _, row := range rows {
		ids = append(ids, row.ClientID)
	}
	clients, err := s.db.Joined(ctx).OAuthClientsByID(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("list clients: %w", err)
	}
	records := make([]FamilyRecord, 0, len(rows))
	for i := range rows {
		records = append(records, s.familyRecord(&rows[i], clients[rows[i].ClientID]))
	}
	return records, nil
}

// familyRecord tells of a family; client is nil when it was deleted since.
func (s *Server) familyRecord(grant *models.OAuthGrant, client *models.OAuthClient) FamilyRecord {
	record := FamilyRecord{
		ID: grant.ID, Subject: grant.Subject, ClientID: grant.ClientID, Kind: familyKind(grant), State: s.stateOf(grant),
		Issued: grant.CreatedAt, LastUsed: moment(grant.LastUsedAt), Ends: grant.EndsAt,
	}
	if client != nil {
		record.Client, record.Scopes = shownName(client), s.scopesOf(client, grant.Scopes)
	}
	if record.Kind == FamilyOwn { // its row is not touched by its use
		record.Ends = time.Time{}
		if client != nil {
			record.Scopes, record.LastUsed = s.scopesOf(client, client.Scopes), moment(client.LastUsedAt)
		}
	}
	if grant.RevokedAt != nil {
		record.Ends = *grant.RevokedAt
	}
	return record
}

func familyKind(grant *models.OAuthGrant) string {
	switch {
	case grant.Subject == "":
		return FamilyOwn
	case grant.RefreshIdleUntil != nil:
		return FamilyRefreshes
	}
	return FamilyAccessOnly
}

func (s *Server) stateOf(grant *models.OAuthGrant) FamilyState {
	switch {
	case grant.RevokedReason == models.RevokedCodeReplay || grant.RevokedReason == models.RevokedRefreshReuse:
		return FamilyReused
	case grant.RevokedAt != nil:
		return FamilyRevoked
	case s.now().Before(grant.EndsAt):
		return FamilyActive
	case grant.LastUsedAt != nil && grant.RefreshIdleUntil == nil:
		return FamilyUsedUp
	}
	return FamilyExpired
}

// moment is a time that may be missing, as records tell it.
func moment(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
