package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"latchkey/models"
)

// AuditEntry is one event with what stands around it.
type AuditEntry struct {
	Event   models.AuditEvent
	Request []models.AuditEvent    // the other events of the same request
	Seal    *models.AuditSeal      // nil: none covers it yet
	People  map[string]models.User // who is in the events, by id
}

// auditRequestRows is how many other events of a request are shown.
const auditRequestRows = 50

// AuditEntry finds one event. Errors: Forbidden, ErrSignedOut, models.ErrNotFound.
func (s *Service) AuditEntry(ctx context.Context, op Operator, id string) (entry AuditEntry, err error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return entry, err
	}
	db := s.db.Joined(ctx)
	if entry.Event, err = db.AuditEventByID(ctx, id); err != nil {
		return entry, err
	}
	if entry.Event.RequestID != "" {
		if entry.Request, err = db.AuditOlder(ctx, models.AuditFilter{RequestID: entry.Event.RequestID}, nil, auditRequestRows); err != nil {
			return entry, err
		}
		entry.Request = slices.DeleteFunc(entry.Request, func(e models.AuditEvent) bool { return e.ID == id })
	}
	if entry.Event.Seal != nil {
		seal, err := db.AuditSealByNumber(ctx, *entry.Event.Seal)
		if err != nil && !errors.Is(err, models.ErrNotFound) { // a seal that is gone is for the check of the chain to say
			return entry, fmt.Errorf("read seal of an event: %w", err)
		}
		if err == nil {
			entry.Seal = &seal
		}
	}
	entry.People, err = peopleIn(ctx, db, append(slices.Clone(entry.Request), entry.Event)...)
	return entry, err
}

// with is a copy of details and more of them.
func with(details, more map[string]any) map[string]any {
	all := map[string]any{}
	for _, of := range []map[string]any{details, more} {
		for key, value := range of {
			all[key] = value
		}
	}
	return all
}
