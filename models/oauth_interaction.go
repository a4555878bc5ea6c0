package models

import (
	"context"
	"time"
)

// OAuthInteraction is an authorization request that waits for a person, in one tab of one browser.
type OAuthInteraction struct {
	ID           string
	Hash         []byte // of the id in its address
	ClientID     string
	Request      string // the canonical parameters, JSON
	RequestedAt  time.Time
	Asked        int    // reasons the host's sign-in pages were asked for, as bits
	BrowserHash  []byte // of the cookie that binds it to its browser
	ShownSubject string // whose consent page was shown
	ShownDigest  []byte // what that page said
	State        string // InteractionWaiting or InteractionDone
	CreatedAt    time.Time
	ExpiresAt    time.Time
	DoneAt       *time.Time
}

// The states of an interaction.
const (
	InteractionWaiting = "waiting"
	InteractionDone    = "done"
)

// TableName is oauth_interactions.
func (OAuthInteraction) TableName() string { return "oauth_interactions" }

// CreateOAuthInteraction inserts an interaction.
func (db *DB) CreateOAuthInteraction(ctx context.Context, i *OAuthInteraction) error {
	return one(db.write(ctx).Create(i).Error)
}

// OAuthInteractionByHash returns an interaction in any state.
func (db *DB) OAuthInteractionByHash(ctx context.Context, hash []byte) (*OAuthInteraction, error) {
	var i OAuthInteraction
	if err := db.read(ctx).Take(&i, "hash = ?", hash).Error; err != nil {
		return nil, one(err)
	}
	return &i, nil
}

// SaveOAuthInteraction writes what the host was asked and what the person was shown. ErrSpent when it
// was answered meanwhile.
func (db *DB) SaveOAuthInteraction(ctx context.Context, i *OAuthInteraction) error {
	return spent(db.write(ctx).Model(&OAuthInteraction{}).Where("id = ? AND state = ?", i.ID, InteractionWaiting).
		Updates(map[string]any{"asked": i.Asked, "shown_subject": i.ShownSubject, "shown_digest": i.ShownDigest}))
}

// FinishOAuthInteraction answers an interaction, once: of parallel answers one wins, the others get
// ErrSpent.
func (db *DB) FinishOAuthInteraction(ctx context.Context, id string) error {
	now := db.Now()
	return spent(db.write(ctx).Model(&OAuthInteraction{}).
		Where("id = ? AND state = ? AND expires_at > ?", id, InteractionWaiting, now).
		Updates(map[string]any{"state": InteractionDone, "done_at": now}))
}

// EndOAuthInteractionsOf ends the requests of a client that wait for a person, and counts them. The state is no value
// here: it is the condition of a partial index.
func (db *DB) EndOAuthInteractionsOf(ctx context.Context, clientID string) (int64, error) {
	return counted(db.write(ctx).Model(&OAuthInteraction{}).Where("client_id = ? AND state = 'waiting'", clientID).
		Updates(map[string]any{"state": InteractionDone, "done_at": db.Now()}))
}

// OldestOAuthInteraction is when the interaction that ended first ended; ErrNotFound without any.
func (db *DB) OldestOAuthInteraction(ctx context.Context) (time.Time, error) {
	var i OAuthInteraction
	if err := db.read(ctx).Order("expires_at").Take(&i).Error; err != nil {
		return time.Time{}, one(err)
	}
	return i.ExpiresAt, nil
}

// SweepOAuthInteractions deletes at most limit interactions that expired before the time given.
func (db *DB) SweepOAuthInteractions(ctx context.Context, before time.Time, limit int) (int64, error) {
	return db.sweep(ctx, &OAuthInteraction{}, limit, "expires_at < ?", before)
}
