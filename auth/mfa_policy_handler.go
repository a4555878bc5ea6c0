package auth

import (
	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

const securePath = "/account/secure"

// showSecure asks for a second factor, owed or not. Who has one goes on to where they wanted.
func (h *Handler) showSecure(c *fiber.Ctx) error {
	u, returnTo := CurrentUser(c), LocalPath(c.Query("return_to"))
	if u.TwoStep {
		return views.Redirect(c, returnTo)
	}
	return views.Render(c, fiber.StatusOK, views.SecureAccount(views.SecureAccountPage{Due: u.SecondFactorDue, Owed: u.OwesSecondFactor, ReturnTo: returnTo}))
}
