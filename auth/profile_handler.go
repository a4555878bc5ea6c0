package auth

import (
	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

func (h *Handler) showProfile(c *fiber.Ctx) error {
	u := CurrentUser(c)
	return views.Render(c, fiber.StatusOK, views.Profile(views.ProfileForm{Name: u.Name, Email: u.Email}))
}

func (h *Handler) submitProfile(c *fiber.Ctx) error {
	var form views.ProfileForm
	if err := parse(c, &form); err != nil {
		return err
	}
	u := CurrentUser(c)
	err := h.s.Rename(c.UserContext(), u, form.Name)
	if err == nil {
		return views.RedirectWith(c, "/account/profile", views.FlashProfileSaved)
	}
	return h.reject(c, err, func(status int, errs views.Errors) error {
		form.Email, form.Errors = u.Email, errs
		return views.Render(c, status, views.Profile(form))
	})
}
