package models

import (
	"context"
	"time"
)

// RecoveryCode opens a second step once, for a person who has lost their other factors.
type RecoveryCode struct {
	ID        string
	UserID    string
	CodeHash  []byte // keyed: the codes are short
	UsedAt    *time.Time
	CreatedAt time.Time
}

// ReplaceRecoveryCodes gives a person a new set; the old one is dead with it.
func (tx *Tx) ReplaceRecoveryCodes(ctx context.Context, userID string, hashes [][]byte) error {
	if err := tx.DeleteRecoveryCodes(ctx, userID); err != nil {
		return err
	}
	rows := make([]RecoveryCode, len(hashes))
	for i, hash := range hashes {
		rows[i] = RecoveryCode{ID: NewID(), UserID: userID, CodeHash: hash, CreatedAt: tx.Now()}
	}
	return tx.write(ctx).Create(&rows).Error
}

// DeleteRecoveryCodes removes a person's set, used codes too.
func (db *DB) DeleteRecoveryCodes(ctx context.Context, userID string) error {
	return db.write(ctx).Where("user_id = ?", userID).Delete(&RecoveryCode{}).Error
}

// DeleteRecoveryCodesSince removes a set that was made at a moment or later and says how many codes it had.
func (db *DB) DeleteRecoveryCodesSince(ctx context.Context, userID string, since time.Time) (int64, error) {
	return counted(db.write(ctx).Where("user_id = ? AND created_at >= ?", userID, since).Delete(&RecoveryCode{}))
}

// CountRecoveryCodes counts a person's unused codes.
func (db *DB) CountRecoveryCodes(ctx context.Context, userID string) (int, error) {
	var n int64
	err := db.read(ctx).Model(&RecoveryCode{}).Where("user_id = ? AND used_at IS NULL", userID).Count(&n).Error
	return int(n), err
}

// UseRecoveryCode spends the code with one of the hashes. ErrSpent: the person has none, or it was used.
func (db *DB) UseRecoveryCode(ctx context.Context, userID string, hashes [][]byte) error {
	return spent(db.write(ctx).Model(&RecoveryCode{}).Where("user_id = ? AND code_hash IN ? AND used_at IS NULL", userID, hashes).
		Update("used_at", db.Now()))
}
