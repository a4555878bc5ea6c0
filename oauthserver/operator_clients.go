package oauthserver

import (
	"context"
	"fmt"
	"time"

	"latchkey/models"
)

// ClientFilter selects clients; empty fields match all.
type ClientFilter struct {
	State          string // "enabled", "disabled"
	Kind           string
	Origin         string // "admin", "cli"
	Authentication string
	Grant          string
	Scope          string // that it may ask for
	Unverified     bool
	Unused         time.Duration // for at least that long; the list is by last use then
	OldSecret      time.Duration // whose newest secret is at least that old; the list is by that then
}

func (f ClientFilter) query(now time.Time) models.OAuthClientQuery {
	q := models.OAuthClientQuery{
		Kind: f.Kind, AuthMethod: f.Authentication, Provenance: f.Origin, Grant: f.Grant, Scope: f.Scope, Unverified: f.Unverified,
		Enabled: f.State == "enabled", Disabled: f.State == "disabled",
	}
	if f.Unused > 0 {
		q.UnusedSince = now.Add(-f.Unused)
	} else if f.OldSecret > 0 {
		q.KeyedBefore = now.Add(-f.OldSecret)
	}
	return q
}

// ClientPage is a piece of the list of clients, newest first.
type ClientPage struct {
	Clients      []models.OAuthClient
	Newer, Older string // places of the neighbouring pages; empty: there is none
}

// Clients lists clients. Errors: models.ErrNoCursor, ErrRefused.
func (s *Server) Clients(ctx context.Context, by Operator, f ClientFilter, at models.Place) (ClientPage, error) {
	if err := by.reads(); err != nil {
		return ClientPage{}, err
	}
	q := f.query(s.now())
	page, err := models.ReadPage(s.db, at, fmt.Sprintf("clients|%s|%+v", by.ID, f), q.Cursor,
		func(than *models.Cursor, limit int) ([]models.OAuthClient, error) {
			return s.db.OAuthClientsOlder(ctx, q, than, limit)
		},
		func(than models.Cursor, limit int) ([]models.OAuthClient, error) {
			return s.db.OAuthClientsNewer(ctx, q, than, limit)
		})
	if err != nil {
		return ClientPage{}, fmt.Errorf("list clients: %w", err)
	}
	return ClientPage{page.Rows, page.Newer, page.Older}, nil
}

// ClientRecord is all that an operator sees of one client.
type ClientRecord struct {
	Client  models.OAuthClient
	Secrets []ClientSecret // that work, the current one first
	Reach   models.OAuthReach

	Version      string // what an edit is decided on
	ReachVersion string // what stopping or deleting it is decided on: that, and what would end

	secrets []models.OAuthClientSecret
}

// ClientSecret is a secret as an operator sees one: never itself.
type ClientSecret struct {
	ID       string
	Created  time.Time
	Ends     *time.Time
	LastUsed *time.Time
}

// OpenClient reads a client for its pages. Errors: models.ErrNotFound, ErrRefused.
func (s *Server) OpenClient(ctx context.Context, by Operator, id string) (ClientRecord, error) {
	if err := by.reads(); err != nil {
		return ClientRecord{}, err
	}
	client, err := s.db.OAuthClientByID(ctx, id)
	if err != nil {
		return ClientRecord{}, fmt.Errorf("load client: %w", err)
	}
	return s.recordOf(ctx, s.db, client)
}

func (s *Server) recordOf(ctx context.Context, db *models.DB, client *models.OAuthClient) (record ClientRecord, err error) {
	record.Client = *client
	if record.Reach, err = db.OAuthReachOfClient(ctx, client.ID); err != nil {
		return record, fmt.Errorf("count what a client has: %w", err)
	}
	if record.secrets, err = db.OAuthClientSecrets(ctx, client.ID); err != nil {
		return record, fmt.Errorf("load secrets: %w", err)
	}
	for _, secret := range record.secrets {
		record.Secrets = append(record.Secrets, ClientSecret{secret.ID, secret.CreatedAt, secret.ExpiresAt, secret.LastUsedAt})
	}
	state := clientState(client, record.secrets)
	if record.Version, err = models.Version(state); err != nil {
		return record, err
	}
	record.ReachVersion, err = models.Version(withReach(state, record.Reach))
	return record, err
}
