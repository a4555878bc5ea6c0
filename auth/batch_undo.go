package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"latchkey/models"
)

// Why somebody is left alone by a batch that takes another back.
const (
	WhyOver = "over" // what was done to them does not stand any more
	WhyAnew = "anew" // it stands, but somebody has taken it back and done it anew
)

// changedSince says that somebody is not as the batch left them that is to be taken back. It is one of the words above.
type changedSince string

func (c changedSince) Error() string { return "changed since the batch: " + string(c) }

// aboutTheSame are the actions that set what an act of a batch sets: the last of them left a member as they are.
var aboutTheSame = map[string][]models.Action{
	"suspend":     {AuditMemberSuspend, AuditMemberUnsuspend},
	"unsuspend":   {AuditMemberSuspend, AuditMemberUnsuspend},
	"force_reset": {AuditMemberForceReset, AuditMemberLiftReset},
}

// clocksApart is how far the clocks of two processes may differ.
const clocksApart = time.Hour

// UndoBatch makes the batch that takes another back: on those to whom it was done and who are as it left them, and to be looked at
// before it starts, as every batch is. Errors: Forbidden, ErrSignedOut, ErrChanged: there is nothing to take back, or it is too late,
// models.ErrNotFound.
func (s *Service) UndoBatch(ctx context.Context, op Operator, id string) (undo string, err error) {
	op, err = s.Operating(ctx, op, RightChange)
	if err != nil {
		return "", s.NoteRefused(ctx, op, AuditBulkPreview, "", err)
	}
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		record, err := s.batchByID(tx.Context(), id)
		if err != nil {
			return err
		}
		if record.Undo == "" {
			return ErrChanged
		}
		made := models.Batch{ID: models.NewID(), Act: record.Undo, State: models.BatchCollecting, OperatorID: op.ID, UndoOf: id, CreatedAt: s.now()}
		undo = made.ID
		err = s.makeBatch(ctx, tx, op, &made, map[string]any{"act": made.Act, "undo_of": id})
		if errors.Is(err, models.ErrTaken) {
			return ErrChanged
		}
		if err != nil {
			return fmt.Errorf("undo batch: %w", err)
		}
		return tx.Enqueue(ctx, models.BatchJob{Batch: made.ID}, nil)
	})
	return undo, err
}

// leftBy is what a batch did to those of some people who are as it left them: its event about each. Who was acted on after it, or at
// the same moment, is not.
func (s *Service) leftBy(ctx context.Context, db *models.DB, batchID string, ids []string) (map[string]models.AuditEvent, error) {
	left := map[string]models.AuditEvent{}
	b, err := db.BatchByID(ctx, batchID)
	if errors.Is(err, models.ErrNotFound) || err == nil && b.StartedAt == nil { // nobody can tell any more
		return left, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read batch: %w", err)
	}
	about, err := db.AuditAbout(ctx, ids, aboutTheSame[b.Act], b.StartedAt.Add(-clocksApart))
	if err != nil {
		return nil, err
	}
	for id, events := range about {
		own := slices.IndexFunc(events, func(e models.AuditEvent) bool { return e.BatchID == b.ID })
		if own >= 0 && !slices.ContainsFunc(events, func(e models.AuditEvent) bool { return e.BatchID != b.ID && !e.CreatedAt.Before(events[own].CreatedAt) }) {
			left[id] = events[own]
		}
	}
	return left, nil
}

// leaveChanged sorts out who is not any more as a batch left them, where that one is to be taken back.
func (s *Service) leaveChanged(ctx context.Context, undo models.Batch, rows []models.BatchMember) error {
	if undo.UndoOf == "" || len(rows) == 0 {
		return nil
	}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.MemberID
	}
	left, err := s.leftBy(ctx, s.db, undo.UndoOf, ids)
	if err != nil {
		return err
	}
	for i := range rows {
		row := &rows[i]
		event, stands := left[row.MemberID]
		switch {
		case row.State == models.BatchMemberRefused:
		case row.State == models.BatchMemberSame:
			row.State, row.Why = models.BatchMemberChanged, WhyOver
		case !stands:
			row.State, row.Why = models.BatchMemberChanged, WhyAnew
		case s.overByNow(liftedUntil(event)):
			row.State = models.BatchMemberSame
		}
	}
	return nil
}

// asLeft makes sure, with the member's row held, that they are as a batch left them, where it is taken back; and that a suspension
// comes back with the end that it had. Errors: changedSince, ErrChanged.
func (s *Service) asLeft(ctx context.Context, tx *models.Tx, a *memberActing, what MemberAct) error {
	if a.op.batch == nil || a.op.batch.UndoOf == "" {
		return nil
	}
	if !what.offered(a.record) {
		return changedSince(WhyOver)
	}
	left, err := s.leftBy(ctx, tx.DB, a.op.batch.UndoOf, []string{a.member.ID})
	if err != nil {
		return err
	}
	event, stands := left[a.member.ID]
	if !stands {
		return changedSince(WhyAnew)
	}
	if a.act.Until = liftedUntil(event); s.overByNow(a.act.Until) {
		return ErrChanged
	}
	return nil
}

// liftedUntil is the end of the suspension that an event tells was lifted. nil: it had none, or the event is about something else.
func liftedUntil(e models.AuditEvent) *time.Time {
	text, _ := e.Changes["suspended_until"].Old.(string)
	until, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return nil
	}
	return &until
}

func (s *Service) overByNow(until *time.Time) bool { return until != nil && !until.After(s.now()) }
