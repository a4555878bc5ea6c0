package oauthserver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/models"
)

// FamilyDetail is all that an operator sees of one family of tokens, but for its access tokens.
type FamilyDetail struct {
	FamilyRecord
	Refreshes []models.Refresh // the last 20, in order
	Ended     time.Time        // zero: nobody ended it
	EndedFor  string           // one word; empty: nobody did
	Living    int              // access tokens in force, up to models.OAuthReachMost + 1
	Version   string           // what revoking it is decided on
}

// OpenFamily reads a family of tokens. Errors: models.ErrNotFound, ErrRefused.
func (s *Server) OpenFamily(ctx context.Context, by Operator, id string) (FamilyDetail, error) {
	if err := by.reads(); err != nil {
		return FamilyDetail{}, err
	}
	grant, err := s.db.OAuthGrantByID(ctx, id)
	if err != nil {
		return FamilyDetail{}, fmt.Errorf("load family: %w", err)
	}
	records, err := s.familyRecords(ctx, []models.OAuthGrant{*grant})
	if err != nil {
		return FamilyDetail{}, err
	}
	detail := FamilyDetail{FamilyRecord: records[0], Refreshes: grant.Refreshes, Ended: moment(grant.RevokedAt), EndedFor: grant.RevokedReason}
	var state any
	if detail.Living, state, err = s.familyReach(ctx, s.db, grant); err != nil {
		return FamilyDetail{}, err
	}
	detail.Version, err = models.Version(state)
	return detail, err
}

// familyReach counts what would end with a family, and is what that is decided on.
func (s *Server) familyReach(ctx context.Context, db *models.DB, grant *models.OAuthGrant) (living int, state any, err error) {
	if grant.RevokedAt == nil {
		if living, err = db.LivingOAuthTokens(ctx, grant.ID); err != nil {
			return 0, nil, fmt.Errorf("count tokens of family: %w", err)
		}
	}
	return living, []any{grant.ID, s.stateOf(grant), about(living)}, nil
}

// TokenRecord is an access token as an operator sees one: never itself.
type TokenRecord struct {
	ID      string
	State   FamilyState // active, expired or revoked
	Scopes  []Scope
	Issued  time.Time
	Ends    time.Time
	Revoked time.Time // zero: it was not, by itself
}

// TokenPage is a piece of the list of the access tokens of a family, newest first.
type TokenPage struct {
	Tokens       []TokenRecord
	Newer, Older string // places of the neighbouring pages; empty: there is none
}

// FamilyTokens lists the access tokens of a family; those that ended an hour ago are gone. Errors: models.ErrNotFound,
// models.ErrNoCursor, ErrRefused.
func (s *Server) FamilyTokens(ctx context.Context, by Operator, id string, at models.Place) (TokenPage, error) {
	if err := by.reads(); err != nil {
		return TokenPage{}, err
	}
	grant, client, err := s.familyAndClient(ctx, s.db, id)
	if err != nil {
		return TokenPage{}, err
	}
	page, err := models.ReadPage(s.db, at, "access tokens|"+by.ID+"|"+id, models.OAuthAccessToken.Cursor,
		func(than *models.Cursor, limit int) ([]models.OAuthAccessToken, error) {
			return s.db.OAuthTokensOlder(ctx, id, than, limit)
		},
		func(than models.Cursor, limit int) ([]models.OAuthAccessToken, error) {
			return s.db.OAuthTokensNewer(ctx, id, than, limit)
		})
	if err != nil {
		return TokenPage{}, fmt.Errorf("list access tokens: %w", err)
	}
	list := TokenPage{Newer: page.Newer, Older: page.Older}
	for i := range page.Rows {
		list.Tokens = append(list.Tokens, s.tokenRecord(&page.Rows[i], grant, client))
	}
	return list, nil
}

// familyAndClient reads a family and its client, which is nil when it was deleted since.
func (s *Server) familyAndClient(ctx context.Context, db *models.DB, id string) (*models.OAuthGrant, *models.OAuthClient, error) {
	grant, err := db.OAuthGrantByID(ctx, id)
	if err != nil {
		return nil, nil, fmt.Errorf("load family: %w", err)
	}
	client, err := db.OAuthClientByID(ctx, grant.ClientID)
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return nil, nil, fmt.Errorf("load client: %w", err)
	}
	return grant, client, nil
}

func (s *Server) tokenRecord(token *models.OAuthAccessToken, grant *models.OAuthGrant, client *models.OAuthClient) TokenRecord {
	record := TokenRecord{ID: token.ID, State: s.tokenState(token, grant), Issued: token.CreatedAt, Ends: token.ExpiresAt, Revoked: moment(token.RevokedAt)}
	if client != nil {
		record.Scopes = s.scopesOf(client, token.Scopes)
	}
	return record
}

// tokenState: a token ends with its family, unless it ended before.
func (s *Server) tokenState(token *models.OAuthAccessToken, grant *models.OAuthGrant) FamilyState {
	switch {
	case token.RevokedAt != nil, grant.RevokedAt != nil && grant.RevokedAt.Before(token.ExpiresAt):
		return FamilyRevoked
	case s.now().Before(token.ExpiresAt):
		return FamilyActive
	}
	return FamilyExpired
}
