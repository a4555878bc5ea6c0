package models

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
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

// Counting is a counter about to be raised by one. An expired window starts again at one.
type Counting struct {
	AttemptKey
	Window time.Duration
	Most   int           // a counter that stands there stops the whole call; 0: it stops nothing
	Pause  time.Duration // the hit that reaches Most makes the window end that long from now: the subject waits; 0: it ends when it would
}

// CountAttempts raises the counters by one, all of them or, when one stands at its most already, none: what is
// refused by one limit must not drive another. It is one statement, and returns the counters after it; none when
// it was stopped. Tries at the same moment may pass Most together: the counter tells.
func (db *DB) CountAttempts(ctx context.Context, list ...Counting) ([]Attempt, error) {
	now := db.Now()
	var tried []string
	var triedValues, pausedValues []any
	paused := ""
	// One order for all: two statements that took the same rows in different order would wait for each other.
	for _, c := range slices.SortedFunc(slices.Values(list), func(a, b Counting) int { return a.compare(b.AttemptKey) }) {
		tried = append(tried, "SELECT ? AS rule, ? AS subject, 1 AS hits, "+db.timeValue()+" AS window_ends_at")
		triedValues = append(triedValues, c.Rule, c.Subject, now.Add(c.Window))
		if c.Pause > 0 {
			paused += " WHEN attempts.rule = ? AND attempts.hits + 1 = ? THEN " + db.timeValue()
			pausedValues = append(pausedValues, c.Rule, c.Most, now.Add(c.Pause))
		}
	}
	stopped, stoppedValues := db.noneFull(list)
	values := slices.Concat(triedValues, stoppedValues, []any{now, now}, pausedValues)
	var after []Attempt
	return after, db.write(ctx).Raw(`INSERT INTO attempts (rule, subject, hits, window_ends_at)
		SELECT rule, subject, hits, window_ends_at FROM (`+strings.Join(tried, " UNION ALL ")+`) AS tried
		WHERE `+stopped+`
		ON CONFLICT (rule, subject) DO UPDATE SET
			hits = CASE WHEN attempts.window_ends_at <= ? THEN 1 ELSE attempts.hits + 1 END,
			window_ends_at = CASE WHEN attempts.window_ends_at <= ? THEN excluded.window_ends_at`+paused+` ELSE attempts.window_ends_at END
		RETURNING rule, subject, hits, window_ends_at`, values...).Scan(&after).Error
}

func (k AttemptKey) compare(other AttemptKey) int {
	return cmp.Or(strings.Compare(k.Rule, other.Rule), strings.Compare(k.Subject, other.Subject))
}

// noneFull is the condition that no counter of the list stands at its most, with its values.
func (db *DB) noneFull(list []Counting) (condition string, values []any) {
	var full []string
	values = append(values, db.Now())
	for _, c := range list {
		if c.Most > 0 {
			full = append(full, "rule = ? AND subject = ? AND hits >= ?")
			values = append(values, c.Rule, c.Subject, c.Most)
		}
	}
	if len(full) == 0 {
		return "TRUE", nil
	}
	return "NOT EXISTS (SELECT 1 FROM attempts WHERE window_ends_at > ? AND (" + strings.Join(full, " OR ") + "))", values
}

// timeValue is the placeholder of a time where the database cannot see its type.
func (db *DB) timeValue() string {
	if db.dialect == "postgres" {
		return "CAST(? AS timestamptz)"
	}
	return "?"
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

// ForgiveAttempts takes one hit off each of counted, whose try turned out well, and all hits off cleared, in one
// statement. It meets the rows in the order of CountAttempts.
func (db *DB) ForgiveAttempts(ctx context.Context, counted, cleared []AttemptKey) error {
	if len(counted)+len(cleared) == 0 {
		return nil
	}
	rows, values, now := []string{}, []any{}, db.Now()
	for _, key := range slices.SortedFunc(slices.Values(slices.Concat(counted, cleared)), AttemptKey.compare) {
		rows, values = append(rows, "(?, ?, 0, ?)"), append(values, key.Rule, key.Subject, now)
	}
	less := "CASE WHEN attempts.hits > 0 THEN attempts.hits - 1 ELSE 0 END"
	if len(cleared) > 0 {
		rules := make([]string, len(cleared))
		for i, key := range cleared {
			rules[i] = key.Rule
		}
		less, values = "CASE WHEN attempts.rule IN ? OR attempts.hits < 1 THEN 0 ELSE attempts.hits - 1 END", append(values, rules)
	}
	return db.write(ctx).Exec(`INSERT INTO attempts (rule, subject, hits, window_ends_at) VALUES `+strings.Join(rows, ", ")+`
		ON CONFLICT (rule, subject) DO UPDATE SET hits = `+less, values...).Error
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

// SweepAttempts deletes at most limit counters whose window has ended and says how many went.
func (db *DB) SweepAttempts(ctx context.Context, limit int) (int64, error) {
	old := db.write(ctx).Model(&Attempt{}).Select("rule", "subject").Where("window_ends_at <= ?", db.Now()).Limit(limit)
	return counted(db.write(ctx).Where("(rule, subject) IN (?)", old).Delete(&Attempt{}))
}
