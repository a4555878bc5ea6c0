package auth

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

func (h *Handler) showForgotPassword(c *fiber.Ctx) error {
	form := views.ForgotPasswordForm{Sent: c.Query("sent") == "1"}
	return views.Render(c, fiber.StatusOK, views.ForgotPassword(form))
}

func (h *Handler) submitForgotPassword(c *fiber.Ctx) error {
	var form views.ForgotPasswordForm
	if err := parse(c, &form); err != nil {
		return err
	}
	err := h.s.ForgotPassword(c.UserContext(), form.Email)
	if err == nil {
		return views.Redirect(c, "/password/forgot?sent=1")
	}
	form.Email = shortened(form.Email)
	return h.reject(c, err, func(status int, errs views.Errors) error {
		form.Errors = errs
		return views.Render(c, status, views.ForgotPassword(form))
	})
}

// newResetLink leads from a dead link to a new one.
var newResetLink = views.DeadLinkPage{Again: "/password/forgot", AgainLabel: "Ask for a new link"}

func (h *Handler) showResetPassword(c *fiber.Ctx) error {
	email, err := h.s.OpenReset(c.UserContext(), c.Params("token"))
	if err != nil {
		return h.linkRefused(c, err, newResetLink)
	}
	form := views.ResetPasswordForm{Token: c.Params("token"), Email: email}
	return views.Render(c, fiber.StatusOK, views.ResetPassword(form))
}

func (h *Handler) submitResetPassword(c *fiber.Ctx) error {
	var form views.ResetPasswordForm
	if err := parse(c, &form); err != nil {
		return err
	}
	form.Token = c.Params("token")
	err := h.s.ResetPassword(c.UserContext(), form.Token, form.Password)
	if err == nil {
		// The session this browser had was ended with all others.
		return views.RedirectWith(c, "/login", views.FlashPasswordReset)
	}
	if errors.Is(err, ErrDeadLink) {
		return deadLink(c, newResetLink)
	}
	return h.reject(c, err, func(status int, errs views.Errors) error {
		form.Errors = errs
		return views.Render(c, status, views.ResetPassword(form))
	})
}
