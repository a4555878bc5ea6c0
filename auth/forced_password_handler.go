package auth

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

func (h *Handler) showForcedPassword(c *fiber.Ctx) error {
	return h.drawForcedPassword(c, fiber.StatusOK, views.ForcedPasswordForm{})
}

func (h *Handler) drawForcedPassword(c *fiber.Ctx, status int, form views.ForcedPasswordForm) error {
	open, err := h.s.OpenForcedPassword(c.UserContext(), h.visitor(c))
	if errors.Is(err, ErrSignedOut) {
		return views.Redirect(c, "/login")
	}
	if err != nil {
		return err
	}
	form.Email, form.Client = open.Email, h.returnClient(c, open.ReturnTo)
	return views.Render(c, status, views.ForcedPassword(form))
}

func (h *Handler) submitForcedPassword(c *fiber.Ctx) error {
	var form views.ForcedPasswordForm
	if err := parse(c, &form); err != nil {
		return err
	}
	entry, err := h.s.ReplacePassword(c.UserContext(), h.visitor(c), form.Password)
	if err == nil {
		h.setCookies(c, entry)
		return views.RedirectWith(c, entry.Next, views.FlashPasswordChanged)
	}
	return h.reject(c, err, func(status int, errs views.Errors) error {
		form.Errors = errs
		return h.drawForcedPassword(c, status, form)
	})
}
