package models

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// AuditEach reads all events of a filter, without their digests, newest first and in blocks, which each may not keep: the
// database is not kept busy while the reader takes its time. What is written meanwhile is not met. Errors: ErrWideNetwork, and what each says.
func (db *DB) AuditEach(ctx context.Context, f AuditFilter, each func([]AuditEvent) error) error {
	var top *Cursor
	if !f.To.IsZero() { // as a place: of two upper bounds SQLite takes the one that stays, and walks from there for each block
		top, f.To = &Cursor{CreatedAt: f.To}, time.Time{}
	}
	branches, err := db.auditBranches(ctx, f)
	if err != nil {
		return err
	}
	next := db.auditMerged(branches, top)
	if len(branches) == 1 {
		next = db.auditStraight(branches[0], top)
	}
	return readAhead(ctx, next, each)
}

// auditMerged gives the blocks of a list that several indexes serve together.
func (db *DB) auditMerged(branches []*gorm.DB, top *Cursor) func(context.Context) ([]AuditEvent, error) {
	step := func(list *gorm.DB, place *Cursor) *gorm.DB { return older(list, cmp.Or(place, top), ListBlock) }
	walk := newAuditWalk(db, branches, step, newestFirst)
	return func(ctx context.Context) ([]AuditEvent, error) {
		rows, _, err := walk.take(ctx, ListBlock)
		return rows, err
	}
}

// auditStraight gives the blocks of a list that one index serves, each by one statement and in the place of the last but one.
func (db *DB) auditStraight(list *gorm.DB, place *Cursor) func(context.Context) ([]AuditEvent, error) {
	block, other := make([]AuditEvent, 0, ListBlock), make([]AuditEvent, 0, ListBlock)
	return func(ctx context.Context) ([]AuditEvent, error) {
		block, other = other, block
		rows, err := db.scanAudit(ctx, older(list.Select(auditExported), place, ListBlock), block[:0])
		if err != nil {
			return nil, fmt.Errorf("read audit log: %w", err)
		}
		ahead := rows[:0]
		for _, e := range rows { // what does not lead on is the end: see look
			if at := e.Cursor(); place == nil || newestFirst(*place, at) < 0 {
				ahead, place = append(ahead, e), &at
			}
		}
		return ahead, nil
	}
}

// auditExported are the columns that AuditEach reads, in the order of exported.
var auditExported = []string{
	"id", "created_at", "action", "outcome", "reason", "actor_kind", "actor_id", "subject_id", "org_id", "client_id", "target_kind", "target_id", "session_id",
	"method", "address", "user_agent", "request_id", "effective_id", "batch_id", "seal", "meta", "changes",
}

func (e *AuditEvent) exported(meta, changes *string) []any {
	return []any{
		&e.ID, &e.CreatedAt, (*string)(&e.Action), &e.Outcome, &e.Reason, &e.ActorKind, &e.ActorID, &e.SubjectID, &e.OrgID, &e.ClientID, &e.TargetKind, &e.TargetID, &e.SessionID,
		&e.Method, &e.Address, &e.UserAgent, &e.RequestID, &e.EffectiveID, &e.BatchID, &e.Seal, meta, changes,
	}
}

// scanAudit puts the rows of a list into a block.
func (db *DB) scanAudit(ctx context.Context, list *gorm.DB, block []AuditEvent) ([]AuditEvent, error) {
	var e AuditEvent
	var meta, changes string
	err := db.scanEach(ctx, list, e.exported(&meta, &changes), func() error {
		block = append(block, e)
		last := &block[len(block)-1]
		return errors.Join(details(meta, &last.Meta), details(changes, &last.Changes))
	})
	return block, err
}

// details reads a column of details, most of which are empty.
func details[V any](text string, into *map[string]V) error {
	*into = map[string]V{}
	if text == "{}" {
		return nil
	}
	return json.Unmarshal([]byte(text), into)
}
