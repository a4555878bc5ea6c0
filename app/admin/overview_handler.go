package admin

import (
	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

// actsOnOverview is how many acts of operators are shown there.
const actsOnOverview = 10

// showOverview answers where to begin.
func (h *Handler) showOverview(c *fiber.Ctx) error {
	page := views.OverviewPage{}
	for _, state := range append([]string{""}, models.MemberStates...) {
		n, err := h.People.CountMembers(c.UserContext(), operator(c), state)
		if err != nil {
			return err
		}
		page.Members = append(page.Members, views.MemberCount{State: state, Count: n})
	}
	log, err := h.People.AuditLog(c.UserContext(), operator(c), auth.AuditQuery{Operators: true})
	if err != nil {
		return err
	}
	page.Acts = h.auditRows(log.Events[:min(len(log.Events), actsOnOverview)], log.People)
	return views.Render(c, fiber.StatusOK, views.Overview(page))
}
