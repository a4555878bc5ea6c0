package auth

import (
	"cmp"
	"errors"

	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

func (h *Handler) beginPasskeySignup(c *fiber.Ctx) error {
	var form views.PasskeySignupForm
	if err := parse(c, &form); err != nil {
		return err
	}
	options, entry, err := h.s.BeginPasskeySignUp(c.UserContext(), h.passkeySignUp(c, form))
	if err == nil {
		h.setCookies(c, entry)
	}
	if errors.Is(err, ErrSignUpClosed) {
		err = Invalid{"": h.s.SignUpClosed()}
	}
	return h.sendOptions(c, options, err)
}

func (h *Handler) passkeySignUp(c *fiber.Ctx, form views.PasskeySignupForm) PasskeySignUp {
	return PasskeySignUp{
		Email: form.Email, Name: form.Name, Credential: form.Credential, ReturnTo: LocalPath(form.ReturnTo), Visitor: h.visitor(c),
	}
}

func (h *Handler) submitPasskeySignup(c *fiber.Ctx) error {
	var form views.PasskeySignupForm
	if err := parse(c, &form); err != nil {
		return err
	}
	in := h.passkeySignUp(c, form)
	entry, err := h.s.SignUpWithPasskey(c.UserContext(), in)
	if err == nil {
		return h.signIn(c, entry)
	}
	page := views.SignupForm{Email: shortened(form.Email), Name: form.Name, ReturnTo: in.ReturnTo, Client: h.returnClient(c, in.ReturnTo)}
	if errors.Is(err, ErrSignUpClosed) {
		page.Closed = h.s.SignUpClosed()
		return views.Render(c, fiber.StatusUnprocessableEntity, views.Signup(page))
	}
	return h.reject(c, err, func(status int, errs views.Errors) error {
		page.Passkey = firstOf(errs)
		return views.Render(c, status, views.Signup(page))
	})
}

// firstOf is the one sentence where there are no fields to put sentences under.
func firstOf(errs views.Errors) string { return cmp.Or(errs[""], errs["email"], errs["name"]) }
