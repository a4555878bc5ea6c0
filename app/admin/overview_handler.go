package admin

import (
	"github.com/gofiber/fiber/v2"

	"latchkey/models"
	"latchkey/views"
)

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
	return views.Render(c, fiber.StatusOK, views.Overview(page))
}
