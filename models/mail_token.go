package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// MailToken is the link of a mail and the code beside it: one row, used once. It carries all that its
// use needs; the address is never read from the person at use.
type MailToken struct {
	ID             string
	Purpose        string
	Email          string  // where it was sent
	UserID         *string // nil: a decoy for an address without an account
	Epoch          int64
	PendingLoginID string
	TokenHash      []byte // Digest of the link's last part
	CodeHash       []byte // keyed; nil: the mail has no code
	Tries          int    // at the code
	CodeExpiresAt  *time.Time
	ExpiresAt      time.Time
	UsedAt         *time.Time // used, replaced or cancelled
	CreatedAt      time.Time
}

// CreateMailToken stores it.
func (db *DB) CreateMailToken(ctx context.Context, t *MailToken) error {
	return one(db.write(ctx).Create(t).Error)
}

// liveMailTokens are unused, not expired, and of the person's epoch.
func (db *DB) liveMailTokens(handle *gorm.DB) *gorm.DB {
	return handle.Where("used_at IS NULL AND expires_at > ?", db.Now()).
		Where("(user_id IS NULL OR epoch = (SELECT epoch FROM users WHERE users.id = mail_tokens.user_id))")
}

// MailTokenByToken finds the live token of a link. Decoys are not found: no mail carries them.
func (db *DB) MailTokenByToken(ctx context.Context, purpose, token string) (MailToken, error) {
	var t MailToken
	return t, one(db.liveMailTokens(db.read(ctx)).Where("purpose = ? AND token_hash = ? AND user_id IS NOT NULL", purpose, Digest(token)).
		Take(&t).Error)
}

// MailTokenOf finds the newest live token for a person, or for a pending login when userID is nil.
func (db *DB) MailTokenOf(ctx context.Context, purpose string, userID *string, pendingID string) (MailToken, error) {
	query := db.liveMailTokens(db.read(ctx)).Where("purpose = ?", purpose)
	if userID != nil {
		query = query.Where("user_id = ?", *userID)
	} else {
		query = query.Where("user_id IS NULL AND pending_login_id = ?", pendingID)
	}
	var t MailToken
	return t, one(query.Order("created_at DESC, id").Limit(1).Take(&t).Error)
}

// CountCodeTry counts a try at the code before it is compared. ErrSpent: the code is dead, by tries, by
// time or because the row was used.
func (db *DB) CountCodeTry(ctx context.Context, id string, most int) error {
	return spent(db.write(ctx).Model(&MailToken{}).
		Where("id = ? AND used_at IS NULL AND tries < ? AND code_expires_at > ?", id, most, db.Now()).
		Update("tries", gorm.Expr("tries + 1")))
}

// UseMailToken spends a token. ErrSpent: it was used, replaced, expired, or its epoch has passed.
func (db *DB) UseMailToken(ctx context.Context, id string) error {
	return spent(db.liveMailTokens(db.write(ctx).Model(&MailToken{})).Where("id = ?", id).Update("used_at", db.Now()))
}

// KillMailTokens spends a person's tokens of a purpose (empty: of all); without a person the decoys of
// the address.
func (db *DB) KillMailTokens(ctx context.Context, purpose string, userID *string, email string) error {
	query := db.write(ctx).Model(&MailToken{}).Where("used_at IS NULL")
	if purpose != "" {
		query = query.Where("purpose = ?", purpose)
	}
	if userID != nil {
		query = query.Where("user_id = ?", *userID)
	} else {
		query = query.Where("user_id IS NULL AND email = ?", email)
	}
	return query.Update("used_at", db.Now()).Error
}

// MailTokenAlive tells whether a mail that carries this token is still worth sending.
func (db *DB) MailTokenAlive(ctx context.Context, id string) (bool, error) {
	var n int64
	err := db.liveMailTokens(db.read(ctx).Model(&MailToken{})).Where("id = ?", id).Count(&n).Error
	return n > 0, err
}

// SweepMailTokens deletes at most limit expired ones and says how many went.
func (db *DB) SweepMailTokens(ctx context.Context, limit int) (int64, error) {
	return db.sweep(ctx, &MailToken{}, limit, "expires_at <= ?", db.Now())
}
