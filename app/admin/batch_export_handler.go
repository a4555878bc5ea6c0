package admin

import (
	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
)

// batchColumns are the fields of a member on whom an act was not done.
var batchColumns = []string{"position", "member", "email", "state", "why"}

func batchRecord(l auth.BatchLine) []any {
	return []any{int64(l.Position), l.MemberID, l.Person.Email, l.State, l.Why}
}

// exportBatch downloads on whom the act was not done, and why.
func (h *Handler) exportBatch(format string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		return exportRefused(h.send(c, func() (download, error) {
			x, err := h.People.ExportBatch(c.UserContext(), operator(c), c.Params("id"), format)
			return downloadOf("batch", format, batchColumns, x, batchRecord), err
		}))
	}
}
