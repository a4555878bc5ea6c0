package models

import (
	"context"
	"time"
)

// Authenticator is an app that makes time-based codes (RFC 6238) for a person.
type Authenticator struct {
	ID         string
	UserID     string
	Name       string
	Secret     []byte `gorm:"serializer:sealed"`
	LastStep   int64  // the newest time step whose code was used
	LastUsedAt *time.Time
	CreatedAt  time.Time
}

// CreateAuthenticator stores one that a code has proven.
func (db *DB) CreateAuthenticator(ctx context.Context, a *Authenticator) error {
	return one(db.write(ctx).Create(a).Error)
}

// AuthenticatorsOf lists a person's authenticators, the oldest first.
func (db *DB) AuthenticatorsOf(ctx context.Context, userID string) ([]Authenticator, error) {
	var list []Authenticator
	return list, db.read(ctx).Where("user_id = ?", userID).Order("created_at, id").Find(&list).Error
}

// UseAuthenticatorStep spends a time step. ErrSpent: its code, or a later one, was used before.
func (db *DB) UseAuthenticatorStep(ctx context.Context, id string, step int64) error {
	return spent(db.write(ctx).Model(&Authenticator{}).Where("id = ? AND last_step < ?", id, step).
		Updates(map[string]any{"last_step": step, "last_used_at": db.Now()}))
}

// DeleteAuthenticator removes one of a person. ErrSpent: there is none of that id.
func (db *DB) DeleteAuthenticator(ctx context.Context, userID, id string) error {
	return spent(db.write(ctx).Where("id = ? AND user_id = ?", id, userID).Delete(&Authenticator{}))
}

// DeleteAuthenticatorsSince removes those that a person got at a moment or later and says how many went.
func (db *DB) DeleteAuthenticatorsSince(ctx context.Context, userID string, since time.Time) (int64, error) {
	return counted(db.write(ctx).Where("user_id = ? AND created_at >= ?", userID, since).Delete(&Authenticator{}))
}
