package models

import (
	"context"
	"time"
)

// OAuthClient is a program that may ask for access on a person's behalf, or on its own. A blank policy
// field means the server's default.
type OAuthClient struct {
	ID                     string // client_id
	Name                   string
	Kind                   string  // web, native, browser, service, resource_server
	AuthMethod             string  // none, client_secret_basic, client_secret_post
	RedirectURIs           Strings `gorm:"column:redirect_uris"`
	PostLogoutRedirectURIs Strings `gorm:"column:post_logout_redirect_uris"`
	LandingOrigins         Strings // further origins its callback forwards to
	Grants                 Strings // authorization_code, refresh_token, client_credentials
	ResponseModes          Strings // query, fragment
	Scopes                 Strings // what it may ask for
	DefaultScopes          Strings // what it gets when it names none
	Resources              Strings // identifiers of APIs; for a resource_server, those it serves
	ClientURI              string  `gorm:"column:client_uri"`
	PolicyURI              string  `gorm:"column:policy_uri"`
	TOSURI                 string  `gorm:"column:tos_uri"`
	InitiateLoginURI       string  `gorm:"column:initiate_login_uri"`

	PKCE                   string  `gorm:"column:pkce"` // required, optional
	Consent                string  // ask, always, skip
	Refresh                string  // rotate, off
	RefreshAlways          bool    // refresh tokens without offline_access
	RetrySeconds           *int    // how long a lost refresh answer can be had again
	AccessTokenFormat      string  // opaque
	IDTokenAlg             string  `gorm:"column:id_token_alg"`
	IDTokenClaims          Strings `gorm:"column:id_token_claims"` // claims that also go into the ID token
	DefaultMaxAge          *int    // seconds
	CodeSeconds            int
	AccessTokenSeconds     int
	IDTokenSeconds         int `gorm:"column:id_token_seconds"`
	RefreshIdleSeconds     int
	RefreshAbsoluteSeconds int

	Verified     bool   // an administrator vouches for it
	Provenance   string // admin, cli
	MetadataHash []byte // of name, addresses and keys; a remembered consent holds for this value only
	DisabledAt   *time.Time
	LastUsedAt   *time.Time
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// TableName is oauth_clients.
func (OAuthClient) TableName() string { return "oauth_clients" }

// Public tells whether the client keeps no secret.
func (c *OAuthClient) Public() bool { return c.AuthMethod == "none" }

// Enabled is the opposite of disabled.
func (c *OAuthClient) Enabled() bool { return c.DisabledAt == nil }

// OAuthClientSecret is one secret of a client, stored as its keyed hash. During a rotation there are two.
type OAuthClientSecret struct {
	ID        string
	ClientID  string
	Hash      []byte
	CreatedAt time.Time
	ExpiresAt *time.Time // nil: until replaced
}

// TableName is oauth_client_secrets.
func (OAuthClientSecret) TableName() string { return "oauth_client_secrets" }

// OAuthClientByID returns a client, enabled or not.
func (db *DB) OAuthClientByID(ctx context.Context, id string) (*OAuthClient, error) {
	var client OAuthClient
	if err := db.read(ctx).Take(&client, "id = ?", id).Error; err != nil {
		return nil, one(err)
	}
	return &client, nil
}

// OAuthClients lists all clients by name.
func (db *DB) OAuthClients(ctx context.Context) ([]OAuthClient, error) {
	var list []OAuthClient
	return list, db.read(ctx).Order("name, id").Find(&list).Error
}

// OAuthClientsByID returns those of the clients that exist, in one query.
func (db *DB) OAuthClientsByID(ctx context.Context, ids []string) (map[string]*OAuthClient, error) {
	var list []*OAuthClient
	if err := db.read(ctx).Find(&list, "id IN ?", ids).Error; err != nil {
		return nil, err
	}
	byID := make(map[string]*OAuthClient, len(list))
	for _, client := range list {
		byID[client.ID] = client
	}
	return byID, nil
}

// CreateOAuthClient inserts a client; ErrTaken when its id is in use.
func (db *DB) CreateOAuthClient(ctx context.Context, client *OAuthClient) error {
	return one(db.write(ctx).Create(client).Error)
}

// UpdateOAuthClient writes every field of a client.
func (db *DB) UpdateOAuthClient(ctx context.Context, client *OAuthClient) error {
	return spent(db.write(ctx).Model(client).Select("*").Omit("id", "created_at", "last_used_at").Updates(client))
}

// DisableOAuthClient marks a client disabled; ErrSpent when it is already, or is not there.
func (db *DB) DisableOAuthClient(ctx context.Context, id string) error {
	return spent(db.write(ctx).Model(&OAuthClient{}).Where("id = ? AND disabled_at IS NULL", id).Update("disabled_at", db.Now()))
}

// EnableOAuthClient undoes DisableOAuthClient; ErrSpent when it is not disabled.
func (db *DB) EnableOAuthClient(ctx context.Context, id string) error {
	return spent(db.write(ctx).Model(&OAuthClient{}).Where("id = ? AND disabled_at IS NOT NULL", id).Update("disabled_at", nil))
}

// TouchOAuthClient notes a use, at most once an hour: the row is read at every request and shown to
// operators by day.
func (db *DB) TouchOAuthClient(ctx context.Context, client *OAuthClient) error {
	now := db.Now()
	if client.LastUsedAt != nil && now.Sub(*client.LastUsedAt) < time.Hour {
		return nil
	}
	return db.write(ctx).Model(&OAuthClient{}).Where("id = ?", client.ID).UpdateColumn("last_used_at", now).Error
}

// OAuthClientProof is what proving a client is compared with.
type OAuthClientProof struct {
	Client   *OAuthClient // enabled or not; nil when nobody has that id
	Secrets  [][]byte     // hashes of those that have not expired
	Failures Attempt      // in the open window; zero when there were none
}

// OAuthClientProof reads it in one statement, the same whether or not there is such a client: it runs
// before every token.
func (db *DB) OAuthClientProof(ctx context.Context, id string, failures AttemptKey) (OAuthClientProof, error) {
	var rows []struct {
		Client     OAuthClient `gorm:"embedded"`
		SecretHash []byte
		Failures   Attempt `gorm:"embedded;embeddedPrefix:failures_"`
	}
	now := db.Now()
	err := db.read(ctx).Raw(`SELECT c.*, s.hash AS secret_hash, a.hits AS failures_hits, a.window_ends_at AS failures_window_ends_at
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
		if row.SecretHash != nil {
			proof.Secrets = append(proof.Secrets, row.SecretHash)
		}
	}
	return proof, nil
}

// CreateOAuthClientSecret inserts a secret's hash.
func (db *DB) CreateOAuthClientSecret(ctx context.Context, secret *OAuthClientSecret) error {
	return one(db.write(ctx).Create(secret).Error)
}

// EndOAuthClientSecrets makes the secrets of a client expire at the time given, if not sooner.
func (db *DB) EndOAuthClientSecrets(ctx context.Context, clientID string, at time.Time) error {
	return db.write(ctx).Model(&OAuthClientSecret{}).
		Where("client_id = ? AND (expires_at IS NULL OR expires_at > ?)", clientID, at).Update("expires_at", at).Error
}
