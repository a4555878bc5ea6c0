package auth

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"latchkey/models"
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
	page, err := h.activityPage(c, filter)
	if err != nil {
		return signedOut(c, err)
	}
	shown := views.ActivityPage{Kind: filter.Kind, Days: filter.Days, Rows: activityRows(page.Events)}
	if page.Newer != nil {
		shown.Newer = activityAddress(filter, "newer", *page.Newer)
	}
	if page.Older != nil {
		shown.Older = activityAddress(filter, "older", *page.Older)
	}
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

// activityPage reads the page before the place named by ?newer, after the one named by ?older, or the first.
func (h *Handler) activityPage(c *fiber.Ctx, filter ActivityFilter) (ActivityPage, error) {
	newer, err := models.ParseCursor(c.Query("newer"))
	if err != nil {
		return ActivityPage{}, fiber.ErrBadRequest
	}
	older, err := models.ParseCursor(c.Query("older"))
	if err != nil {
		return ActivityPage{}, fiber.ErrBadRequest
	}
	if newer != nil {
		return h.s.ActivityBefore(c.UserContext(), CurrentUser(c), filter, *newer)
	}
	return h.s.ActivityAfter(c.UserContext(), CurrentUser(c), filter, older)
}

// activityAddress is a page of the list in the same selection.
func activityAddress(filter ActivityFilter, direction string, place models.Cursor) string {
	query := url.Values{direction: {place.String()}}
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
