package auth

import (
	"context"
	"fmt"
	"strings"

	"latchkey/models"
)

// export is a download under way, with what the audit log is told of it.
type export struct {
	s      *Service
	op     Operator
	action models.Action
	about  map[string]any // what was asked for
}

// AuditExport is a download of the audit log that an operator may have.
type AuditExport struct {
	export
	filter models.AuditFilter
}

// ExportAuditLog lets an operator download what a query selects, and keeps in the log that it has begun: a row that told of
// the end alone would be missing where somebody pulls the plug. Errors: Forbidden, ErrSignedOut, Invalid (on a field).
func (s *Service) ExportAuditLog(ctx context.Context, op Operator, q AuditQuery, format string) (*AuditExport, error) {
	op, err := s.Operating(ctx, op, RightAudit)
	if err != nil {
		return nil, s.NoteRefused(ctx, op, AuditLogExport, "", err)
	}
	filter, _, err := s.auditFilter(ctx, s.db, q)
	if err != nil {
		return nil, err
	}
	if filter.To.IsZero() {
		filter.To = s.now() // its own rows are not part of it
	}
	x := &AuditExport{export{s, op, AuditLogExport, exportDetails(q, filter, format)}, filter}
	return x, x.note(ctx, "", map[string]any{"state": models.ExportBegun})
}

// exportDetails says what is exported. Addresses of people are not written down, their ids are.
func exportDetails(q AuditQuery, f models.AuditFilter, format string) map[string]any {
	details := map[string]any{"format": format}
	for key, value := range map[string]string{
		"people": strings.Join(f.People, " "), "part": string(f.Role), "families": strings.Join(f.Families, " "), "actions": strings.Trim(fmt.Sprint(f.Actions), "[]"),
		"outcome": f.Outcome, "client": f.ClientID, "network": q.Address, "request": f.RequestID, "batch": f.BatchID, "from": q.From, "to": q.To,
	} {
		if value != "" {
			details[key] = value
		}
	}
	for key, is := range map[string]bool{"operators": f.Operators, "viewed_as": f.ViewedAs} {
		if is {
			details[key] = true
		}
	}
	if q.Days > 0 {
		details["days"] = q.Days
	}
	return details
}

// Each reads the events in blocks, the newest first. Errors: Invalid (a range that is too wide), and what each says.
func (x *AuditExport) Each(ctx context.Context, each func([]models.AuditEvent) error) error {
	return wideNetwork(x.s.db.AuditEach(ctx, x.filter, each))
}

// Done keeps in the log how many records left the house, and says how far it is sealed. cut is why the download ended early;
// nil: it did not.
func (x export) Done(ctx context.Context, rows int, cut error) (models.AuditChain, error) {
	outcome, state := models.ExportEnd(cut)
	if err := x.note(ctx, outcome, map[string]any{"state": state, "rows": rows}); err != nil {
		return models.AuditChain{}, fmt.Errorf("note export: %w", err)
	}
	return x.s.db.AuditChain(ctx)
}

func (x export) note(ctx context.Context, outcome string, more map[string]any) error {
	event := x.op.Event(x.action, "")
	event.Outcome, event.Meta = outcome, with(with(event.Meta, x.about), more)
	return x.s.db.Audit(ctx, event)
}
