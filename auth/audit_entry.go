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

// AuditChain is how far the log is sealed, and the last check of it.
type AuditChain struct {
	models.AuditChain
	Check  *models.AuditEvent // nil: nobody has checked from here
	People map[string]models.User
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
	checks, err := db.AuditOlder(ctx, models.AuditFilter{Actions: []string{AuditLogVerify}}, nil, 1)
	if err != nil || len(checks) == 0 {
		return chain, err
	}
	chain.Check = &checks[0]
	chain.People, err = peopleIn(ctx, db, checks...)
	return chain, err
}

// VerifyAuditLog checks the newest seals and what none covers yet, and keeps in the log what came of it. Errors: Forbidden,
// ErrSignedOut, models.AuditBreak: the log is not what was written.
func (s *Service) VerifyAuditLog(ctx context.Context, op Operator, newest int64) error {
	op, err := s.Operating(ctx, op, RightAudit)
	if err != nil {
		return s.NoteRefused(ctx, op, AuditLogVerify, "", err)
	}
	check, verdict := s.db.VerifyAudit(ctx, newest)
	found, broken := errors.AsType[models.AuditBreak](verdict)
	if verdict != nil && !broken {
		return verdict
	}
	event := op.Event(AuditLogVerify, "")
	event.Meta = with(event.Meta, map[string]any{"seals": check.Seals, "rows": check.Events, "unsealed": check.Unsealed})
	if broken {
		event.Outcome = models.OutcomeFailure
		event.Meta = with(event.Meta, map[string]any{"finding": found.Error(), "seal": found.Seal, "row": found.EventID})
	}
	return errors.Join(verdict, s.db.Audit(ctx, event))
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
