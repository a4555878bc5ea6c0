package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// OAuthGrantState is what a list of families is narrowed to.
type OAuthGrantState string

// The states of a family that have a list.
const (
	GrantsActive  OAuthGrantState = "active"  // can still be used
	GrantsOver    OAuthGrantState = "over"    // came to their end by themselves
	GrantsRevoked OAuthGrantState = "revoked" // were ended
	GrantsReused  OAuthGrantState = "reused"  // were ended because something of them was used twice
)

// The reasons of an end that tell of a theft.
const (
	RevokedCodeReplay   = "code_replay"
	RevokedRefreshReuse = "refresh_reuse"
)

// GrantWithoutEnd is the end of a family that has none: that of a client's own tokens.
var GrantWithoutEnd = time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC)

// OAuthGrantQuery selects families; empty fields match all.
type OAuthGrantQuery struct {
	Subject, ClientID string
	State             OAuthGrantState // the list is by their end, but for a person's, who have few
	Now               time.Time       // which end has come
}

// column is what the list is ordered by.
func (q OAuthGrantQuery) column() string {
	switch {
	case q.Subject != "" || q.State == "":
		return "created_at"
	case q.State == GrantsActive || q.State == GrantsOver:
		return "ends_at"
	}
	return "revoked_at"
}

// Cursor is the place of a family in the list that q selects.
func (q OAuthGrantQuery) Cursor(g OAuthGrant) Cursor {
	switch q.column() {
	case "ends_at":
		return Cursor{g.EndsAt, g.ID}
	case "revoked_at":
		return Cursor{*g.RevokedAt, g.ID}
	}
	return Cursor{g.CreatedAt, g.ID}
}

// where narrows a list. Conditions of partial indexes stand there as they do in the migration, without values.
func (q OAuthGrantQuery) where(list *gorm.DB) *gorm.DB {
	if q.Subject != "" {
		list = list.Where("subject = ?", q.Subject)
	}
	if q.ClientID != "" {
		list = list.Where("client_id = ?", q.ClientID)
	}
	switch q.State {
	case GrantsActive:
		list = list.Where("revoked_at IS NULL AND ends_at > ?", q.Now)
	case GrantsOver:
		list = list.Where("revoked_at IS NULL AND ends_at <= ?", q.Now)
	case GrantsRevoked: // which thefts are few of
		list = list.Where("revoked_at IS NOT NULL AND revoked_reason NOT IN ('code_replay', 'refresh_reuse')")
	case GrantsReused:
		list = list.Where("revoked_reason IN ('code_replay', 'refresh_reuse')")
	}
	return list
}

// OAuthGrantsOlder lists the families that come after a place in the list, newest first; a nil place is the top.
func (db *DB) OAuthGrantsOlder(ctx context.Context, q OAuthGrantQuery, than *Cursor, limit int) ([]OAuthGrant, error) {
	var list []OAuthGrant
	return list, q.older(db.read(ctx), than, limit).Find(&list).Error
}

func (q OAuthGrantQuery) older(list *gorm.DB, than *Cursor, limit int) *gorm.DB {
	return olderBy(q.where(list), q.column(), "id", than, limit)
}

// OAuthGrantsNewer lists the families that come before a place in the list, nearest to it first.
func (db *DB) OAuthGrantsNewer(ctx context.Context, q OAuthGrantQuery, than Cursor, limit int) ([]OAuthGrant, error) {
	var list []OAuthGrant
	return list, q.newer(db.read(ctx), than, limit).Find(&list).Error
}

func (q OAuthGrantQuery) newer(list *gorm.DB, than Cursor, limit int) *gorm.DB {
	return newerBy(q.where(list), q.column(), "id", than, limit)
}

// LockOAuthGrant reads a family and holds its row until the transaction ends.
func (tx *Tx) LockOAuthGrant(ctx context.Context, id string) (*OAuthGrant, error) {
	var grant OAuthGrant
	if err := tx.forUpdate(ctx).Take(&grant, "id = ?", id).Error; err != nil {
		return nil, one(err)
	}
	return &grant, nil
}

// Cursor is the place of this token among those of its family.
func (t OAuthAccessToken) Cursor() Cursor { return Cursor{t.CreatedAt, t.ID} }

// OAuthTokensOlder lists the access tokens of a family that come after a place in the list, newest first; a nil place is the top.
func (db *DB) OAuthTokensOlder(ctx context.Context, grantID string, than *Cursor, limit int) ([]OAuthAccessToken, error) {
	var list []OAuthAccessToken
	return list, older(db.read(ctx).Where("grant_id = ?", grantID), than, limit).Find(&list).Error
}

// OAuthTokensNewer lists the access tokens of a family that come before a place in the list, nearest to it first.
func (db *DB) OAuthTokensNewer(ctx context.Context, grantID string, than Cursor, limit int) ([]OAuthAccessToken, error) {
	var list []OAuthAccessToken
	return list, newer(db.read(ctx).Where("grant_id = ?", grantID), than, limit).Find(&list).Error
}

// OAuthAccessTokenByID returns an access token, in force or not.
func (db *DB) OAuthAccessTokenByID(ctx context.Context, id string) (*OAuthAccessToken, error) {
	var token OAuthAccessToken
	if err := db.read(ctx).Take(&token, "id = ?", id).Error; err != nil {
		return nil, one(err)
	}
	return &token, nil
}

// LivingOAuthTokens counts the access tokens of a family that are in force, up to OAuthReachMost + 1.
func (db *DB) LivingOAuthTokens(ctx context.Context, grantID string) (int, error) {
	return db.countUpTo(ctx, "SELECT 1 FROM oauth_access_tokens WHERE grant_id = ? AND revoked_at IS NULL AND expires_at > ? LIMIT ?", grantID, db.Now())
}
