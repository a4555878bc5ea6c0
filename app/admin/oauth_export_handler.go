package admin

import (
	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/oauthserver"
)

// clientColumns are the fields of an exported client.
var clientColumns = []string{
	"id", "name", "kind", "authentication", "origin", "state", "verified", "grants", "scopes", "redirect_uris", "created", "last_used", "secret_made",
}

func clientRecord(c models.OAuthClient) []any {
	state := "enabled"
	if !c.Enabled() {
		state = "disabled"
	}
	return []any{
		c.ID, oauthserver.ShownName(&c), c.Kind, c.AuthMethod, c.Provenance, state, c.Verified, texts(c.Grants), texts(c.Scopes), texts(c.RedirectURIs),
		c.CreatedAt, orNothing(moment(c.LastUsedAt)), orNothing(moment(c.KeyedAt)),
	}
}

// texts is a list that is written even where it is empty.
func texts(list models.Strings) []string { return append([]string{}, list...) }

// consentColumns are the fields of an exported consent.
var consentColumns = []string{"id", "member", "client", "client_name", "scopes", "given", "ends", "last_used", "remembered"}

func consentRecord(c oauthserver.ConsentRecord) []any {
	scopes := []string{}
	for _, scope := range c.Scopes {
		scopes = append(scopes, scope.Name)
	}
	return []any{c.ID, c.Subject, c.ClientID, c.Client, scopes, c.Given, c.Ends, orNothing(c.LastUsed), c.Remembered}
}

// exportClients downloads what the list at the same address would show.
func (h *Handler) exportClients(format string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		page := clientsAsked(c)
		if !knownFilter(page) {
			return fiber.ErrBadRequest
		}
		return exportRefused(h.send(c, func() (download, error) {
			x, err := h.OAuth.ExportClients(c.UserContext(), h.oauthOperator(c), clientFilter(page), format)
			return downloadOf("clients", format, clientColumns, x, clientRecord), oauthFault(err, auth.RightAudit)
		}))
	}
}

// exportConsents downloads what the list at the same address would show.
func (h *Handler) exportConsents(format string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		page := consentsAsked(c)
		filter, err := h.consentFilter(c, &page)
		if err != nil {
			return err
		}
		if len(page.Errors) > 0 {
			return fiber.ErrBadRequest // the list has said what is wrong; it offers no export of it
		}
		return exportRefused(h.send(c, func() (download, error) {
			x, err := h.OAuth.ExportConsents(c.UserContext(), h.oauthOperator(c), filter, format)
			return downloadOf("consents", format, consentColumns, x, consentRecord), oauthFault(err, auth.RightAudit)
		}))
	}
}
