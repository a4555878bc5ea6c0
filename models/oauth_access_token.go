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
	return one(db.write(ctx).Omit("Grant").Create(token).Error)
}

// OAuthAccessTokenByHash returns a token with its grant, in one query, whatever their state.
func (db *DB) OAuthAccessTokenByHash(ctx context.Context, hash []byte) (*OAuthAccessToken, error) {
	var token OAuthAccessToken
	if err := db.read(ctx).Joins("Grant").Take(&token, "oauth_access_tokens.hash = ?", hash).Error; err != nil {
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
	old := db.write(ctx).Model(&OAuthAccessToken{}).Select("id").Where("expires_at < ?", before).Limit(limit)
	return counted(db.write(ctx).Where("id IN (?)", old).Delete(&OAuthAccessToken{}))
}
