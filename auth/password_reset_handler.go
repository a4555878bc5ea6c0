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
	entry, err := h.s.ForgotPassword(c.UserContext(), MailRequest{Email: form.Email, Visitor: h.visitor(c)})
	if err == nil {
		return h.signIn(c, entry)
	}
	form.Email = shortened(form.Email)
	return h.reject(c, err, func(status int, errs views.Errors) error {
		form.Errors = errs
		return views.Render(c, status, views.ForgotPassword(form))
	})
}

// showResetCode is the page that a mail was asked for on, once more.
func (h *Handler) showResetCode(c *fiber.Ctx) error {
	return views.Render(c, fiber.StatusOK, views.ForgotPassword(views.ForgotPasswordForm{Sent: true}))
}

func (h *Handler) submitResetCode(c *fiber.Ctx) error {
	form := views.ForgotPasswordForm{Sent: true}
	if err := parse(c, &form); err != nil {
		return err
	}
	entry, err := h.s.ResetByCode(c.UserContext(), h.visitor(c), form.Code)
	if err == nil {
		return h.signIn(c, entry)
	}
	return h.reject(c, err, func(status int, errs views.Errors) error {
		form.Errors = errs
		return views.Render(c, status, views.ForgotPassword(form))
	})
}

// newResetLink leads from a dead link to a new one, where people may ask for one.
func (h *Handler) newResetLink() views.DeadLinkPage {
	if h.s.cfg().NoPasswordReset {
		return views.DeadLinkPage{}
	}
	return views.DeadLinkPage{Again: "/password/forgot", AgainLabel: "Ask for a new link"}
}

func (h *Handler) showResetPassword(c *fiber.Ctx) error {
	email, err := h.s.OpenReset(c.UserContext(), h.visitor(c), c.Params("token"))
	if err != nil {
		return h.linkRefused(c, err, h.newResetLink())
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
	err := h.s.ResetPassword(c.UserContext(), h.visitor(c), form.Token, form.Password)
	if err == nil {
		// The session this browser had was ended with all others.
		return views.RedirectWith(c, "/login", views.FlashPasswordReset)
	}
	if errors.Is(err, ErrDeadLink) {
		return deadLink(c, h.newResetLink())
	}
	return h.reject(c, err, func(status int, errs views.Errors) error {
		form.Errors = errs
		return views.Render(c, status, views.ResetPassword(form))
	})
}
