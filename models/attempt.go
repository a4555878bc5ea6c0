package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// Attempt counts the tries of one subject under one rule in one window. Nodes share the rows.
type Attempt struct {
	Rule         string // id of the rule
	Subject      string // network, keyed address, account or session
	Hits         int
	WindowEndsAt time.Time
}

// AttemptKey names a counter.
type AttemptKey struct{ Rule, Subject string }

// CountAttempt adds one in a single statement and returns the counter after it. An expired window
// starts again at one. The hit that brings the counter to stretchAt (0: none) makes the window run its
// whole length from now: from there the subject waits.
func (db *DB) CountAttempt(ctx context.Context, key AttemptKey, window time.Duration, stretchAt int) (Attempt, error) {
	now := db.Now()
	attempt := Attempt{Rule: key.Rule, Subject: key.Subject}
	err := db.write(ctx).Raw(`INSERT INTO attempts (rule, subject, hits, window_ends_at) VALUES (?, ?, 1, ?)
		ON CONFLICT (rule, subject) DO UPDATE SET
			hits = CASE WHEN attempts.window_ends_at <= ? THEN 1 ELSE attempts.hits + 1 END,
			window_ends_at = CASE WHEN attempts.window_ends_at <= ? OR attempts.hits + 1 = ?
				THEN excluded.window_ends_at ELSE attempts.window_ends_at END
		RETURNING rule, subject, hits, window_ends_at`,
		key.Rule, key.Subject, now.Add(window), now, now, stretchAt).Scan(&attempt).Error
	return attempt, err
}

// Attempts reads the counters of open windows among keys.
func (db *DB) Attempts(ctx context.Context, keys ...AttemptKey) ([]Attempt, error) {
	pairs := make([][]any, len(keys))
	for i, key := range keys {
		pairs[i] = []any{key.Rule, key.Subject}
	}
	var list []Attempt
	return list, db.read(ctx).Where("(rule, subject) IN ? AND window_ends_at > ?", pairs, db.Now()).Find(&list).Error
}

// MarkRefused notes the first refusal of a window: true once, when the counter stands at limit.
func (db *DB) MarkRefused(ctx context.Context, key AttemptKey, limit int) (bool, error) {
	result := db.write(ctx).Model(&Attempt{}).Where("rule = ? AND subject = ? AND hits = ?", key.Rule, key.Subject, limit).
		Update("hits", limit+1)
	return result.RowsAffected == 1, result.Error
}

// GiveBackAttempt takes one hit off: the try turned out to be none.
func (db *DB) GiveBackAttempt(ctx context.Context, key AttemptKey) error {
	return db.write(ctx).Model(&Attempt{}).
		Where("rule = ? AND subject = ? AND hits > 0 AND window_ends_at > ?", key.Rule, key.Subject, db.Now()).
		Update("hits", gorm.Expr("hits - 1")).Error
}

// ClearAttempts forgets counters.
func (db *DB) ClearAttempts(ctx context.Context, keys ...AttemptKey) error {
	pairs := make([][]any, len(keys))
	for i, key := range keys {
		pairs[i] = []any{key.Rule, key.Subject}
	}
	return db.write(ctx).Where("(rule, subject) IN ?", pairs).Delete(&Attempt{}).Error
}

// ClearAttemptsBelow forgets the counters of a rule whose subject begins with prefix, which must hold
// no wildcard of LIKE.
func (db *DB) ClearAttemptsBelow(ctx context.Context, rule, prefix string) error {
	return db.write(ctx).Where("rule = ? AND subject LIKE ?", rule, prefix+"%").Delete(&Attempt{}).Error
}

// SweepAttempts deletes counters whose window ended before the time given.
func (db *DB) SweepAttempts(ctx context.Context, before time.Time) (int64, error) {
	return deleted(db.write(ctx).Where("window_ends_at <= ?", before).Delete(&Attempt{}))
}
