package admin

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/oauthserver"
	"latchkey/views"
)

func (h *Handler) showNewClient(c *fiber.Ctx) error {
	kind := c.Query("kind")
	if kind == "" {
		return views.Render(c, fiber.StatusOK, views.NewClientKind())
	}
	if !views.ClientKind(kind) {
		return fiber.ErrBadRequest
	}
	form := views.ClientForm{Kind: kind, Scopes: text(h.OAuth.NewClient(kind).Scopes)}
	return h.drawClientForm(c, fiber.StatusOK, views.ClientFormPage{Part: "new", Form: form})
}

func (h *Handler) drawClientForm(c *fiber.Ctx, status int, page views.ClientFormPage) error {
	for _, scope := range h.OAuth.Scopes() {
		page.Scopes = append(page.Scopes, views.ScopeRow{Name: scope.Name, Sentence: scope.Sentence})
	}
	if page.Part == "new" {
		for _, s := range h.OAuth.NewClientSettings(page.Form.Kind) {
			page.Begins = append(page.Begins, views.PolicyRow{Name: s.Label, Result: s.Kind.Say(s.Value)})
		}
	}
	page.Algs = h.OAuth.IDTokenAlgs()
	return views.Render(c, status, views.ClientEdit(page))
}

func (h *Handler) submitNewClient(c *fiber.Ctx) error {
	var form views.ClientForm
	return answer(c, &form, views.FlashClientCreated, func() (string, error) { return h.createClient(c, form) }, func(status int) error {
		return h.drawClientForm(c, status, views.ClientFormPage{Part: "new", Form: form})
	})
}

// createClient leads to the record of a new client, or to its secret where it has one to be read once.
func (h *Handler) createClient(c *fiber.Ctx, form views.ClientForm) (string, error) {
	if !views.ClientKind(form.Kind) {
		return "", fiber.ErrBadRequest
	}
	by := h.oauthOperator(c)
	by.Reason = form.WholeReason()
	client := models.OAuthClient{
		ID: strings.TrimSpace(form.ClientID), Kind: form.Kind, Name: strings.TrimSpace(form.Name), RedirectURIs: lines(form.Redirects),
		PostLogoutRedirectURIs: lines(form.PostLogout), LandingOrigins: lines(form.Landing), Verified: true, Provenance: "admin",
	}
	if form.Kind != "resource_server" {
		client.Scopes = append(models.Strings{}, lines(form.Scopes)...) // an empty one is not the default
	}
	created, _, err := h.OAuth.CreateClient(c.UserContext(), by, client)
	switch {
	case errors.Is(err, models.ErrTaken):
		return "", auth.Invalid{"client_id": "Client id: another client has it"}
	case err != nil:
		return "", oauthFault(err, auth.RightOperate)
	case created.Public():
		return clientsPath + "/" + created.ID, nil
	}
	return clientsPath + "/" + created.ID + "/secrets", nil
}

// lines are the values of a text area, one each line.
func lines(text string) (list models.Strings) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

// clientPart is a small form over some fields of a client.
type clientPart struct {
	show func(client models.OAuthClient, form *views.ClientForm)
	take func(form views.ClientForm, client *models.OAuthClient, wrong auth.Invalid)
}

var clientParts = map[string]clientPart{
	"name": {
		func(c models.OAuthClient, f *views.ClientForm) {
			f.Name, f.ClientURI, f.PolicyURI, f.TermsURI, f.StartURI = c.Name, c.ClientURI, c.PolicyURI, c.TOSURI, c.InitiateLoginURI
		},
		func(f views.ClientForm, c *models.OAuthClient, _ auth.Invalid) {
			c.Name, c.ClientURI, c.PolicyURI = strings.TrimSpace(f.Name), strings.TrimSpace(f.ClientURI), strings.TrimSpace(f.PolicyURI)
			c.TOSURI, c.InitiateLoginURI = strings.TrimSpace(f.TermsURI), strings.TrimSpace(f.StartURI)
		},
	},
	"addresses": {
		func(c models.OAuthClient, f *views.ClientForm) {
			f.Redirects, f.PostLogout, f.Landing = text(c.RedirectURIs), text(c.PostLogoutRedirectURIs), text(c.LandingOrigins)
		},
		func(f views.ClientForm, c *models.OAuthClient, _ auth.Invalid) {
			c.RedirectURIs, c.PostLogoutRedirectURIs, c.LandingOrigins = lines(f.Redirects), lines(f.PostLogout), lines(f.Landing)
		},
	},
	"grants": {
		func(c models.OAuthClient, f *views.ClientForm) {
			f.Grants, f.Scopes, f.DefaultScopes = text(c.Grants), text(c.Scopes), text(c.DefaultScopes)
		},
		func(f views.ClientForm, c *models.OAuthClient, _ auth.Invalid) {
			c.Grants, c.Scopes = append(models.Strings{}, lines(f.Grants)...), append(models.Strings{}, lines(f.Scopes)...)
			c.DefaultScopes = lines(f.DefaultScopes)
		},
	},
	"policies": {showPolicies, takePolicies},
}

// text writes a list into a text area.
func text(list models.Strings) string { return strings.Join(list, "\n") }

func showPolicies(c models.OAuthClient, f *views.ClientForm) {
	f.PKCE, f.Consent, f.Refresh, f.IDTokenAlg = c.PKCE, c.Consent, c.Refresh, c.IDTokenAlg
	if c.RefreshAlways {
		f.RefreshAlways = "on"
	}
	for _, field := range lifeFields(&c, f) {
		if *field.seconds != 0 {
			*field.typed = strconv.Itoa(*field.seconds)
		}
	}
}

// lifeFields pairs what is typed with where it is kept, by the name of the field.
func lifeFields(c *models.OAuthClient, f *views.ClientForm) map[string]lifeField {
	return map[string]lifeField{
		"code_seconds": {&f.Code, &c.CodeSeconds}, "access_token_seconds": {&f.Access, &c.AccessTokenSeconds}, "id_token_seconds": {&f.IDToken, &c.IDTokenSeconds},
		"refresh_idle_seconds": {&f.RefreshIdle, &c.RefreshIdleSeconds}, "refresh_absolute_seconds": {&f.RefreshAbsolute, &c.RefreshAbsoluteSeconds},
	}
}

type lifeField struct {
	typed   *string
	seconds *int
}

func takePolicies(f views.ClientForm, c *models.OAuthClient, wrong auth.Invalid) {
	c.PKCE, c.Consent, c.Refresh, c.RefreshAlways, c.IDTokenAlg = f.PKCE, f.Consent, f.Refresh, f.RefreshAlways == "on", f.IDTokenAlg
	for name, field := range lifeFields(c, &f) {
		text := strings.TrimSpace(*field.typed)
		if *field.seconds = 0; text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n <= 0 {
			wrong[name] = views.ClientFieldLabel(name) + ": must be a number of seconds"
			continue
		}
		*field.seconds = n
	}
}

func (h *Handler) showClientEdit(part string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		r, err := h.client(c)
		if err != nil {
			return err
		}
		form := views.ClientForm{ReasonForm: views.ReasonForm{Version: r.Version}}
		clientParts[part].show(r.Client, &form)
		page, err := h.clientFormPage(c, part, r.Client, form)
		if err != nil {
			return err
		}
		return h.drawClientForm(c, fiber.StatusOK, page)
	}
}

// clientFormPage is a part of a client with what was typed. Addresses say how many sign-ins use them.
func (h *Handler) clientFormPage(c *fiber.Ctx, part string, client models.OAuthClient, form views.ClientForm) (views.ClientFormPage, error) {
	form.Kind = client.Kind
	page := views.ClientFormPage{Part: part, ID: client.ID, Name: oauthserver.ShownName(&client), Form: form}
	if part != "addresses" {
		return page, nil
	}
	var err error
	if page.Uses, err = h.redirectUses(c, client); err != nil {
		return page, err
	}
	kept := lines(form.Redirects)
	for i, use := range page.Uses {
		page.Uses[i].Gone = !slices.Contains(kept, use.URI)
	}
	return page, nil
}

func (h *Handler) redirectUses(c *fiber.Ctx, client models.OAuthClient) (rows []views.RedirectUse, err error) {
	uses, err := h.OAuth.RedirectUses(c.UserContext(), h.oauthOperator(c), client)
	for _, use := range uses {
		rows = append(rows, views.RedirectUse{URI: use.URI, SignIns: use.SignIns})
	}
	return rows, oauthFault(err, auth.RightRead)
}

// submitClientEdit changes the fields of one part; all else stays as it is now. What somebody else changed meanwhile is
// shown beside what was typed.
func (h *Handler) submitClientEdit(part string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		var page views.ClientFormPage
		var r oauthserver.ClientRecord
		return answer(c, &page.Form, views.FlashActDone, func() (to string, err error) {
			if r, err = h.client(c); err != nil {
				return "", err
			}
			if page, err = h.clientFormPage(c, part, r.Client, page.Form); err != nil {
				return "", err
			}
			return clientsPath + "/" + r.Client.ID, h.editClient(c, part, r.Client, &page)
		}, func(status int) error {
			if changed(status) {
				page.Changed, page.Form.Version, page.Now = true, r.Version, differences(part, r.Client, page.Form)
			}
			return h.drawClientForm(c, status, page)
		})
	}
}

func (h *Handler) editClient(c *fiber.Ctx, part string, client models.OAuthClient, page *views.ClientFormPage) error {
	by := h.oauthOperator(c)
	by.Reason, by.Seen = page.Form.WholeReason(), page.Form.Version
	wrong := auth.Invalid{}
	tellGone(page, wrong)
	clientParts[part].take(page.Form, &client, wrong)
	if len(wrong) > 0 {
		return wrong
	}
	return oauthFault(h.OAuth.UpdateClient(c.UserContext(), by, client), auth.RightOperate)
}

// tellGone says, once for each address, that sign-ins used what would be taken away.
func tellGone(page *views.ClientFormPage, wrong auth.Invalid) {
	told := lines(page.Form.Told)
	for _, use := range page.Uses {
		if use.Gone && use.SignIns > 0 && !slices.Contains(told, use.URI) {
			told = append(told, use.URI)
			wrong["redirect_uris"] = "Sign-ins used an address that you take away. Save again to take it away"
		}
	}
	page.Form.Told = text(told)
}

// differences are the fields of a part where the client is now other than what was typed.
func differences(part string, client models.OAuthClient, typed views.ClientForm) (rows []views.PolicyRow) {
	var now views.ClientForm
	clientParts[part].show(client, &now)
	for _, field := range []struct{ name, now, typed string }{
		{"name", now.Name, typed.Name}, {"client_uri", now.ClientURI, typed.ClientURI}, {"policy_uri", now.PolicyURI, typed.PolicyURI},
		{"tos_uri", now.TermsURI, typed.TermsURI}, {"initiate_login_uri", now.StartURI, typed.StartURI},
		{"redirect_uris", now.Redirects, typed.Redirects}, {"post_logout_redirect_uris", now.PostLogout, typed.PostLogout}, {"landing_origins", now.Landing, typed.Landing},
		{"grants", now.Grants, typed.Grants}, {"scopes", now.Scopes, typed.Scopes}, {"default_scopes", now.DefaultScopes, typed.DefaultScopes},
		{"pkce", now.PKCE, typed.PKCE}, {"consent", now.Consent, typed.Consent}, {"refresh", now.Refresh, typed.Refresh}, {"refresh_always", now.RefreshAlways, typed.RefreshAlways},
		{"id_token_alg", now.IDTokenAlg, typed.IDTokenAlg}, {"code_seconds", now.Code, typed.Code}, {"access_token_seconds", now.Access, typed.Access}, {"id_token_seconds", now.IDToken, typed.IDToken},
		{"refresh_idle_seconds", now.RefreshIdle, typed.RefreshIdle}, {"refresh_absolute_seconds", now.RefreshAbsolute, typed.RefreshAbsolute},
	} {
		if text(lines(field.now)) != text(lines(field.typed)) {
			rows = append(rows, views.PolicyRow{Name: views.ClientFieldLabel(field.name), Result: field.now})
		}
	}
	return rows
}
