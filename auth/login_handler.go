package auth

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

func (h *Handler) showLogin(c *fiber.Ctx) error {
	form := views.LoginForm{
		Email:    shortened(c.Query("login_hint")), // an app's suggestion, to be changed freely
		ReturnTo: LocalPath(c.Query("return_to")),
	}
	u := CurrentUser(c)
	if u != nil && !mayChangeAccount(c, form.ReturnTo) {
		return views.Redirect(c, form.ReturnTo)
	}
	return h.drawLogin(c, fiber.StatusOK, form)
}

// mayChangeAccount tells whether an app asked to let the person choose an account.
func mayChangeAccount(c *fiber.Ctx, returnTo string) bool {
	return c.Query("switch") == "1" && strings.HasPrefix(returnTo, "/oauth/authorize/")
}

func (h *Handler) drawLogin(c *fiber.Ctx, status int, form views.LoginForm) error {
	form.Client = h.returnClient(c, form.ReturnTo)
	form.NoReset, form.NoLink = h.s.cfg().NoPasswordReset, h.s.cfg().NoLoginLink
	form.LastUsed = c.Cookies(h.s.cookieName(cookieMethod)) // compared with what the page offers, never drawn
	if u := CurrentUser(c); u != nil {
		form.SwitchFrom = u.Email
	}
	return views.Render(c, status, views.Login(form))
}

func (h *Handler) submitLogin(c *fiber.Ctx) error {
	var form views.LoginForm
	if err := parse(c, &form); err != nil {
		return err
	}
	form.ReturnTo = LocalPath(form.ReturnTo)
	entry, err := h.s.Authenticate(c.UserContext(), SignIn{
		Email: form.Email, Password: form.Password, Remember: form.Remember, ReturnTo: form.ReturnTo, Visitor: h.visitor(c),
	})
	if err == nil {
		return h.signIn(c, entry)
	}
	form.Email = shortened(form.Email)
	return h.reject(c, err, func(status int, errs views.Errors) error {
		form.Errors = errs
		return h.drawLogin(c, status, form)
	})
}
