package auth

import (
	"errors"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

// parse reads a posted form. Other kinds of body, which Fiber would read too, were refused before the routes.
func parse(c *fiber.Ctx, form any) error {
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
	var wrong WrongFactor
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
	case errors.As(err, &wrong):
		return again(fiber.StatusUnprocessableEntity, views.Errors{"code": wrong.Sentence()})
	case errors.Is(err, ErrPasskey):
		return again(fiber.StatusUnprocessableEntity, views.Errors{"": "That passkey did not work. Try another way"})
	case errors.Is(err, ErrAccountOff):
		return again(fiber.StatusForbidden, views.Errors{"": views.AccountOff})
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
	if e.Proven {
		return views.RedirectWith(c, e.Next, views.FlashAddressProven)
	}
	return views.Redirect(c, e.Next)
}

func (h *Handler) returnClient(c *fiber.Ctx, returnTo string) *views.ClientStrip {
	if h.s.cfg().ReturnClient == nil {
		return nil
	}
	return h.s.cfg().ReturnClient(c.UserContext(), returnTo)
}
