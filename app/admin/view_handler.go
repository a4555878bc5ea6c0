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
	if err := c.BodyParser(&form); err != nil {
		return fiber.ErrBadRequest
	}
	id := c.Params("id")
	err := h.People.StopOthersView(c.UserContext(), operator(c), id, auth.Act{Reason: form.Reason, Version: form.Version})
	if err == nil {
		return views.RedirectWith(c, viewsPath+"/"+id, views.FlashViewStopped)
	}
	status, form, err := reject(form, err)
	if err != nil {
		return err
	}
	return h.askStopView(c, status, form)
}

// askStopView draws the question, as askJob does for jobs. What has ended is shown, and not asked about.
func (h *Handler) askStopView(c *fiber.Ctx, status int, form views.ReasonForm) error {
	v, _, err := h.People.ViewRecord(c.UserContext(), operator(c), c.Params("id"))
	if err != nil {
		return err
	}
	page, err := h.viewPage(c, v)
	if err != nil {
		return err
	}
	if !page.Running {
		return h.showEndedView(c, status, page)
	}
	if status != fiber.StatusUnprocessableEntity {
		if form.Version, err = auth.ViewVersion(v); err != nil {
			return err
		}
	}
	return views.Render(c, status, views.StopView(views.StopViewPage{View: page, Changed: status == fiber.StatusConflict, Form: form}))
}

// showEndedView answers who wanted to stop what is over.
func (h *Handler) showEndedView(c *fiber.Ctx, status int, page views.ViewPage) error {
	if status != fiber.StatusConflict {
		return views.RedirectWith(c, viewsPath+"/"+page.ID, views.FlashActMoot)
	}
	return views.Render(c, status, views.StopView(views.StopViewPage{View: page, Changed: true}))
}
