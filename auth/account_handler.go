package auth

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

func (h *Handler) showAccount(c *fiber.Ctx) error {
	u := CurrentUser(c)
	overview, err := h.s.Overview(c.UserContext(), u)
	if err != nil {
		return signedOut(c, err)
	}
	return views.Render(c, fiber.StatusOK, views.Account(views.AccountPage{
		Name: u.Name, Email: u.Email, Verified: u.Verified, HasPassword: u.HasPassword, PasswordChanged: u.PasswordChanged,
		Passkeys: overview.Passkeys, Authenticators: overview.Authenticators, RecoveryCodes: overview.RecoveryCodes,
		Sessions: overview.Sessions, Apps: overview.Apps, MemberSince: u.MemberSince,
	}))
}

// signedOut answers somebody whose session ended while the page was made.
func signedOut(c *fiber.Ctx, err error) error {
	if errors.Is(err, ErrSignedOut) {
		return views.Redirect(c, "/login")
	}
	return err
}
