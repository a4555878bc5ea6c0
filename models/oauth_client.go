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
	KeyedAt      *time.Time // when its newest secret was made
	CreatedAt    time.Time
	UpdatedAt    time.Time

	ProvenBy *OAuthClientSecret `gorm:"-"` // the secret that this request came with
}

// TableName is oauth_clients.
func (OAuthClient) TableName() string { return "oauth_clients" }

// Public tells whether the client keeps no secret.
func (c *OAuthClient) Public() bool { return c.AuthMethod == "none" }

// Enabled is the opposite of disabled.
func (c *OAuthClient) Enabled() bool { return c.DisabledAt == nil }

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
	return db.InTx(ctx, func(tx *Tx) error {
		if err := one(tx.write(ctx).Create(client).Error); err != nil {
			return err
		}
		return tx.index(ctx, searchClient, client.ID, clientTerms(client))
	})
}

// UpdateOAuthClient writes every field of a client that an operator may change.
func (db *DB) UpdateOAuthClient(ctx context.Context, client *OAuthClient) error {
	return db.InTx(ctx, func(tx *Tx) error {
		if err := spent(tx.write(ctx).Model(client).Select("*").Omit("id", "created_at", "last_used_at", "keyed_at").Updates(client)); err != nil {
			return err
		}
		if err := tx.unindex(ctx, searchClient, client.ID); err != nil {
			return err
		}
		return tx.index(ctx, searchClient, client.ID, clientTerms(client))
	})
}

// DisableOAuthClient marks a client disabled; ErrSpent when it is already, or is not there.
func (db *DB) DisableOAuthClient(ctx context.Context, id string) error {
	return spent(db.write(ctx).Model(&OAuthClient{}).Where("id = ? AND disabled_at IS NULL", id).Update("disabled_at", db.Now()))
}

// EnableOAuthClient undoes DisableOAuthClient; ErrSpent when it is not disabled.
func (db *DB) EnableOAuthClient(ctx context.Context, id string) error {
	return spent(db.write(ctx).Model(&OAuthClient{}).Where("id = ? AND disabled_at IS NOT NULL", id).Update("disabled_at", nil))
}

// DeleteOAuthClient erases a disabled client with all that hangs on it. ErrSpent: it is enabled, or not there.
func (db *DB) DeleteOAuthClient(ctx context.Context, id string) error {
	return db.InTx(ctx, func(tx *Tx) error {
		if err := spent(tx.write(ctx).Where("id = ? AND disabled_at IS NOT NULL", id).Delete(&OAuthClient{})); err != nil {
			return err
		}
		if err := tx.write(ctx).Delete(&OAuthRedirectUse{}, "client_id = ?", id).Error; err != nil {
			return err
		}
		return tx.unindex(ctx, searchClient, id)
	})
}

// LockOAuthClient reads a client and holds its row until the transaction ends: what was given to it meanwhile is
// there, and what is decided stays true.
func (tx *Tx) LockOAuthClient(ctx context.Context, id string) (*OAuthClient, error) {
	var client OAuthClient
	if err := tx.forUpdate(ctx).Take(&client, "id = ?", id).Error; err != nil {
		return nil, one(err)
	}
	return &client, nil
}

// TouchOAuthClient notes a use of a client and of the secret that proved it, each at most once an hour: the rows are
// read at every request and shown to operators by day.
func (db *DB) TouchOAuthClient(ctx context.Context, client *OAuthClient) error {
	now := db.Now()
	stale := func(used *time.Time) bool { return used == nil || now.Sub(*used) >= time.Hour }
	if secret := client.ProvenBy; secret != nil && stale(secret.LastUsedAt) {
		if err := db.write(ctx).Model(&OAuthClientSecret{}).Where("id = ?", secret.ID).UpdateColumn("last_used_at", now).Error; err != nil {
			return err
		}
	}
	if !stale(client.LastUsedAt) {
		return nil
	}
	return db.write(ctx).Model(&OAuthClient{}).Where("id = ?", client.ID).UpdateColumn("last_used_at", now).Error
}
