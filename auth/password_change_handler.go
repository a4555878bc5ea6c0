package auth

import (
	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

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
