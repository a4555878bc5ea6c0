package admin

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/views"
)

func (h *Handler) showViewAs(c *fiber.Ctx) error {
	return h.askView(c, fiber.StatusOK, views.ViewAsPage{})
}

func (h *Handler) submitViewAs(c *fiber.Ctx) error {
	var page views.ViewAsPage
	return answer(c, &page.Form, "", func() (string, error) {
		token, until, err := h.People.StartView(c.UserContext(), operator(c), c.Params("id"), auth.ViewStart{
			Reason: page.Form.WholeReason(), PublicReason: page.Form.PublicReason, Writes: page.Form.Changes == "on", Version: page.Form.Version,
		})
		if err == nil {
			h.Pages.SetView(c, token, until)
		}
		page.Viewed = errors.Is(err, auth.ErrViewed)
		return "/dashboard", err
	}, func(status int) error {
		page.Changed = changed(status) && !page.Viewed
		return h.askView(c, status, page)
	})
}

// askView draws the question.
func (h *Handler) askView(c *fiber.Ctx, status int, page views.ViewAsPage) error {
	r, err := h.member(c)
	if err != nil {
		return err
	}
	if err := auth.MayView(operator(c), r); err != nil {
		return err
	}
	on, changes := h.People.ViewsOn()
	if !on {
		return auth.ErrViewsOff
	}
	page.Member, page.MayChange, page.PublicReasons = h.memberHead(c, r), changes && operator(c).Role.May(auth.RightViewChange), auth.PublicReasons
	page.ToldAtStart = h.People.ViewsTold()
	if err := askOn(status, &page.Form.ReasonForm, r.Version); err != nil {
		return err
	}
	return views.Render(c, status, views.ViewAs(page))
}
