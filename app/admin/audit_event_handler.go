package admin

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

// showAuditEvent is one event, and what stands around it.
func (h *Handler) showAuditEvent(c *fiber.Ctx) error {
	entry, err := h.People.AuditEntry(c.UserContext(), operator(c), c.Params("id"))
	if err != nil {
		return err
	}
	e := entry.Event
	page := views.AuditEventPage{
		AuditRow: h.auditRow(e, entry.People), Role: detailText(e.Meta[auth.MetaActorRole]), Reason: e.Reason, Method: e.Method, UserAgent: e.UserAgent, Request: e.RequestID,
		Session: e.SessionID, Client: e.ClientID, Batch: e.BatchID, SameRequest: h.auditRows(entry.Request, entry.People), Details: auditDetails(e),
	}
	for _, field := range slices.Sorted(maps.Keys(e.Changes)) {
		page.Changes = append(page.Changes, views.AuditChange{Field: fieldWords(field), Old: detailText(e.Changes[field].Old), New: detailText(e.Changes[field].New)})
	}
	if e.Seal != nil {
		page.Seal = *e.Seal
	}
	if seal := entry.Seal; seal != nil {
		page.Sealed = &views.AuditSealed{Rows: seal.Events, First: seal.FirstAt, Last: seal.LastAt, At: seal.CreatedAt}
	}
	return views.Render(c, fiber.StatusOK, views.AuditEvent(page))
}

// shownMeta is what an event says more, without the digests by which the program tells one unknown address from another:
// they are for it alone.
func shownMeta(meta map[string]any) map[string]any {
	if len(meta) == 0 {
		return meta
	}
	shown := maps.Clone(meta)
	maps.DeleteFunc(shown, func(name string, _ any) bool { return strings.HasSuffix(name, "_hmac") })
	return shown
}

func auditDetails(e models.AuditEvent) (details []views.AuditDetail) {
	meta := shownMeta(e.Meta)
	delete(meta, auth.MetaActorRole) // it stands beside who acted
	for _, name := range slices.Sorted(maps.Keys(meta)) {
		details = append(details, views.AuditDetail{Name: fieldWords(name), Value: detailText(meta[name])})
	}
	return details
}

// fieldWords is the name of a field as words: "Until", "Viewed as".
func fieldWords(name string) string {
	words := strings.ReplaceAll(name, "_", " ")
	if words == "" {
		return ""
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

// detailText is a value as it is read.
func detailText(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	text, err := json.Marshal(value)
	if err != nil { // it came out of JSON
		return ""
	}
	return string(text)
}
