package auth

import (
	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

func (h *Handler) showAuthenticators(c *fiber.Ctx) error {
	return h.drawAuthenticators(c, fiber.StatusOK, views.AuthenticatorsPage{})
}

func (h *Handler) drawAuthenticators(c *fiber.Ctx, status int, page views.AuthenticatorsPage) error {
	setup, err := h.s.OpenAuthenticators(c.UserContext(), CurrentUser(c))
	if err != nil {
		return signedOut(c, err)
	}
	page.Key, page.Address = setup.Key, setup.Address
	for _, a := range setup.List {
		page.Rows = append(page.Rows, views.AuthenticatorRow{ID: a.ID, Name: a.Name, Added: a.Added, LastUsed: a.LastUsed})
	}
	return views.Render(c, status, views.Authenticators(page))
}

func (h *Handler) submitAuthenticator(c *fiber.Ctx) error {
	var page views.AuthenticatorsPage
	if err := parse(c, &page); err != nil {
		return err
	}
	entry, first, err := h.s.AddAuthenticator(c.UserContext(), CurrentUser(c), page.Code, page.Name)
	if err == nil {
		h.setCookies(c, entry)
		if first {
			return views.RedirectWith(c, "/account/recovery-codes", views.FlashTwoStepOn)
		}
		return views.RedirectWith(c, "/account/totp", views.FlashAuthenticatorAdded)
	}
	return h.reject(c, err, func(status int, errs views.Errors) error {
		page.Code, page.Errors = "", errs
		return h.drawAuthenticators(c, status, page)
	})
}

func (h *Handler) showRemoveAuthenticator(c *fiber.Ctx) error {
	return h.drawRemoveAuthenticator(c, fiber.StatusOK, views.RemoveAuthenticatorForm{ID: c.Query("id")})
}

// drawRemoveAuthenticator asks before one authenticator goes, or all of them when none is named.
func (h *Handler) drawRemoveAuthenticator(c *fiber.Ctx, status int, form views.RemoveAuthenticatorForm) error {
	setup, err := h.s.OpenAuthenticators(c.UserContext(), CurrentUser(c))
	if err != nil {
		return signedOut(c, err)
	}
	for _, a := range setup.List {
		if a.ID == form.ID {
			form.Name = a.Name
		}
	}
	if len(setup.List) == 0 {
		return h.drawAuthenticators(c, status, views.AuthenticatorsPage{Errors: form.Errors})
	}
	if form.ID != "" && form.Name == "" {
		return fiber.ErrNotFound
	}
	form.Last = form.ID == "" || len(setup.List) == 1
	return views.Render(c, status, views.RemoveAuthenticator(form))
}

func (h *Handler) submitRemoveAuthenticator(c *fiber.Ctx) error {
	var form views.RemoveAuthenticatorForm
	if err := parse(c, &form); err != nil {
		return err
	}
	entry, err := h.s.RemoveAuthenticators(c.UserContext(), CurrentUser(c), form.ID, form.Code)
	if err == nil {
		h.setCookies(c, entry)
		return views.RedirectWith(c, "/account/totp", views.FlashAuthenticatorRemoved)
	}
	return h.reject(c, err, func(status int, errs views.Errors) error {
		form.Code, form.Errors = "", errs
		return h.drawRemoveAuthenticator(c, status, form)
	})
}
