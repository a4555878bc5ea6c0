package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"latchkey/models"
)

const (
	batchBlock = 200              // members between two looks at the batch and at the role of who started it
	batchTurn  = 30 * time.Second // of one job, before others have their turn
)

// What stood in the way of a member, besides the words of Forbidden.
const (
	WhyChanged = "changed" // the act would change nothing any more
	WhyMailbox = "mailbox" // too many mails went there lately
	WhyGone    = "gone"    // there is no such account any more
	WhyFault   = "fault"   // of the program; its log has it
)

// WorkOnBatch goes on with a batch where it stands: whoever did so before, and however they ended. more is true when it is not
// through. Errors: faults, after which it may be tried again.
func (s *Service) WorkOnBatch(ctx context.Context, id string) (more bool, err error) {
	for end := time.Now().Add(batchTurn); time.Now().Before(end); {
		b, err := s.db.BatchByID(ctx, id)
		if errors.Is(err, models.ErrNotFound) {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("read batch: %w", err)
		}
		switch b.State {
		case models.BatchCollecting:
			return false, s.collectBatch(ctx, b)
		case models.BatchRunning:
			if over, err := s.runBlock(ctx, b); over || err != nil {
				return false, err
			}
		default:
			return false, nil
		}
	}
	return true, nil
}

// startedBy is the operator behind a batch, in the background.
func startedBy(b models.Batch) Operator { return Operator{ID: b.OperatorID, batch: &b} }

// errTooMany says that a selection is larger than a batch may be.
var errTooMany = errors.New("more members than a batch may be about")

// collectBatch writes down whom a batch is about. A try that was cut off is begun anew.
func (s *Service) collectBatch(ctx context.Context, b models.Batch) error {
	op, err := s.Operating(ctx, startedBy(b), RightChange)
	if err != nil {
		return s.stopBatch(ctx, b, op, err)
	}
	if err := s.db.EmptyBatch(ctx, b.ID); err != nil {
		return fmt.Errorf("empty batch: %w", err)
	}
	position := 0
	err = s.eachOfBatch(ctx, b, func(members []models.Member) error {
		if position+len(members) > models.BatchMax {
			return errTooMany
		}
		rows := s.judge(op, b, position, members)
		if err := s.leaveChanged(ctx, b, rows); err != nil {
			return err
		}
		if err := s.db.AddToBatch(ctx, rows); err != nil {
			return fmt.Errorf("freeze members: %w", err)
		}
		position += len(members)
		return nil
	})
	next := models.BatchReady
	if errors.Is(err, errTooMany) {
		next, err = models.BatchTooMany, s.db.EmptyBatch(ctx, b.ID)
	}
	if err != nil {
		return fmt.Errorf("collect batch: %w", err)
	}
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		if err := tx.CountBatch(ctx, b.ID); err != nil {
			return err
		}
		return unlessSpent(tx.MoveBatch(ctx, b.ID, models.BatchCollecting, next)) // spent: it was cancelled meanwhile
	})
}

func unlessSpent(err error) error {
	if errors.Is(err, models.ErrSpent) {
		return nil
	}
	return err
}

// eachOfBatch reads those whom a batch is to be about.
func (s *Service) eachOfBatch(ctx context.Context, b models.Batch, each func([]models.Member) error) error {
	if b.UndoOf != "" {
		return s.eachDone(ctx, b.UndoOf, each)
	}
	var q MemberQuery
	if err := json.Unmarshal([]byte(b.Selection), &q); err != nil {
		return fmt.Errorf("read selection: %w", err)
	}
	filter, err := q.filter()
	if err != nil {
		return err
	}
	return s.db.MembersEach(ctx, filter, each)
}

// eachDone reads those to whom something was done by a batch.
func (s *Service) eachDone(ctx context.Context, id string, each func([]models.Member) error) error {
	for after := 0; ; {
		rows, err := s.db.BatchMembers(ctx, id, after, models.ListBlock, models.BatchMemberDone)
		if err != nil || len(rows) == 0 {
			return err
		}
		ids := make([]string, len(rows))
		for i, row := range rows {
			ids[i] = row.MemberID
		}
		members, err := s.db.MembersByIDs(ctx, ids)
		if err != nil {
			return err
		}
		if err := each(members); err != nil {
			return err
		}
		after = rows[len(rows)-1].Position
	}
}

// runBlock does the act on the next members that wait; over is true after the last one. The operator is asked for anew: who has
// lost the role since does nothing any more.
func (s *Service) runBlock(ctx context.Context, b models.Batch) (over bool, err error) {
	ctx = models.WithOrigin(ctx, models.Origin{Address: b.Address, UserAgent: b.UserAgent})
	op, err := s.Operating(ctx, startedBy(b), RightChange)
	if err != nil {
		return true, s.stopBatch(ctx, b, op, err)
	}
	rows, err := s.db.BatchMembers(ctx, b.ID, 0, batchBlock, models.BatchMemberWaiting)
	if err != nil {
		return false, err
	}
	act, _ := memberAct(b.Act)
	var faults []error
	for _, row := range rows {
		fault, err := s.runOne(ctx, op, act, b, row)
		if err != nil {
			return false, err
		}
		faults = append(faults, fault)
	}
	if err := s.db.CountBatch(ctx, b.ID); err != nil {
		return false, err
	}
	if len(rows) == batchBlock {
		return false, errors.Join(faults...)
	}
	return true, errors.Join(append(faults, s.finishBatch(ctx, b.ID, op))...)
}

// runOne does the act on one member and writes down what became of it, in one transaction: nobody is done twice. fault is what
// the program could not do for this member alone; err is what stands in the way of all.
func (s *Service) runOne(ctx context.Context, op Operator, act MemberAct, b models.Batch, row models.BatchMember) (fault, err error) {
	settled := false
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		if err := tx.SettleBatchMember(ctx, row, models.BatchMemberDone, ""); err != nil {
			settled = errors.Is(err, models.ErrSpent)
			return err
		}
		return s.actOnMember(ctx, tx, op, act, row.MemberID, Act{Reason: b.Reason})
	})
	if err == nil || settled {
		return nil, nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	state, why := models.BatchMemberFailed, WhyFault
	var forbidden Forbidden
	var invalid Invalid
	var since changedSince
	switch {
	case errors.As(err, &since):
		state, why = models.BatchMemberChanged, string(since)
	case errors.As(err, &forbidden):
		state, why = models.BatchMemberRefused, forbidden.code
		if fault := s.NoteRefused(ctx, op, act.Event(), row.MemberID, err); !errors.As(fault, &forbidden) {
			return nil, fault
		}
	case errors.Is(err, ErrChanged):
		why = WhyChanged
	case errors.Is(err, models.ErrNotFound):
		why = WhyGone
	case errors.As(err, &invalid):
		why = WhyMailbox
	default:
		fault = fmt.Errorf("batch %s, member %d: %w", b.ID, row.Position, err)
	}
	return fault, unlessSpent(s.db.SettleBatchMember(ctx, row, state, why))
}

// finishBatch ends a batch that is through, once.
func (s *Service) finishBatch(ctx context.Context, id string, op Operator) error {
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		b, err := tx.BatchByID(ctx, id)
		if err != nil || b.Waiting > 0 {
			return err
		}
		if err := tx.MoveBatch(ctx, id, models.BatchRunning, models.BatchDone); err != nil {
			return unlessSpent(err) // paused or cancelled at the last moment, or ended by another worker
		}
		event := op.batchEvent(AuditBulkFinish, b)
		event.Reason, event.Meta = b.Reason, with(event.Meta, map[string]any{"act": b.Act, "done": b.Done, "failed": b.Failed, "refused": b.Refused, "changed": b.Changed})
		return tx.Audit(ctx, event)
	})
}

// stopBatch ends a batch whose operator may not do it any more. Other errors are passed on.
func (s *Service) stopBatch(ctx context.Context, b models.Batch, op Operator, err error) error {
	var forbidden Forbidden
	if !errors.As(err, &forbidden) && !errors.Is(err, ErrSignedOut) {
		return err
	}
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		if err := tx.MoveBatch(ctx, b.ID, b.State, models.BatchCancelled); err != nil {
			return unlessSpent(err)
		}
		event := op.batchEvent(AuditBulkFinish, b)
		event.Outcome, event.Reason, event.Meta = models.OutcomeRefused, "role", with(event.Meta, map[string]any{"act": b.Act, "done": b.Done, "waiting": b.Waiting})
		return tx.Audit(ctx, event)
	})
}

// sweepBatches removes those that are old.
func (s *Service) sweepBatches(ctx context.Context) (int64, error) {
	const few = 5 // each may be about many members
	removed, err := s.db.SweepBatches(ctx, s.now().Add(-batchKept), few)
	return removed, err
}
