package admin

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
)

// batchColumns are the fields of a member on whom an act was not done.
var batchColumns = []string{"position", "member", "email", "state", "why"}

// exportBatch downloads on whom the act was not done, and why.
func (h *Handler) exportBatch(format string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		return exportRefused(h.send(c, func() (download, error) {
			export, err := h.People.ExportBatch(c.UserContext(), operator(c), c.Params("id"), format)
			if err != nil {
				return download{}, err
			}
			read := func(ctx context.Context, block func([][]any) error) error {
				return export.Each(ctx, func(lines []auth.BatchLine) error {
					rows := make([][]any, len(lines))
					for i, l := range lines {
						rows[i] = []any{int64(l.Position), l.MemberID, l.Person.Email, l.State, l.Why}
					}
					return block(rows)
				})
			}
			return download{name: "batch", format: exportFormats[format], columns: batchColumns, read: read, done: export.Done}, nil
		}))
	}
}
