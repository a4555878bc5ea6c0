package models

import (
	"context"
	"fmt"
	"time"
)

// DiscardedJob is a job that was given up, without what it carries.
type DiscardedJob struct {
	Kind, About string // About: which duty
	FinalizedAt time.Time
}

// Name is what it is called: its kind, and which duty.
func (j DiscardedJob) Name() string {
	if j.About == "" {
		return j.Kind
	}
	return j.Kind + ": " + j.About
}

// discardedMost is how many of them are looked at.
const discardedMost = 1000

// DiscardedJobs lists the jobs that were given up and still lie there, the last first.
func (db *DB) DiscardedJobs(ctx context.Context) (list []DiscardedJob, err error) {
	const query = `SELECT kind, CASE WHEN kind = 'duty' THEN args->>'name' ELSE '' END AS about, finalized_at FROM river_job
		WHERE state = 'discarded' AND finalized_at IS NOT NULL ORDER BY finalized_at DESC LIMIT ?`
	if err := db.read(ctx).Raw(query, discardedMost).Scan(&list).Error; err != nil {
		return nil, fmt.Errorf("list discarded jobs: %w", err)
	}
	return list, nil
}

// OldestUnsealed is when the oldest row of the audit log was written that no seal covers; ErrNotFound: every one is sealed.
func (db *DB) OldestUnsealed(ctx context.Context) (time.Time, error) {
	var e AuditEvent
	err := one(db.read(ctx).Select("id", "created_at").Where("seal IS NULL").Order("created_at, id").Take(&e).Error)
	return e.CreatedAt, err
}

// OperatorsWithoutFactor lists the operators who have neither an authenticator app nor a passkey made for a host, at most limit.
func (db *DB) OperatorsWithoutFactor(ctx context.Context, rpID string, limit int) (list []User, err error) {
	err = db.inState(db.read(ctx), MemberOperator).
		Where("NOT EXISTS (SELECT 1 FROM authenticators WHERE authenticators.user_id = users.id)").
		Where("NOT EXISTS (SELECT 1 FROM passkeys WHERE passkeys.user_id = users.id AND passkeys.rp_id = ?)", rpID).
		Order("created_at, id").Limit(limit).Find(&list).Error
	if err != nil {
		return nil, fmt.Errorf("list operators without a second factor: %w", err)
	}
	return list, nil
}
