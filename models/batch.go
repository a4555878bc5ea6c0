package models

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// The states of a batch.
const (
	BatchCollecting = "collecting" // whom it is about is being written down
	BatchTooMany    = "too-many"   // it would be about more than BatchMax
	BatchReady      = "ready"      // what it would do can be read
	BatchRunning    = "running"
	BatchPaused     = "paused"
	BatchCancelled  = "cancelled"
	BatchDone       = "done"
)

// BatchMax is how many members a batch is about at most.
const BatchMax = 100_000

// Batch is one act on many members.
type Batch struct {
	ID         string
	Act        string // an auth.MemberAct
	State      string
	OperatorID string // who asked for it; since it was started, who started it, with their session, address and browser
	SessionID  string
	Address    string
	UserAgent  string
	Reason     string
	Selection  string // what its members are collected by; empty: they were ticked, or are those of UndoOf
	UndoOf     string // the batch that it takes back

	Waiting, Done, Same, Changed, Refused, Failed int // its members by their state, as of the last block

	CreatedAt  time.Time
	StartedAt  *time.Time
	FinishedAt *time.Time
}

// Cursor is the place of this batch in the list.
func (b Batch) Cursor() Cursor { return Cursor{b.CreatedAt, b.ID} }

// Total is how many members it is about.
func (b Batch) Total() int { return b.Waiting + b.Done + b.Same + b.Changed + b.Refused + b.Failed }

// The states of a member in a batch.
const (
	BatchMemberWaiting = "waiting"
	BatchMemberDone    = "done"
	BatchMemberSame    = "same"    // the act would change nothing
	BatchMemberChanged = "changed" // they are not any more as the batch left them that is taken back
	BatchMemberRefused = "refused" // the operator may not
	BatchMemberFailed  = "failed"
)

// BatchMember is one of a batch.
type BatchMember struct {
	BatchID  string `gorm:"primaryKey"`
	Position int    `gorm:"primaryKey"` // from 1 on
	MemberID string
	State    string
	Why      string // a word for what stood in the way; empty: nothing
}

// BatchJob asks for work on a batch.
type BatchJob struct {
	Batch string `json:"batch"`
}

// Kind names the job for River.
func (BatchJob) Kind() string { return "batch" }

// CreateBatch stores a batch. ErrTaken: what it takes back is being taken back.
func (tx *Tx) CreateBatch(ctx context.Context, b *Batch) error {
	return one(tx.write(ctx).Create(b).Error)
}

// BatchByID finds one.
func (db *DB) BatchByID(ctx context.Context, id string) (Batch, error) {
	var b Batch
	return b, one(db.read(ctx).Take(&b, "id = ?", id).Error)
}

// BatchesOlder lists the batches that come after a place, the newest first; a nil place is the top.
func (db *DB) BatchesOlder(ctx context.Context, than *Cursor, limit int) ([]Batch, error) {
	var list []Batch
	return list, older(db.read(ctx), than, limit).Find(&list).Error
}

// BatchesNewer lists the batches that come before a place, the nearest to it first.
func (db *DB) BatchesNewer(ctx context.Context, than Cursor, limit int) ([]Batch, error) {
	var list []Batch
	return list, newer(db.read(ctx), than, limit).Find(&list).Error
}

// UndoneBy finds the batch that takes another back, if one does. ErrNotFound: none.
func (db *DB) UndoneBy(ctx context.Context, id string) (Batch, error) {
	var b Batch
	return b, one(db.read(ctx).Where("undo_of <> '' AND state <> 'cancelled'").Take(&b, "undo_of = ?", id).Error)
}

// StartBatch lets one run, with who decided it and why. ErrSpent: it is not ready any more.
func (tx *Tx) StartBatch(ctx context.Context, b Batch) error {
	return spent(tx.write(ctx).Model(&Batch{}).Where("id = ? AND state = ?", b.ID, BatchReady).Updates(map[string]any{
		"state": BatchRunning, "operator_id": b.OperatorID, "session_id": b.SessionID, "address": b.Address, "user_agent": b.UserAgent, "reason": b.Reason, "started_at": tx.Now(),
	}))
}

// MoveBatch brings one from a state into another. ErrSpent: it was not in that state any more.
func (db *DB) MoveBatch(ctx context.Context, id, from, to string) error {
	set := map[string]any{"state": to}
	if to == BatchDone || to == BatchCancelled {
		set["finished_at"] = db.Now()
	}
	return spent(db.write(ctx).Model(&Batch{}).Where("id = ? AND state = ?", id, from).Updates(set))
}

// AddToBatch writes down members.
func (db *DB) AddToBatch(ctx context.Context, members []BatchMember) error {
	if len(members) == 0 {
		return nil
	}
	return one(db.write(ctx).CreateInBatches(&members, 500).Error)
}

// EmptyBatch forgets whom a batch is about, for collecting them anew.
func (db *DB) EmptyBatch(ctx context.Context, id string) error {
	return db.write(ctx).Where("batch_id = ?", id).Delete(&BatchMember{}).Error
}

// BatchMembers lists the members of a batch in some states, in their order, after a position.
func (db *DB) BatchMembers(ctx context.Context, id string, after, limit int, states ...string) ([]BatchMember, error) {
	var list []BatchMember
	err := db.read(ctx).Where("batch_id = ? AND state IN ? AND position > ?", id, states, after).Order("position").Limit(limit).Find(&list).Error
	if err != nil {
		return nil, fmt.Errorf("list members of a batch: %w", err)
	}
	return list, nil
}

// SettleBatchMember says what became of a member that waits. ErrSpent: that was said before.
func (db *DB) SettleBatchMember(ctx context.Context, m BatchMember, state, why string) error {
	return spent(db.write(ctx).Model(&BatchMember{}).Where("batch_id = ? AND position = ? AND state = ?", m.BatchID, m.Position, BatchMemberWaiting).
		Updates(map[string]any{"state": state, "why": why}))
}

// CountBatch brings the figures of a batch up to date. ErrSpent: it is gone.
func (db *DB) CountBatch(ctx context.Context, id string) error {
	var counts []struct {
		State string
		N     int
	}
	if err := db.read(ctx).Raw("SELECT state, count(*) AS n FROM batch_members WHERE batch_id = ? GROUP BY state", id).Find(&counts).Error; err != nil {
		return fmt.Errorf("count members of a batch: %w", err)
	}
	set := map[string]any{BatchMemberWaiting: 0, BatchMemberDone: 0, BatchMemberSame: 0, BatchMemberChanged: 0, BatchMemberRefused: 0, BatchMemberFailed: 0}
	for _, c := range counts {
		set[c.State] = c.N
	}
	return spent(db.write(ctx).Model(&Batch{}).Where("id = ?", id).Updates(set))
}

// SweepBatches removes batches that were made before a moment, with what they say of members, at most limit.
func (db *DB) SweepBatches(ctx context.Context, before time.Time, limit int) (int64, error) {
	old := db.read(ctx).Session(&gorm.Session{NewDB: true}).Model(&Batch{}).Select("id").Where("created_at < ?", before).Order("created_at").Limit(limit)
	return counted(db.write(ctx).Where("id IN (?)", old).Delete(&Batch{}))
}
