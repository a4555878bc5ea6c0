package auth

import (
	"context"
	"errors"
	"slices"

	"latchkey/models"
)

// batchMove is one thing that operators decide about a batch.
type batchMove struct {
	event models.Action
	from  []string // the states that it can be decided in
	to    string
}

// The moves of a batch, beside its start.
var batchMoves = map[string]batchMove{
	"pause":  {AuditBulkPause, []string{models.BatchRunning}, models.BatchPaused},
	"resume": {AuditBulkResume, []string{models.BatchPaused}, models.BatchRunning},
	"cancel": {AuditBulkCancel, []string{models.BatchCollecting, models.BatchTooMany, models.BatchReady, models.BatchRunning, models.BatchPaused}, models.BatchCancelled},
}

// Offers tells whether a batch can be started, paused, resumed or cancelled as it is.
func (b BatchRecord) Offers(move string) bool {
	if move == "start" {
		return b.State == models.BatchReady && b.Waiting > 0
	}
	return slices.Contains(batchMoves[move].from, b.State)
}

// StartBatch lets a batch run, in the background, as the operator who starts it. Errors: Invalid (the reason), Forbidden,
// ErrSignedOut, ErrChanged, models.ErrNotFound.
func (s *Service) StartBatch(ctx context.Context, op Operator, id string, act Act) error {
	return s.decideOnBatch(ctx, op, AuditBulkStart, id, act, func(tx *models.Tx, op Operator, b BatchRecord, reason string) error {
		if !b.Offers("start") {
			return ErrChanged
		}
		origin := models.OriginOf(ctx)
		b.OperatorID, b.SessionID, b.Address, b.UserAgent, b.Reason = op.ID, op.user.SessionID, origin.Address, origin.UserAgent, reason
		if err := tx.StartBatch(ctx, b.Batch); err != nil {
			return changedIfSpent(err)
		}
		if err := s.tellOfUndo(ctx, tx, op, b.Batch, reason); err != nil {
			return err
		}
		return tx.Enqueue(ctx, models.BatchJob{Batch: b.ID}, nil)
	})
}

// tellOfUndo writes it down with the batch that is taken back, too.
func (s *Service) tellOfUndo(ctx context.Context, tx *models.Tx, op Operator, b models.Batch, reason string) error {
	if b.UndoOf == "" {
		return nil
	}
	event := op.batchEvent(AuditBulkUndo, b)
	event.BatchID, event.Reason = b.UndoOf, reason
	return tx.Audit(ctx, event)
}

// MoveBatch pauses, resumes or cancels a batch. What was done by then stays done. Errors: as StartBatch; models.ErrNotFound for
// another move.
func (s *Service) MoveBatch(ctx context.Context, op Operator, move, id string, act Act) error {
	what, known := batchMoves[move]
	if !known {
		return models.ErrNotFound
	}
	return s.decideOnBatch(ctx, op, what.event, id, act, func(tx *models.Tx, _ Operator, b BatchRecord, _ string) error {
		if !b.Offers(move) {
			return ErrChanged
		}
		if err := tx.MoveBatch(ctx, id, b.State, what.to); err != nil {
			return changedIfSpent(err)
		}
		if what.to == models.BatchRunning {
			return tx.Enqueue(ctx, models.BatchJob{Batch: id}, nil)
		}
		return nil
	})
}

// decideOnBatch does what was decided, with its row, unless the batch is in another state than was shown.
func (s *Service) decideOnBatch(ctx context.Context, op Operator, action models.Action, id string, act Act, do func(*models.Tx, Operator, BatchRecord, string) error) error {
	return s.Operate(ctx, op, RightChange, action, act.Reason, func(tx *models.Tx, op Operator, event *models.AuditEvent) error {
		record, err := s.batchByID(tx.Context(), id)
		if err != nil {
			return err
		}
		if version, err := record.Version(); err != nil || version != act.Version {
			return errors.Join(err, ErrChanged)
		}
		event.BatchID, event.TargetKind, event.TargetID = record.ID, "batch", record.ID
		event.Meta = with(event.Meta, map[string]any{"act": record.Act, "waiting": record.Waiting})
		return do(tx, op, record, event.Reason)
	})
}

func changedIfSpent(err error) error {
	if errors.Is(err, models.ErrSpent) {
		return ErrChanged
	}
	return err
}
