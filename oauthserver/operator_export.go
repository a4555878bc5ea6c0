package oauthserver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/models"
)

// Export is a download of a list that an operator may have.
type Export[T any] struct {
	s      *Server
	by     Operator
	action models.Action
	about  map[string]any // what was asked for, for the audit log
	walk   func(ctx context.Context, each func([]T) error) error
}

// ExportClients lets an operator download the clients that a filter selects, and keeps in the audit log that it has begun.
// Errors: ErrRefused.
func (s *Server) ExportClients(ctx context.Context, by Operator, f ClientFilter, format string) (*Export[models.OAuthClient], error) {
	q := f.query(s.now())
	x := &Export[models.OAuthClient]{s, by, eventClientsExport, f.details(format), func(ctx context.Context, each func([]models.OAuthClient) error) error {
		return s.db.OAuthClientsEach(ctx, q, each)
	}}
	return x, x.begin(ctx)
}

// ExportConsents is ExportClients for consents.
func (s *Server) ExportConsents(ctx context.Context, by Operator, f ConsentFilter, format string) (*Export[ConsentRecord], error) {
	x := &Export[ConsentRecord]{s, by, eventConsentsExport, f.details(format), func(ctx context.Context, each func([]ConsentRecord) error) error {
		return s.db.OAuthConsentsEach(ctx, models.OAuthConsentQuery(f), func(rows []models.OAuthConsent) error {
			records, err := s.consentRecords(ctx, rows)
			if err != nil {
				return err
			}
			return each(records)
		})
	}}
	return x, x.begin(ctx)
}

// details say for the audit log what was selected.
func (f ClientFilter) details(format string) map[string]any {
	return chosen(format, map[string]string{
		"clients": f.State, "kind": f.Kind, "origin": f.Origin, "authentication": f.Authentication, "grant": f.Grant, "scope": f.Scope,
		"unverified": yes(f.Unverified), "unused": yes(f.Unused > 0), "kept_long": yes(f.OldSecret > 0),
	})
}

func (f ConsentFilter) details(format string) map[string]any {
	return chosen(format, map[string]string{"member": f.Subject, "client": f.ClientID, "scope": f.Scope, "from": dayOf(f.From), "to": dayOf(f.To)})
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return ""
}

func dayOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

func chosen(format string, fields map[string]string) map[string]any {
	details := map[string]any{"format": format}
	for name, value := range fields {
		if value != "" {
			details[name] = value
		}
	}
	return details
}

// begin asks for the right, as the role is now, and writes down that the download begins: a row that told of the end alone would
// be missing where somebody pulls the plug.
func (x *Export[T]) begin(ctx context.Context) error {
	event := x.by.sign(models.AuditEvent{Action: x.action})
	err := error(nil)
	if !x.by.may(RightAudit) {
		err = ErrRefused
	} else if x.by.Still != nil {
		err = x.by.Still(ctx, RightAudit)
	}
	switch {
	case errors.Is(err, ErrRefused):
		return x.s.refuseOperator(ctx, x.by, event, err)
	case err != nil:
		return err
	}
	return x.note(ctx, "", map[string]any{"state": models.ExportBegun})
}

// Each reads the list in blocks. Errors: what each says.
func (x *Export[T]) Each(ctx context.Context, each func([]T) error) error { return x.walk(ctx, each) }

// Done keeps in the audit log how many rows left the house, and says how far it is sealed. cut is why the download ended early;
// nil: it did not.
func (x *Export[T]) Done(ctx context.Context, rows int, cut error) (models.AuditChain, error) {
	outcome, state := models.ExportEnd(cut)
	if err := x.note(ctx, outcome, map[string]any{"state": state, "rows": rows}); err != nil {
		return models.AuditChain{}, fmt.Errorf("note export: %w", err)
	}
	return x.s.db.AuditChain(ctx)
}

func (x *Export[T]) note(ctx context.Context, outcome string, more map[string]any) error {
	event := x.by.sign(models.AuditEvent{Action: x.action, Outcome: outcome, Meta: more})
	for name, value := range x.about {
		event.Meta[name] = value
	}
	return x.s.db.Audit(ctx, event)
}
