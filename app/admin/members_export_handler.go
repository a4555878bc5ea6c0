package admin

import (
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"

	"latchkey/models"
)

// memberColumns are the fields of an exported member.
var memberColumns = []string{
	"id", "email", "name", "role", "states", "joined", "last_seen", "sessions", "apps", "passkeys", "recovery_codes", "suspended_until",
}

func (h *Handler) memberRecord(m models.Member) []any {
	u := m.User
	states := stateWords(!u.Verified(), u.LockedAt != nil, u.Disabled(h.DB.Now()), u.RefusedPasswordHash != "")
	var until time.Time
	if u.Disabled(h.DB.Now()) {
		until = moment(u.DisabledUntil)
	}
	return []any{
		u.ID, u.Email, u.Name, u.Role, append([]string{}, states...), u.CreatedAt, orNothing(m.LastSeen()), int64(m.Sessions), int64(m.Facts.Apps), int64(m.Facts.Passkeys), int64(m.Facts.Codes), orNothing(until),
	}
}

// exportMembers downloads everybody whom the list at the same address would show, page by page.
func (h *Handler) exportMembers(format string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		_, q, err := h.readMemberQuery(c, c.Queries())
		if err != nil {
			return err
		}
		return exportRefused(h.send(c, func() (download, error) {
			x, err := h.People.ExportMembers(c.UserContext(), operator(c), q, format)
			return downloadOf("members", format, memberColumns, x, h.memberRecord), err
		}))
	}
}

// exportRefused is how a download is answered that does not begin.
func exportRefused(err error) error {
	if errors.Is(err, errExporting) {
		return fiber.ErrTooManyRequests
	}
	return malformed(err) // the list has said what is wrong; it offers no export of it
}
