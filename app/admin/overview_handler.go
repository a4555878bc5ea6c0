package admin

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
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
	page.Health.Findings, page.Health.Checked = h.lastFindings()
	if now := h.DB.Now(); o.Daily.Since() != "" {
		page.Figures = monthOf(o.Daily, now).figures()
		page.Charts, page.Small = overviewCharts(o.Daily, now)
	}
	return views.Render(c, fiber.StatusOK, views.Overview(page))
}

// chartsOnOverview is how many charts are whole there; the others are small, and whole on the page of figures.
const chartsOnOverview = 2

func overviewCharts(daily models.Daily, now time.Time) (whole, small []views.Chart) {
	for i, chart := range dayCharts {
		c := drawDays(chart, daily, now, daySpan{figureDays, 1})
		if i < chartsOnOverview {
			whole = append(whole, c)
			continue
		}
		c.Title, c.Small = chart.title, true
		small = append(small, c)
	}
	return whole, small
}
