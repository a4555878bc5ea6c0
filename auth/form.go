package auth

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

// parse reads a posted form. Only that format is read: a JSON body filling a form's struct would pass
// checks made for forms.
func parse(c *fiber.Ctx, form any) error {
	kind, _, _ := strings.Cut(c.Get(fiber.HeaderContentType), ";")
	if !strings.EqualFold(strings.TrimSpace(kind), fiber.MIMEApplicationForm) {
		return fiber.ErrUnsupportedMediaType
	}
	if err := c.BodyParser(form); err != nil {
		return fiber.ErrBadRequest
	}
	return nil
}

// reject answers an expected failure with the page again: 422, 429 or 503 and the sentences beside the
// fields. Anything else is passed on.
func (h *Handler) reject(c *fiber.Ctx, err error, again func(status int, errs views.Errors) error) error {
	var limited Limited
	var invalid Invalid
	switch {
	case errors.As(err, &limited):
		c.Set(fiber.HeaderRetryAfter, seconds(limited.Wait))
		return again(fiber.StatusTooManyRequests, views.Errors{"": limited.Sentence()})
	case errors.Is(err, ErrBusy):
		c.Set(fiber.HeaderRetryAfter, "2")
		return again(fiber.StatusServiceUnavailable, views.Errors{"": "Busy, try again in a moment"})
	case errors.As(err, &invalid):
		return again(fiber.StatusUnprocessableEntity, views.Errors(invalid))
	case errors.Is(err, ErrBadCredentials):
		return again(fiber.StatusUnprocessableEntity, views.Errors{"": "Email address or password is wrong"})
	case errors.Is(err, ErrWrongCode):
		return again(fiber.StatusUnprocessableEntity, views.Errors{"code": "That code is not right or has expired"})
	case errors.Is(err, ErrNotRight):
		return again(fiber.StatusUnprocessableEntity, views.Errors{"password": "That is not right"})
	case errors.Is(err, ErrSignedOut):
		return views.Redirect(c, "/login")
	}
	return err
}

func seconds(wait time.Duration) string {
	return strconv.Itoa(max(1, int((wait+time.Second-1)/time.Second)))
}

// signIn is where every way of signing in ends: the cookies of the step, and its page.
func (h *Handler) signIn(c *fiber.Ctx, e Entry) error {
	h.setCookies(c, e)
	return views.Redirect(c, e.Next)
}

// deadLink answers a link that no longer works: one text whatever the reason.
func deadLink(c *fiber.Ctx, page views.DeadLinkPage) error {
	status := fiber.StatusUnprocessableEntity
	if c.Method() != fiber.MethodPost {
		status = fiber.StatusGone
	}
	return views.Render(c, status, views.DeadLink(page))
}

// linkRefused answers a link that cannot be opened: dead, or too many dead ones from this network.
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
	return err
}

func (h *Handler) returnClient(c *fiber.Ctx, returnTo string) *views.ClientStrip {
	if h.s.config.ReturnClient == nil {
		return nil
	}
	return h.s.config.ReturnClient(c.UserContext(), returnTo)
}
