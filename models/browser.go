package models

import (
	"context"
	"time"

	"gorm.io/gorm/clause"
)

// Browser is one that completed a sign-in to an account: it is spared what strangers' failures cost.
type Browser struct {
	ID           string
	UserID       string
	BrowserHash  []byte // Digest of its cookie
	LastSignInAt time.Time
	CreatedAt    time.Time
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

// RememberBrowser notes a sign-in of this browser to the account.
func (db *DB) RememberBrowser(ctx context.Context, userID, browser string) error {
	row := Browser{ID: NewID(), UserID: userID, BrowserHash: Digest(browser), LastSignInAt: db.Now(), CreatedAt: db.Now()}
	return db.write(ctx).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "user_id"}, {Name: "browser_hash"}},
		DoUpdates: clause.AssignmentColumns([]string{"last_sign_in_at"}),
	}).Create(&row).Error
}

// SweepBrowsers deletes at most limit that were last used before the time given and says how many went.
func (db *DB) SweepBrowsers(ctx context.Context, before time.Time, limit int) (int64, error) {
	return db.sweep(ctx, &Browser{}, limit, "last_sign_in_at < ?", before)
}
