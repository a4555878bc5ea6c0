package admin

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/views"
)

func (h *Handler) showNewMember(c *fiber.Ctx) error {
	return views.Render(c, fiber.StatusOK, views.NewMember(views.NewMemberForm{}))
}

func (h *Handler) submitNewMember(c *fiber.Ctx) error {
	var form views.NewMemberForm
	if err := c.BodyParser(&form); err != nil {
		return fiber.ErrBadRequest
	}
	id, err := h.People.AddMember(c.UserContext(), operator(c), auth.NewUser{Email: form.Email, Name: form.Name, Reason: form.Reason})
	var invalid auth.Invalid
	if errors.As(err, &invalid) {
		form.Errors = invalid
		return views.Render(c, fiber.StatusUnprocessableEntity, views.NewMember(form))
	}
	if err != nil {
		return err
	}
	return views.RedirectWith(c, membersPath+"/"+id, views.FlashMemberAdded)
}
