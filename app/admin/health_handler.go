package admin

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/views"
)

const healthPath = root + "/health"

// showHealth answers how the program and its database are. It acts on nothing; what there is to do is behind its links.
func (h *Handler) showHealth(c *fiber.Ctx) error {
	ctx := c.UserContext()
	if _, err := h.People.Operating(ctx, operator(c), auth.RightRead); err != nil {
		return err
	}
	page := views.HealthPage{Span: c.Query("span", "24h"), Group: c.Query("pages")}
	span, known := healthSpans[page.Span]
	if !known || page.Group != "" && !views.IsRouteGroup(page.Group) {
		return fiber.ErrBadRequest
	}
	page.Findings, page.Checked = h.lastFindings()
	bars, err := h.healthBars(ctx, span)
	if err != nil {
		return err
	}
	page.Speed, page.Charts = bars.sum().speed(), bars.charts(page.Group)
	hour, err := h.lastHour(ctx)
	if err != nil {
		return err
	}
	if page.Facts, err = h.healthFacts(ctx, hour); err != nil {
		return err
	}
	keys, err := h.keyFacts(c) // oauth
	if err != nil {            // oauth
		return err // oauth
	} // oauth
	page.Facts = append(page.Facts, keys) // oauth
	return views.Render(c, fiber.StatusOK, views.Health(page))
}

// lastFindings are what the program saw when it looked at itself last, and when that was.
func (h *Handler) lastFindings() (list []views.HealthFinding, at time.Time) {
	found, at := h.Doctor.Last()
	for _, f := range found {
		list = append(list, views.HealthFinding(f))
	}
	return list, at
}
