package auth

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

// deadSetup is what stands on the page of a set-up link that no longer works.
var deadSetup = views.DeadLinkPage{Again: "/login", AgainLabel: "Go to sign in"}

func (h *Handler) showSetup(c *fiber.Ctx) error {
	if err := h.s.OpenSetup(c.UserContext(), c.Params("token")); err != nil {
		return h.linkRefused(c, err, deadSetup)
	}
	return views.Render(c, fiber.StatusOK, views.SetUp(views.SetUpForm{Token: c.Params("token")}))
}

func (h *Handler) submitSetup(c *fiber.Ctx) error {
	var form views.SetUpForm
	if err := c.BodyParser(&form); err != nil {
		return fiber.ErrBadRequest
	}
	form.Token = c.Params("token")
	err := h.s.SetUp(c.UserContext(), form.Token, NewUser{Email: form.Email, Name: form.Name, Password: form.Password})
	var invalid Invalid
	if errors.As(err, &invalid) {
		form.Errors = invalid
		return views.Render(c, fiber.StatusUnprocessableEntity, views.SetUp(form))
	}
	if err != nil {
		return h.linkRefused(c, err, deadSetup)
	}
	return views.RedirectWith(c, "/login?return_to=%2Fadmin", views.FlashSetUp)
}
