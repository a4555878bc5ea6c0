package admin

import (
	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/views"
)

func (h *Handler) showNewMember(c *fiber.Ctx) error {
	return views.Render(c, fiber.StatusOK, views.NewMember(views.NewMemberForm{}))
}

func (h *Handler) submitNewMember(c *fiber.Ctx) error {
	var form views.NewMemberForm
	return answer(c, &form, views.FlashMemberAdded, func() (string, error) {
		id, err := h.People.AddMember(c.UserContext(), operator(c), auth.NewUser{Email: form.Email, Name: form.Name, Reason: form.WholeReason()})
		return membersPath + "/" + id, err
	}, func(status int) error { return views.Render(c, status, views.NewMember(form)) })
}
