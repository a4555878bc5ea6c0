package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"latchkey/app/admin"
	"latchkey/models"
)

// reviewInterval is how often the house looks for what needs a person.
const reviewInterval = time.Minute

// unsealedTime is how long a row of the audit log may wait for its seal: every ten seconds there is one.
const unsealedTime = 5 * time.Minute

// reviewFinders look for what needs a person, each for one kind of thing.
func (h *house) reviewFinders() []models.ReviewFinder {
	list := append(h.people.ReviewFinders(),
		models.ReviewFinder{Kind: admin.ReviewJobs, Find: h.findGivenUp(func(kind string) bool { return kind != mailKind })},
		models.ReviewFinder{Kind: admin.ReviewMails, Find: h.findGivenUp(func(kind string) bool { return kind == mailKind })},
		models.ReviewFinder{Kind: admin.ReviewAuditUnsealed, Find: h.findUnsealed},
		models.ReviewFinder{Kind: admin.ReviewAuditBroken, Find: h.findBroken},
		models.ReviewFinder{Kind: admin.ReviewDoctor, Find: h.findDoctorErrors},
	)
	list = append(list, h.oauth.ReviewFinders()...) // oauth
	return list
}

// review writes down what needs a person now.
func (h *house) review(ctx context.Context) error { return findReview(ctx, h.db, h.reviewFinders()) }

// findReview lets each finder look. One that fails keeps no other from its work.
func findReview(ctx context.Context, db *models.DB, finders []models.ReviewFinder) error {
	errs := []error{db.WakeReview(ctx)}
	for _, finder := range finders {
		errs = append(errs, db.RefreshReview(ctx, finder))
	}
	return errors.Join(errs...)
}

// mailKind is the kind of the jobs that carry mails.
var mailKind = models.MailJob{}.Kind()

// findGivenUp finds jobs that were given up, by what they are called. The last comes first.
func (h *house) findGivenUp(counts func(kind string) bool) func(context.Context) ([]models.ReviewFinding, error) {
	return func(ctx context.Context) (found []models.ReviewFinding, err error) {
		list, err := h.db.DiscardedJobs(ctx)
		for _, job := range list {
			if !counts(job.Kind) {
				continue
			}
			i := slices.IndexFunc(found, func(f models.ReviewFinding) bool { return f.Subject == job.Name() })
			if i < 0 {
				i, found = len(found), append(found, models.ReviewFinding{Subject: job.Name(), Severity: models.SeverityWarning, Last: job.FinalizedAt})
			}
			found[i].Times, found[i].Since = found[i].Times+1, job.FinalizedAt
		}
		return found, err
	}
}

func (h *house) findUnsealed(ctx context.Context) ([]models.ReviewFinding, error) {
	oldest, err := h.db.OldestUnsealed(ctx)
	switch {
	case errors.Is(err, models.ErrNotFound) || err == nil && h.db.Now().Sub(oldest) < unsealedTime:
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("look for rows without a seal: %w", err)
	}
	return []models.ReviewFinding{{Severity: models.SeverityAlert, Since: oldest}}, nil
}

// findBroken finds the faults of the audit log that no later check has passed over. The same fault found again is no new one: a
// row that was changed stays changed.
func (h *house) findBroken(ctx context.Context) (found []models.ReviewFinding, err error) {
	faults, err := h.db.AuditFaults(ctx)
	for _, run := range faults { // the first to find one comes last
		f := models.ReviewFinding{Subject: placeOf(run), Detail: run.Break().Error(), Severity: models.SeverityAlert, Since: *run.FinishedAt}
		if i := slices.IndexFunc(found, func(other models.ReviewFinding) bool { return other.Subject == f.Subject }); i >= 0 {
			found[i] = f
		} else {
			found = append(found, f)
		}
	}
	return found, err
}

// placeOf names where a check found a fault.
func placeOf(run models.AuditCheckRun) string {
	switch {
	case run.FaultRow != "":
		return "row " + run.FaultRow
	case run.FaultSeal > 0:
		return fmt.Sprintf("seal %d", run.FaultSeal)
	}
	return "rows without a seal"
}
