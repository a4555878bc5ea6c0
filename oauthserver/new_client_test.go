package oauthserver

import (
	"slices"
	"testing"

	"latchkey/models"
)

// made is a client that an operator makes, saying no more than is needed.
func (w *world) made(client models.OAuthClient) *models.OAuthClient {
	w.Helper()
	client.Name, client.Verified = "Made", true
	if signsIn(client.Kind) {
		client.RedirectURIs = models.Strings{testCallback}
	}
	created, _, err := w.s.CreateClient(w.Context(), byTest, client)
	w.must(err)
	stored, err := w.db.OAuthClientByID(w.Context(), created.ID)
	w.must(err)
	return stored
}

// TestNewClientsBeginWithSettings (D-18): a client that is made begins with what operators chose, where whoever makes it says nothing
// else; what holds for all anyway stays blank; clients that exist stay as they are.
func TestNewClientsBeginWithSettings(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		before := w.made(models.OAuthClient{Kind: "web"})
		if before.AuthMethod != "client_secret_basic" || before.PKCE+before.Consent+before.IDTokenAlg != "" || before.RefreshAlways || !before.Verified || len(before.Scopes) != len(w.s.cfg.Scopes) {
			t.Errorf("by default: %+v", before)
		}
		w.must(w.s.ChangeSettings(map[string]string{
			"new-client-secret": "client_secret_post", "new-client-pkce": "optional", "new-client-consent": "always", "new-client-verified": "off",
			"new-client-scopes": "identity", "new-client-refresh-always": "on", "new-client-signing": "ES256",
		}))
		web := w.made(models.OAuthClient{Kind: "web"})
		if web.AuthMethod != "client_secret_post" || web.PKCE != "optional" || web.Consent != "always" || web.IDTokenAlg != "ES256" || !web.RefreshAlways || web.Verified {
			t.Errorf("web: %+v", web)
		}
		if slices.Contains(web.Scopes, "notes:read") || slices.Contains(web.Scopes, "offline_access") || !slices.Contains(web.Scopes, "openid") {
			t.Errorf("it may ask for %v", web.Scopes)
		}
		if native := w.made(models.OAuthClient{Kind: "browser"}); native.AuthMethod != "none" || native.PKCE != "" || native.Consent != "always" {
			t.Errorf("without a secret: %+v", native)
		}
		if service := w.made(models.OAuthClient{Kind: "service"}); service.AuthMethod != "client_secret_post" || service.PKCE+service.Consent+service.IDTokenAlg != "" || service.RefreshAlways || !slices.Contains(service.Scopes, "notes:read") {
			t.Errorf("service: %+v", service)
		}
		said := w.made(models.OAuthClient{Kind: "web", AuthMethod: "client_secret_basic", PKCE: "required", Consent: "skip", IDTokenAlg: "RS256", Scopes: models.Strings{"openid", "notes:read"}})
		if said.AuthMethod != "client_secret_basic" || said.PKCE != "required" || said.Consent != "skip" || said.IDTokenAlg != "RS256" || len(said.Scopes) != 2 {
			t.Errorf("what was said: %+v", said)
		}
		w.must(w.s.ChangeSettings(map[string]string{"new-client-refresh": "off", "new-client-refresh-always": "on"}))
		if plain := w.made(models.OAuthClient{Kind: "web"}); !slices.Equal(plain.Grants, models.Strings{"authorization_code"}) || plain.RefreshAlways {
			t.Errorf("without refresh tokens: %+v", plain)
		}
		w.must(w.s.UpdateClient(w.Context(), byTest, *before))
		after, err := w.db.OAuthClientByID(w.Context(), before.ID)
		w.must(err)
		if !slices.Equal(after.Grants, before.Grants) || after.RefreshAlways {
			t.Errorf("an edit gives a client what new ones begin with: %+v", after)
		}
	})
}

// TestNewClientWorks (D-18): a client that is made under other choices than the default signs somebody in as they say.
func TestNewClientWorks(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		w.must(w.s.ChangeSettings(map[string]string{"new-client-signing": "ES256", "new-client-refresh-always": "on", "new-client-scopes": "identity"}))
		made := w.made(models.OAuthClient{Kind: "browser", Consent: "skip"})
		code, _ := w.codeFor("ada", made.ID, "openid")
		form := codeForm(code)
		form.Set("client_id", made.ID)
		got := tokensOf(w.call("/oauth/token", form, nil).json(200))
		if head, _ := w.claimsOfJWT(got.id); head["alg"] != "ES256" {
			t.Errorf("signed with %v", head["alg"])
		}
		if got.refresh == "" {
			t.Error("no refresh token, though nobody has to ask for it")
		}
		if says, err := w.s.SettingEffect(t.Context(), "new-client-consent", "always"); err != nil || len(says) != 1 || says[0] != "3 clients exist and keep what they have." {
			t.Errorf("the preview: %q, %v", says, err)
		}
	})
}

// TestNewClientSettings: every one is explained, its default is allowed, and a kind of client is shown those that are about it.
func TestNewClientSettings(t *testing.T) {
	w := aReady(t)
	for kind, want := range map[string]int{"web": 7, "service": 2, "browser": 5, "native": 5, "resource_server": 2} {
		if list := w.s.NewClientSettings(kind); len(list) != want {
			t.Errorf("%s begins with %d: %+v", kind, len(list), list)
		}
	}
	for _, s := range w.s.Settings() {
		if spelled, wrong := s.Kind.Check(s.Default); s.Kind.Word != models.SettingShown && (wrong != "" || spelled != s.Default || s.Value != s.Default) {
			t.Errorf("%s: %q, %q, %s", s.Name, s.Value, s.Default, wrong)
		}
	}
}
