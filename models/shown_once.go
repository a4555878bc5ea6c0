package models

import (
	"context"
	"time"
)

// ShownOnce is a secret that a session may read until it is said to be saved, or time is up.
type ShownOnce struct {
	ID        string
	SessionID string
	Purpose   string
	Value     string `gorm:"serializer:sealed"`
	ExpiresAt time.Time
}

// TableName of a thing that has no plural.
func (ShownOnce) TableName() string { return "shown_once" }

// KeepShownOnce stores one in place of an earlier one of its purpose.
func (tx *Tx) KeepShownOnce(ctx context.Context, s ShownOnce) error {
	if err := tx.DropShownOnce(ctx, s.SessionID, s.Purpose); err != nil {
		return err
	}
	s.ID = NewID()
	return one(tx.write(ctx).Create(&s).Error)
}

// ShownOnceOf reads it. ErrNotFound: saved, or out of time.
func (db *DB) ShownOnceOf(ctx context.Context, sessionID, purpose string) (string, error) {
	var s ShownOnce
	err := one(db.read(ctx).Where("session_id = ? AND purpose = ? AND expires_at > ?", sessionID, purpose, db.Now()).Take(&s).Error)
	return s.Value, err
}

// DropShownOnce forgets it.
func (db *DB) DropShownOnce(ctx context.Context, sessionID, purpose string) error {
	return db.write(ctx).Where("session_id = ? AND purpose = ?", sessionID, purpose).Delete(&ShownOnce{}).Error
}

// SweepShownOnce deletes at most limit that are out of time and says how many went.
func (db *DB) SweepShownOnce(ctx context.Context, limit int) (int64, error) {
	return db.sweep(ctx, &ShownOnce{}, limit, "expires_at <= ?", db.Now())
}
