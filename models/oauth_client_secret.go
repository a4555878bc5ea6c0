package models

import (
	"context"
	"time"
)

// OAuthClientSecret is one secret of a client, stored as its keyed hash. During a rotation there are two.
type OAuthClientSecret struct {
	ID         string
	ClientID   string
	Hash       []byte
	CreatedAt  time.Time
	ExpiresAt  *time.Time // nil: until replaced
	LastUsedAt *time.Time
}

// TableName is oauth_client_secrets.
func (OAuthClientSecret) TableName() string { return "oauth_client_secrets" }

// CreateOAuthClientSecret inserts a secret's hash, and its client is as newly keyed as that.
func (db *DB) CreateOAuthClientSecret(ctx context.Context, secret *OAuthClientSecret) error {
	if err := one(db.write(ctx).Create(secret).Error); err != nil {
		return err
	}
	return spent(db.write(ctx).Model(&OAuthClient{}).Where("id = ?", secret.ClientID).UpdateColumn("keyed_at", secret.CreatedAt))
}

// OAuthClientSecrets lists the secrets of a client that work: the current one, then those that run out.
func (db *DB) OAuthClientSecrets(ctx context.Context, clientID string) ([]OAuthClientSecret, error) {
	var list []OAuthClientSecret
	return list, db.read(ctx).Order("expires_at IS NOT NULL, created_at DESC, id").
		Find(&list, "client_id = ? AND (expires_at IS NULL OR expires_at > ?)", clientID, db.Now()).Error
}

// EndOAuthClientSecret ends a secret that was to end later. ErrSpent: it has ended, or no newer one took its place.
func (db *DB) EndOAuthClientSecret(ctx context.Context, clientID, id string) error {
	now := db.Now()
	return spent(db.write(ctx).Model(&OAuthClientSecret{}).Where("id = ? AND client_id = ? AND expires_at > ?", id, clientID, now).Update("expires_at", now))
}

// EndOAuthClientSecrets makes the secrets of a client expire at the time given, if not sooner.
func (db *DB) EndOAuthClientSecrets(ctx context.Context, clientID string, at time.Time) error {
	return db.write(ctx).Model(&OAuthClientSecret{}).
		Where("client_id = ? AND (expires_at IS NULL OR expires_at > ?)", clientID, at).Update("expires_at", at).Error
}
