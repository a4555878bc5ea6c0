package admin

import (
	"errors"
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
	return views.Render(c, status, views.ClientEdit(page))
}

func (h *Handler) submitNewClient(c *fiber.Ctx) error {
	var form views.ClientForm
	if err := c.BodyParser(&form); err != nil || !views.ClientKind(form.Kind) {
		return fiber.ErrBadRequest
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
	var invalid oauthserver.Invalid
	switch {
	case errors.Is(err, models.ErrTaken):
		form.Errors = views.Errors{"client_id": "Client id: another client has it"}
	case errors.As(err, &invalid):
		form.Errors = sentences(invalid)
	case err != nil:
		return oauthFault(err, auth.RightOperate)
	case created.Public():
		return views.RedirectWith(c, clientsPath+"/"+created.ID, views.FlashClientCreated)
	default:
		return views.RedirectWith(c, clientsPath+"/"+created.ID+"/secrets", views.FlashClientCreated)
	}
	return h.drawClientForm(c, fiber.StatusUnprocessableEntity, views.ClientFormPage{Part: "new", Form: form})
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
	take func(form views.ClientForm, client *models.OAuthClient, wrong views.Errors)
}

var clientParts = map[string]clientPart{
	"name": {
		func(c models.OAuthClient, f *views.ClientForm) {
			f.Name, f.ClientURI, f.PolicyURI, f.TermsURI, f.StartURI = c.Name, c.ClientURI, c.PolicyURI, c.TOSURI, c.InitiateLoginURI
		},
		func(f views.ClientForm, c *models.OAuthClient, _ views.Errors) {
			c.Name, c.ClientURI, c.PolicyURI = strings.TrimSpace(f.Name), strings.TrimSpace(f.ClientURI), strings.TrimSpace(f.PolicyURI)
			c.TOSURI, c.InitiateLoginURI = strings.TrimSpace(f.TermsURI), strings.TrimSpace(f.StartURI)
		},
	},
	"addresses": {
		func(c models.OAuthClient, f *views.ClientForm) {
			f.Redirects, f.PostLogout, f.Landing = text(c.RedirectURIs), text(c.PostLogoutRedirectURIs), text(c.LandingOrigins)
		},
		func(f views.ClientForm, c *models.OAuthClient, _ views.Errors) {
			c.RedirectURIs, c.PostLogoutRedirectURIs, c.LandingOrigins = lines(f.Redirects), lines(f.PostLogout), lines(f.Landing)
		},
	},
	"grants": {
		func(c models.OAuthClient, f *views.ClientForm) {
			f.Grants, f.Scopes, f.DefaultScopes = text(c.Grants), text(c.Scopes), text(c.DefaultScopes)
		},
		func(f views.ClientForm, c *models.OAuthClient, _ views.Errors) {
			c.Grants, c.Scopes = append(models.Strings{}, lines(f.Grants)...), append(models.Strings{}, lines(f.Scopes)...)
			c.DefaultScopes = lines(f.DefaultScopes)
		},
	},
	"policies": {showPolicies, takePolicies},
}

// text writes a list into a text area.
func text(list models.Strings) string { return strings.Join(list, "\n") }

func showPolicies(c models.OAuthClient, f *views.ClientForm) {
	f.PKCE, f.Consent, f.Refresh = c.PKCE, c.Consent, c.Refresh
	if c.RefreshAlways {
		f.RefreshAlways = "on"
	}
	for into, seconds := range lifeFields(&c, f) {
		if *seconds != 0 {
			*into = strconv.Itoa(*seconds)
		}
	}
}

// lifeFields pairs what is typed with where it is kept.
func lifeFields(c *models.OAuthClient, f *views.ClientForm) map[*string]*int {
	return map[*string]*int{
		&f.Access: &c.AccessTokenSeconds, &f.IDToken: &c.IDTokenSeconds, &f.RefreshIdle: &c.RefreshIdleSeconds, &f.RefreshAbsolute: &c.RefreshAbsoluteSeconds,
	}
}

func takePolicies(f views.ClientForm, c *models.OAuthClient, wrong views.Errors) {
	c.PKCE, c.Consent, c.Refresh, c.RefreshAlways = f.PKCE, f.Consent, f.Refresh, f.RefreshAlways == "on"
	names := map[*string]string{
		&f.Access: "access_token_seconds", &f.IDToken: "id_token_seconds", &f.RefreshIdle: "refresh_idle_seconds", &f.RefreshAbsolute: "refresh_absolute_seconds",
	}
	for typed, seconds := range lifeFields(c, &f) {
		text := strings.TrimSpace(*typed)
		if *seconds = 0; text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n <= 0 {
			wrong[names[typed]] = views.ClientFieldLabel(names[typed]) + ": must be a number of seconds"
			continue
		}
		*seconds = n
	}
}

func (h *Handler) showClientEdit(part string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		r, err := h.client(c)
		if err != nil {
			return err
		}
		form := views.ClientForm{Kind: r.Client.Kind, Version: r.Version}
		clientParts[part].show(r.Client, &form)
		return h.drawClientForm(c, fiber.StatusOK, views.ClientFormPage{Part: part, ID: r.Client.ID, Name: oauthserver.ShownName(&r.Client), Form: form})
	}
}

// submitClientEdit changes the fields of one part; all else stays as it is now. What somebody else changed meanwhile is
// shown beside what was typed.
func (h *Handler) submitClientEdit(part string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		var form views.ClientForm
		if err := c.BodyParser(&form); err != nil {
			return fiber.ErrBadRequest
		}
		r, err := h.client(c)
		if err != nil {
			return err
		}
		page := views.ClientFormPage{Part: part, ID: r.Client.ID, Name: oauthserver.ShownName(&r.Client), Form: form}
		page.Form.Kind = r.Client.Kind
		err = h.editClient(c, part, r.Client, form)
		var invalid oauthserver.Invalid
		switch {
		case err == nil:
			return views.RedirectWith(c, clientsPath+"/"+r.Client.ID, views.FlashActDone)
		case errors.As(err, &invalid):
			page.Form.Errors = sentences(invalid)
			return h.drawClientForm(c, fiber.StatusUnprocessableEntity, page)
		case errors.Is(err, oauthserver.ErrChanged):
			page.Changed, page.Form.Version, page.Now = true, r.Version, differences(part, r.Client, form)
			return h.drawClientForm(c, fiber.StatusConflict, page)
		}
		return oauthFault(err, auth.RightOperate)
	}
}

func (h *Handler) editClient(c *fiber.Ctx, part string, client models.OAuthClient, form views.ClientForm) error {
	by := h.oauthOperator(c)
	by.Reason, by.Seen = form.WholeReason(), form.Version
	wrong := views.Errors{}
	clientParts[part].take(form, &client, wrong)
	if len(wrong) > 0 {
		return oauthserver.Invalid(wrong)
	}
	return h.OAuth.UpdateClient(c.UserContext(), by, client)
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
		{"access_token_seconds", now.Access, typed.Access}, {"id_token_seconds", now.IDToken, typed.IDToken},
		{"refresh_idle_seconds", now.RefreshIdle, typed.RefreshIdle}, {"refresh_absolute_seconds", now.RefreshAbsolute, typed.RefreshAbsolute},
	} {
		if text(lines(field.now)) != text(lines(field.typed)) {
			rows = append(rows, views.PolicyRow{Name: views.ClientFieldLabel(field.name), Result: field.now})
		}
	}
	return rows
}
