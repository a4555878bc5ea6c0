package models

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// The states of a check of the audit log.
const (
	CheckRunning   = "running"
	CheckWhole     = "whole"  // every row is as it was written
	CheckBroken    = "broken" // it ended at the first fault
	CheckCancelled = "cancelled"
)

// AuditCheckRun is a check of some seals of the audit log and, when it goes to the end, of the rows that none covers. It keeps its
// place: whoever works on it next goes on from there.
type AuditCheckRun struct {
	ID                  string
	State               string
	FirstSeal, LastSeal int64
	ToEnd               bool  // it follows the seals that are put meanwhile, and ends with the rows without one
	NextSeal            int64 // that is not checked yet
	Seals               int
	RowsSeen            int
	Finding             string // a sentence without its stop; empty: none
	FaultSeal           int64  // 0: no seal covers the row
	FaultRow            string
	FaultFrom           *time.Time
	FaultUntil          *time.Time
	CuredBy             int64  // the seal that a later check without a fault has to reach, so that this one's is over
	StartedBy           string // the operator; empty: the house itself
	SessionID           string
	StartedAt           time.Time
	MovedAt             time.Time
	FinishedAt          *time.Time
}

// TableName is audit_checks.
func (AuditCheckRun) TableName() string { return "audit_checks" }

// AuditCheckJob works on a check.
type AuditCheckJob struct {
	ID string `json:"id"`
}

// Kind names the job for River.
func (AuditCheckJob) Kind() string { return "check_audit" }

// AuditRange says which seals are checked.
type AuditRange struct {
	Newest      int64 // so many of the newest; 0: First to Last
	First, Last int64 // Last 0: to the end
}

// ErrNoSeals says that a range holds no seal.
var ErrNoSeals = errors.New("no seal is in this range")

// CreateAuditCheck begins a check and the job that works on it. Errors: ErrTaken: one of theirs runs; ErrNoSeals.
func (tx *Tx) CreateAuditCheck(ctx context.Context, r AuditRange, by, sessionID string) (AuditCheckRun, error) {
	v := auditVerifier{db: tx.DB}
	last, err := v.lastNumber(ctx)
	if err != nil {
		return AuditCheckRun{}, fmt.Errorf("begin check of the audit log: %w", err)
	}
	first, toEnd := max(r.First, 1), r.Last == 0
	if r.Newest > 0 {
		first = max(1, last-r.Newest+1)
	}
	if !toEnd && (r.Last > last || r.Last < first) || toEnd && first > max(last, 1) {
		return AuditCheckRun{}, ErrNoSeals
	}
	if !toEnd {
		last = r.Last
	}
	run := AuditCheckRun{
		ID: NewID(), State: CheckRunning, FirstSeal: first, LastSeal: last, ToEnd: toEnd, NextSeal: first, StartedBy: by, SessionID: sessionID,
		StartedAt: tx.Now(), MovedAt: tx.Now(),
	}
	if err := one(tx.write(ctx).Create(&run).Error); err != nil {
		return run, err
	}
	return run, tx.Enqueue(ctx, AuditCheckJob{ID: run.ID}, nil)
}

// CheckAudit works on a check: at most so many seals from its place on, and after the last of them the rows that none covers. It
// comes back as it is then, and is not written down: whoever called does that with MoveAuditCheck.
func (db *DB) CheckAudit(ctx context.Context, run AuditCheckRun, seals int) (AuditCheckRun, error) {
	v := auditVerifier{db: db, keys: db.audit}
	err := v.goOn(ctx, &run, seals)
	run.Seals, run.RowsSeen = run.Seals+v.check.Seals, run.RowsSeen+v.check.Events+v.check.Unsealed
	if found, broken := errors.AsType[AuditBreak](err); broken {
		run.State, run.Finding, run.FaultSeal, run.FaultRow = CheckBroken, found.Finding, found.Seal, found.EventID
		if !found.FirstAt.IsZero() {
			run.FaultFrom, run.FaultUntil = &found.FirstAt, &found.LastAt
		}
		if run.CuredBy = found.Seal; found.Seal < 1 || found.Seal > run.LastSeal {
			run.CuredBy = run.LastSeal
		}
		return run, nil
	}
	if err != nil {
		return run, fmt.Errorf("check the audit log: %w", err)
	}
	return run, nil
}

// goOn moves a check on; it is whole when nothing is left.
func (v *auditVerifier) goOn(ctx context.Context, run *AuditCheckRun, seals int) error {
	var before *AuditSeal
	if run.NextSeal > run.FirstSeal {
		seal, err := v.db.AuditSealByNumber(ctx, run.NextSeal-1)
		if err == nil {
			before = &seal
		} else if !errors.Is(err, ErrNotFound) { // one that is missing shows at the next, which continues it
			return err
		}
	}
	for ; seals > 0 && run.NextSeal <= run.LastSeal; seals-- {
		seal, err := v.sealTwice(ctx, run.NextSeal, before)
		if err != nil {
			return err
		}
		before, run.NextSeal = seal, run.NextSeal+1
	}
	if run.NextSeal <= run.LastSeal {
		return nil
	}
	return v.end(ctx, run)
}

// sealTwice looks again before it says that a seal is broken: retention may have removed its rows between two looks.
func (v *auditVerifier) sealTwice(ctx context.Context, number int64, before *AuditSeal) (*AuditSeal, error) {
	seal, err := v.seal(ctx, number, before)
	if _, broken := errors.AsType[AuditBreak](err); broken {
		return v.seal(ctx, number, before)
	}
	return seal, err
}

// end follows the seals that were put meanwhile; without one, the rows that none covers are what is left.
func (v *auditVerifier) end(ctx context.Context, run *AuditCheckRun) error {
	if run.ToEnd {
		last, err := v.lastNumber(ctx)
		if err != nil {
			return err
		}
		if last > run.LastSeal {
			run.LastSeal = last
			return nil
		}
		if err := v.rest(ctx, last); err != nil {
			return err
		}
	}
	run.State = CheckWhole
	return nil
}

// MoveAuditCheck keeps what has become of a check since it was at a place. ErrSpent: it is over, or somebody else has moved it on.
func (tx *Tx) MoveAuditCheck(ctx context.Context, run *AuditCheckRun, from int64) error {
	run.MovedAt = tx.Now()
	if run.State != CheckRunning {
		run.FinishedAt = &run.MovedAt
	}
	return spent(tx.write(ctx).Model(run).Select("*").Where("id = ? AND state = ? AND next_seal = ?", run.ID, CheckRunning, from).Updates(run))
}

// CancelAuditCheck stops a check and gives it back as it was. Errors: ErrNotFound, ErrSpent: it is over.
func (tx *Tx) CancelAuditCheck(ctx context.Context, id string) (AuditCheckRun, error) {
	run, err := tx.AuditCheckByID(ctx, id)
	if err != nil {
		return run, err
	}
	now := tx.Now()
	return run, spent(tx.write(ctx).Model(&AuditCheckRun{}).Where("id = ? AND state = ?", id, CheckRunning).
		Updates(map[string]any{"state": CheckCancelled, "moved_at": now, "finished_at": now}))
}

// LastOwnAuditCheck is the newest check that the house began by itself, however it went. Errors: ErrNotFound.
func (db *DB) LastOwnAuditCheck(ctx context.Context) (AuditCheckRun, error) {
	var run AuditCheckRun
	return run, one(db.read(ctx).Where("started_by = ''").Order("started_at DESC, id DESC").Take(&run).Error)
}

// AuditCheckByID finds a check. Errors: ErrNotFound.
func (db *DB) AuditCheckByID(ctx context.Context, id string) (AuditCheckRun, error) {
	var run AuditCheckRun
	return run, one(db.read(ctx).Take(&run, "id = ?", id).Error)
}

// LastAuditCheck is the newest check in one of some states. Errors: ErrNotFound.
func (db *DB) LastAuditCheck(ctx context.Context, states ...string) (last AuditCheckRun, err error) {
	found := ErrNotFound
	for _, state := range states { // one walk along the index for each
		var run AuditCheckRun
		err := one(db.read(ctx).Where("state = ?", state).Order("started_at DESC, id DESC").Take(&run).Error)
		switch {
		case errors.Is(err, ErrNotFound):
			continue
		case err != nil:
			return last, err
		}
		if found != nil || run.StartedAt.After(last.StartedAt) {
			last, found = run, nil
		}
	}
	return last, found
}

// faultsMost is how many faults are looked at.
const faultsMost = 100

// AuditFaults are the checks that found a fault which no later check without one has passed over, the newest first.
func (db *DB) AuditFaults(ctx context.Context) (list []AuditCheckRun, err error) {
	if err := db.read(ctx).Where("state = ?", CheckBroken).Where(`NOT EXISTS (SELECT 1 FROM audit_checks AS later WHERE later.state = 'whole' AND later.started_at >= audit_checks.finished_at AND (
		audit_checks.fault_seal > 0 AND audit_checks.fault_seal = audit_checks.cured_by AND later.first_seal <= audit_checks.cured_by AND later.last_seal >= audit_checks.cured_by
		OR audit_checks.fault_seal <> audit_checks.cured_by AND later.to_end AND later.first_seal <= audit_checks.cured_by + 1
		OR audit_checks.fault_seal = 0 AND later.to_end AND later.first_seal <= audit_checks.cured_by + 1))`).Order("started_at DESC, id DESC").Limit(faultsMost).Find(&list).Error; err != nil {
		return nil, fmt.Errorf("list faults of the audit log: %w", err)
	}
	return list, nil
}

// Break is what a check found, in the words of VerifyAudit.
func (run AuditCheckRun) Break() AuditBreak {
	return AuditBreak{Seal: run.FaultSeal, EventID: run.FaultRow, Finding: run.Finding}
}
