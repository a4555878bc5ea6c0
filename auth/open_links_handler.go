package auth

import (
	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

// linkPurposes say what a link is for.
var linkPurposes = map[string]string{
	purposeSignIn: "Sign in", purposeReset: "Choose a new password", purposeVerify: "Confirm your email address",
	purposeUnlock: "Unlock your account", purposeRemoveFactors: "Remove your second step",
	purposeReauth: "Confirm that it is you", purposeNewBrowser: "Sign in from a new browser", purposeRecoveryCode: "Ask for the removal of your second step",
}

func (h *Handler) openLinks(c *fiber.Ctx) ([]views.OpenLinkRow, error) {
	list, err := h.s.OpenLinks(c.UserContext(), CurrentUser(c))
	rows := make([]views.OpenLinkRow, len(list))
	for i, link := range list {
		rows[i] = views.OpenLinkRow{
			ID: link.ID, Purpose: linkPurposes[link.Purpose], Browser: link.Browser, System: link.System, Address: link.Address,
			Asked: link.Asked, Until: link.Until,
		}
	}
	return rows, err
}

func (h *Handler) cancelLink(c *fiber.Ctx) error {
	if err := h.s.CancelLink(c.UserContext(), CurrentUser(c), c.Params("id")); err != nil {
		return signedOut(c, err)
	}
	return views.RedirectWith(c, "/account/sessions", views.FlashLinkCancelled)
}
