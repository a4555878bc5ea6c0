package models

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"gorm.io/gorm/clause"
)

// DutyJob asks for one periodic duty.
type DutyJob struct {
	Name string `json:"name"`
}

// Kind names the job for River.
func (DutyJob) Kind() string { return "duty" }

// DutyRun is how a periodic duty went when it was last done.
type DutyRun struct {
	Name             string `gorm:"primaryKey"`
	BeganAt, EndedAt time.Time
	Failed           bool
}

// NoteDuty keeps how a duty went, in place of how it went before.
func (db *DB) NoteDuty(ctx context.Context, run DutyRun) error {
	return one(db.write(ctx).Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "name"}}, UpdateAll: true}).Create(&run).Error)
}

// DutyRuns lists the last run of each duty that was ever done.
func (db *DB) DutyRuns(ctx context.Context) ([]DutyRun, error) {
	var list []DutyRun
	return list, db.read(ctx).Order("name").Find(&list).Error
}

// busyDuties names the duties that wait for a worker, or are being done.
const busyDuties = "SELECT DISTINCT args->>'name' FROM river_job WHERE kind = ? AND state IN ('available', 'running')"

// BusyDuties names the duties that wait for a worker or are being done.
func (db *DB) BusyDuties(ctx context.Context) (names []string, err error) {
	return names, db.read(ctx).Raw(busyDuties, DutyJob{}.Kind()).Scan(&names).Error
}

// RunDuty puts a duty in the queue ahead of its time, in this transaction; it runs once, as it would then. ErrSpent: it waits
// already, or is being done.
func (tx *Tx) RunDuty(ctx context.Context, name string) error {
	var busy int
	if err := tx.write(ctx).Raw("SELECT count(*) FROM ("+busyDuties+" AND args->>'name' = ?) AS busy", DutyJob{}.Kind(), name).Scan(&busy).Error; err != nil {
		return fmt.Errorf("look for a duty: %w", err)
	}
	if busy > 0 {
		return ErrSpent
	}
	return tx.Enqueue(ctx, DutyJob{name}, &river.InsertOpts{MaxAttempts: 1})
}
