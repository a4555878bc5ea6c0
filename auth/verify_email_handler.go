package auth

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

func (h *Handler) showVerifyEmail(c *fiber.Ctx) error {
	return h.drawVerifyEmail(c, fiber.StatusOK, views.VerifyEmailForm{})
}

func (h *Handler) drawVerifyEmail(c *fiber.Ctx, status int, form views.VerifyEmailForm) error {
	open, err := h.s.OpenVerification(c.UserContext(), h.visitor(c), CurrentUser(c))
	if err != nil {
		return err
	}
	form.Email, form.WaitSeconds = open.Email, int(open.Wait/time.Second)
	form.Client = h.returnClient(c, open.ReturnTo)
	return views.Render(c, status, views.VerifyEmail(form))
}

func (h *Handler) submitVerifyEmail(c *fiber.Ctx) error {
	var form views.VerifyEmailForm
	if err := parse(c, &form); err != nil {
		return err
	}
	entry, err := h.s.VerifyByCode(c.UserContext(), h.visitor(c), CurrentUser(c), form.Code)
	if err == nil {
		h.setCookies(c, entry)
		return views.RedirectWith(c, entry.Next, views.FlashEmailConfirmed)
	}
	return h.reject(c, err, func(status int, errs views.Errors) error {
		form.Errors = errs
		return h.drawVerifyEmail(c, status, form)
	})
}

func (h *Handler) resendVerifyEmail(c *fiber.Ctx) error {
	if err := h.s.ResendVerification(c.UserContext(), h.visitor(c), CurrentUser(c)); err != nil {
		return err
	}
	return views.RedirectWith(c, "/verify-email", views.FlashCodeSent)
}
