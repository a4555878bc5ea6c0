package admin

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/oauthserver"
	"latchkey/views"
)

// client reads the client of the address.
func (h *Handler) client(c *fiber.Ctx) (oauthserver.ClientRecord, error) {
	record, err := h.OAuth.OpenClient(c.UserContext(), h.oauthOperator(c), c.Params("id"))
	return record, oauthFault(err, auth.RightRead)
}

// clientHead is which client a record is about, with what this operator may do. An act about one secret stands beside it.
func (h *Handler) clientHead(c *fiber.Ctx, r oauthserver.ClientRecord) views.ClientHead {
	client := &r.Client
	head := views.ClientHead{
		ID: client.ID, Name: oauthserver.ShownName(client), Kind: client.Kind, Disabled: !client.Enabled(), Verified: client.Verified, Public: client.Public(),
		MayEdit: h.oauthOperator(c).May(oauthserver.RightOperate),
	}
	for _, act := range clientActs {
		if head.MayEdit && !act.beside && act.offered(r) {
			head.Acts = append(head.Acts, act.name)
		}
	}
	return head
}

func (h *Handler) showClient(c *fiber.Ctx) error {
	r, err := h.client(c)
	if err != nil {
		return err
	}
	client := r.Client
	has := func(grant string) bool { return slices.Contains(client.Grants, grant) }
	page := views.ClientPage{
		ClientHead: h.clientHead(c, r), Proof: client.AuthMethod, Origin: client.Provenance,
		SignsIn: has("authorization_code"), Refreshes: has("refresh_token") && client.Refresh != "off", Itself: has("client_credentials"),
		Consent: client.Consent, PKCEOptional: client.PKCE == "optional" && !client.Public(),
		Grants: client.Grants, Scopes: client.Scopes, DefaultScopes: client.DefaultScopes,
		ClientURI: client.ClientURI, PolicyURI: client.PolicyURI, TermsURI: client.TOSURI, InitiateLoginURI: client.InitiateLoginURI,
		Members: r.Reach.Consents, SignIns: r.Reach.SignIns, Waiting: r.Reach.Waiting, Created: client.CreatedAt, LastUsed: moment(client.LastUsedAt),
	}
	return views.Render(c, fiber.StatusOK, views.Client(page))
}

func (h *Handler) showClientAddresses(c *fiber.Ctx) error {
	r, err := h.client(c)
	if err != nil {
		return err
	}
	uses, err := h.redirectUses(c, r.Client)
	if err != nil {
		return err
	}
	return views.Render(c, fiber.StatusOK, views.ClientAddresses(views.ClientAddressesPage{
		ClientHead: h.clientHead(c, r), Redirects: uses, PostLogout: r.Client.PostLogoutRedirectURIs, Landing: r.Client.LandingOrigins,
	}))
}

func (h *Handler) showClientSecrets(c *fiber.Ctx) error {
	r, err := h.client(c)
	if err != nil {
		return err
	}
	if r.Client.Public() {
		return fiber.ErrNotFound
	}
	page := views.ClientSecretsPage{ClientHead: h.clientHead(c, r), Issuer: h.OAuth.Issuer(), Service: r.Client.Kind == "service"}
	if page.Shown, err = h.OAuth.ShownSecret(c.UserContext(), h.oauthOperator(c), r.Client.ID); err != nil {
		return err
	}
	for i, secret := range r.Secrets {
		page.Rows = append(page.Rows, views.SecretRow{
			ID: secret.ID, Created: secret.Created, Ends: moment(secret.Ends), LastUsed: moment(secret.LastUsed), MayEnd: page.MayEdit && i > 0,
		})
	}
	return views.Render(c, fiber.StatusOK, views.ClientSecrets(page))
}

// submitSecretSaved forgets the secret that is shown: the operator has it.
func (h *Handler) submitSecretSaved(c *fiber.Ctx) error {
	if _, err := h.client(c); err != nil {
		return err
	}
	if err := h.OAuth.SecretSaved(c.UserContext(), h.oauthOperator(c), c.Params("id")); err != nil {
		return err
	}
	return views.RedirectWith(c, clientsPath+"/"+c.Params("id")+"/secrets", views.FlashSecretSaved)
}

func (h *Handler) showClientPolicies(c *fiber.Ctx) error {
	r, err := h.client(c)
	if err != nil {
		return err
	}
	page := views.ClientPoliciesPage{ClientHead: h.clientHead(c, r)}
	for _, p := range h.OAuth.Policies(r.Client) {
		page.Rows = append(page.Rows, views.PolicyRow{Name: views.ClientFieldLabel(p.Name), Server: p.Server, Own: p.Own, Result: p.Result, Setting: p.Setting, Fixed: p.Fixed})
	}
	return views.Render(c, fiber.StatusOK, views.ClientPolicies(page))
}

func (h *Handler) showClientConsents(c *fiber.Ctx, s views.ListShape) error {
	r, err := h.client(c)
	if err != nil {
		return err
	}
	rows, newer, older, err := h.consents(c, s, oauthserver.ConsentFilter{ClientID: r.Client.ID})
	if err != nil {
		return err
	}
	return views.Render(c, fiber.StatusOK, views.ClientConsents(views.ClientConsentsPage{Shape: s, ClientHead: h.clientHead(c, r), Rows: rows, Newer: newer, Older: older}))
}
