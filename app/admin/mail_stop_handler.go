package admin

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

const stoppedPath = mailsPath + "/stopped"

func (h *Handler) showStopped(c *fiber.Ctx, s views.ListShape) error {
	at := placeOf(c, s)
	found, err := h.People.StoppedAddresses(c.UserContext(), operator(c), at)
	if err != nil {
		return malformed(err)
	}
	names, err := namesIn(h, c, found.Rows, func(a models.StoppedAddress) string { return a.StoppedBy })
	if err != nil {
		return err
	}
	page := views.StoppedAddressesPage{Shape: s, MayAct: operator(c).Role.May(auth.RightOperate)}
	for _, row := range found.Rows {
		page.Rows = append(page.Rows, views.StoppedRow{Address: row.Address, Reason: row.Reason, By: names[row.StoppedBy], Since: row.CreatedAt})
	}
	page.Newer, page.Older = listAddress(c, "newer", found.Newer), listAddress(c, "older", found.Older)
	return views.Render(c, fiber.StatusOK, views.StoppedAddresses(page))
}

// showStop asks before mails to an address are stopped, or allowed again; without an address it asks for one.
func (h *Handler) showStop(allow bool) fiber.Handler {
	return func(c *fiber.Ctx) error {
		form := views.StopAddressForm{Address: c.Query("address")}
		if form.Address == "" && !allow {
			return views.Render(c, fiber.StatusOK, views.StopAddress(views.StopAddressPage{Form: form}))
		}
		return h.askStop(c, fiber.StatusOK, allow, form)
	}
}

func (h *Handler) submitStop(allow bool) fiber.Handler {
	act := h.People.StopMail
	if allow {
		act = h.People.AllowMail
	}
	return func(c *fiber.Ctx) error {
		var form views.StopAddressForm
		return answer(c, &form, views.FlashActDone, func() (string, error) {
			return stoppedPath, act(c.UserContext(), operator(c), form.Address, decided(form.ReasonForm))
		}, func(status int) error { return h.askStop(c, status, allow, form) })
	}
}

// askStop draws the question, or asks for an address where that makes no sense.
func (h *Handler) askStop(c *fiber.Ctx, status int, allow bool, form views.StopAddressForm) error {
	a, err := h.People.MailAddress(c.UserContext(), operator(c), form.Address)
	var invalid auth.Invalid
	if errors.As(err, &invalid) {
		if allow {
			return fiber.ErrBadRequest // no link of ours leads here
		}
		form.Errors = views.Errors(invalid)
		return views.Render(c, fiber.StatusUnprocessableEntity, views.StopAddress(views.StopAddressPage{Form: form}))
	}
	if err != nil {
		return err
	}
	if allow == (a.Stopped == nil) { // it is so already
		return moot(c, stoppedPath)
	}
	if err := askOn(status, &form.ReasonForm, a.Version); err != nil {
		return err
	}
	form.Address = a.Address
	return views.Render(c, status, views.StopAddress(views.StopAddressPage{Allow: allow, Known: true, Changed: changed(status), Form: form}))
}
