package auth

import (
	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

// recentOrPassword guards a new password: the current one proves who sits there, unless there is none or the account
// has a second factor that this session has not shown.
func (h *Handler) recentOrPassword(c *fiber.Ctx) error {
	u := CurrentUser(c)
	if !u.HasPassword {
		return h.RequireRecentLogin(c)
	}
	if u.ACR != ACRSingle {
		return c.Next()
	}
	factors, err := h.s.factorsOf(c.UserContext(), h.s.db, u.ID)
	if err != nil {
		return signedOut(c, err)
	}
	if factors.Any() {
		return h.RequireRecentLogin(c)
	}
	return c.Next()
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
