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

// recentWithoutPassword guards setting the first password: no current one proves who sits there.
func (h *Handler) recentWithoutPassword(c *fiber.Ctx) error {
	if CurrentUser(c).HasPassword {
		return c.Next()
	}
	return h.RequireRecentLogin(c)
}

func (h *Handler) showChangePassword(c *fiber.Ctx) error {
	u := CurrentUser(c)
	form := views.ChangePasswordForm{HasPassword: u.HasPassword, Email: u.Email}
	return views.Render(c, fiber.StatusOK, views.ChangePassword(form))
}

func (h *Handler) submitChangePassword(c *fiber.Ctx) error {
	var form views.ChangePasswordForm
	if err := parse(c, &form); err != nil {
		return err
	}
	u := CurrentUser(c)
	entry, err := h.s.ChangePassword(c.UserContext(), u, PasswordChange{
		Current: form.CurrentPassword, New: form.Password, EndApps: form.EndApps,
	})
	if err == nil {
		h.setCookies(c, entry)
		flash := views.FlashPasswordChanged
		if !u.HasPassword {
			flash = views.FlashPasswordSet
		}
		return views.RedirectWith(c, entry.Next, flash)
	}
	return h.reject(c, err, func(status int, errs views.Errors) error {
		form.HasPassword, form.Email, form.Errors = u.HasPassword, u.Email, errs
		return views.Render(c, status, views.ChangePassword(form))
	})
}
