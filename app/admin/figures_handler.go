package admin

import (
	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

// figureSpans are what can be asked for.
var figureSpans = map[string]daySpan{"30d": {30, 1}, "90d": {90, 1}, "1y": {52, 7}}

// showFigures answers how the days were.
func (h *Handler) showFigures(c *fiber.Ctx) error {
	page := views.FiguresPage{Span: c.Query("span", "30d")}
	span, known := figureSpans[page.Span]
	if !known {
		return fiber.ErrBadRequest
	}
	daily, err := h.People.OperatorDays(c.UserContext(), operator(c), span.bars*span.days, chartFigures())
	if err != nil {
		return err
	}
	if daily.Since() != "" {
		for _, chart := range dayCharts {
			page.Charts = append(page.Charts, drawDays(chart, daily, h.DB.Now(), span))
		}
	}
	return views.Render(c, fiber.StatusOK, views.Figures(page))
}
