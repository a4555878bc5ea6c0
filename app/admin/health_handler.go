package admin

import (
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
	span, known := healthSpans[c.Query("span", "24h")]
	if !known {
		return fiber.ErrBadRequest
	}
	page := views.HealthPage{Span: c.Query("span", "24h")}
	found, at := h.Doctor.Last()
	page.Checked = at
	for _, f := range found {
		page.Findings = append(page.Findings, views.HealthFinding(f))
	}
	hour, err := h.lastHour(ctx)
	if err != nil {
		return err
	}
	page.Speed = hour.speed()
	if page.Charts, err = h.healthCharts(ctx, span); err != nil {
		return err
	}
	if page.Facts, err = h.healthFacts(ctx, hour); err != nil {
		return err
	}
	return views.Render(c, fiber.StatusOK, views.Health(page))
}
