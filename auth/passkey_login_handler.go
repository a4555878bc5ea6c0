package auth

import (
	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

func (h *Handler) beginPasskeyLogin(c *fiber.Ctx) error {
	options, entry, err := h.s.BeginPasskeySignIn(c.UserContext(), h.visitor(c))
	if err == nil {
		h.setCookies(c, entry)
	}
	return h.sendOptions(c, options, err)
}

// sendOptions answers the script of a ceremony: the options, or the sentence that it shows instead.
func (h *Handler) sendOptions(c *fiber.Ctx, options []byte, err error) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	if err == nil {
		c.Type("json")
		return c.Send(options)
	}
	return h.reject(c, err, func(status int, errs views.Errors) error {
		return c.Status(status).JSON(fiber.Map{"error": firstOf(errs)})
	})
}

func (h *Handler) submitPasskeyLogin(c *fiber.Ctx) error {
	var form views.PasskeyLoginForm
	if err := parse(c, &form); err != nil {
		return err
	}
	form.ReturnTo = LocalPath(form.ReturnTo)
	entry, err := h.s.SignInWithPasskey(c.UserContext(), PasskeySignIn{
		Credential: form.Credential, Remember: form.Remember, ReturnTo: form.ReturnTo, Visitor: h.visitor(c),
	})
	if err == nil {
		return h.signIn(c, entry)
	}
	return h.reject(c, err, func(status int, errs views.Errors) error {
		return h.drawLogin(c, status, views.LoginForm{ReturnTo: form.ReturnTo, Passkey: errs[""]})
	})
}
