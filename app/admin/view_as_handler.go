package admin

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/views"
)

func (h *Handler) showViewAs(c *fiber.Ctx) error {
	r, err := h.member(c)
	if err != nil {
		return err
	}
	return h.askView(c, fiber.StatusOK, r, views.ViewAsPage{})
}

func (h *Handler) submitViewAs(c *fiber.Ctx) error {
	var form views.ViewAsForm
	if err := c.BodyParser(&form); err != nil {
		return fiber.ErrBadRequest
	}
	token, until, err := h.People.StartView(c.UserContext(), operator(c), c.Params("id"), auth.ViewStart{
		Reason: form.Reason, PublicReason: form.PublicReason, Writes: form.Changes == "on", Version: form.Version,
	})
	if err == nil {
		h.Pages.SetView(c, token, until)
		return views.Redirect(c, "/dashboard")
	}
	page, status := views.ViewAsPage{Form: form}, fiber.StatusConflict
	var invalid auth.Invalid
	switch {
	case errors.As(err, &invalid):
		page.Form.Errors, status = invalid, fiber.StatusUnprocessableEntity
	case errors.Is(err, auth.ErrChanged):
		page.Changed = true
	case errors.Is(err, auth.ErrViewed):
		page.Viewed = true
	default:
		return err
	}
	r, err := h.member(c)
	if err != nil {
		return err
	}
	return h.askView(c, status, r, page)
}

// askView draws the question, as askAct does for acts.
func (h *Handler) askView(c *fiber.Ctx, status int, r auth.MemberRecord, page views.ViewAsPage) error {
	if err := auth.MayView(operator(c), r); err != nil {
		return err
	}
	on, changes := h.People.ViewsOn()
	if !on {
		return auth.ErrViewsOff
	}
	page.Member, page.MayChange, page.PublicReasons = h.memberHead(c, r), changes && operator(c).Role.May(auth.RightViewChange), auth.PublicReasons
	page.ToldAtStart = h.People.ViewsTold()
	if status != fiber.StatusUnprocessableEntity {
		var err error
		if page.Form.Version, err = r.Version(); err != nil {
			return err
		}
	}
	return views.Render(c, status, views.ViewAs(page))
}
