package admin

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/oauthserver"
	"latchkey/views"
)

const (
	unusedFor    = 90 * 24 * time.Hour
	oldSecretFor = 365 * 24 * time.Hour
)

func (h *Handler) showClients(c *fiber.Ctx, s views.ListShape) error {
	page := clientsAsked(c)
	page.Shape = s
	if !knownFilter(page) {
		return fiber.ErrBadRequest
	}
	by := h.oauthOperator(c)
	found, err := h.OAuth.Clients(c.UserContext(), by, clientFilter(page), placeOf(c, s))
	if err != nil {
		return oauthFault(err, auth.RightRead)
	}
	page.Scopes = h.scopeNames()
	page.MayAdd, page.MayExport = by.May(oauthserver.RightOperate), by.May(oauthserver.RightAudit)
	for _, client := range found.Clients {
		page.Rows = append(page.Rows, clientRow(client))
	}
	page.Newer, page.Older = listAddress(c, "newer", found.Newer), listAddress(c, "older", found.Older)
	return views.Render(c, fiber.StatusOK, views.Clients(page), views.ClientsAnnounced(len(page.Rows)))
}

// clientsAsked is what an address of the list selects.
func clientsAsked(c *fiber.Ctx) views.ClientsPage {
	return views.ClientsPage{
		State: c.Query("state"), Kind: c.Query("kind"), Origin: c.Query("origin"), Proof: c.Query("proof"), Grant: c.Query("grant"),
		Scope: c.Query("scope"), Want: c.Query("want"),
	}
}

// scopeNames are the scopes that a list may be narrowed to.
func (h *Handler) scopeNames() (names []string) {
	for _, scope := range h.OAuth.Scopes() {
		names = append(names, scope.Name)
	}
	return names
}

func knownFilter(p views.ClientsPage) bool {
	for value, known := range map[string]func(string) bool{
		p.State: views.ClientState, p.Kind: views.ClientKind, p.Origin: views.ClientOrigin, p.Proof: views.ClientProof, p.Grant: views.ClientGrant, p.Scope: oauthserver.ScopeName, p.Want: views.ClientWant,
	} {
		if value != "" && !known(value) {
			return false
		}
	}
	return true
}

func clientFilter(p views.ClientsPage) oauthserver.ClientFilter {
	filter := oauthserver.ClientFilter{State: p.State, Kind: p.Kind, Origin: p.Origin, Authentication: p.Proof, Grant: p.Grant, Scope: p.Scope, Unverified: p.Want == "unverified"}
	switch p.Want {
	case "unused":
		filter.Unused = unusedFor
	case "old-secret":
		filter.OldSecret = oldSecretFor
	}
	return filter
}

func clientRow(client models.OAuthClient) views.ClientRow {
	return views.ClientRow{
		ID: client.ID, Name: oauthserver.ShownName(&client), Kind: client.Kind, Proof: client.AuthMethod, Disabled: !client.Enabled(), Verified: client.Verified,
		LastUsed: moment(client.LastUsedAt), Keyed: moment(client.KeyedAt),
	}
}
