package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"latchkey/models"
)

// BulkActs are the acts that can be done on many members at once, by name.
var BulkActs = []string{"suspend", "unsuspend", "verify", "resend_verification", "force_reset", "end_sessions"}

// bulkUndo is what takes an act back.
var bulkUndo = map[string]string{"suspend": "unsuspend", "unsuspend": "suspend", "force_reset": "lift_reset"}

const (
	batchUndoTime = 24 * time.Hour      // that a batch can be taken back for, after its end
	batchKept     = 30 * 24 * time.Hour // that batches are kept; what they did is in the audit log for longer
	batchTicked   = 100                 // members that may be ticked: those of a page
)

// BulkAsk is what an operator wants to see before an act on many.
type BulkAsk struct {
	Act     string
	Members []string    // whom they ticked
	All     bool        // or everybody whom Query selects
	Query   MemberQuery // its places do not count
}

// BatchRecord is a batch as operators see it.
type BatchRecord struct {
	models.Batch
	Operator models.User // who asked for it, or started it; without an address: they are gone
	Undo     string      // the act that would take it back now; empty: none, or it is too late
	UndoneBy string      // the batch that takes it back
}

// Version names this state in a form. While a batch runs its figures move; what is decided on is whether it does.
func (r BatchRecord) Version() (string, error) {
	if r.State == models.BatchReady {
		return models.Version([]any{r.ID, r.State, r.Waiting, r.Same, r.Changed, r.Refused})
	}
	return models.Version([]any{r.ID, r.State})
}

// PreviewBatch writes down whom an act on many would be about; nothing is done to them. What is ticked can be read at once, what a
// query selects is collected in the background. Errors: Forbidden, ErrSignedOut, Invalid (on a field).
func (s *Service) PreviewBatch(ctx context.Context, op Operator, ask BulkAsk) (id string, err error) {
	op, err = s.Operating(ctx, op, RightChange)
	if err != nil {
		return "", s.NoteRefused(ctx, op, AuditBulkPreview, "", err)
	}
	b, err := ask.batch(op, s.now())
	if err != nil {
		return "", err
	}
	return b.ID, s.db.InTx(ctx, func(tx *models.Tx) error {
		if err := s.makeBatch(ctx, tx, op, &b, ask.details()); err != nil {
			return err
		}
		if ask.All {
			return tx.Enqueue(ctx, models.BatchJob{Batch: b.ID}, nil)
		}
		return s.freezeTicked(ctx, tx, op, b, ask.Members)
	})
}

// batch reads what was asked. Errors: Invalid.
func (ask BulkAsk) batch(op Operator, now time.Time) (b models.Batch, err error) {
	b = models.Batch{ID: models.NewID(), Act: ask.Act, State: models.BatchReady, OperatorID: op.ID, CreatedAt: now}
	switch {
	case !slices.Contains(BulkActs, ask.Act):
		return b, Invalid{"act": "Choose what to do"}
	case !ask.All && len(ask.Members) == 0:
		return b, Invalid{"act": "Tick members first, or take all that match"}
	case len(ask.Members) > batchTicked:
		return b, Invalid{"act": fmt.Sprintf("Tick at most %d members", batchTicked)}
	case !ask.All:
		return b, nil
	}
	ask.Query.Newer, ask.Query.Older = "", ""
	if _, err := ask.Query.filter(); err != nil {
		return b, err
	}
	selection, err := json.Marshal(ask.Query)
	b.State, b.Selection = models.BatchCollecting, string(selection)
	return b, err
}

// details say for the log what was asked for.
func (ask BulkAsk) details() map[string]any {
	details := map[string]any{"act": ask.Act}
	if !ask.All {
		return with(details, map[string]any{"ticked": len(ask.Members)})
	}
	return with(details, ask.Query.details())
}

// makeBatch stores a batch and tells of it.
func (s *Service) makeBatch(ctx context.Context, tx *models.Tx, op Operator, b *models.Batch, details map[string]any) error {
	if err := tx.CreateBatch(ctx, b); err != nil {
		return fmt.Errorf("make batch: %w", err)
	}
	event := op.batchEvent(AuditBulkPreview, *b)
	event.Meta = with(event.Meta, details)
	return tx.Audit(ctx, event)
}

// batchEvent is an event about a batch as a whole.
func (op Operator) batchEvent(action models.Action, b models.Batch) models.AuditEvent {
	event := op.Event(action, "")
	event.BatchID, event.TargetKind, event.TargetID = b.ID, "batch", b.ID
	return event
}

// freezeTicked writes down those who were ticked.
func (s *Service) freezeTicked(ctx context.Context, tx *models.Tx, op Operator, b models.Batch, ids []string) error {
	members, err := tx.MembersByIDs(ctx, slices.Compact(slices.Sorted(slices.Values(ids))))
	if err != nil {
		return err
	}
	if len(members) == 0 {
		return Invalid{"act": "Nobody of those has an account any more"}
	}
	if err := tx.AddToBatch(ctx, s.judge(op, b, 0, members)); err != nil {
		return fmt.Errorf("freeze members: %w", err)
	}
	return tx.CountBatch(ctx, b.ID)
}

// judge tells for each member what the act would come to, by the rules that it is done by.
func (s *Service) judge(op Operator, b models.Batch, after int, members []models.Member) []models.BatchMember {
	act, _ := memberAct(b.Act)
	op.batch = &b // in a batch less is allowed
	list := make([]models.BatchMember, len(members))
	for i, m := range members {
		row := models.BatchMember{BatchID: b.ID, Position: after + i + 1, MemberID: m.User.ID, State: models.BatchMemberWaiting}
		var forbidden Forbidden
		switch err := op.mayActOn(m.User); {
		case errors.As(err, &forbidden):
			row.State, row.Why = models.BatchMemberRefused, forbidden.code
		case !act.offered(s.listedRecord(m)):
			row.State = models.BatchMemberSame
		}
		list[i] = row
	}
	return list
}

// listedRecord is as much of a member's record as a list knows, which is all that the acts of BulkActs ask for.
func (s *Service) listedRecord(m models.Member) MemberRecord {
	u := m.User
	return MemberRecord{
		ID: u.ID, Email: u.Email, Name: u.Name, Role: Role(u.Role), Joined: u.CreatedAt, Verified: u.Verified(), Locked: u.LockedAt != nil, Suspended: u.Disabled(s.now()),
		HasPassword: u.PasswordHash != "", ResetRequired: u.RefusedPasswordHash != "", Sessions: m.Sessions,
	}
}

// Batch is one of them. Errors: Forbidden, ErrSignedOut, models.ErrNotFound.
func (s *Service) Batch(ctx context.Context, op Operator, id string) (r BatchRecord, err error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return r, err
	}
	return s.batchByID(ctx, id)
}

func (s *Service) batchByID(ctx context.Context, id string) (r BatchRecord, err error) {
	db := s.db.Joined(ctx)
	if r.Batch, err = db.BatchByID(ctx, id); err != nil {
		return r, err
	}
	if r.Operator, err = db.UserByID(ctx, r.OperatorID); err != nil && !errors.Is(err, models.ErrNotFound) {
		return r, fmt.Errorf("read operator: %w", err)
	}
	undone, err := db.UndoneBy(ctx, r.ID)
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return r, fmt.Errorf("read what takes it back: %w", err)
	}
	r.UndoneBy = undone.ID
	over := r.FinishedAt != nil && s.now().Before(r.FinishedAt.Add(batchUndoTime))
	if over && r.Done > 0 && r.UndoneBy == "" {
		r.Undo = bulkUndo[r.Act]
	}
	return r, nil
}

// BatchPage is a page of the list of batches, and the places of its neighbours.
type BatchPage struct {
	Batches      []models.Batch
	People       map[string]models.User // who asked for them
	Newer, Older string
}

// Batches lists them, the newest first. Errors: Forbidden, ErrSignedOut, models.ErrNoCursor.
func (s *Service) Batches(ctx context.Context, op Operator, at models.Place) (page BatchPage, err error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return page, err
	}
	db := s.db.Joined(ctx)
	at.Limit = rowsOnPage(at.Limit)
	rows, err := models.ReadPage(db, at, "batches|"+op.ID, models.Batch.Cursor,
		func(than *models.Cursor, limit int) ([]models.Batch, error) { return db.BatchesOlder(ctx, than, limit) },
		func(than models.Cursor, limit int) ([]models.Batch, error) { return db.BatchesNewer(ctx, than, limit) })
	if err != nil {
		return page, fmt.Errorf("list batches: %w", err)
	}
	var ids []string
	for _, b := range rows.Rows {
		ids = append(ids, b.OperatorID)
	}
	page = BatchPage{Batches: rows.Rows, Newer: rows.Newer, Older: rows.Older}
	page.People, err = peopleByID(ctx, db, ids...)
	return page, err
}

// BatchLine is a member of a batch with who they are; without an address: they are gone.
type BatchLine struct {
	models.BatchMember
	Person models.User
}

// BatchLines are members of a batch in some states, after a position. Errors: Forbidden, ErrSignedOut.
func (s *Service) BatchLines(ctx context.Context, op Operator, id string, after, limit int, states ...string) ([]BatchLine, error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return nil, err
	}
	return s.batchLines(ctx, id, after, limit, states...)
}

func (s *Service) batchLines(ctx context.Context, id string, after, limit int, states ...string) ([]BatchLine, error) {
	db := s.db.Joined(ctx)
	members, err := db.BatchMembers(ctx, id, after, limit, states...)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, m := range members {
		ids = append(ids, m.MemberID)
	}
	people, err := peopleByID(ctx, db, ids...)
	if err != nil {
		return nil, err
	}
	list := make([]BatchLine, len(members))
	for i, m := range members {
		list[i] = BatchLine{m, people[m.MemberID]}
	}
	return list, nil
}
