package auth

import (
	"context"
	"fmt"
	"time"

	"latchkey/models"
)

// changesLooked is how many of the latest events are looked at for a change; a look at a record is none.
const changesLooked = 10

// LastChange is the newest event since a moment that changed what has an id, with those whom it names. Errors: Forbidden, ErrSignedOut,
// models.ErrNotFound: there was none.
func (s *Service) LastChange(ctx context.Context, op Operator, id string, since time.Time) (e models.AuditEvent, people map[string]models.User, err error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return e, nil, err
	}
	db := s.db.Joined(ctx)
	events, err := db.AuditOlder(ctx, models.AuditFilter{People: []string{id}, Role: models.AuditAsTarget, Outcome: models.OutcomeSuccess, From: since}, nil, changesLooked)
	if err != nil {
		return e, nil, fmt.Errorf("find what changed: %w", err)
	}
	for _, e := range events {
		if e.Action != AuditMemberView {
			people, err = peopleIn(ctx, db, e)
			return e, people, err
		}
	}
	return e, nil, models.ErrNotFound
}
