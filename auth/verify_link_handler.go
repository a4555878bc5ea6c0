package auth

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

// newVerifyLink leads from a dead link to a new one: the sign-in page sends it after a right password.
var newVerifyLink = views.DeadLinkPage{Again: "/login", AgainLabel: "Sign in to get a new one"}

func (h *Handler) showVerifyLink(c *fiber.Ctx) error {
	return h.drawVerifyLink(c, fiber.StatusOK, views.VerifyLinkForm{})
}

func (h *Handler) drawVerifyLink(c *fiber.Ctx, status int, form views.VerifyLinkForm) error {
	form.Token = c.Params("token")
	link, err := h.s.OpenVerifyLink(c.UserContext(), h.visitor(c), CurrentUser(c), form.Token)
	if err != nil {
		return h.linkRefused(c, err, newVerifyLink)
	}
	form.Email, form.OtherBrowser, form.NoPassword = link.Email, link.OtherBrowser, link.NoPassword
	form.Client = h.returnClient(c, link.ReturnTo)
	return views.Render(c, status, views.VerifyLink(form))
}

func (h *Handler) submitVerifyLink(c *fiber.Ctx) error {
	var form views.VerifyLinkForm
	if err := parse(c, &form); err != nil {
		return err
	}
	form.Token = c.Params("token")
	if form.Action == views.VerifyDiscard {
		return h.discardSignup(c, form)
	}
	entry, err := h.confirmBy(c, form)
	if err == nil {
		h.setCookies(c, entry)
		return views.RedirectWith(c, entry.Next, views.FlashEmailConfirmed)
	}
	if errors.Is(err, ErrDeadLink) {
		return deadLink(c, newVerifyLink)
	}
	return h.reject(c, err, func(status int, errs views.Errors) error {
		form.Errors = errs
		return h.drawVerifyLink(c, status, form)
	})
}

func (h *Handler) confirmBy(c *fiber.Ctx, form views.VerifyLinkForm) (Entry, error) {
	if form.Action == views.VerifyNewPassword {
		return h.s.NewPasswordByLink(c.UserContext(), h.visitor(c), form.Token, form.NewPassword)
	}
	return h.s.ConfirmLink(c.UserContext(), h.visitor(c), CurrentUser(c), form.Token, form.Password)
}

func (h *Handler) discardSignup(c *fiber.Ctx, form views.VerifyLinkForm) error {
	if err := h.s.DiscardByLink(c.UserContext(), form.Token); err != nil {
		return h.linkRefused(c, err, newVerifyLink)
	}
	return views.RedirectWith(c, "/", views.FlashAccountDiscarded)
}
