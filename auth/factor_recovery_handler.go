package auth

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

func (h *Handler) showFactorRecovery(c *fiber.Ctx) error {
	return h.drawFactorRecovery(c, fiber.StatusOK, nil)
}

func (h *Handler) drawFactorRecovery(c *fiber.Ctx, status int, errs views.Errors) error {
	open, err := h.s.OpenFactorRecovery(c.UserContext(), h.visitor(c))
	if err != nil {
		return signedOut(c, err)
	}
	return views.Render(c, status, views.FactorRecovery(views.FactorRecoveryForm{
		Email: open.Email, Refused: open.Refused, At: open.At, CodeSent: open.CodeSent, Wait: h.s.cfg().FactorRecoveryWait,
		Client: h.returnClient(c, open.ReturnTo), Errors: errs,
	}))
}

func (h *Handler) sendRecoveryCode(c *fiber.Ctx) error {
	err := h.s.SendRecoveryCode(c.UserContext(), h.visitor(c))
	return h.afterRecovery(c, err, views.FlashCodeSent)
}

func (h *Handler) submitFactorRecovery(c *fiber.Ctx) error {
	var form views.FactorRecoveryForm
	if err := parse(c, &form); err != nil {
		return err
	}
	err := h.s.StartFactorRecovery(c.UserContext(), h.visitor(c), form.Code)
	return h.afterRecovery(c, err, "")
}

// afterRecovery draws the page again: what it shows is how the recovery stands.
func (h *Handler) afterRecovery(c *fiber.Ctx, err error, flash string) error {
	switch {
	case err == nil && flash == "":
		return views.Redirect(c, factorRecoveryPath)
	case err == nil:
		return views.RedirectWith(c, factorRecoveryPath, flash)
	case errors.Is(err, ErrSignedOut):
		return views.RedirectWith(c, "/login", views.FlashSignInAgain)
	}
	return h.reject(c, err, func(status int, errs views.Errors) error {
		return h.drawFactorRecovery(c, status, errs)
	})
}

func (h *Handler) showRecoveryStop(c *fiber.Ctx) error {
	link, err := h.s.OpenRecoveryStop(c.UserContext(), c.Params("token"))
	if err != nil {
		return h.notMeRefused(c, err)
	}
	return views.Render(c, fiber.StatusOK, views.FactorRecoveryStop(views.FactorRecoveryLinkPage{Token: c.Params("token"), Email: link.Email, At: link.At}))
}

func (h *Handler) submitRecoveryStop(c *fiber.Ctx) error {
	if err := h.s.StopRecovery(c.UserContext(), c.Params("token")); err != nil {
		return h.notMeRefused(c, err)
	}
	return views.RedirectWith(c, "/login", views.FlashRecoveryStopped)
}

func (h *Handler) showFactorRemoval(c *fiber.Ctx) error {
	link, err := h.s.OpenFactorRemoval(c.UserContext(), c.Params("token"))
	if err != nil {
		return h.linkRefused(c, err, views.DeadLinkPage{})
	}
	return views.Render(c, fiber.StatusOK, views.FactorRemoval(views.FactorRecoveryLinkPage{Token: c.Params("token"), Email: link.Email, At: link.At}))
}

// submitFactorRemoval leads through the sign-in to the page that asks for a new second step.
func (h *Handler) submitFactorRemoval(c *fiber.Ctx) error {
	if err := h.s.RemoveFactors(c.UserContext(), c.Params("token")); err != nil {
		return h.linkRefused(c, err, views.DeadLinkPage{})
	}
	return views.RedirectWith(c, "/login?return_to=%2Faccount%2Fsecure", views.FlashFactorsRemoved)
}
