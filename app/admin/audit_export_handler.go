package admin

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
)

// auditColumns are the fields of an exported event.
var auditColumns = []string{
	"id", "time", "event", "sentence", "outcome", "reason", "actor_kind", "actor", "actor_role", "effective", "subject", "target_kind", "target", "client", "organisation",
	"session", "method", "address", "user_agent", "request", "batch", "seal", "changes", "details",
}

// auditRecord puts the fields of an event into a record that was used before. It holds as long as the event.
func (h *Handler) auditRecord(record []any, e *models.AuditEvent) []any {
	var seal any
	if e.Seal != nil {
		seal = *e.Seal
	}
	return append(record[:0],
		&e.ID, e.CreatedAt, (*string)(&e.Action), h.words[e.Action].Say(e.Outcome), &e.Outcome, &e.Reason, &e.ActorKind, &e.ActorID, e.Meta[auth.MetaActorRole], &e.EffectiveID, &e.SubjectID, &e.TargetKind, &e.TargetID, &e.ClientID,
		&e.OrgID, &e.SessionID, &e.Method, &e.Address, &e.UserAgent, &e.RequestID, &e.BatchID, seal, e.Changes, shownMeta(e.Meta),
	)
}

// exportAudit downloads what the list at the same address would show, page by page.
func (h *Handler) exportAudit(format string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		_, q, err := h.readAuditQuery(c.Queries())
		if err != nil {
			return err
		}
		return exportRefused(h.send(c, func() (download, error) { return h.auditDownload(c, q, format) }))
	}
}

func (h *Handler) auditDownload(c *fiber.Ctx, q auth.AuditQuery, format string) (d download, err error) {
	export, err := h.People.ExportAuditLog(c.UserContext(), operator(c), q, format)
	if err != nil {
		return d, err
	}
	records := make([][]any, models.ListBlock) // each block in the place of the one before
	read := func(ctx context.Context, block func([][]any) error) error {
		return export.Each(ctx, func(events []models.AuditEvent) error {
			for i := range events {
				records[i] = h.auditRecord(records[i], &events[i])
			}
			return block(records[:len(events)])
		})
	}
	return download{name: "audit-log", format: exportFormats[format], columns: auditColumns, read: read, done: export.Done}, nil
}
