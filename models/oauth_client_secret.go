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

// OAuthClientProof is what proving a client is compared with.
type OAuthClientProof struct {
	Client   *OAuthClient        // enabled or not; nil when nobody has that id
	Secrets  []OAuthClientSecret // id, hash and last use of those that have not expired
	Failures Attempt             // in the open window; zero when there were none
}

// OAuthClientProof reads it in one statement, the same whether or not there is such a client: it runs
// before every token.
func (db *DB) OAuthClientProof(ctx context.Context, id string, failures AttemptKey) (OAuthClientProof, error) {
	var rows []struct {
		Client       OAuthClient `gorm:"embedded"`
		SecretID     *string
		SecretHash   []byte
		SecretUsedAt *time.Time
		Failures     Attempt `gorm:"embedded;embeddedPrefix:failures_"`
	}
	now := db.Now()
	err := db.read(ctx).Raw(`SELECT c.*, s.id AS secret_id, s.hash AS secret_hash, s.last_used_at AS secret_used_at,
			a.hits AS failures_hits, a.window_ends_at AS failures_window_ends_at
		FROM (SELECT 1) AS asked LEFT JOIN oauth_clients c ON c.id = ?
		LEFT JOIN oauth_client_secrets s ON s.client_id = c.id AND (s.expires_at IS NULL OR s.expires_at > ?)
		LEFT JOIN attempts a ON a.rule = ? AND a.subject = ? AND a.window_ends_at > ?
		ORDER BY s.created_at DESC`, id, now, failures.Rule, failures.Subject, now).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return OAuthClientProof{}, err
	}
	proof := OAuthClientProof{Failures: rows[0].Failures}
	if rows[0].Client.ID != "" {
		proof.Client = &rows[0].Client
	}
	for _, row := range rows {
		if row.SecretID != nil {
			proof.Secrets = append(proof.Secrets, OAuthClientSecret{ID: *row.SecretID, ClientID: id, Hash: row.SecretHash, LastUsedAt: row.SecretUsedAt})
		}
	}
	return proof, nil
}

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
