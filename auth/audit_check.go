package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/models"
)

// AuditChain is how far the log is sealed, the last check that came to its end, and the one that runs.
type AuditChain struct {
	models.AuditChain
	Check, Running *models.AuditCheckRun // nil: there is none
	People         map[string]models.User
}

// AuditChain looks at the chain without checking it. Errors: Forbidden, ErrSignedOut.
func (s *Service) AuditChain(ctx context.Context, op Operator) (chain AuditChain, err error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return chain, err
	}
	db := s.db.Joined(ctx)
	if chain.AuditChain, err = db.AuditChain(ctx); err != nil {
		return chain, err
	}
	if chain.Check, err = lastCheck(ctx, db, models.CheckWhole, models.CheckBroken); err != nil {
		return chain, err
	}
	if chain.Running, err = lastCheck(ctx, db, models.CheckRunning); err != nil {
		return chain, err
	}
	chain.People, err = whoChecked(ctx, db, chain.Check)
	return chain, err
}

// lastCheck is the newest check in one of some states; nil: there is none.
func lastCheck(ctx context.Context, db *models.DB, states ...string) (*models.AuditCheckRun, error) {
	run, err := ifThere(db.LastAuditCheck(ctx, states...))
	if err != nil {
		return nil, fmt.Errorf("find the last check of the audit log: %w", err)
	}
	return run, nil
}

func whoChecked(ctx context.Context, db *models.DB, run *models.AuditCheckRun) (map[string]models.User, error) {
	if run == nil {
		return nil, nil
	}
	return peopleByID(ctx, db, run.StartedBy)
}

// AuditCheck finds a check of the log, and who began it. Errors: Forbidden, ErrSignedOut, models.ErrNotFound.
func (s *Service) AuditCheck(ctx context.Context, op Operator, id string) (run models.AuditCheckRun, people map[string]models.User, err error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return run, nil, err
	}
	db := s.db.Joined(ctx)
	if run, err = db.AuditCheckByID(ctx, id); err != nil {
		return run, nil, err
	}
	people, err = whoChecked(ctx, db, &run)
	return run, people, err
}

// VerifyAuditLog begins a check of the log; a job does it. Errors: Forbidden, ErrSignedOut, Invalid (the range), models.ErrTaken:
// one of theirs runs already.
func (s *Service) VerifyAuditLog(ctx context.Context, op Operator, r models.AuditRange) (id string, err error) {
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		op, err := s.Operating(tx.Context(), op, RightAudit)
		if err != nil {
			return err
		}
		event := op.Event(AuditLogVerify, "")
		run, err := tx.CreateAuditCheck(ctx, r, op.ID, event.SessionID)
		if errors.Is(err, models.ErrNoSeals) {
			return Invalid{"from": "Enter the numbers of two seals that there are, the first one before the last"}
		}
		if err != nil {
			return err
		}
		id = run.ID
		event.TargetKind, event.TargetID = checkTarget, run.ID
		event.Meta = with(event.Meta, map[string]any{"from": run.FirstSeal, "to": run.LastSeal, "to_end": run.ToEnd})
		return tx.Audit(ctx, event)
	})
	return id, s.NoteRefused(ctx, op, AuditLogVerify, "", err)
}

// checkTarget is what events about a check are about.
const checkTarget = "check"

// CancelAuditCheck stops a check. Errors: Forbidden, ErrSignedOut, models.ErrNotFound, models.ErrSpent: it is over.
func (s *Service) CancelAuditCheck(ctx context.Context, op Operator, id string) error {
	err := s.db.InTx(ctx, func(tx *models.Tx) error {
		op, err := s.Operating(tx.Context(), op, RightAudit)
		if err != nil {
			return err
		}
		run, err := tx.CancelAuditCheck(ctx, id)
		if err != nil {
			return err
		}
		event := op.Event(AuditLogVerifyCancel, "")
		event.TargetKind, event.TargetID = checkTarget, id
		event.Meta = with(event.Meta, map[string]any{"seals": run.Seals, "rows": run.RowsSeen})
		return tx.Audit(ctx, event)
	})
	return s.NoteRefused(ctx, op, AuditLogVerifyCancel, "", err)
}

// checkStep is how many seals are checked before the place is kept.
const checkStep = 20

// WorkOnAuditCheck moves a check on by one step, and says whether it is over. What it found is in the log with the last step.
func (s *Service) WorkOnAuditCheck(ctx context.Context, id string) (over bool, err error) {
	run, err := s.db.AuditCheckByID(ctx, id)
	if errors.Is(err, models.ErrNotFound) {
		return true, nil
	}
	if err != nil || run.State != models.CheckRunning {
		return err == nil, err
	}
	from := run.NextSeal
	if run, err = s.db.CheckAudit(ctx, run, checkStep); err != nil {
		return false, err
	}
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		if err := tx.MoveAuditCheck(ctx, &run, from); err != nil || run.State == models.CheckRunning {
			return err
		}
		return tx.Audit(ctx, checked(run))
	})
	if errors.Is(err, models.ErrSpent) { // cancelled, or another worker did this step
		return false, nil
	}
	return run.State != models.CheckRunning, err
}

// checked is the event of a check that came to its end, by whoever began it.
func checked(run models.AuditCheckRun) models.AuditEvent {
	event := models.AuditEvent{
		Action: AuditLogVerified, ActorKind: "operator", ActorID: run.StartedBy, SessionID: run.SessionID, TargetKind: checkTarget, TargetID: run.ID,
		Meta: map[string]any{"from": run.FirstSeal, "to": run.LastSeal, "seals": run.Seals, "rows": run.RowsSeen},
	}
	if run.StartedBy == "" {
		event.ActorKind = "system"
	}
	if run.State == models.CheckBroken {
		event.Outcome = models.OutcomeFailure
		event.Meta = with(event.Meta, map[string]any{"finding": run.Break().Error(), "seal": run.FaultSeal, "row": run.FaultRow})
	}
	return event
}

const (
	checkEvery = 24 * time.Hour
	checkFirst = 1000 // seals, when the house has never checked by itself
)

// TendAuditChecks begins a check of what was sealed since the house began the last one by itself, once a day.
func (s *Service) TendAuditChecks(ctx context.Context) error {
	own, err := s.db.LastOwnAuditCheck(ctx)
	r := models.AuditRange{First: own.LastSeal + 1}
	switch {
	case errors.Is(err, models.ErrNotFound):
		r = models.AuditRange{Newest: checkFirst}
	case err != nil:
		return fmt.Errorf("find the last check of the audit log: %w", err)
	case s.now().Sub(own.StartedAt) < checkEvery:
		return nil
	}
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		_, err := tx.CreateAuditCheck(ctx, r, "", "")
		return err
	})
	if errors.Is(err, models.ErrTaken) || errors.Is(err, models.ErrNoSeals) { // one runs, or nothing is new
		return nil
	}
	return err
}
