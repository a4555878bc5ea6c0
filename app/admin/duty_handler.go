package admin

import (
	"errors"
	"slices"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

// duty finds the one of the address. models.ErrNotFound: the house has none of that name.
func (h *Handler) duty(c *fiber.Ctx) (Duty, error) {
	i := slices.IndexFunc(h.Duties, func(d Duty) bool { return d.Name == c.Params("name") })
	if i < 0 {
		return Duty{}, models.ErrNotFound
	}
	return h.Duties[i], nil
}

// showRunDuty asks before a duty is done ahead of its time.
func (h *Handler) showRunDuty(c *fiber.Ctx) error {
	duty, err := h.duty(c)
	if err != nil {
		return err
	}
	return views.Render(c, fiber.StatusOK, views.RunDuty(views.RunDutyPage{Duty: duty.Name}))
}

func (h *Handler) submitRunDuty(c *fiber.Ctx) error {
	var form views.ReasonForm
	if err := c.BodyParser(&form); err != nil {
		return fiber.ErrBadRequest
	}
	duty, err := h.duty(c)
	if err != nil {
		return err
	}
	err = h.runDuty(c.UserContext(), operator(c), duty.Name, auth.Act{Reason: form.Reason})
	switch {
	case err == nil:
		return views.RedirectWith(c, jobsPath, views.FlashActDone)
	case errors.Is(err, models.ErrSpent):
		return moot(c, jobsPath)
	}
	status, form, err := reject(form, err)
	if err != nil {
		return err
	}
	return views.Render(c, status, views.RunDuty(views.RunDutyPage{Duty: duty.Name, Form: form}))
}
