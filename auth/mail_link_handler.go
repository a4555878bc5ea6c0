package auth

import (
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

// linkRefused answers a link that cannot be opened: dead, of an account that is off, or too many dead ones from this
// network.
func (h *Handler) linkRefused(c *fiber.Ctx, err error, page views.DeadLinkPage) error {
	var limited Limited
	if errors.As(err, &limited) {
		c.Set(fiber.HeaderRetryAfter, seconds(limited.Wait))
		again := views.ErrorFor(fiber.StatusTooManyRequests, "")
		again.Sentence, again.RetryAfter = limited.Sentence()+".", int(limited.Wait/time.Second)
		return views.Render(c, fiber.StatusTooManyRequests, views.Error(again))
	}
	if errors.Is(err, ErrDeadLink) {
		return deadLink(c, page)
	}
	if errors.Is(err, ErrSwitchedOff) {
		return views.Render(c, fiber.StatusForbidden, views.SwitchedOff())
	}
	return err
}

// deadLink answers a link that no longer works: one text whatever the reason.
func deadLink(c *fiber.Ctx, page views.DeadLinkPage) error {
	status := fiber.StatusUnprocessableEntity
	if c.Method() != fiber.MethodPost {
		status = fiber.StatusGone
	}
	return views.Render(c, status, views.DeadLink(page))
}
