package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// Browser is one that completed a sign-in to an account: it is spared what strangers' failures cost, and may be
// trusted to skip the second step.
type Browser struct {
	ID           string
	UserID       string
	BrowserHash  []byte // Digest of its cookie
	UserAgent    string // at the last sign-in
	Address      string
	LastSignInAt time.Time
	CreatedAt    time.Time

	Name         string // what the person calls it; may be empty
	TrustedAt    *time.Time
	TrustedUntil *time.Time
	TrustedEpoch int64
}

// KnownBrowser tells whether this browser signed in to the account of the address since the time given.
// It asks by address, so that the same statement runs whether there is an account or not.
func (db *DB) KnownBrowser(ctx context.Context, email, browser string, since time.Time) (bool, error) {
	var n int64
	err := db.read(ctx).Table("browsers").Joins("JOIN users ON users.id = browsers.user_id").
		Where("users.email = ? AND browsers.browser_hash = ? AND browsers.last_sign_in_at > ?", email, Digest(browser), since).
		Count(&n).Error
	return n > 0, err
}

// Sighting is how a browser stood with an account before it signed in.
type Sighting struct {
	New  bool // it was none of the account's
	Twin bool // new, but one that calls itself the same came from the same address lately: a cookie was lost
}

// rememberBrowser also says what was there before, so that a sign-in need not ask.
const rememberBrowser = `INSERT INTO browsers (id, user_id, browser_hash, user_agent, address, last_sign_in_at, created_at)
	VALUES (@id, @user, @hash, @agent, @address, @now, @now)
	ON CONFLICT (user_id, browser_hash) DO UPDATE
	SET last_sign_in_at = excluded.last_sign_in_at, user_agent = excluded.user_agent, address = excluded.address
	RETURNING browsers.id = @id AS new, browsers.id = @id AND EXISTS (SELECT 1 FROM browsers b WHERE b.user_id = @user AND b.id <> @id
		AND b.user_agent = @agent AND b.address = @address AND b.last_sign_in_at > @since) AS twin`

// RememberBrowser notes a sign-in of this browser to the account. A twin is looked for among those that signed in
// since the time given.
func (db *DB) RememberBrowser(ctx context.Context, userID, browser string, since time.Time) (seen Sighting, err error) {
	origin := OriginOf(ctx)
	return seen, one(db.write(ctx).Raw(rememberBrowser, map[string]any{
		"id": NewID(), "user": userID, "hash": Digest(browser), "agent": origin.UserAgent, "address": origin.Address, "now": db.Now(), "since": since,
	}).Take(&seen).Error)
}

// OtherBrowsersOf lists the browsers of an account but one.
func (db *DB) OtherBrowsersOf(ctx context.Context, userID, browser string) ([]Browser, error) {
	var list []Browser
	return list, db.read(ctx).Where("user_id = ? AND browser_hash <> ?", userID, Digest(browser)).Find(&list).Error
}

// ForgetBrowsersSince removes the browsers that an account got at a moment or later, takes trust from those that got
// it then, and says how many there were.
func (tx *Tx) ForgetBrowsersSince(ctx context.Context, userID string, since time.Time) (int64, error) {
	forgotten, err := counted(tx.write(ctx).Where("user_id = ? AND created_at >= ?", userID, since).Delete(&Browser{}))
	if err != nil {
		return 0, err
	}
	untrusted, err := counted(tx.write(ctx).Model(&Browser{}).Where("user_id = ? AND trusted_at >= ?", userID, since).Updates(noTrust()))
	return forgotten + untrusted, err
}

func noTrust() map[string]any {
	return map[string]any{"trusted_at": nil, "trusted_until": nil, "trusted_epoch": 0, "name": ""}
}

// TrustBrowser lets a browser of a person skip the second step until the time given, as long as the epoch stays.
// ErrSpent: it never signed in.
func (db *DB) TrustBrowser(ctx context.Context, userID, browser string, epoch int64, until time.Time) error {
	return spent(db.write(ctx).Model(&Browser{}).Where("user_id = ? AND browser_hash = ?", userID, Digest(browser)).
		Updates(map[string]any{"trusted_at": db.Now(), "trusted_until": until, "trusted_epoch": epoch}))
}

// trusted are browsers that may skip the second step now.
func (db *DB) trusted(ctx context.Context, userID string) *gorm.DB {
	return db.read(ctx).Model(&Browser{}).Where("user_id = ? AND trusted_until > ?", userID, db.Now()).
		Where("trusted_epoch = (SELECT epoch FROM users WHERE users.id = browsers.user_id)")
}

// TrustsBrowser tells whether this browser may skip the person's second step.
func (db *DB) TrustsBrowser(ctx context.Context, userID, browser string) (bool, error) {
	var n int64
	err := db.trusted(ctx, userID).Where("browser_hash = ?", Digest(browser)).Count(&n).Error
	return n > 0, err
}

// TrustedBrowsersOf lists the browsers that may skip a person's second step, the last used first.
func (db *DB) TrustedBrowsersOf(ctx context.Context, userID string) ([]Browser, error) {
	var list []Browser
	return list, db.trusted(ctx, userID).Order("last_sign_in_at DESC, id").Find(&list).Error
}

// RenameBrowser gives a trusted browser of a person a name. ErrSpent: it is not theirs, or not trusted.
func (db *DB) RenameBrowser(ctx context.Context, userID, id, name string) error {
	return spent(db.write(ctx).Model(&Browser{}).Where("id = ? AND user_id = ? AND trusted_until IS NOT NULL", id, userID).Update("name", name))
}

// UntrustBrowsers takes trust from one browser of a person, or from all (id empty), and says how many had it.
func (db *DB) UntrustBrowsers(ctx context.Context, userID, id string) (int64, error) {
	query := db.write(ctx).Model(&Browser{}).Where("user_id = ? AND trusted_until IS NOT NULL", userID)
	if id != "" {
		query = query.Where("id = ?", id)
	}
	return counted(query.Updates(noTrust()))
}

// SweepBrowsers deletes at most limit that were last used before the time given and says how many went.
func (db *DB) SweepBrowsers(ctx context.Context, before time.Time, limit int) (int64, error) {
	return db.sweep(ctx, &Browser{}, limit, "last_sign_in_at < ?", before)
}
