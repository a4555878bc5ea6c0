package admin

import (
	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/views"
)

// actsOnOverview is how many acts of operators are shown there.
const actsOnOverview = 10

// showOverview answers where to begin.
func (h *Handler) showOverview(c *fiber.Ctx) error {
	o, err := h.People.OperatorOverview(c.UserContext(), operator(c), auth.OperatorOverviewQuery{Days: 2 * figureDays, Figures: overviewFigures, Acts: actsOnOverview})
	if err != nil {
		return err
	}
	page := views.OverviewPage{Acts: h.auditRows(o.Acts, o.People)}
	if o.Daily.Since() != "" {
		month := monthOf(o.Daily, h.DB.Now())
		page.Figures, page.SignIns, page.NewMembers = month.figures(), month.signIns(), month.newMembers()
	}
	return views.Render(c, fiber.StatusOK, views.Overview(page))
}
