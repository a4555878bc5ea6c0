package models

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
)

// MinuteSpans are the lengths of the spans that counts are kept in, in minutes: for the last hour, for a day and for a week.
var MinuteSpans = []int{1, 30, 120}

// minuteKept is how long counts are kept: a week, and the day that a week may begin in.
const minuteKept = 8 * 24 * time.Hour

// TimeLimits are the upper ends of the steps of a Histogram but the last, which has none.
var TimeLimits = [...]time.Duration{
	time.Millisecond, 2 * time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond, 20 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond,
	200 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second,
}

// Histogram counts how many things took how long.
type Histogram [len(TimeLimits) + 1]int64

// Add counts one.
func (h *Histogram) Add(took time.Duration) {
	at, _ := slices.BinarySearch(TimeLimits[:], took)
	h[at]++
}

// Quantile is how long all but the slowest took, by a share such as 0.95; within a step they are taken as evenly spread.
// Beyond the last limit nothing is known but that. Zero: nothing was counted.
func (h Histogram) Quantile(share float64) time.Duration {
	var all, below int64
	for _, n := range h {
		all += n
	}
	rank := share * float64(all)
	for i, n := range h {
		if n == 0 || float64(below+n) < rank {
			below += n
			continue
		}
		if i == len(TimeLimits) {
			return TimeLimits[i-1]
		}
		var from time.Duration
		if i > 0 {
			from = TimeLimits[i-1]
		}
		return from + time.Duration(float64(TimeLimits[i]-from)*(rank-float64(below))/float64(n))
	}
	return 0
}

// Count is what a process counted under one name.
type Count struct {
	Total, Failed int64
	Times         Histogram // of what takes time
}

// Plus is both together.
func (c Count) Plus(d Count) Count {
	c.Total, c.Failed = c.Total+d.Total, c.Failed+d.Failed
	for i, n := range d.Times {
		c.Times[i] += n
	}
	return c
}

// CountBatch is what a process counted in about a minute. Batches of a process are numbered from 1 on.
type CountBatch struct {
	Number int64
	At     time.Time
	Counts map[string]Count // by name
	Daily  map[string]int64 // figures of the day that it adds to
}

// Process is one that runs.
type Process struct {
	ID        string
	Version   string
	StartedAt time.Time
	SeenAt    time.Time // when it last wrote its counts
	Batch     int64     // the number of the last one
}

// WriteCounts adds a batch of a process to what is kept, in one transaction. One that was written before, and of which the
// process was not told, is not added again.
func (db *DB) WriteCounts(ctx context.Context, p Process, b CountBatch) error {
	return db.InTx(ctx, func(tx *Tx) error {
		isNew, err := tx.noteProcess(ctx, p, b.Number)
		if err != nil || !isNew {
			return err
		}
		if err := tx.addMinutes(ctx, b); err != nil {
			return fmt.Errorf("write counts: %w", err)
		}
		daily := make([]DailyStat, 0, len(b.Daily))
		for figure, n := range b.Daily {
			daily = append(daily, DailyStat{Day(b.At), figure, n})
		}
		return tx.AddDaily(ctx, daily...)
	})
}

// noteProcess says that a process is alive, and whether a batch of it is new.
func (tx *Tx) noteProcess(ctx context.Context, p Process, batch int64) (isNew bool, err error) {
	moved, err := counted(tx.write(ctx).Model(&Process{}).Where("id = ? AND batch < ?", p.ID, batch).Updates(map[string]any{"seen_at": tx.Now(), "batch": batch}))
	if err != nil || moved > 0 {
		return moved > 0, err
	}
	var known []Process
	if err := tx.write(ctx).Where("id = ?", p.ID).Find(&known).Error; err != nil || len(known) > 0 {
		return false, err
	}
	p.SeenAt, p.Batch = tx.Now(), batch
	return true, one(tx.write(ctx).Create(&p).Error)
}

// minuteColumns are the figures of a row, after its key.
var minuteColumns = func() []string {
	columns := []string{"total", "failed"}
	for _, limit := range TimeLimits {
		columns = append(columns, fmt.Sprintf("under%d", limit.Milliseconds()))
	}
	return append(columns, "beyond")
}()

// addMinute adds a row to what is there.
var addMinute = func() string {
	var sets []string
	for _, column := range minuteColumns {
		sets = append(sets, fmt.Sprintf("%[1]s = minute_stats.%[1]s + excluded.%[1]s", column))
	}
	return "INSERT INTO minute_stats (span, at, name, " + strings.Join(minuteColumns, ", ") + ") VALUES (?, ?, ?" + strings.Repeat(", ?", len(minuteColumns)) +
		") ON CONFLICT (span, at, name) DO UPDATE SET " + strings.Join(sets, ", ")
}()

// addMinutes goes through the rows in one order, so that two processes never wait for each other.
func (tx *Tx) addMinutes(ctx context.Context, b CountBatch) error {
	names := make([]string, 0, len(b.Counts))
	for name := range b.Counts {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, span := range MinuteSpans {
		at := b.At.UTC().Truncate(time.Duration(span) * time.Minute)
		for _, name := range names {
			c := b.Counts[name]
			values := []any{span, at, name, c.Total, c.Failed}
			for _, n := range c.Times {
				values = append(values, n)
			}
			if err := spent(tx.write(ctx).Exec(addMinute, values...)); err != nil {
				return err
			}
		}
	}
	return nil
}

// MinuteStat is a row of what was counted.
type MinuteStat struct {
	At   time.Time
	Name string
	Count
}

// MinuteStats lists what was counted in spans of one of MinuteSpans since a moment, the oldest first.
func (db *DB) MinuteStats(ctx context.Context, span int, since time.Time) (list []MinuteStat, err error) {
	rows, err := db.minuteStats(ctx, span, since).Rows()
	if err != nil {
		return nil, fmt.Errorf("read counts: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var row MinuteStat
		into := []any{&row.At, &row.Name, &row.Total, &row.Failed}
		for i := range row.Times {
			into = append(into, &row.Times[i])
		}
		if err := rows.Scan(into...); err != nil {
			return nil, fmt.Errorf("read counts: %w", err)
		}
		row.At = row.At.UTC()
		list = append(list, row)
	}
	return list, rows.Err()
}

func (db *DB) minuteStats(ctx context.Context, span int, since time.Time) *gorm.DB {
	return db.read(ctx).Table("minute_stats").Select("at, name, "+strings.Join(minuteColumns, ", ")).Where("span = ? AND at >= ?", span, since.UTC()).Order("at, name")
}

// processSilent is after how long without a word a process counts as gone.
const processSilent = 3 * time.Minute

// Processes lists those that run, the oldest first, at most limit.
func (db *DB) Processes(ctx context.Context, limit int) ([]Process, error) {
	var list []Process
	return list, db.read(ctx).Where("seen_at > ?", db.Now().Add(-processSilent)).Order("started_at, id").Limit(limit).Find(&list).Error
}

// SweepCounts removes what is older than it is kept, an hour at a time, and processes that were not heard of for a day.
func (db *DB) SweepCounts(ctx context.Context) error {
	for _, span := range MinuteSpans {
		if err := db.sweepMinutes(ctx, span, db.Now().Add(-minuteKept)); err != nil {
			return fmt.Errorf("sweep counts: %w", err)
		}
	}
	for gone := int64(activeBatch); gone == activeBatch; {
		var err error
		if gone, err = db.sweep(ctx, &Process{}, activeBatch, "seen_at < ?", db.Now().AddDate(0, 0, -1)); err != nil {
			return fmt.Errorf("sweep processes: %w", err)
		}
	}
	return nil
}

func (db *DB) sweepMinutes(ctx context.Context, span int, before time.Time) error {
	for {
		var oldest []struct{ At time.Time }
		err := db.read(ctx).Table("minute_stats").Select("at").Where("span = ? AND at < ?", span, before).Order("at").Limit(1).Find(&oldest).Error
		if err != nil || len(oldest) == 0 {
			return err
		}
		until := oldest[0].At.Add(time.Duration(span) * time.Hour)
		if until.After(before) {
			until = before
		}
		if err := spent(db.write(ctx).Exec("DELETE FROM minute_stats WHERE span = ? AND at < ?", span, until.UTC())); err != nil {
			return err
		}
	}
}
