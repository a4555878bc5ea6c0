package models

import "context"

// OAuthListBlock is how many clients or consents are read at once where all of a list are.
const OAuthListBlock = 1000

// OAuthClientsEach reads all clients that q selects, in blocks and in the order of the list.
func (db *DB) OAuthClientsEach(ctx context.Context, q OAuthClientQuery, each func([]OAuthClient) error) error {
	return eachBlock(q.Cursor, func(than *Cursor) ([]OAuthClient, error) { return db.OAuthClientsOlder(ctx, q, than, OAuthListBlock) }, each)
}

// OAuthConsentsEach reads all consents that q selects, in blocks and in the order of the list.
func (db *DB) OAuthConsentsEach(ctx context.Context, q OAuthConsentQuery, each func([]OAuthConsent) error) error {
	return eachBlock(OAuthConsent.Cursor, func(than *Cursor) ([]OAuthConsent, error) { return db.OAuthConsentsOlder(ctx, q, than, OAuthListBlock) }, each)
}

// eachBlock walks a list from its top to its end, each block from the last row of the one before.
func eachBlock[T any](placeOf func(T) Cursor, older func(than *Cursor) ([]T, error), each func([]T) error) error {
	var place *Cursor
	for {
		block, err := older(place)
		if err != nil || len(block) == 0 {
			return err
		}
		if err := each(block); err != nil {
			return err
		}
		last := placeOf(block[len(block)-1])
		place = &last
	}
}
