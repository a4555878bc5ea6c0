package models

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// AuditBlock is how many events are read at once for an export.
const AuditBlock = 1000

// AuditEach reads all events of a filter, without their digests, newest first and in blocks: the database is not kept busy
// while the reader takes its time. What is written meanwhile is not met. Errors: ErrWideNetwork, and what each says.
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
		next = auditStraight(branches[0], top)
	}
	return readAhead(ctx, next, each)
}

// auditMerged gives the blocks of a list that several indexes serve together.
func (db *DB) auditMerged(branches []*gorm.DB, top *Cursor) func(context.Context) ([]AuditEvent, error) {
	step := func(list *gorm.DB, place *Cursor) *gorm.DB { return older(list, cmp.Or(place, top), AuditBlock) }
	walk := newAuditWalk(db, branches, step, newestFirst)
	return func(ctx context.Context) ([]AuditEvent, error) {
		rows, _, err := walk.take(ctx, AuditBlock)
		return rows, err
	}
}

// auditStraight gives the blocks of a list that one index serves, each by one statement.
func auditStraight(list *gorm.DB, place *Cursor) func(context.Context) ([]AuditEvent, error) {
	return func(ctx context.Context) ([]AuditEvent, error) {
		rows, err := scanAudit(older(list.WithContext(ctx).Select(auditExported), place, AuditBlock).Rows())
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

func (e *AuditEvent) exported(meta, changes *sql.RawBytes) []any {
	return []any{
		&e.ID, &e.CreatedAt, &e.Action, &e.Outcome, &e.Reason, &e.ActorKind, &e.ActorID, &e.SubjectID, &e.OrgID, &e.ClientID, &e.TargetKind, &e.TargetID, &e.SessionID,
		&e.Method, &e.Address, &e.UserAgent, &e.RequestID, &e.EffectiveID, &e.BatchID, &e.Seal, meta, changes,
	}
}

// scanAudit reads rows of auditExported. GORM would look up each field of each row by reflection, which takes three times as
// long: it shows where millions are read.
func scanAudit(rows *sql.Rows, err error) (list []AuditEvent, _ error) {
	if err != nil {
		return nil, err
	}
	list = make([]AuditEvent, 0, AuditBlock)
	var e AuditEvent
	var meta, changes sql.RawBytes
	columns := e.exported(&meta, &changes)
	for rows.Next() {
		if err := rows.Scan(columns...); err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		if err := errors.Join(details(meta, &e.Meta), details(changes, &e.Changes)); err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		list = append(list, e)
	}
	return list, errors.Join(rows.Err(), rows.Close())
}

// details reads a column of details, most of which are empty.
func details[V any](text []byte, into *map[string]V) error {
	if string(text) == "{}" {
		*into = map[string]V{}
		return nil
	}
	return json.Unmarshal(text, into)
}
