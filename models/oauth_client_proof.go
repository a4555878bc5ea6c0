package models

import (
	"context"
	"crypto/hmac"
	"time"

	"gorm.io/gorm"
)

// OAuthClientProof is what proving a client is compared with, and the token that it asks about.
type OAuthClientProof struct {
	Client   *OAuthClient        // enabled or not; nil when nobody has that id
	Secrets  []OAuthClientSecret // id, client, hash and last use of those that have not expired
	Failures Attempt             // in the open window; zero when there were none
	Token    *OAuthAccessToken   // with its grant and client, whatever their state; nil: no access token has that hash
	Grant    *OAuthGrant         // of that token, or of the refresh token asked about; nil: there is none
	Current  bool                // what was asked about is that grant's refresh token, and not one that was replaced
}

// OAuthTokenKey names the token that a client asks about. The zero value names none.
type OAuthTokenKey struct {
	Hash    []byte // of an access token, or of a refresh token that works
	GrantID string // what a refresh token says of itself, be it replaced or not; empty: not known
}

type oauthProofRow struct {
	Client   OAuthClient       `gorm:"embedded"`
	Secret   OAuthClientSecret `gorm:"embedded;embeddedPrefix:secret_"`
	Failures Attempt           `gorm:"embedded;embeddedPrefix:failures_"`
	Token    OAuthAccessToken  `gorm:"embedded;embeddedPrefix:token_"`
	Grant    OAuthGrant        `gorm:"embedded;embeddedPrefix:grant_"`
	Owner    OAuthClient       `gorm:"embedded;embeddedPrefix:owner_"`
}

const (
	proofColumns = `c.*, s.id AS secret_id, s.client_id AS secret_client_id, s.hash AS secret_hash, s.last_used_at AS secret_last_used_at,
		a.hits AS failures_hits, a.window_ends_at AS failures_window_ends_at`
	proofTables = `(SELECT 1) AS asked LEFT JOIN oauth_clients c ON c.id = ?
		LEFT JOIN oauth_client_secrets s ON s.client_id = c.id AND (s.expires_at IS NULL OR s.expires_at > ?)
		LEFT JOIN attempts a ON a.rule = ? AND a.subject = ? AND a.window_ends_at > ?`
	askedTables = ` LEFT JOIN oauth_access_tokens t ON t.hash = ?
		LEFT JOIN oauth_grants g ON g.id = t.grant_id OR g.id = ? OR g.refresh_hash = ?
		LEFT JOIN oauth_clients o ON o.id = t.client_id`
)

var askedColumns = ", " + prefixed("t", "token_", columnsOf(&OAuthAccessToken{})) +
	", " + prefixed("g", "grant_", columnsOf(&OAuthGrant{})) + ", " + prefixed("o", "owner_", columnsOf(&OAuthClient{}))

// OAuthClientProof reads it in one statement, the same whether or not there is such a client and such a token: it
// runs before every token and every question about one.
func (db *DB) OAuthClientProof(ctx context.Context, id string, failures AttemptKey, asked OAuthTokenKey) (*OAuthClientProof, error) {
	var rows []oauthProofRow
	if err := proofRows(db.read(ctx), db.Now(), id, failures, asked).Find(&rows).Error; err != nil {
		return nil, err
	}
	proof := rows[0].proof()
	proof.Current = proof.Grant != nil && hmac.Equal(proof.Grant.RefreshHash, asked.Hash)
	for _, row := range rows {
		if row.Secret.ID != "" {
			proof.Secrets = append(proof.Secrets, row.Secret)
		}
	}
	return proof, nil
}

// proofRows are one row for each secret of the client, at least one.
func proofRows(tx *gorm.DB, now time.Time, id string, failures AttemptKey, asked OAuthTokenKey) *gorm.DB {
	columns, tables := proofColumns, proofTables
	values := []any{id, now, failures.Rule, failures.Subject, now}
	if asked.Hash != nil {
		columns, tables = columns+askedColumns, tables+askedTables
		values = append(values, asked.Hash, asked.GrantID, asked.Hash)
	}
	return tx.Raw("SELECT "+columns+" FROM "+tables+" ORDER BY s.created_at DESC", values...)
}

// proof is all but the secrets, which stand in a row each.
func (r *oauthProofRow) proof() *OAuthClientProof {
	proof := &OAuthClientProof{Failures: r.Failures}
	if r.Client.ID != "" {
		proof.Client = &r.Client
	}
	if r.Grant.ID != "" {
		proof.Grant = &r.Grant
	}
	if r.Token.ID != "" {
		proof.Token = &r.Token
		proof.Token.Grant = proof.Grant
	}
	if r.Owner.ID != "" {
		proof.Token.Client = &r.Owner
	}
	return proof
}
