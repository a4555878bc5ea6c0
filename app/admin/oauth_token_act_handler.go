package admin

import (
	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/oauthserver"
	"latchkey/views"
)

// tokenQuestion asks about an act on a family of tokens. Its preview says which family, what would end and whether there is
// anything left to do.
func (h *Handler) tokenQuestion(c *fiber.Ctx, act, path string, preview func() (oauthserver.FamilyRecord, views.AccessEnds, string, bool, error)) oauthQuestion {
	back := tokensPath + "/" + c.Params("id")
	return oauthQuestion{right: auth.RightRevokeAccess, back: back, page: func(c *fiber.Ctx) (views.OAuthActPage, bool, error) {
		family, ends, version, offered, err := preview()
		if err != nil {
			return views.OAuthActPage{}, false, err
		}
		switch may, err := h.mayEndFamily(c, family); {
		case err != nil:
			return views.OAuthActPage{}, false, err
		case !may && family.Subject == "":
			return views.OAuthActPage{}, false, auth.Forbidden{Right: auth.RightOperate}
		case !may:
			return views.OAuthActPage{}, false, oauthserver.ErrProtected
		}
		rows, err := h.familyRows(c, family)
		if err != nil {
			return views.OAuthActPage{}, false, err
		}
		page := views.OAuthActPage{Act: act, Action: back + path, Back: back, List: "Tokens", Up: tokensPath, Name: rows[0].Whose(), Note: rows[0].Client, Ends: ends}
		page.Form.Version = version
		return page, offered, nil
	}}
}

func (h *Handler) endFamilyQuestion(c *fiber.Ctx) oauthQuestion {
	return h.tokenQuestion(c, "revoke-family", "/revoke", func() (oauthserver.FamilyRecord, views.AccessEnds, string, bool, error) {
		p, err := h.OAuth.OpenFamily(c.UserContext(), h.oauthOperator(c), c.Params("id"))
		return p.FamilyRecord, views.AccessEnds{{What: "access", Count: p.Living}}, p.Version, p.State == oauthserver.FamilyActive, err
	})
}

func (h *Handler) showEndFamily(c *fiber.Ctx) error {
	return h.ask(c, h.endFamilyQuestion(c), fiber.StatusOK, views.OAuthActForm{})
}

func (h *Handler) submitEndFamily(c *fiber.Ctx) error {
	q := h.endFamilyQuestion(c)
	return h.answerOAuth(c, q, q.back, func(form views.OAuthActForm) error {
		return h.OAuth.EndFamily(c.UserContext(), h.oauthDecided(c, form), c.Params("id"))
	})
}

// endAppQuestion asks about all that the member of a family has at its client.
func (h *Handler) endAppQuestion(c *fiber.Ctx) oauthQuestion {
	return h.tokenQuestion(c, "revoke-app", "/revoke-all", func() (oauthserver.FamilyRecord, views.AccessEnds, string, bool, error) {
		p, err := h.OAuth.OpenApp(c.UserContext(), h.oauthOperator(c), c.Params("id"))
		ends := views.AccessEnds{{What: "sign-ins", Count: p.Reach.SignIns}, {What: "access", Count: p.Reach.AccessTokens}}
		return p.FamilyRecord, ends, p.Version, p.Reach.SignIns > 0 || p.Reach.AccessTokens > 0, err
	})
}

func (h *Handler) showEndApp(c *fiber.Ctx) error {
	return h.ask(c, h.endAppQuestion(c), fiber.StatusOK, views.OAuthActForm{})
}

func (h *Handler) submitEndApp(c *fiber.Ctx) error {
	q := h.endAppQuestion(c)
	return h.answerOAuth(c, q, q.back, func(form views.OAuthActForm) error {
		return h.OAuth.EndApp(c.UserContext(), h.oauthDecided(c, form), c.Params("id"))
	})
}

func (h *Handler) endTokenQuestion(c *fiber.Ctx) oauthQuestion {
	return h.tokenQuestion(c, "revoke-token", "/access/"+c.Params("access")+"/revoke", func() (oauthserver.FamilyRecord, views.AccessEnds, string, bool, error) {
		p, err := h.OAuth.OpenToken(c.UserContext(), h.oauthOperator(c), c.Params("id"), c.Params("access"))
		return p.FamilyRecord, nil, p.Version, p.Token.State == oauthserver.FamilyActive, err
	})
}

func (h *Handler) showEndToken(c *fiber.Ctx) error {
	return h.ask(c, h.endTokenQuestion(c), fiber.StatusOK, views.OAuthActForm{})
}

func (h *Handler) submitEndToken(c *fiber.Ctx) error {
	q := h.endTokenQuestion(c)
	return h.answerOAuth(c, q, q.back, func(form views.OAuthActForm) error {
		return h.OAuth.EndToken(c.UserContext(), h.oauthDecided(c, form), c.Params("id"), c.Params("access"))
	})
}
