package auth

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

func (h *Handler) showLinkRequest(c *fiber.Ctx) error {
	return h.drawLinkRequest(c, fiber.StatusOK, views.LinkRequestForm{ReturnTo: LocalPath(c.Query("return_to"))})
}

func (h *Handler) drawLinkRequest(c *fiber.Ctx, status int, form views.LinkRequestForm) error {
	form.Client = h.returnClient(c, form.ReturnTo)
	return views.Render(c, status, views.LinkRequest(form))
}

func (h *Handler) submitLinkRequest(c *fiber.Ctx) error {
	var form views.LinkRequestForm
	if err := parse(c, &form); err != nil {
		return err
	}
	form.ReturnTo = LocalPath(form.ReturnTo)
	entry, err := h.s.RequestLoginLink(c.UserContext(), MailRequest{Email: form.Email, ReturnTo: form.ReturnTo, Visitor: h.visitor(c)})
	if err == nil {
		return h.signIn(c, entry)
	}
	form.Email = shortened(form.Email)
	return h.reject(c, err, func(status int, errs views.Errors) error {
		form.Errors = errs
		return h.drawLinkRequest(c, status, form)
	})
}

func (h *Handler) showLoginCode(c *fiber.Ctx) error {
	return h.drawLoginCode(c, fiber.StatusOK, views.LoginCodeForm{})
}

func (h *Handler) drawLoginCode(c *fiber.Ctx, status int, form views.LoginCodeForm) error {
	open, err := h.s.OpenLoginCode(c.UserContext(), h.visitor(c))
	if err != nil {
		return err
	}
	form.Email, form.ReturnTo, form.Client = open.Email, open.ReturnTo, h.returnClient(c, open.ReturnTo)
	return views.Render(c, status, views.LoginCode(form))
}

func (h *Handler) submitLoginCode(c *fiber.Ctx) error {
	var form views.LoginCodeForm
	if err := parse(c, &form); err != nil {
		return err
	}
	entry, err := h.s.SignInByCode(c.UserContext(), h.visitor(c), form.Code)
	if err == nil {
		return h.signIn(c, entry)
	}
	return h.reject(c, err, func(status int, errs views.Errors) error {
		form.Errors = errs
		return h.drawLoginCode(c, status, form)
	})
}

// newLoginLink leads from a dead link to a new one.
var newLoginLink = views.DeadLinkPage{Again: "/login/link", AgainLabel: "Ask for a new link"}

func (h *Handler) showLoginLink(c *fiber.Ctx) error {
	return h.drawLoginLink(c, fiber.StatusOK, nil)
}

func (h *Handler) drawLoginLink(c *fiber.Ctx, status int, errs views.Errors) error {
	link, err := h.s.OpenLoginLink(c.UserContext(), h.visitor(c), c.Params("token"))
	if err != nil {
		return h.linkRefused(c, err, newLoginLink)
	}
	form := views.LoginLinkForm{
		Token: c.Params("token"), Email: link.Email, OtherBrowser: link.OtherBrowser, NoButton: link.NoButton,
		Asked: link.Asked, Browser: link.Browser, System: link.System, Address: link.Address,
		Client: h.returnClient(c, link.ReturnTo), Errors: errs,
	}
	if u := CurrentUser(c); u != nil && u.ID != link.UserID {
		form.SwitchFrom = u.Email
	}
	return views.Render(c, status, views.LoginLink(form))
}

func (h *Handler) submitLoginLink(c *fiber.Ctx) error {
	entry, err := h.s.SignInByLink(c.UserContext(), h.visitor(c), c.Params("token"))
	var invalid Invalid
	switch {
	case err == nil:
		return h.signIn(c, entry)
	case errors.As(err, &invalid):
		return h.drawLoginLink(c, fiber.StatusUnprocessableEntity, views.Errors(invalid))
	}
	return h.linkRefused(c, err, newLoginLink)
}
