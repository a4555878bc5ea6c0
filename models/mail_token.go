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
	Bound          bool   // opens only in the browser of its pending login
	Address        string // where it was asked for
	UserAgent      string
	TokenHash      []byte // Digest of the link's last part
	CodeHash       []byte // keyed; nil: the mail has no code
	Tries          int    // at the code
	CodeExpiresAt  *time.Time
	ExpiresAt      time.Time
	UsedAt         *time.Time // used, replaced or cancelled
	Alarm          bool       // closes or restores: it ignores the epoch, and signs nobody in
	CreatedAt      time.Time  // of an alarm: the moment it reports
}

// CreateMailToken stores it.
func (db *DB) CreateMailToken(ctx context.Context, t *MailToken) error {
	return one(db.write(ctx).Create(t).Error)
}

// liveMailTokens are unused, not expired, and of the person's epoch. An alarm ignores the epoch: whoever broke in and
// changed the password must not silence it by that.
func (db *DB) liveMailTokens(handle *gorm.DB) *gorm.DB {
	return handle.Where("used_at IS NULL AND expires_at > ?", db.Now()).
		Where("(user_id IS NULL OR alarm OR epoch = (SELECT epoch FROM users WHERE users.id = mail_tokens.user_id))")
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

// MailTokenOfPending finds the live token of a pending login, decoys too.
func (db *DB) MailTokenOfPending(ctx context.Context, purpose, pendingID string) (MailToken, error) {
	var t MailToken
	return t, one(db.liveMailTokens(db.read(ctx)).Where("purpose = ? AND pending_login_id = ?", purpose, pendingID).
		Order("created_at DESC, id").Limit(1).Take(&t).Error)
}

// DisabledByMailToken tells whether a link that is neither used nor expired belongs to an account that is switched
// off. Such a link is not live: switching off raises the epoch.
func (db *DB) DisabledByMailToken(ctx context.Context, purpose, token string) (bool, error) {
	var n int64
	err := db.read(ctx).Table("mail_tokens").Joins("JOIN users ON users.id = mail_tokens.user_id").
		Where("purpose = ? AND token_hash = ? AND used_at IS NULL AND expires_at > ?", purpose, Digest(token), db.Now()).
		Where("users.disabled_at IS NOT NULL AND (users.disabled_until IS NULL OR users.disabled_until > ?)", db.Now()).
		Count(&n).Error
	return n > 0, err
}

// LiveMailTokensOf lists a person's open links but for alarms, the newest first, at most limit.
func (db *DB) LiveMailTokensOf(ctx context.Context, userID string, limit int) ([]MailToken, error) {
	var list []MailToken
	return list, db.liveMailTokens(db.read(ctx)).Where("user_id = ? AND NOT alarm", userID).Order("created_at DESC, id").Limit(limit).Find(&list).Error
}

// CancelMailToken spends an open link of a person. ErrSpent: it is not theirs, not open, or an alarm: whoever broke in must
// not silence it.
func (db *DB) CancelMailToken(ctx context.Context, userID, id string) error {
	return spent(db.liveMailTokens(db.write(ctx).Model(&MailToken{})).Where("id = ? AND user_id = ? AND NOT alarm", id, userID).Update("used_at", db.Now()))
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
// the address. Alarms stay, side by side: each reports a moment of its own, and an intruder who changes the password,
// or causes another alarm, must not silence the first.
func (db *DB) KillMailTokens(ctx context.Context, purpose string, userID *string, email string) error {
	query := db.write(ctx).Model(&MailToken{}).Where("used_at IS NULL AND NOT alarm")
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

// KillAlarms spends a person's alarms of a purpose that report what happened at a moment or later.
func (db *DB) KillAlarms(ctx context.Context, purpose, userID string, since time.Time) error {
	return db.write(ctx).Model(&MailToken{}).Where("alarm AND used_at IS NULL AND purpose = ? AND user_id = ? AND created_at >= ?", purpose, userID, since).
		Update("used_at", db.Now()).Error
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
