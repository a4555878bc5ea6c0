package admin

import (
	"errors"
	"slices"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

const reviewPath = root + "/review"

// countReview puts into the page how much needs a person: the navigation says it everywhere.
func (h *Handler) countReview(c *fiber.Ctx) error {
	n, err := h.People.ReviewCount(c.UserContext(), views.ReviewMost+1)
	if err != nil {
		return err
	}
	views.PageOf(c.UserContext()).Review = n
	return c.Next()
}

func (h *Handler) showReview(c *fiber.Ctx, s views.ListShape) error {
	q := auth.ReviewQuery{State: c.Query("state", models.ReviewOpen), PerPage: s.PerPage, Newer: c.Query("newer"), Older: c.Query("older")}
	if !slices.Contains(models.ReviewStates, q.State) {
		return fiber.ErrBadRequest
	}
	found, err := h.People.Review(c.UserContext(), operator(c), q)
	if err != nil {
		return malformed(err)
	}
	page := views.ReviewPage{Shape: s, State: q.State, Newer: listAddress(c, "newer", found.Newer), Older: listAddress(c, "older", found.Older)}
	for _, item := range found.Items {
		page.Rows = append(page.Rows, reviewRow(operator(c), item, found.People))
	}
	return views.Render(c, fiber.StatusOK, views.Review(page))
}

func reviewRow(op auth.Operator, item models.ReviewItem, people map[string]models.User) views.ReviewRow {
	row := views.ReviewRow{
		ID: item.ID, Kind: item.Kind, About: reviewAbout(item, people), Detail: item.Detail, Severity: reviewSeverity[item.Severity], Times: item.Times,
		Since: item.FirstAt, Last: item.LastAt, State: item.State, By: personParty(item.DecidedBy, people), Cure: reviewCure(item),
		MayDecide: op.Role.May(auth.ReviewRight(item.Kind)),
	}
	if item.UntilAt != nil {
		row.Until = *item.UntilAt
	}
	return row
}

// showReviewAct asks before something is acknowledged or snoozed.
func (h *Handler) showReviewAct(snooze bool) fiber.Handler {
	return func(c *fiber.Ctx) error {
		return h.askReview(c, fiber.StatusOK, snooze, views.ReviewActForm{})
	}
}

func (h *Handler) submitReviewAct(snooze bool) fiber.Handler {
	return func(c *fiber.Ctx) error {
		var form views.ReviewActForm
		return answer(c, &form, views.FlashActDone, func() (string, error) {
			return reviewPath, h.setAside(c, snooze, form)
		}, func(status int) error { return h.askReview(c, status, snooze, form) })
	}
}

// setAside does it. What is cured, or gone long ago, is not there to set aside (models.ErrSpent).
func (h *Handler) setAside(c *fiber.Ctx, snooze bool, form views.ReviewActForm) error {
	d := auth.ReviewDecision{Reason: form.WholeReason(), Version: form.Version}
	if snooze {
		d.Snooze = form.Snooze
		if _, known := auth.ReviewSnoozes[d.Snooze]; !known {
			return fiber.ErrBadRequest
		}
	}
	err := h.People.SetReviewAside(c.UserContext(), operator(c), c.Params("id"), d)
	if errors.Is(err, models.ErrNotFound) && models.IsID(c.Params("id")) {
		return models.ErrSpent
	}
	return err
}

// askReview draws the question for a state. What is set aside already is not asked about again.
func (h *Handler) askReview(c *fiber.Ctx, status int, snooze bool, form views.ReviewActForm) error {
	item, people, err := h.People.ReviewItem(c.UserContext(), operator(c), c.Params("id"))
	if err != nil {
		return err
	}
	if right := auth.ReviewRight(item.Kind); !operator(c).Role.May(right) {
		return auth.Forbidden{Right: right}
	}
	if item.State == models.ReviewAcknowledged || item.State == models.ReviewSnoozed && snooze {
		return moot(c, reviewPath+"?state="+item.State)
	}
	if err := askOn(status, &form.ReasonForm, item.Version); err != nil {
		return err
	}
	return views.Render(c, status, views.ReviewAct(views.ReviewActPage{
		Row: reviewRow(operator(c), item, people), Snooze: snooze, Changed: changed(status), Form: form,
	}))
}
