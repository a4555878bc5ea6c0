package models

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Who was here on a day is a set, as somebody is there many times and counts once. A sign-in is in the audit log and comes
// with its seal; who comes back with a session says so once a day, in a row of their own that nobody else waits for.

// activePerson says that somebody was here on a day.
type activePerson struct {
	Day     string `gorm:"primaryKey"`
	UserID  string `gorm:"primaryKey"`
	Counted bool
}

// TableName is where GORM finds it.
func (activePerson) TableName() string { return "active_people" }

const (
	activeBatch = 1000           // people counted, or forgotten, in one transaction
	activeKept  = 48 * time.Hour // events come in the order of time, but for those whose transaction took long
)

// NoteActive says that a person is here today.
func (db *DB) NoteActive(ctx context.Context, userID string) error {
	return db.noteActive(ctx, []activePerson{{Day: Day(db.Now()), UserID: userID}})
}

func (db *DB) noteActive(ctx context.Context, people []activePerson) error {
	if len(people) == 0 {
		return nil
	}
	return db.write(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&people).Error
}

// activeIn are the people who did something in these events themselves.
func activeIn(rows []AuditEvent) (people []activePerson) {
	for _, row := range rows {
		if row.ActorKind == "person" && row.ActorID != "" && row.Outcome == OutcomeSuccess {
			people = append(people, activePerson{Day: Day(row.CreatedAt), UserID: row.ActorID})
		}
	}
	slices.SortFunc(people, func(a, b activePerson) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.UserID, b.UserID))
	})
	return slices.Compact(people)
}

// CountActive adds to the figures who was not counted yet, and forgets who cannot come twice any more.
func (db *DB) CountActive(ctx context.Context) error {
	for counted := activeBatch; counted == activeBatch; {
		err := db.InTx(ctx, func(tx *Tx) (err error) { counted, err = tx.countActive(ctx); return err })
		if err != nil {
			return fmt.Errorf("count active people: %w", err)
		}
	}
	return db.forgetActive(ctx)
}

func (tx *Tx) countActive(ctx context.Context) (int, error) {
	var people []activePerson
	if err := tx.uncounted(ctx).Clauses(clause.Locking{Strength: "UPDATE"}).Find(&people).Error; err != nil {
		return 0, err
	}
	of := map[string][]string{}
	for _, p := range people {
		of[p.Day] = append(of[p.Day], p.UserID)
	}
	var add []DailyStat
	for day, ids := range of {
		n, err := counted(tx.write(ctx).Model(&activePerson{}).Where("day = ? AND user_id IN ? AND NOT counted", day, ids).Update("counted", true))
		if err != nil {
			return 0, err
		}
		add = append(add, DailyStat{day, FigureActive, n})
	}
	return len(people), tx.AddDaily(ctx, add...)
}

func (db *DB) uncounted(ctx context.Context) *gorm.DB {
	return db.write(ctx).Where("NOT counted").Order("day, user_id").Limit(activeBatch)
}

// forgetActive removes who was counted for days that no event to come is of.
func (db *DB) forgetActive(ctx context.Context) error {
	progress, err := db.dailyProgress(ctx)
	if err != nil || progress.CountedUntil == nil {
		return err
	}
	before := Day(progress.CountedUntil.Add(-activeKept))
	for gone := int64(activeBatch); gone == activeBatch; {
		old := db.write(ctx).Model(&activePerson{}).Select("day", "user_id").Where("counted AND day < ?", before).Limit(activeBatch)
		if gone, err = counted(db.write(ctx).Where("(day, user_id) IN (?)", old).Delete(&activePerson{})); err != nil {
			return fmt.Errorf("forget active people: %w", err)
		}
	}
	return nil
}
