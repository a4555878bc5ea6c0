package auth

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

const activityPath = "/account/activity"

// activityDays are the spans that the list is filtered by; 0 is all there is.
var activityDays = []int{0, 7, 30, 90}

func (h *Handler) showActivity(c *fiber.Ctx) error {
	filter, err := activityFilter(c)
	if err != nil {
		return err
	}
	page, err := h.s.Activity(c.UserContext(), CurrentUser(c), filter, c.Query("newer"), c.Query("older"))
	if err != nil {
		return signedOut(c, err)
	}
	shown := views.ActivityPage{Kind: filter.Kind, Days: filter.Days, Rows: activityRows(page.Events)}
	shown.Newer, shown.Older = activityAddress(filter, "newer", page.Newer), activityAddress(filter, "older", page.Older)
	return views.Render(c, fiber.StatusOK, views.Activity(shown), views.ActivityAnnounced(len(shown.Rows)))
}

// activityFilter reads the filter. What our own links do not say is a 400.
func activityFilter(c *fiber.Ctx) (f ActivityFilter, err error) {
	f.Kind = c.Query("kind")
	if text := c.Query("days"); text != "" {
		f.Days, err = strconv.Atoi(text)
	}
	if err != nil || !slices.Contains(activityDays, f.Days) || f.Kind != "" && !knownKind(f.Kind) {
		return f, fiber.ErrBadRequest
	}
	return f, nil
}

// activityAddress is a page of the list in the same selection; empty where there is none.
func activityAddress(filter ActivityFilter, direction, place string) string {
	if place == "" {
		return ""
	}
	query := url.Values{direction: {place}}
	if filter.Kind != "" {
		query.Set("kind", filter.Kind)
	}
	if filter.Days > 0 {
		query.Set("days", strconv.Itoa(filter.Days))
	}
	return activityPath + "?" + query.Encode()
}

func activityRows(events []ActivityEvent) []views.ActivityRow {
	rows := make([]views.ActivityRow, len(events))
	for i, e := range events {
		rows[i] = views.ActivityRow{
			ID: e.ID, When: e.At, What: e.What, Why: e.Why, Method: e.Method, NewBrowser: e.NewBrowser, ByOperator: e.ByOperator,
			Browser: e.Browser, System: e.System, Address: e.Address, Place: e.Place, MayReport: e.MayReport,
		}
	}
	return rows
}

// reportActivity leads from an event to the page that asks before it acts.
func (h *Handler) reportActivity(c *fiber.Ctx) error {
	token, err := h.s.ReportActivity(c.UserContext(), CurrentUser(c), c.FormValue("event"))
	if err != nil {
		return signedOut(c, err)
	}
	return views.Redirect(c, notMePath+token)
}
