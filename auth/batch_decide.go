package auth

import (
	"context"
	"errors"

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

// StartBatch lets a batch run, in the background, as the operator who starts it. Errors: Invalid (the reason), Forbidden,
// ErrSignedOut, ErrChanged, models.ErrNotFound.
func (s *Service) StartBatch(ctx context.Context, op Operator, id string, act Act) error {
	return s.decideOnBatch(ctx, op, AuditBulkStart, id, act, func(tx *models.Tx, op Operator, b BatchRecord, reason string) error {
		if b.State != models.BatchReady || b.Waiting == 0 {
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
		for _, from := range what.from {
			if b.State != from {
				continue
			}
			if err := tx.MoveBatch(ctx, id, from, what.to); err != nil {
				return changedIfSpent(err)
			}
			if what.to == models.BatchRunning {
				return tx.Enqueue(ctx, models.BatchJob{Batch: id}, nil)
			}
			return nil
		}
		return ErrChanged
	})
}

// decideOnBatch does what was decided, with its row, unless the batch is in another state than was shown.
func (s *Service) decideOnBatch(ctx context.Context, op Operator, action models.Action, id string, act Act, do func(*models.Tx, Operator, BatchRecord, string) error) error {
	reason, sentence := models.OperatorReason(act.Reason)
	if sentence != "" {
		return Invalid{"reason": sentence}
	}
	err := s.db.InTx(ctx, func(tx *models.Tx) error {
		op, err := s.Operating(tx.Context(), op, RightChange)
		if err != nil {
			return err
		}
		b, err := tx.BatchByID(ctx, id)
		if err != nil {
			return err
		}
		record, err := s.batchRecord(tx.Context(), b)
		if err != nil {
			return err
		}
		if version, err := record.Version(); err != nil || version != act.Version {
			return errors.Join(err, ErrChanged)
		}
		if err := do(tx, op, record, reason); err != nil {
			return err
		}
		event := op.batchEvent(action, b)
		event.Reason, event.Meta = reason, with(event.Meta, map[string]any{"act": b.Act, "waiting": b.Waiting})
		return tx.Audit(ctx, event)
	})
	return s.NoteRefused(ctx, op, action, "", err)
}

func changedIfSpent(err error) error {
	if errors.Is(err, models.ErrSpent) {
		return ErrChanged
	}
	return err
}
