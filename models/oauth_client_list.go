package models

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// OAuthClientQuery selects clients; empty fields match all.
type OAuthClientQuery struct {
	Kind, AuthMethod, Provenance string
	Grant                        string // authorization_code, refresh_token or client_credentials
	Scope                        string // that it may ask for

	Enabled, Disabled bool
	Unverified        bool

	UnusedSince time.Time // not used since then; the list is by last use
	KeyedBefore time.Time // whose newest secret was made before then; the list is by that
}

// where narrows a list. Conditions of partial indexes stand there as they do in the migration, without values.
func (q OAuthClientQuery) where(list *gorm.DB) *gorm.DB {
	if q.Kind != "" {
		list = list.Where("kind = ?", q.Kind)
	}
	if q.AuthMethod != "" {
		list = list.Where("auth_method = ?", q.AuthMethod)
	}
	if q.Provenance != "" {
		list = list.Where("provenance = ?", q.Provenance)
	}
	switch q.Grant {
	case "authorization_code":
		list = list.Where(`grants LIKE '%"authorization_code"%'`)
	case "refresh_token":
		list = list.Where(`grants LIKE '%"refresh_token"%'`)
	case "client_credentials":
		list = list.Where(`grants LIKE '%"client_credentials"%'`)
	}
	if q.Enabled {
		list = list.Where("disabled_at IS NULL")
	}
	if q.Disabled {
		list = list.Where("disabled_at IS NOT NULL")
	}
	if q.Unverified {
		list = list.Where("NOT verified")
	}
	if !q.UnusedSince.IsZero() {
		list = list.Where("coalesce(last_used_at, created_at) < ?", q.UnusedSince)
	}
	if !q.KeyedBefore.IsZero() {
		list = list.Where("keyed_at IS NOT NULL AND keyed_at < ?", q.KeyedBefore)
	}
	return q.inScope(list)
}

// Cursor is the place of a client in the list that q selects.
func (q OAuthClientQuery) Cursor(c OAuthClient) Cursor {
	place := Cursor{c.CreatedAt, c.ID}
	switch {
	case !q.UnusedSince.IsZero() && c.LastUsedAt != nil:
		place.CreatedAt = *c.LastUsedAt
	case !q.UnusedSince.IsZero():
	case !q.KeyedBefore.IsZero() && c.KeyedAt != nil:
		place.CreatedAt = *c.KeyedAt
	}
	return place
}

// columns are what the list is ordered by: last use, the age of the secret, or the client's own age.
func (q OAuthClientQuery) columns() (at, id string) {
	switch {
	case !q.UnusedSince.IsZero():
		return "coalesce(last_used_at, created_at)", "id"
	case !q.KeyedBefore.IsZero():
		return "keyed_at", "id"
	case q.Scope != "":
		return "oauth_client_scopes.created_at", "oauth_client_scopes.client_id"
	}
	return "created_at", "id"
}

// inScope narrows a list to a scope: by walking the clients of that scope, unless the list is in an order that another index has.
func (q OAuthClientQuery) inScope(list *gorm.DB) *gorm.DB {
	switch {
	case q.Scope == "":
		return list
	case !q.UnusedSince.IsZero() || !q.KeyedBefore.IsZero():
		return list.Where("EXISTS (SELECT 1 FROM oauth_client_scopes AS s WHERE s.client_id = oauth_clients.id AND s.scope = ?)", q.Scope)
	}
	return list.Joins("JOIN oauth_client_scopes ON oauth_client_scopes.client_id = oauth_clients.id").Where("oauth_client_scopes.scope = ?", q.Scope)
}

// OAuthClientsOlder lists the clients that come after a place in the list, newest first; a nil place is the top.
func (db *DB) OAuthClientsOlder(ctx context.Context, q OAuthClientQuery, than *Cursor, limit int) ([]OAuthClient, error) {
	var list []OAuthClient
	return list, q.older(db.read(ctx), than, limit).Find(&list).Error
}

func (q OAuthClientQuery) older(list *gorm.DB, than *Cursor, limit int) *gorm.DB {
	at, id := q.columns()
	return olderBy(q.where(list), at, id, than, limit)
}

// OAuthClientsNewer lists the clients that come before a place in the list, nearest to it first.
func (db *DB) OAuthClientsNewer(ctx context.Context, q OAuthClientQuery, than Cursor, limit int) ([]OAuthClient, error) {
	var list []OAuthClient
	return list, q.newer(db.read(ctx), than, limit).Find(&list).Error
}

func (q OAuthClientQuery) newer(list *gorm.DB, than Cursor, limit int) *gorm.DB {
	at, id := q.columns()
	return newerBy(q.where(list), at, id, than, limit)
}

// The lives that a client may have of its own, as columns.
const (
	OAuthCodeLife     = "code_seconds"
	OAuthAccessLife   = "access_token_seconds"
	OAuthIDLife       = "id_token_seconds"
	OAuthIdleLife     = "refresh_idle_seconds"
	OAuthAbsoluteLife = "refresh_absolute_seconds"
)

var oauthLives = []string{OAuthCodeLife, OAuthAccessLife, OAuthIDLife, OAuthIdleLife, OAuthAbsoluteLife}

// CountOAuthClients counts all clients, up to OAuthReachMost + 1.
func (db *DB) CountOAuthClients(ctx context.Context) (n int, err error) {
	few := db.read(ctx).Model(&OAuthClient{}).Select("1").Limit(OAuthReachMost + 1)
	return n, db.read(ctx).Raw("SELECT count(*) FROM (?) AS few", few).Scan(&n).Error
}

// CountOAuthClientsWith counts the clients that have one of these lives of their own, among the newest OAuthReachMost. Of what is no
// life, no client has one.
func (db *DB) CountOAuthClientsWith(ctx context.Context, life string) (n int, err error) {
	if !slices.Contains(oauthLives, life) {
		return 0, nil
	}
	newest := db.read(ctx).Model(&OAuthClient{}).Order("created_at DESC, id DESC").Limit(OAuthReachMost)
	return n, db.read(ctx).Raw("SELECT count(*) FROM (?) AS newest WHERE life <> 0", newest.Select("? AS life", clause.Column{Name: life})).Scan(&n).Error
}
