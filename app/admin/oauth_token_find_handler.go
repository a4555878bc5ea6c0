package admin

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/oauthserver"
	"latchkey/views"
)

func (h *Handler) showFindToken(c *fiber.Ctx) error {
	return views.Render(c, fiber.StatusOK, views.FindToken(views.FindTokenForm{}))
}

// foundFlashes say what was pasted, on the record that it leads to.
var foundFlashes = map[string]string{
	oauthserver.TokenAccess: views.FlashFoundAccess, oauthserver.TokenRefresh: views.FlashFoundRefresh,
	oauthserver.TokenOldRefresh: views.FlashFoundOldRefresh, oauthserver.TokenCode: views.FlashFoundCode,
}

// submitFindToken leads to the record of the sign-in that a token belongs to. The token itself goes nowhere.
func (h *Handler) submitFindToken(c *fiber.Ctx) error {
	var form views.FindTokenForm
	if err := c.BodyParser(&form); err != nil {
		return fiber.ErrBadRequest
	}
	found, err := h.OAuth.FindToken(c.UserContext(), h.oauthOperator(c), form.Token)
	var often oauthserver.TooOften
	switch {
	case err == nil:
		return views.RedirectWith(c, tokensPath+"/"+found.FamilyID, foundFlashes[found.Kind])
	case errors.As(err, &often):
		return auth.Limited{Wait: often.Wait}
	}
	status, errs, err := reject(oauthFault(err, auth.RightRead))
	if err != nil {
		return err
	}
	return views.Render(c, status, views.FindToken(views.FindTokenForm{Errors: errs}))
}
