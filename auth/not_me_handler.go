package auth

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

func (h *Handler) showNotMe(c *fiber.Ctx) error {
	report, err := h.s.OpenNotMe(c.UserContext(), c.Params("token"))
	if err != nil {
		return h.notMeRefused(c, err)
	}
	return views.Render(c, fiber.StatusOK, views.NotMe(views.NotMePage{
		Token: c.Params("token"), Email: report.Email, Since: report.Since, NoReset: h.s.cfg().NoPasswordReset,
	}))
}

func (h *Handler) submitNotMe(c *fiber.Ctx) error {
	if err := h.s.NotMe(c.UserContext(), c.Params("token")); err != nil {
		return h.notMeRefused(c, err)
	}
	return views.RedirectWith(c, "/login", views.FlashAccountSecured)
}

// notMeRefused answers a dead link as gone, to whoever opens it and to whoever presses its button: nothing is wrong
// with what was sent.
func (h *Handler) notMeRefused(c *fiber.Ctx, err error) error {
	if errors.Is(err, ErrDeadLink) {
		return views.Render(c, fiber.StatusGone, views.DeadLink(h.newUnlockLink()))
	}
	return h.linkRefused(c, err, h.newUnlockLink())
}
