package models

import (
	"context"
	"time"
)

// SetupLink is a link that makes the first administrator, used once.
type SetupLink struct {
	ID        string
	TokenHash []byte // Digest of the link's last part
	ExpiresAt time.Time
	UsedAt    *time.Time
	CreatedAt time.Time
}

// CreateSetupLink stores it.
func (db *DB) CreateSetupLink(ctx context.Context, l *SetupLink) error {
	return one(db.write(ctx).Create(l).Error)
}

// SetupLinkByToken finds the live one with a token.
func (db *DB) SetupLinkByToken(ctx context.Context, token string) (SetupLink, error) {
	var l SetupLink
	return l, one(db.read(ctx).Where("token_hash = ? AND used_at IS NULL AND expires_at > ?", Digest(token), db.Now()).Take(&l).Error)
}

// UseSetupLinks spends a link, and with it all others. ErrSpent: it was used or has expired.
func (tx *Tx) UseSetupLinks(ctx context.Context, id string) error {
	if err := spent(tx.write(ctx).Model(&SetupLink{}).Where("id = ? AND used_at IS NULL AND expires_at > ?", id, tx.Now()).Update("used_at", tx.Now())); err != nil {
		return err
	}
	_, err := counted(tx.write(ctx).Model(&SetupLink{}).Where("used_at IS NULL").Update("used_at", tx.Now()))
	return err
}

// SweepSetupLinks deletes at most limit expired ones and says how many went.
func (db *DB) SweepSetupLinks(ctx context.Context, limit int) (int64, error) {
	return db.sweep(ctx, &SetupLink{}, limit, "expires_at <= ?", db.Now())
}

// HasOperator tells whether somebody holds a role, suspended or not.
func (db *DB) HasOperator(ctx context.Context, role string) (bool, error) {
	var list []User
	err := db.read(ctx).Select("id").Where("role <> '' AND role = ?", role).Limit(1).Find(&list).Error
	return len(list) > 0, err
}
