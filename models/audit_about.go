package models

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// AuditAbout are the events of some actions about some people that succeeded since a moment, by person, in no order.
func (db *DB) AuditAbout(ctx context.Context, subjectIDs []string, actions []Action, since time.Time) (map[string][]AuditEvent, error) {
	var list []AuditEvent
	if err := db.auditAbout(ctx, subjectIDs, actions, since).Find(&list).Error; err != nil {
		return nil, fmt.Errorf("list events about people: %w", err)
	}
	about := map[string][]AuditEvent{}
	for _, e := range list {
		about[e.SubjectID] = append(about[e.SubjectID], e)
	}
	return about, nil
}

func (db *DB) auditAbout(ctx context.Context, subjectIDs []string, actions []Action, since time.Time) *gorm.DB {
	return db.read(ctx).Where("subject_id IN ? AND action IN ? AND outcome = ? AND created_at >= ?", subjectIDs, actions, OutcomeSuccess, since)
}
