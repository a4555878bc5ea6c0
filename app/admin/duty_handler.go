package admin

import (
	"slices"

	"github.com/gofiber/fiber/v2"

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
	return h.askRunDuty(c, fiber.StatusOK, views.ReasonForm{})
}

func (h *Handler) submitRunDuty(c *fiber.Ctx) error {
	var form views.ReasonForm
	return answer(c, &form, views.FlashActDone, func() (string, error) {
		duty, err := h.duty(c)
		if err != nil {
			return "", err
		}
		return jobsPath, h.runDuty(c.UserContext(), operator(c), duty.Name, decided(form))
	}, func(status int) error { return h.askRunDuty(c, status, form) })
}

func (h *Handler) askRunDuty(c *fiber.Ctx, status int, form views.ReasonForm) error {
	duty, err := h.duty(c)
	if err != nil {
		return err
	}
	return views.Render(c, status, views.RunDuty(views.RunDutyPage{Duty: duty.Name, Form: form}))
}
