package admin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/auth"
	"latchkey/models"
)

// The actions on work in the audit log.
const (
	auditJobRetry    models.Action = "admin.job.retry"
	auditJobCancel   models.Action = "admin.job.cancel"
	auditJobDelete   models.Action = "admin.job.delete"
	auditDutyRun     models.Action = "admin.job.run"
	auditQueuePause  models.Action = "admin.queue.pause"
	auditQueueResume models.Action = "admin.queue.resume"
)

// jobWords is what they are called.
var jobWords = map[models.Action]models.AuditWords{
	auditJobRetry:    {Done: "Job run again", Severity: models.SeverityNotice},
	auditJobCancel:   {Done: "Job cancelled", Severity: models.SeverityNotice},
	auditJobDelete:   {Done: "Job deleted", Severity: models.SeverityNotice},
	auditDutyRun:     {Done: "Periodic work run ahead of its time", Severity: models.SeverityNotice},
	auditQueuePause:  {Done: "Queue paused", Severity: models.SeverityWarning},
	auditQueueResume: {Done: "Queue resumed", Severity: models.SeverityNotice},
}

// jobAct is one thing that operators do to a job.
type jobAct struct {
	act    models.JobAct
	event  models.Action
	stepUp bool
	states []string // that it can be done in
	after  string   // the state it leaves
}

// jobActs are all of them, in the order in which pages offer them.
var jobActs = []jobAct{
	{models.JobRetry, auditJobRetry, false, []string{models.JobsScheduled, models.JobsRetrying, models.JobsGivenUp, models.JobsDone}, models.JobsWaiting},
	{models.JobCancel, auditJobCancel, false, []string{models.JobsWaiting, models.JobsScheduled, models.JobsRetrying}, models.JobsGivenUp},
	{models.JobDelete, auditJobDelete, true, []string{models.JobsGivenUp}, "deleted"},
}

// decision is what an operator decided about a job or a queue: why, and in which state they saw it.
type decision struct{ Reason, Version string }

// jobVersion names the state of a job in a form.
func jobVersion(job models.Job) (string, error) {
	return models.Version([]any{job.ID, job.State, job.Attempt})
}

// actOnJob does an act on a job, with its row in the audit log. Errors: auth.Invalid, auth.Forbidden, auth.ErrChanged,
// auth.ErrSignedOut, models.ErrNotFound.
func (h *Handler) actOnJob(ctx context.Context, op auth.Operator, act jobAct, id int64, d decision) error {
	reason, sentence := models.OperatorReason(d.Reason)
	if sentence != "" {
		return auth.Invalid{"reason": sentence}
	}
	// Looked at before the transaction: on SQLite the queue is read over the connection that the transaction holds.
	job, err := h.DB.JobByID(ctx, id)
	if err != nil {
		return err
	}
	if version, err := jobVersion(job); err != nil || version != d.Version {
		return errors.Join(err, auth.ErrChanged)
	}
	err = h.DB.InTx(ctx, func(tx *models.Tx) error {
		op, err := h.People.Operating(tx.Context(), op, auth.RightOperate)
		if err != nil {
			return err
		}
		if err := tx.ActOnJob(ctx, act.act, id); errors.Is(err, models.ErrSpent) {
			return auth.ErrChanged
		} else if err != nil {
			return err
		}
		event := op.Event(act.event, "")
		event.Reason, event.TargetKind, event.TargetID = reason, "job", fmt.Sprint(id)
		event.Meta["kind"], event.Changes = job.Kind, map[string]models.Change{"state": {Old: job.State, New: act.after}}
		return tx.Audit(ctx, event)
	})
	return h.People.NoteRefused(ctx, op, act.event, "", err)
}

// pauseQueue lets the work of a queue rest, or go on.
func (h *Handler) pauseQueue(ctx context.Context, op auth.Operator, name string, paused bool, d decision) error {
	reason, sentence := models.OperatorReason(d.Reason)
	if sentence != "" {
		return auth.Invalid{"reason": sentence}
	}
	action := map[bool]models.Action{true: auditQueuePause, false: auditQueueResume}[paused]
	err := h.DB.InTx(ctx, func(tx *models.Tx) error {
		op, err := h.People.Operating(tx.Context(), op, auth.RightOperate)
		if err != nil {
			return err
		}
		if err := tx.PauseQueue(ctx, name, paused); err != nil {
			return err
		}
		event := op.Event(action, "")
		event.Reason, event.TargetKind, event.TargetID = reason, "queue", name
		event.Changes = map[string]models.Change{"paused": {Old: !paused, New: paused}}
		return tx.Audit(ctx, event)
	})
	return h.People.NoteRefused(ctx, op, action, "", err)
}

// Duty is work that the house does every so often.
type Duty struct {
	Name  string
	Every time.Duration
}

// runDuty does a duty ahead of its time. Errors: auth.Invalid, auth.Forbidden, auth.ErrSignedOut; models.ErrSpent: it waits or runs
// already.
func (h *Handler) runDuty(ctx context.Context, op auth.Operator, name string, d decision) error {
	reason, sentence := models.OperatorReason(d.Reason)
	if sentence != "" {
		return auth.Invalid{"reason": sentence}
	}
	err := h.DB.InTx(ctx, func(tx *models.Tx) error {
		op, err := h.People.Operating(tx.Context(), op, auth.RightOperate)
		if err != nil {
			return err
		}
		if err := tx.RunDuty(ctx, name); err != nil {
			return err
		}
		event := op.Event(auditDutyRun, "")
		event.Reason, event.TargetKind, event.TargetID = reason, "duty", name
		return tx.Audit(ctx, event)
	})
	return h.People.NoteRefused(ctx, op, auditDutyRun, "", err)
}
