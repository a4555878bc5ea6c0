package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/models"
)

// ReviewQuery says which page of what needs a person.
type ReviewQuery struct {
	State        string // one of models.ReviewStates
	PerPage      int    // one of PageSizes; 0: the fewest
	Newer, Older string // a place that a page before named; at most one of them
}

// ReviewPage is a page of the list and the places where its neighbours begin; empty: there is none.
type ReviewPage struct {
	Items        []models.ReviewItem
	People       map[string]models.User // whom items are about or who set them aside, by id
	Newer, Older string
}

// Review lists what needs a person, what happened last first. Errors: Forbidden, ErrSignedOut, models.ErrNoCursor.
func (s *Service) Review(ctx context.Context, op Operator, q ReviewQuery) (ReviewPage, error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return ReviewPage{}, err
	}
	db := s.db.Joined(ctx)
	at := models.Place{Newer: q.Newer, Older: q.Older, Limit: rowsOnPage(q.PerPage)}
	list, err := models.ReadPage(db, at, "review|"+op.ID+"|"+q.State, models.ReviewItem.Cursor,
		func(than *models.Cursor, limit int) ([]models.ReviewItem, error) {
			return db.ReviewOlder(ctx, q.State, than, limit)
		},
		func(than models.Cursor, limit int) ([]models.ReviewItem, error) {
			return db.ReviewNewer(ctx, q.State, than, limit)
		})
	if err != nil {
		return ReviewPage{}, fmt.Errorf("list what needs a person: %w", err)
	}
	page := ReviewPage{Items: list.Rows, Newer: list.Newer, Older: list.Older}
	page.People, err = peopleOf(ctx, db, page.Items...)
	return page, err
}

// ReviewItem finds one thing that needs a person, and whom it is about. Errors: Forbidden, ErrSignedOut, models.ErrNotFound.
func (s *Service) ReviewItem(ctx context.Context, op Operator, id string) (item models.ReviewItem, people map[string]models.User, err error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return item, nil, err
	}
	db := s.db.Joined(ctx)
	if item, err = db.ReviewItemByID(ctx, id); err != nil {
		return item, nil, err
	}
	people, err = peopleOf(ctx, db, item)
	return item, people, err
}

func peopleOf(ctx context.Context, db *models.DB, items ...models.ReviewItem) (map[string]models.User, error) {
	var ids []string
	for _, item := range items {
		ids = append(ids, item.DecidedBy)
		if item.Kind == ReviewOperators {
			ids = append(ids, item.Subject)
		}
	}
	return peopleByID(ctx, db, ids...)
}

// ReviewCount counts what is open, but no further than most. Whoever asks has made sure that it is for an operator.
func (s *Service) ReviewCount(ctx context.Context, most int) (int, error) {
	n, err := s.db.Joined(ctx).CountReview(ctx, most)
	if err != nil {
		return 0, fmt.Errorf("count what needs a person: %w", err)
	}
	return n, nil
}

// ReviewSnoozes are how long something can be snoozed, by the word of the form.
var ReviewSnoozes = map[string]time.Duration{"1h": time.Hour, "1d": 24 * time.Hour, "7d": 7 * 24 * time.Hour}

// ReviewDecision sets something aside: why, decided on which state, and for how long (a key of ReviewSnoozes; empty: it is
// acknowledged, until it happens anew).
type ReviewDecision struct{ Reason, Version, Snooze string }

// SetReviewAside acknowledges or snoozes what needs a person. Errors: Forbidden, ErrSignedOut, ErrChanged, Invalid (on a field),
// models.ErrNotFound.
func (s *Service) SetReviewAside(ctx context.Context, op Operator, id string, d ReviewDecision) error {
	action := AuditReviewAcknowledge
	if d.Snooze != "" {
		action = AuditReviewSnooze
	}
	err := s.db.InTx(ctx, func(tx *models.Tx) error { return s.setReviewAside(tx, op, action, id, d) })
	return s.NoteRefused(ctx, op, action, "", err)
}

func (s *Service) setReviewAside(tx *models.Tx, op Operator, action models.Action, id string, d ReviewDecision) error {
	ctx := tx.Context()
	op, err := s.Operating(ctx, op, RightRead)
	if err != nil {
		return err
	}
	item, err := tx.LockReviewItem(ctx, id)
	if err != nil {
		return err
	}
	if right := ReviewRight(item.Kind); !op.Role.May(right) {
		return Forbidden{Right: right, code: "role"}
	}
	reason, wrong := readReviewDecision(d)
	if len(wrong) > 0 {
		return wrong
	}
	if version, err := item.Version(); err != nil || version != d.Version {
		return errors.Join(err, ErrChanged)
	}
	event := op.Event(action, "")
	event.Reason, event.TargetKind, event.TargetID = reason, "review", item.ID
	event.Meta = with(event.Meta, map[string]any{"kind": item.Kind, "times": item.Times})
	var until *time.Time
	if d.Snooze != "" {
		end := s.now().Add(ReviewSnoozes[d.Snooze])
		until, event.Meta["until"] = &end, end.Format(time.RFC3339)
	}
	if err := tx.SetReviewAside(ctx, item.ID, op.ID, until); err != nil {
		return fmt.Errorf("set aside what needs a person: %w", err)
	}
	return tx.Audit(ctx, event)
}

func readReviewDecision(d ReviewDecision) (reason string, wrong Invalid) {
	wrong = Invalid{}
	reason, sentence := models.OperatorReason(d.Reason)
	if sentence != "" {
		wrong["reason"] = sentence
	}
	if _, known := ReviewSnoozes[d.Snooze]; d.Snooze != "" && !known {
		wrong["snooze"] = "Choose how long"
	}
	return reason, wrong
}
