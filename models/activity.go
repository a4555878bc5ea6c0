package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// Activity selects events about one person.
type Activity struct {
	SubjectID string
	Actions   []Action
	Outcome   string    // empty: any
	Since     time.Time // zero: as far back as there are any
}

func (db *DB) activity(ctx context.Context, a Activity) *gorm.DB {
	query := db.read(ctx).Where("subject_id = ? AND action IN ?", a.SubjectID, a.Actions)
	if a.Outcome != "" {
		query = query.Where("outcome = ?", a.Outcome)
	}
	if !a.Since.IsZero() {
		query = query.Where("created_at >= ?", a.Since)
	}
	return query
}

// ActivityOlder lists the events that come after a place in the list, newest first; a nil place is the top.
func (db *DB) ActivityOlder(ctx context.Context, a Activity, than *Cursor, limit int) ([]AuditEvent, error) {
	var list []AuditEvent
	return list, older(db.activity(ctx, a), than, limit).Find(&list).Error
}

// ActivityNewer lists the events that come before a place in the list, nearest to it first.
func (db *DB) ActivityNewer(ctx context.Context, a Activity, than Cursor, limit int) ([]AuditEvent, error) {
	var list []AuditEvent
	return list, newer(db.activity(ctx, a), than, limit).Find(&list).Error
}

// ActivityEvent finds one of them by its id.
func (db *DB) ActivityEvent(ctx context.Context, a Activity, id string) (AuditEvent, error) {
	var e AuditEvent
	return e, one(db.activity(ctx, a).Where("id = ?", id).Take(&e).Error)
}
