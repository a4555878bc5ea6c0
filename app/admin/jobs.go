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

// jobVersion names the state of a job in a form.
func jobVersion(job models.Job) (string, error) {
	return models.Version([]any{job.ID, job.State, job.Attempt})
}

// actOnJob does an act on a job, with its row in the audit log. Errors: auth.Invalid, auth.Forbidden, auth.ErrChanged,
// auth.ErrSignedOut, models.ErrNotFound.
func (h *Handler) actOnJob(ctx context.Context, op auth.Operator, act jobAct, id int64, d auth.Act) error {
	// Looked at before the transaction: on SQLite the queue is read over the connection that the transaction holds.
	job, err := h.DB.JobByID(ctx, id)
	if err != nil {
		return err
	}
	return h.People.Operate(ctx, op, auth.RightOperate, act.event, d.Reason, func(tx *models.Tx, _ auth.Operator, event *models.AuditEvent) error {
		if version, err := jobVersion(job); err != nil || version != d.Version {
			return errors.Join(err, auth.ErrChanged)
		}
		event.TargetKind, event.TargetID, event.Meta["kind"] = "job", fmt.Sprint(id), job.Kind
		event.Changes = map[string]models.Change{"state": {Old: job.State, New: act.after}}
		if err := tx.ActOnJob(ctx, act.act, id); errors.Is(err, models.ErrSpent) {
			return auth.ErrChanged
		} else if err != nil {
			return err
		}
		return nil
	})
}

// pauseQueue lets the work of a queue rest, or go on.
func (h *Handler) pauseQueue(ctx context.Context, op auth.Operator, name string, paused bool, d auth.Act) error {
	action := map[bool]models.Action{true: auditQueuePause, false: auditQueueResume}[paused]
	return h.People.Operate(ctx, op, auth.RightOperate, action, d.Reason, func(tx *models.Tx, _ auth.Operator, event *models.AuditEvent) error {
		event.TargetKind, event.TargetID = "queue", name
		event.Changes = map[string]models.Change{"paused": {Old: !paused, New: paused}}
		return tx.PauseQueue(ctx, name, paused)
	})
}

// Duty is work that the house does every so often.
type Duty struct {
	Name  string
	Every time.Duration
}

// runDuty does a duty ahead of its time. Errors: auth.Invalid, auth.Forbidden, auth.ErrSignedOut; models.ErrSpent: it waits or runs
// already.
func (h *Handler) runDuty(ctx context.Context, op auth.Operator, name string, d auth.Act) error {
	return h.People.Operate(ctx, op, auth.RightOperate, auditDutyRun, d.Reason, func(tx *models.Tx, _ auth.Operator, event *models.AuditEvent) error {
		event.TargetKind, event.TargetID = "duty", name
		return tx.RunDuty(ctx, name)
	})
}
