package models

import (
	"context"
	"time"
)

// OAuthAccessToken is an access token, stored as the SHA-256 of the whole string.
type OAuthAccessToken struct {
	ID        string // jti
	Hash      []byte
	GrantID   string
	Grant     *OAuthGrant `gorm:"foreignKey:GrantID"` // loaded by OAuthAccessTokenByHash
	ClientID  string
	Client    *OAuthClient `gorm:"foreignKey:ClientID"` // loaded by OAuthAccessTokenByHash; nil when it is gone
	Scopes    Strings
	Audience  Strings
	CNF       string `gorm:"column:cnf"`
	CreatedAt time.Time
	ExpiresAt time.Time
	RevokedAt *time.Time
}

// TableName is oauth_access_tokens.
func (OAuthAccessToken) TableName() string { return "oauth_access_tokens" }

// CreateOAuthAccessToken inserts a token.
func (db *DB) CreateOAuthAccessToken(ctx context.Context, token *OAuthAccessToken) error {
	return one(db.write(ctx).Omit("Grant", "Client").Create(token).Error)
}

// CreateStandingOAuthAccessToken inserts a token of a client that acts for itself, under the living grant
// of that client without a person, and fills in its GrantID. ErrNotFound: there is no such grant yet, or
// the client is disabled.
func (db *DB) CreateStandingOAuthAccessToken(ctx context.Context, token *OAuthAccessToken) error {
	result := db.write(ctx).Raw(`INSERT INTO oauth_access_tokens (id, hash, grant_id, client_id, scopes, audience, created_at, expires_at)
		SELECT ?, ?, g.id, c.id, ?, ?, ?, ? FROM oauth_grants g JOIN oauth_clients c ON c.id = g.client_id
		WHERE c.id = ? AND c.disabled_at IS NULL AND g.subject = '' AND g.revoked_at IS NULL
		ORDER BY g.created_at DESC, g.id LIMIT 1 RETURNING grant_id`,
		token.ID, token.Hash, token.Scopes, token.Audience, token.CreatedAt, token.ExpiresAt, token.ClientID).Scan(&token.GrantID)
	if result.Error == nil && token.GrantID == "" {
		return ErrNotFound
	}
	return result.Error
}

// OAuthAccessTokenByHash returns a token with its grant and client, in one query, whatever their state.
func (db *DB) OAuthAccessTokenByHash(ctx context.Context, hash []byte) (*OAuthAccessToken, error) {
	var token OAuthAccessToken
	if err := db.read(ctx).Joins("Grant").Joins("Client").Take(&token, "oauth_access_tokens.hash = ?", hash).Error; err != nil {
		return nil, one(err)
	}
	return &token, nil
}

// RevokeOAuthAccessToken ends one token; ErrSpent when it has ended.
func (db *DB) RevokeOAuthAccessToken(ctx context.Context, id string) error {
	return spent(db.write(ctx).Model(&OAuthAccessToken{}).Where("id = ? AND revoked_at IS NULL", id).Update("revoked_at", db.Now()))
}

// SweepOAuthAccessTokens deletes at most limit tokens that expired before.
func (db *DB) SweepOAuthAccessTokens(ctx context.Context, before time.Time, limit int) (int64, error) {
	return db.sweep(ctx, &OAuthAccessToken{}, limit, "expires_at < ?", before)
}
