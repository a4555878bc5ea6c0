package models

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Figures of a day are not counted when somebody looks, nor when somebody signs in: a row that every sign-in adds to would
// let them wait for each other. They follow the seals of the audit log. A seal covers rows that stay what they are, so it can
// be counted later, once, by whoever comes first, and by a program that was killed, again. The count is a transaction that
// moves on from one seal to the next: either all figures of a seal are added, or none.

// DailyStat is one figure of one day.
type DailyStat struct {
	Day    string // of Day
	Figure string
	Value  int64
}

// dailyProgress is how far the log was counted. There is one row.
type dailyProgress struct {
	ID           int
	Seal         int64      // the last one counted
	CountedUntil *time.Time // the newest event of that seal
	PeopleAt     *time.Time // when people were counted last
}

// TableName is where GORM finds it.
func (dailyProgress) TableName() string { return "daily_progress" }

// Day names the day of a moment, in UTC: "2026-11-27".
func Day(at time.Time) string { return at.UTC().Format(time.DateOnly) }

// CountDays counts at most so many seals of the audit log, and says how many it counted. figures names the figures that an
// event adds one to. Of several nodes at once one counts a seal.
func (db *DB) CountDays(ctx context.Context, figures func(AuditEvent) []string, most int) (seals int, err error) {
	for seals < most {
		counted, err := db.countNextSeal(ctx, figures)
		if errors.Is(err, ErrSpent) { // another node was quicker, and goes on
			return seals, nil
		}
		if err != nil {
			return seals, fmt.Errorf("count days: %w", err)
		}
		if !counted {
			break
		}
		seals++
	}
	return seals, nil
}

// countNextSeal reads beside the writer: the rows under a seal do not change.
func (db *DB) countNextSeal(ctx context.Context, figures func(AuditEvent) []string) (bool, error) {
	progress, err := db.dailyProgress(ctx)
	if err != nil {
		return false, err
	}
	var next []AuditSeal
	if err := db.read(ctx).Where("number = ?", progress.Seal+1).Find(&next).Error; err != nil || len(next) == 0 {
		return false, err
	}
	var rows []AuditEvent
	err = db.read(ctx).Select("created_at", "action", "outcome", "reason", "actor_kind", "actor_id", "meta").Where("seal = ?", next[0].Number).Find(&rows).Error
	if err != nil {
		return false, err
	}
	return true, db.InTx(ctx, func(tx *Tx) error {
		moved := tx.write(ctx).Model(&dailyProgress{}).Where("seal = ?", progress.Seal).
			Updates(map[string]any{"seal": next[0].Number, "counted_until": next[0].LastAt})
		if err := spent(moved); err != nil {
			return err
		}
		if err := tx.AddDaily(ctx, sumDays(rows, figures)...); err != nil {
			return err
		}
		return tx.noteActive(ctx, activeIn(rows))
	})
}

// dailyProgress reads how far the log was counted, which before the first time is nowhere.
func (db *DB) dailyProgress(ctx context.Context) (dailyProgress, error) {
	progress := dailyProgress{ID: 1}
	err := one(db.write(ctx).Take(&progress).Error)
	if errors.Is(err, ErrNotFound) {
		err = db.write(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&progress).Error
	}
	return progress, err
}

func sumDays(rows []AuditEvent, figures func(AuditEvent) []string) []DailyStat {
	type key struct{ day, figure string }
	sums := map[key]int64{}
	for _, row := range rows {
		for _, figure := range figures(row) {
			sums[key{Day(row.CreatedAt), figure}]++
		}
	}
	list := make([]DailyStat, 0, len(sums))
	for k, n := range sums {
		list = append(list, DailyStat{k.day, k.figure, n})
	}
	return list
}

// AddDaily adds to the figures of days. Whoever adds to several does so in one order, so that two never wait for each other.
func (tx *Tx) AddDaily(ctx context.Context, add ...DailyStat) error {
	slices.SortFunc(add, func(a, b DailyStat) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Figure, b.Figure))
	})
	return tx.putDaily(ctx, add, gorm.Expr("daily_stats.value + excluded.value"))
}

func (tx *Tx) putDaily(ctx context.Context, rows []DailyStat, value clause.Expr) error {
	if len(rows) == 0 {
		return nil
	}
	return tx.write(ctx).Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "day"}, {Name: "figure"}}, DoUpdates: clause.Assignments(map[string]any{"value": value}),
	}).Create(&rows).Error
}

// Daily is what is known of some days: value by day, by figure. A day may lack.
type Daily map[string]map[string]int64

// DailyStats reads figures of the days from the first to the last.
func (db *DB) DailyStats(ctx context.Context, first, last string, figures ...string) (Daily, error) {
	var rows []DailyStat
	if err := db.dailyStats(ctx, first, last, figures).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read figures of days: %w", err)
	}
	daily := Daily{}
	for _, row := range rows {
		if daily[row.Figure] == nil {
			daily[row.Figure] = map[string]int64{}
		}
		daily[row.Figure][row.Day] = row.Value
	}
	return daily, nil
}

func (db *DB) dailyStats(ctx context.Context, first, last string, figures []string) *gorm.DB {
	return db.read(ctx).Where("day >= ? AND day <= ? AND figure IN ?", first, last, figures)
}

// Sum adds up the days from the first to the last.
func (d Daily) Sum(figure, first, last string) (n int64) {
	for day, value := range d[figure] {
		if first <= day && day <= last {
			n += value
		}
	}
	return n
}

// Last is the value of the newest day that has one, from the first to the last.
func (d Daily) Last(figure, first, last string) (n int64, found bool) {
	days := slices.Sorted(maps.Keys(d[figure]))
	for _, day := range slices.Backward(days) {
		if first <= day && day <= last {
			return d[figure][day], true
		}
	}
	return 0, false
}

// Since is the first of the days that has any figure, empty when none has.
func (d Daily) Since() (first string) {
	for _, days := range d {
		for day := range days {
			if first == "" || day < first {
				first = day
			}
		}
	}
	return first
}
