package auth

import (
	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

func (h *Handler) showUnlock(c *fiber.Ctx) error {
	email, err := h.s.OpenUnlock(c.UserContext(), c.Params("token"))
	if err != nil {
		return h.linkRefused(c, err, h.newUnlockLink())
	}
	return views.Render(c, fiber.StatusOK, views.Unlock(views.UnlockForm{Token: c.Params("token"), Email: email}))
}

func (h *Handler) submitUnlock(c *fiber.Ctx) error {
	entry, err := h.s.Unlock(c.UserContext(), h.visitor(c), c.Params("token"))
	if err != nil {
		return h.linkRefused(c, err, h.newUnlockLink())
	}
	h.setCookies(c, entry)
	return views.RedirectWith(c, entry.Next, views.FlashAccountUnlocked)
}

// newUnlockLink leads on from a dead link: a reset lifts a lock too.
func (h *Handler) newUnlockLink() views.DeadLinkPage {
	if h.s.cfg().NoPasswordReset {
		return views.DeadLinkPage{}
	}
	return views.DeadLinkPage{Again: "/password/forgot", AgainLabel: "Reset your password instead"}
}
