package models

import (
	"context"
	"time"
)

// OAuthReachMost is how far OAuthReach counts: one more says "more than that".
const OAuthReachMost = 10_000

// OAuthReach is what would end with a client, or with what one person allowed it. Each number stops at OAuthReachMost + 1.
type OAuthReach struct {
	SignIns      int // families of people in which something works, or a code waits for its client
	AccessTokens int
	Waiting      int // requests that wait for a person
	Consents     int
}

// OAuthReachOfClient counts what a client has now.
func (db *DB) OAuthReachOfClient(ctx context.Context, clientID string) (OAuthReach, error) {
	reach, err := db.reach(ctx, "g.client_id = ?", clientID)
	if err != nil {
		return OAuthReach{}, err
	}
	for into, query := range map[*int]string{
		&reach.Waiting:  "SELECT 1 FROM oauth_interactions WHERE client_id = ? AND state = 'waiting' AND expires_at > ? LIMIT ?",
		&reach.Consents: "SELECT 1 FROM oauth_consents WHERE client_id = ? AND expires_at > ? LIMIT ?",
	} {
		if *into, err = db.countUpTo(ctx, query, clientID, db.Now()); err != nil {
			return OAuthReach{}, err
		}
	}
	return reach, nil
}

// OAuthReachOfApp counts what one person's consent keeps alive at a client now.
func (db *DB) OAuthReachOfApp(ctx context.Context, subject, clientID string) (OAuthReach, error) {
	return db.reach(ctx, "g.subject = ? AND g.client_id = ?", subject, clientID)
}

func (db *DB) reach(ctx context.Context, whose string, args ...any) (reach OAuthReach, err error) {
	args = append(args, db.Now())
	usable := "SELECT 1 FROM oauth_grants g WHERE " + whose + " AND g.revoked_at IS NULL AND g.ends_at > ? AND g.subject <> '' LIMIT ?"
	if reach.SignIns, err = db.countUpTo(ctx, usable, args...); err != nil {
		return reach, err
	}
	living := `SELECT 1 FROM oauth_grants g JOIN oauth_access_tokens t ON t.grant_id = g.id
		WHERE ` + whose + ` AND g.revoked_at IS NULL AND t.revoked_at IS NULL AND t.expires_at > ? LIMIT ?`
	reach.AccessTokens, err = db.countUpTo(ctx, living, args...)
	return reach, err
}

// OAuthSignInTokens counts the access tokens for a sign-in that were made between two moments for clients whose ID tokens
// are signed with one of algs: an ID token was made with each.
func (db *DB) OAuthSignInTokens(ctx context.Context, algs []string, from, to time.Time) (int, error) {
	return db.countUpTo(ctx, `SELECT 1 FROM oauth_access_tokens t JOIN oauth_clients c ON c.id = t.client_id
		WHERE t.expires_at > ? AND t.created_at >= ? AND t.created_at <= ? AND t.scopes LIKE '%"openid"%' AND c.id_token_alg IN ? LIMIT ?`,
		from, from, to, algs)
}

func (db *DB) countUpTo(ctx context.Context, query string, args ...any) (n int, err error) {
	return n, db.read(ctx).Raw("SELECT count(*) FROM ("+query+") AS few", append(args, OAuthReachMost+1)...).Scan(&n).Error
}
