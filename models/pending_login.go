package models

import (
	"context"
	"time"
)

// PendingLogin is a sign-in of which a step is still open. It is another table than sessions, so that
// nothing can take one for the other.
type PendingLogin struct {
	ID          string
	TokenHash   []byte
	UserID      *string // nil: a decoy for an address that got no account
	Email       string
	Step        string
	Proofs      []Proof `gorm:"serializer:json"`
	Remember    bool
	ReturnTo    string
	Epoch       int64
	BrowserHash []byte
	CreatedAt   time.Time
	ExpiresAt   time.Time
}

// CreatePendingLogin stores it.
func (db *DB) CreatePendingLogin(ctx context.Context, p *PendingLogin) error {
	return one(db.write(ctx).Create(p).Error)
}

// PendingLoginByToken finds the pending login of a cookie: not expired, and of the person's epoch.
func (db *DB) PendingLoginByToken(ctx context.Context, token string) (PendingLogin, error) {
	var p PendingLogin
	return p, one(db.read(ctx).Where("token_hash = ? AND expires_at > ?", Digest(token), db.Now()).
		Where("user_id IS NULL OR epoch = (SELECT epoch FROM users WHERE users.id = pending_logins.user_id)").
		Take(&p).Error)
}

// EndPendingLoginByToken removes the one of a cookie, if there is one.
func (db *DB) EndPendingLoginByToken(ctx context.Context, token string) error {
	return db.write(ctx).Where("token_hash = ?", Digest(token)).Delete(&PendingLogin{}).Error
}

// SpendPendingLogin removes one in the transaction that it led to. ErrSpent: it is over.
func (tx *Tx) SpendPendingLogin(ctx context.Context, id string) error {
	return spent(tx.write(ctx).Where("id = ? AND expires_at > ?", id, tx.Now()).Delete(&PendingLogin{}))
}

// EndPendingLoginsOf removes all of a person.
func (db *DB) EndPendingLoginsOf(ctx context.Context, userID string) error {
	return db.write(ctx).Where("user_id = ?", userID).Delete(&PendingLogin{}).Error
}

// SweepPendingLogins deletes at most limit expired ones and says how many went.
func (db *DB) SweepPendingLogins(ctx context.Context, limit int) (int64, error) {
	return db.sweep(ctx, &PendingLogin{}, limit, "expires_at <= ?", db.Now())
}
