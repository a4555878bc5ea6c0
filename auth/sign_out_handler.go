package auth

import (
	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

func (h *Handler) logout(c *fiber.Ctx) error {
	if err := h.s.SignOut(c.UserContext(), h.visitor(c).Session); err != nil {
		return err
	}
	h.clearSession(c)
	return views.RedirectWith(c, "/", views.FlashSignedOut)
}
