package admin

import (
	"context"
	"errors"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
)

// memberColumns are the fields of an exported member.
var memberColumns = []string{
	"id", "email", "name", "role", "states", "joined", "last_seen", "sessions", "apps", "passkeys", "recovery_codes", "suspended_until",
}

func (h *Handler) memberRecord(m models.Member) []any {
	u := m.User
	states := stateWords(!u.Verified(), u.LockedAt != nil, u.Disabled(h.DB.Now()), u.RefusedPasswordHash != "")
	var lastSeen, until any
	if seen := m.LastSeen(); !seen.IsZero() {
		lastSeen = seen
	}
	if u.Disabled(h.DB.Now()) && u.DisabledUntil != nil {
		until = *u.DisabledUntil
	}
	return []any{
		u.ID, u.Email, u.Name, u.Role, append([]string{}, states...), u.CreatedAt, lastSeen, int64(m.Sessions), int64(m.Facts.Apps), int64(m.Facts.Passkeys), int64(m.Facts.Codes), until,
	}
}

// exportMembers downloads everybody whom the list at the same address would show, page by page.
func (h *Handler) exportMembers(format string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		_, q, err := readMemberQuery(c.Queries())
		if err != nil {
			return err
		}
		return exportRefused(h.send(c, func() (download, error) { return h.memberDownload(c, q, format) }))
	}
}

// exportRefused is how a download is answered that does not begin.
func exportRefused(err error) error {
	var invalid auth.Invalid
	switch {
	case errors.Is(err, errExporting):
		return fiber.ErrTooManyRequests
	case errors.As(err, &invalid):
		return fiber.ErrBadRequest // the list has said what is wrong; it offers no export of it
	}
	return err
}

func (h *Handler) memberDownload(c *fiber.Ctx, q auth.MemberQuery, format string) (d download, err error) {
	export, err := h.People.ExportMembers(c.UserContext(), operator(c), q, format)
	if err != nil {
		return d, err
	}
	read := func(ctx context.Context, block func([][]any) error) error {
		return export.Each(ctx, func(members []models.Member) error {
			rows := make([][]any, len(members))
			for i, m := range members {
				rows[i] = h.memberRecord(m)
			}
			return block(rows)
		})
	}
	return download{name: "members", format: exportFormats[format], columns: memberColumns, read: read, done: export.Done}, nil
}
