package models

import (
	"context"
	"time"

	"gorm.io/gorm/clause"
)

// OAuthCode is an authorization code, stored as its hash, with what its redemption must match.
type OAuthCode struct {
	ID            string
	Hash          []byte
	GrantID       string
	Grant         *OAuthGrant `gorm:"foreignKey:GrantID"` // loaded by OAuthCodeByHash
	ClientID      string
	RedirectURI   string `gorm:"column:redirect_uri"`
	CodeChallenge string // S256; empty where the client's policy let PKCE be left out
	DPoPJKT       string `gorm:"column:dpop_jkt"`
	RequestedAt   time.Time
	CreatedAt     time.Time
	ExpiresAt     time.Time
	UsedAt        *time.Time // kept for a day, so that a replay is recognised
}

// TableName is oauth_codes.
func (OAuthCode) TableName() string { return "oauth_codes" }

// CreateOAuthCode inserts a code.
func (db *DB) CreateOAuthCode(ctx context.Context, code *OAuthCode) error {
	return one(db.write(ctx).Omit("Grant").Create(code).Error)
}

// OAuthCodeByHash returns a code with its grant, in one query, used or not.
func (db *DB) OAuthCodeByHash(ctx context.Context, hash []byte) (*OAuthCode, error) {
	var code OAuthCode
	if err := db.read(ctx).Joins("Grant").Take(&code, "oauth_codes.hash = ?", hash).Error; err != nil {
		return nil, one(err)
	}
	return &code, nil
}

// UseOAuthCode spends a code. ErrSpent: it was used, or it expired.
func (db *DB) UseOAuthCode(ctx context.Context, id string) error {
	now := db.Now()
	return spent(db.write(ctx).Model(&OAuthCode{}).Where("id = ? AND used_at IS NULL AND expires_at > ?", id, now).Update("used_at", now))
}

// SweepOAuthCodes deletes at most limit codes that expired before. How many were redeemed outlives them: it is kept in the same
// transaction.
func (db *DB) SweepOAuthCodes(ctx context.Context, before time.Time, limit int) (int64, error) {
	var gone []OAuthCode
	err := db.InTx(ctx, func(tx *Tx) error {
		old := tx.write(ctx).Model(&OAuthCode{}).Select("id").Where("expires_at < ?", before).Limit(limit)
		told := clause.Returning{Columns: []clause.Column{{Name: "client_id"}, {Name: "redirect_uri"}, {Name: "used_at"}}}
		if err := tx.write(ctx).Clauses(told).Where("id IN (?)", old).Delete(&gone).Error; err != nil {
			return err
		}
		return tx.countRedirects(ctx, gone)
	})
	return int64(len(gone)), err
}
