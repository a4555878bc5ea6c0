package auth

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

func (h *Handler) showSignup(c *fiber.Ctx) error {
	returnTo := LocalPath(c.Query("return_to"))
	if CurrentUser(c) != nil {
		return views.Redirect(c, returnTo)
	}
	form := views.SignupForm{ReturnTo: returnTo, Client: h.returnClient(c, returnTo), Closed: h.s.SignUpClosed()}
	return views.Render(c, fiber.StatusOK, views.Signup(form))
}

func (h *Handler) submitSignup(c *fiber.Ctx) error {
	var form views.SignupForm
	if err := parse(c, &form); err != nil {
		return err
	}
	form.ReturnTo = LocalPath(form.ReturnTo)
	entry, err := h.s.SignUp(c.UserContext(), SignUp{
		Email: form.Email, Password: form.Password, Name: form.Name, ReturnTo: form.ReturnTo, Visitor: h.visitor(c),
	})
	if err == nil {
		return h.signIn(c, entry)
	}
	form.Email, form.Client = shortened(form.Email), h.returnClient(c, form.ReturnTo)
	if errors.Is(err, ErrSignUpClosed) {
		form.Closed = h.s.SignUpClosed()
		return views.Render(c, fiber.StatusUnprocessableEntity, views.Signup(form))
	}
	return h.reject(c, err, func(status int, errs views.Errors) error {
		form.Errors = errs
		return views.Render(c, status, views.Signup(form))
	})
}
