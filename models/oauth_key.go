package models

import (
	"context"
	"time"

	"gorm.io/gorm/clause"
)

// The states of a signing key.
const (
	KeyNext     = "next"     // published, does not sign yet
	KeyActive   = "active"   // signs; one for each algorithm
	KeyRetiring = "retiring" // published: what it signed is still in use
	KeyRetired  = "retired"  // only its public part is kept, for old ID tokens as hints
	KeyRevoked  = "revoked"  // nothing it signed counts
)

// OAuthKey is a signing key of the authorization server.
type OAuthKey struct {
	ID          string
	KID         string `gorm:"column:kid"` // RFC 7638 thumbprint
	Alg         string // RS256, ES256
	State       string
	PrivateKey  []byte `gorm:"serializer:sealed"` // PKCS #8; empty once retired or revoked
	PublicKey   string // JWK
	CreatedAt   time.Time
	ActivatesAt time.Time
	LastUsedAt  *time.Time // when it stopped signing
	RetiresAt   *time.Time
	EndedAt     *time.Time
}

// TableName is oauth_keys.
func (OAuthKey) TableName() string { return "oauth_keys" }

// OAuthKeys lists all keys, newest first.
func (db *DB) OAuthKeys(ctx context.Context) ([]OAuthKey, error) {
	var list []OAuthKey
	return list, db.read(ctx).Order("created_at DESC, id").Find(&list).Error
}

// OAuthKeyNamed is the public id of the key that has it. ErrNotFound: none has.
func (db *DB) OAuthKeyNamed(ctx context.Context, kid string) (string, error) {
	var key OAuthKey
	return key.KID, one(db.read(ctx).Select("kid").Take(&key, "kid = ?", kid).Error)
}

// LockOAuthKeys is OAuthKeys and holds the rows until the transaction ends.
func (tx *Tx) LockOAuthKeys(ctx context.Context) ([]OAuthKey, error) {
	var list []OAuthKey
	return list, tx.forUpdate(ctx).Order("created_at DESC, id").Find(&list).Error
}

// CreateOAuthKey inserts a key unless its algorithm has one in that state, and says whether it did.
func (db *DB) CreateOAuthKey(ctx context.Context, key *OAuthKey) (bool, error) {
	result := db.write(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(key)
	return result.RowsAffected == 1, result.Error
}

// ActivateOAuthKey lets the next key sign. ErrSpent when it is not next any more.
func (db *DB) ActivateOAuthKey(ctx context.Context, id string) error {
	return db.moveKey(ctx, id, KeyNext, map[string]any{"state": KeyActive, "activates_at": db.Now()})
}

// RetireOAuthKeyAt stops a key from signing; it stays published until then. ErrSpent when it does not sign.
func (db *DB) RetireOAuthKeyAt(ctx context.Context, id string, at time.Time) error {
	return db.moveKey(ctx, id, KeyActive, map[string]any{"state": KeyRetiring, "last_used_at": db.Now(), "retires_at": at})
}

// RetireOAuthKey unpublishes a key and forgets its private part. ErrSpent when it is not retiring.
func (db *DB) RetireOAuthKey(ctx context.Context, id string) error {
	return db.moveKey(ctx, id, KeyRetiring, map[string]any{"state": KeyRetired, "private_key": nil, "ended_at": db.Now()})
}

// RevokeOAuthKey ends a key that may be in other hands. ErrSpent when it is not in the state given.
func (db *DB) RevokeOAuthKey(ctx context.Context, id, state string) error {
	return db.moveKey(ctx, id, state, map[string]any{"state": KeyRevoked, "private_key": nil, "ended_at": db.Now()})
}

// moveKey leaves the sealed column to a table name: a model would hand its nil to the serializer.
func (db *DB) moveKey(ctx context.Context, id, from string, to map[string]any) error {
	return spent(db.write(ctx).Table("oauth_keys").Where("id = ? AND state = ?", id, from).Updates(to))
}

// SweepOAuthKeys deletes at most limit keys that ended before.
func (db *DB) SweepOAuthKeys(ctx context.Context, before time.Time, limit int) (int64, error) {
	return db.sweep(ctx, &OAuthKey{}, limit, "ended_at < ?", before)
}
