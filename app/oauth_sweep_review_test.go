package main

import (
	"context"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models"
)

// aReview is something that needs a person.
func (s *sweep) aReview(t *testing.T, kind string) models.ReviewItem {
	t.Helper()
	subject := models.NewID()
	s.must(t, s.db.RefreshReview(t.Context(), models.ReviewFinder{Kind: kind, Keep: 24 * time.Hour, Find: func(context.Context) ([]models.ReviewFinding, error) {
		return []models.ReviewFinding{{Subject: subject, Detail: "it does not answer", Severity: models.SeverityAlert}}, nil
	}}))
	list, err := s.db.ReviewOlder(t.Context(), models.ReviewOpen, nil, 100)
	s.must(t, err)
	for _, item := range list {
		if item.Subject == subject {
			return item
		}
	}
	t.Fatal("it is not there")
	return models.ReviewItem{}
}

// reviewForms set aside what needs a person.
func (s *sweep) reviewForms(t *testing.T, forms map[string]filled, places map[string]string) {
	t.Helper()
	by := s.enter(t, "admin@example.test")
	for _, act := range []string{"acknowledge", "snooze"} {
		item := s.aReview(t, auth.ReviewLockouts)
		version, err := item.Version()
		s.must(t, err)
		places["/admin/review/{id}/"+act] = "/admin/review/" + item.ID + "/" + act
		forms["POST /admin/review/{id}/"+act] = filled{by: by, form: fields("reason", "The machine is being moved", "snooze", "1d", "version", version), want: "/admin/review", changes: "review_items"}
	}
}
