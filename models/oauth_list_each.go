package models

import "context"

// OAuthClientsEach reads all clients that q selects, in blocks and in the order of the list.
func (db *DB) OAuthClientsEach(ctx context.Context, q OAuthClientQuery, each func([]OAuthClient) error) error {
	return eachBlock(q.Cursor, func(than *Cursor) ([]OAuthClient, error) { return db.OAuthClientsOlder(ctx, q, than, ListBlock) }, each)
}

// OAuthConsentsEach reads all consents that q selects, in blocks and in the order of the list.
func (db *DB) OAuthConsentsEach(ctx context.Context, q OAuthConsentQuery, each func([]OAuthConsent) error) error {
	return eachBlock(OAuthConsent.Cursor, func(than *Cursor) ([]OAuthConsent, error) { return db.OAuthConsentsOlder(ctx, q, than, ListBlock) }, each)
}
