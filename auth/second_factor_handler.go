package auth

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"latchkey/models"
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
	form.Factors = shownFactors(open.Factors)
	form.ByMail = open.ByMail
	form.Email, form.Client = open.Email, h.returnClient(c, open.ReturnTo)
	return views.Render(c, status, views.SecondStep(form))
}

// shownFactors is what pages ask for.
func shownFactors(f models.Factors) views.Factors {
	return views.Factors{Passkey: f.Passkeys > 0, App: f.Authenticators > 0}
}

func (h *Handler) submitSecondStep(c *fiber.Ctx) error {
	var form views.SecondStepForm
	if err := parse(c, &form); err != nil {
		return err
	}
	entry, err := h.s.ProveSecondStep(c.UserContext(), h.visitor(c), form.Code, form.Trust)
	return h.afterSecondStep(c, form, entry, err)
}

func (h *Handler) beginSecondStepPasskey(c *fiber.Ctx) error {
	options, err := h.s.BeginSecondStepPasskey(c.UserContext(), h.visitor(c))
	if errors.Is(err, ErrSignedOut) {
		return views.Redirect(c, "/login")
	}
	return h.sendOptions(c, options, err)
}

func (h *Handler) submitSecondStepPasskey(c *fiber.Ctx) error {
	var form views.SecondStepPasskeyForm
	if err := parse(c, &form); err != nil {
		return err
	}
	entry, err := h.s.ProveSecondStepByPasskey(c.UserContext(), h.visitor(c), form.Credential, form.Trust)
	return h.afterSecondStep(c, views.SecondStepForm{Trust: form.Trust, ByPasskey: true}, entry, err)
}

func (h *Handler) afterSecondStep(c *fiber.Ctx, form views.SecondStepForm, entry Entry, err error) error {
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
