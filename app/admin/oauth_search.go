package admin

import (
	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/oauthserver"
	"latchkey/views"
)

// findClients finds clients, and consents and signing keys by their ids.
func (h *Handler) findClients(c *fiber.Ctx, typed string, found *finds) error {
	there, err := h.OAuth.Find(c.UserContext(), h.oauthOperator(c), typed)
	if err != nil {
		return oauthFault(err, auth.RightRead)
	}
	clients := views.FoundGroup{Heading: "Clients"}
	for _, client := range there.Clients {
		clients.Rows = append(clients.Rows, foundClient(&client))
	}
	found.add(clients)
	if there.Client != nil {
		found.exact = append(found.exact, foundClient(there.Client).Path)
	}
	if consent := there.Consent; consent != nil {
		found.addThing(views.FoundRow{Path: consentsPath + "/" + consent.ID, Label: "Consent", Note: consent.ClientID, Icon: "check"})
	}
	if family := there.Family; family != nil {
		found.addThing(views.FoundRow{Path: tokensPath + "/" + family.ID, Label: "Tokens of a sign-in", Note: family.ClientID, Icon: "key"})
	}
	if access := there.Access; access != nil {
		found.addThing(views.FoundRow{Path: tokensPath + "/" + access.GrantID, Label: "Access token", Note: access.ClientID, Icon: "key"})
	}
	if there.Key != "" {
		found.addThing(views.FoundRow{Path: keysPath, Label: "Signing key", Icon: "key"})
	}
	return nil
}

func foundClient(client *models.OAuthClient) views.FoundRow {
	return views.FoundRow{Path: clientsPath + "/" + client.ID, Label: oauthserver.ShownName(client), Note: client.ID, Icon: "grid"}
}
