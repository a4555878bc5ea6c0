package auth

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

func (h *Handler) showSecondStep(c *fiber.Ctx) error {
	return h.drawSecondStep(c, fiber.StatusOK, views.SecondStepForm{})
}

func (h *Handler) drawSecondStep(c *fiber.Ctx, status int, form views.SecondStepForm) error {
	open, err := h.s.OpenSecondStep(c.UserContext(), h.visitor(c))
	if errors.Is(err, ErrSignedOut) {
		return views.Redirect(c, "/login")
	}
	if err != nil {
		return err
	}
	form.Email, form.Client = open.Email, h.returnClient(c, open.ReturnTo)
	return views.Render(c, status, views.SecondStep(form))
}

func (h *Handler) submitSecondStep(c *fiber.Ctx) error {
	var form views.SecondStepForm
	if err := parse(c, &form); err != nil {
		return err
	}
	entry, err := h.s.ProveSecondStep(c.UserContext(), h.visitor(c), form.Code, form.Trust)
	switch {
	case err == nil:
		return h.signIn(c, entry)
	case errors.Is(err, ErrSignedOut):
		h.setCookies(c, Entry{PendingDone: true})
		return views.RedirectWith(c, "/login", views.FlashSignInAgain)
	}
	return h.reject(c, err, func(status int, errs views.Errors) error {
		form.Code, form.Errors = "", errs
		return h.drawSecondStep(c, status, form)
	})
}
