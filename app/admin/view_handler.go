package admin

import (
	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

const viewsPath = root + "/views"

// showView looks at a view that runs, or back at one.
func (h *Handler) showView(c *fiber.Ctx) error {
	v, changes, err := h.People.ViewRecord(c.UserContext(), operator(c), c.Params("id"))
	if err != nil {
		return err
	}
	page, err := h.viewPage(c, v)
	if err != nil {
		return err
	}
	for _, change := range changes {
		route, _ := change.Meta["route"].(string)
		page.Changes = append(page.Changes, views.ViewChange{At: change.CreatedAt, What: route})
	}
	return views.Render(c, fiber.StatusOK, views.View(page))
}

func (h *Handler) viewPage(c *fiber.Ctx, v models.MemberView) (views.ViewPage, error) {
	r, err := h.People.Member(c.UserContext(), operator(c), v.MemberID)
	if err != nil {
		return views.ViewPage{}, err
	}
	names, err := h.People.MemberNames(c.UserContext(), operator(c), []string{v.OperatorID})
	page := views.ViewPage{
		ID: v.ID, Member: h.memberHead(c, r), OperatorID: v.OperatorID, Operator: names[v.OperatorID], Role: v.Role, Reason: v.Reason, PublicReason: v.PublicReason,
		Started: v.StartedAt, Ends: v.EndsAt, Pages: v.Pages, Writes: v.Writes, Running: v.EndedAt == nil,
	}
	if v.EndedAt != nil {
		page.Ended = *v.EndedAt
	}
	page.MayStop = page.Running && operator(c).Role.May(auth.RightChange)
	return page, err
}

// showStopView asks before a view of somebody else's ends.
func (h *Handler) showStopView(c *fiber.Ctx) error {
	return h.askStopView(c, fiber.StatusOK, views.ReasonForm{})
}

func (h *Handler) submitStopView(c *fiber.Ctx) error {
	var form views.ReasonForm
	return answer(c, &form, views.FlashViewStopped, func() (string, error) {
		id := c.Params("id")
		return viewsPath + "/" + id, h.People.StopOthersView(c.UserContext(), operator(c), id, decided(form))
	}, func(status int) error { return h.askStopView(c, status, form) })
}

// askStopView draws the question. What ended before it was answered is shown, and not asked about.
func (h *Handler) askStopView(c *fiber.Ctx, status int, form views.ReasonForm) error {
	v, _, err := h.People.ViewRecord(c.UserContext(), operator(c), c.Params("id"))
	if err != nil {
		return err
	}
	page, err := h.viewPage(c, v)
	if err != nil {
		return err
	}
	if !page.Running && !changed(status) {
		return moot(c, viewsPath+"/"+page.ID)
	}
	if err := askOn(status, &form, func() (string, error) { return auth.ViewVersion(v) }); err != nil {
		return err
	}
	return views.Render(c, status, views.StopView(views.StopViewPage{View: page, Changed: changed(status), Form: form}))
}
