package admin

import (
	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/oauthserver"
	"latchkey/views"
)

func (h *Handler) showClientTokens(c *fiber.Ctx, s views.ListShape) error {
	page := views.ClientTokensPage{Shape: s, State: c.Query("state")}
	if !views.TokenState(page.State) {
		return fiber.ErrBadRequest
	}
	r, err := h.client(c)
	if err != nil {
		return err
	}
	page.ClientHead = h.clientHead(c, r)
	filter := oauthserver.FamilyFilter{ClientID: r.Client.ID, State: models.OAuthGrantState(page.State)}
	if page.Rows, page.Newer, page.Older, err = h.tokenFamilies(c, s, filter); err != nil {
		return err
	}
	return views.Render(c, fiber.StatusOK, views.ClientTokens(page))
}

// showClientActivity is the audit log, as far as it names this client.
func (h *Handler) showClientActivity(c *fiber.Ctx, s views.ListShape) error {
	place := placeOf(c, s)
	r, err := h.client(c)
	if err != nil {
		return err
	}
	found, err := h.People.AuditLog(c.UserContext(), operator(c), auth.AuditQuery{Client: r.Client.ID, PerPage: s.PerPage, Newer: place.Newer, Older: place.Older})
	if err != nil {
		return malformed(err)
	}
	return views.Render(c, fiber.StatusOK, views.ClientActivity(views.ClientActivityPage{
		Shape: s, ClientHead: h.clientHead(c, r), Rows: h.auditRows(found.Events, found.People),
		Newer: listAddress(c, "newer", found.Newer), Older: listAddress(c, "older", found.Older),
	}))
}
