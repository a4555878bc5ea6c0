package admin

import (
	"github.com/gofiber/fiber/v2"

	"latchkey/oauthserver"
	"latchkey/views"
)

// showMemberApps is what a member allowed clients and what these were given: the top of both lists, which go on at their own
// addresses.
func (h *Handler) showMemberApps(c *fiber.Ctx) error {
	r, err := h.member(c)
	if err != nil {
		return err
	}
	page := views.MemberAppsPage{MemberHead: h.memberHead(c, r)}
	var older string
	if page.Consents, _, older, err = h.consents(c, shortList, oauthserver.ConsentFilter{Subject: r.ID}); err != nil {
		return err
	}
	page.MoreConsents = older != ""
	if page.Tokens, _, older, err = h.tokenFamilies(c, shortList, oauthserver.FamilyFilter{Subject: r.ID}); err != nil {
		return err
	}
	page.MoreTokens = older != ""
	return views.Render(c, fiber.StatusOK, views.MemberApps(page))
}
