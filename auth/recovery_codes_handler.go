package auth

import (
	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

func (h *Handler) showRecoveryCodes(c *fiber.Ctx) error {
	return h.drawRecoveryCodes(c, fiber.StatusOK, nil)
}

func (h *Handler) drawRecoveryCodes(c *fiber.Ctx, status int, errs views.Errors) error {
	found, err := h.s.OpenRecoveryCodes(c.UserContext(), CurrentUser(c))
	if err != nil {
		return signedOut(c, err)
	}
	page := views.RecoveryCodesPage{Codes: found.Codes, Left: found.Left, Ready: found.Ready, Errors: errs}
	if len(found.Codes) > 0 && c.Query("return_to") != "" {
		page.ReturnTo = LocalPath(c.Query("return_to"))
		h.returnClient(c, page.ReturnTo) // the form may lead there
	}
	return views.Render(c, status, views.RecoveryCodes(page))
}

// submitRecoveryCodes makes a new set, or is told that the one shown is saved.
func (h *Handler) submitRecoveryCodes(c *fiber.Ctx) error {
	u := CurrentUser(c)
	if c.FormValue("saved") == "on" {
		if err := h.s.RecoveryCodesSaved(c.UserContext(), u); err != nil {
			return signedOut(c, err)
		}
		next := "/account"
		if returnTo := c.FormValue("return_to"); returnTo != "" {
			next = LocalPath(returnTo)
		}
		return views.RedirectWith(c, next, views.FlashRecoveryCodesSaved)
	}
	entry, err := h.s.NewRecoveryCodes(c.UserContext(), u)
	if err == nil {
		h.setCookies(c, entry)
		return views.Redirect(c, "/account/recovery-codes")
	}
	return h.reject(c, err, func(status int, errs views.Errors) error { return h.drawRecoveryCodes(c, status, errs) })
}
