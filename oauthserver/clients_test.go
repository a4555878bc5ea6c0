package oauthserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"latchkey/models"
)

var byTest = System("cli", "test")

func TestCreateClient(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		created, secret, err := w.s.CreateClient(ctx, byTest, models.OAuthClient{Name: "Demo", RedirectURIs: models.Strings{testCallback}, Verified: true})
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`^[A-Za-z0-9_-]{22}$`).MatchString(created.ID) || !regexp.MustCompile(`^lk_cs_[A-Za-z0-9_-]{43}$`).MatchString(secret) {
			t.Errorf("id %q, secret %q", created.ID, secret)
		}
		stored, err := w.db.OAuthClientByID(ctx, created.ID)
		if err != nil {
			t.Fatal(err)
		}
		if stored.Kind != "web" || stored.AuthMethod != "client_secret_basic" || len(stored.Grants) != 2 || len(stored.Scopes) != len(w.s.cfg.Scopes) || !stored.Enabled() {
			t.Errorf("stored %+v", stored)
		}
		proof, err := w.db.OAuthClientProof(ctx, created.ID, models.AttemptKey{}, models.OAuthTokenKey{})
		if err != nil || len(proof.Secrets) != 1 || !bytes.Equal(proof.Secrets[0].Hash, secretHash(created.ID, secret)) {
			t.Errorf("secrets %v, %v", proof.Secrets, err)
		}
		b := w.browser()
		b.signIn("ada")
		b.allow(b.get(authorizePath(created.ID)).interaction(), "profile").code()

		event := w.events(eventClientCreate)[0]
		if event.ActorKind != "system" || event.ActorID != "cli" || event.Reason != "test" || event.ClientID != created.ID || strings.Contains(fmt.Sprint(event), secret) {
			t.Errorf("event %+v", event)
		}

		public, none, err := w.s.CreateClient(ctx, byTest, models.OAuthClient{ID: "my-app", Name: "App", AuthMethod: "none", RedirectURIs: models.Strings{"com.example.app:/cb"}})
		if err != nil || none != "" || public.Kind != "native" {
			t.Errorf("public client %+v, secret %q, %v", public, none, err)
		}
		if _, _, err := w.s.CreateClient(ctx, byTest, models.OAuthClient{ID: "my-app", Name: "App", RedirectURIs: models.Strings{testCallback}}); !errors.Is(err, models.ErrTaken) {
			t.Errorf("same id again: %v", err)
		}
	})
}

// TestClientRules has one mistake per case, and then all at once.
func TestClientRules(t *testing.T) {
	w := aWorld(t)
	good := func() models.OAuthClient {
		return models.OAuthClient{Name: "Demo", RedirectURIs: models.Strings{testCallback}, Verified: true}
	}
	for name, c := range map[string]struct {
		spoil func(*models.OAuthClient)
		field string
	}{
		"no name":                {func(c *models.OAuthClient) { c.Name = " " }, "name"},
		"long name":              {func(c *models.OAuthClient) { c.Name = strings.Repeat("x", 101) }, "name"},
		"line break in name":     {func(c *models.OAuthClient) { c.Name = "a\nb" }, "name"},
		"kind":                   {func(c *models.OAuthClient) { c.Kind = "toaster" }, "kind"},
		"id":                     {func(c *models.OAuthClient) { c.ID = "Demo Client" }, "client_id"},
		"auth method":            {func(c *models.OAuthClient) { c.AuthMethod = "tls_client_auth" }, "auth_method"},
		"secret in a browser":    {func(c *models.OAuthClient) { c.Kind, c.AuthMethod = "browser", "client_secret_post" }, "auth_method"},
		"web without a secret":   {func(c *models.OAuthClient) { c.Kind, c.AuthMethod = "web", "none" }, "auth_method"},
		"no redirect URI":        {func(c *models.OAuthClient) { c.RedirectURIs = nil }, "redirect_uris"},
		"bad redirect URI":       {func(c *models.OAuthClient) { c.RedirectURIs = models.Strings{"http://client.example.test/"} }, "redirect_uris"},
		"too many redirect URIs": {func(c *models.OAuthClient) { c.RedirectURIs = make(models.Strings, 21) }, "redirect_uris"},
		"bad logout URI":         {func(c *models.OAuthClient) { c.PostLogoutRedirectURIs = models.Strings{"https://a.example.test/#"} }, "post_logout_redirect_uris"},
		"link":                   {func(c *models.OAuthClient) { c.PolicyURI = "javascript:alert(1)" }, "policy_uri"},
		"landing origin":         {func(c *models.OAuthClient) { c.LandingOrigins = models.Strings{"https://a.example.test; script-src *"} }, "landing_origins"},
		"landing path":           {func(c *models.OAuthClient) { c.LandingOrigins = models.Strings{"https://a.example.test/"} }, "landing_origins"},
		"grant":                  {func(c *models.OAuthClient) { c.Grants = models.Strings{"authorization_code", "password"} }, "grants"},
		"refresh alone": {func(c *models.OAuthClient) {
			c.Grants, c.RedirectURIs = models.Strings{"refresh_token", "client_credentials"}, nil
		}, "grants"},
		"public machine": {func(c *models.OAuthClient) {
			c.Kind, c.Grants = "native", models.Strings{"authorization_code", "client_credentials"}
		}, "grants"},
		"service with a person": {func(c *models.OAuthClient) {
			c.Kind, c.RedirectURIs, c.Scopes = "service", nil, models.Strings{"profile"}
		}, "scopes"},
		"response mode": {func(c *models.OAuthClient) { c.ResponseModes = models.Strings{"web_message"} }, "response_modes"},
		"scope":         {func(c *models.OAuthClient) { c.Scopes = models.Strings{"admin"} }, "scopes"},
		"default beyond scopes": {func(c *models.OAuthClient) {
			c.Scopes, c.DefaultScopes = models.Strings{"openid"}, models.Strings{"email"}
		}, "default_scopes"},
		"resource":                {func(c *models.OAuthClient) { c.Resources = models.Strings{"https://other.example.test"} }, "resources"},
		"pkce":                    {func(c *models.OAuthClient) { c.PKCE = "plain" }, "pkce"},
		"pkce optional in public": {func(c *models.OAuthClient) { c.AuthMethod, c.PKCE = "none", "optional" }, "pkce"},
		"skip for a native app": {func(c *models.OAuthClient) {
			c.AuthMethod, c.Consent, c.RedirectURIs = "none", "skip", models.Strings{"com.example.app:/"}
		}, "consent"},
		"jwt access tokens":     {func(c *models.OAuthClient) { c.AccessTokenFormat = "jwt" }, "access_token_format"},
		"alg":                   {func(c *models.OAuthClient) { c.IDTokenAlg = "none" }, "id_token_alg"},
		"claim":                 {func(c *models.OAuthClient) { c.IDTokenClaims = models.Strings{"shoe_size"} }, "id_token_claims"},
		"code life":             {func(c *models.OAuthClient) { c.CodeSeconds = 61 }, "code_seconds"},
		"access token life":     {func(c *models.OAuthClient) { c.AccessTokenSeconds = 59 }, "access_token_seconds"},
		"refresh life":          {func(c *models.OAuthClient) { c.RefreshAbsoluteSeconds = 366 * 86400 }, "refresh_absolute_seconds"},
		"retry of a public one": {func(c *models.OAuthClient) { c.AuthMethod, c.RetrySeconds = "none", new(11) }, "retry_seconds"},
		"max age":               {func(c *models.OAuthClient) { c.DefaultMaxAge = new(-1) }, "default_max_age"},
	} {
		client := good()
		c.spoil(&client)
		_, secret, err := w.s.CreateClient(context.Background(), byTest, client)
		var mistakes Invalid
		if !errors.As(err, &mistakes) || len(mistakes) != 1 || mistakes[c.field] == "" || secret != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, _, err := w.s.CreateClient(context.Background(), byTest, models.OAuthClient{ID: "x", Kind: "toaster", RedirectURIs: models.Strings{"cb"}, PKCE: "no"})
	var mistakes Invalid
	if !errors.As(err, &mistakes) || len(mistakes) != 5 {
		t.Errorf("want five mistakes at once, got %v", err)
	}
	if w.rows("oauth_clients") != 0 || w.rows("oauth_client_secrets") != 0 {
		t.Error("a refused client left rows")
	}
}

func TestUpdateClient(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		created, _, err := w.s.CreateClient(ctx, byTest, models.OAuthClient{ID: "app", Name: "App", RedirectURIs: models.Strings{testCallback}, Verified: true})
		if err != nil {
			t.Fatal(err)
		}
		b := w.browser()
		b.signIn("ada")
		b.remember(authorizePath("app"), "profile", "notes:read")
		b.get(authorizePath("app")).code()
		changed := *created
		changed.Name = "Other name"
		if err := w.s.UpdateClient(ctx, byTest, changed); err != nil {
			t.Fatal(err)
		}
		b.get(authorizePath("app")).interaction() // a new name asks again
		if changes := w.events(eventClientUpdate)[0].Changes; fmt.Sprint(changes) != "map[name:{App Other name}]" {
			t.Errorf("changes %v", changes)
		}
		changed.Name = ""
		if err := w.s.UpdateClient(ctx, byTest, changed); err == nil {
			t.Error("an update was not checked")
		}
	})
}

func TestRotateSecret(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		_, first, err := w.s.CreateClient(ctx, byTest, models.OAuthClient{ID: "app", Name: "App", RedirectURIs: models.Strings{testCallback}})
		if err != nil {
			t.Fatal(err)
		}
		live := func(secret string) bool {
			t.Helper()
			proof, err := w.db.OAuthClientProof(ctx, "app", models.AttemptKey{}, models.OAuthTokenKey{})
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range proof.Secrets {
				if bytes.Equal(s.Hash, secretHash("app", secret)) {
					return true
				}
			}
			return false
		}
		second, err := w.s.RotateSecret(ctx, byTest, "app", time.Hour)
		if err != nil || second == first || !live(first) || !live(second) {
			t.Fatalf("during the overlap: %v %v, %v", live(first), live(second), err)
		}
		w.clock.Add(time.Hour)
		if live(first) || !live(second) {
			t.Errorf("after it: %v %v", live(first), live(second))
		}
		third, err := w.s.RotateSecret(ctx, byTest, "app", 0)
		if err != nil || live(second) || !live(third) {
			t.Errorf("at once: %v %v, %v", live(second), live(third), err)
		}
		if _, err := w.s.RotateSecret(ctx, byTest, "app", 8*24*time.Hour); err == nil {
			t.Error("eight days of overlap")
		}
		if _, err := w.s.RotateSecret(ctx, byTest, "nobody", 0); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("unknown client: %v", err)
		}
		if text := fmt.Sprint(w.events(eventClientRotate)); strings.Contains(text, "lk_cs_") || len(w.events(eventClientRotate)) != 2 {
			t.Errorf("events %s", text)
		}
	})
}

func TestDisableClient(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		w.client("app", func(c *models.OAuthClient) { c.Consent = "skip" })
		b := w.browser()
		b.signIn("ada")
		b.get(authorizePath("app")).code()
		if err := w.s.DisableClient(ctx, byTest, "app"); err != nil {
			t.Fatal(err)
		}
		if code := b.get(authorizePath("app")).want(400).errorCode(); code != "invalid_client" {
			t.Errorf("disabled: %s", code)
		}
		if err := w.s.DisableClient(ctx, byTest, "app"); !errors.Is(err, models.ErrSpent) {
			t.Errorf("twice: %v", err)
		}
		if err := w.s.EnableClient(ctx, byTest, "app"); err != nil {
			t.Fatal(err)
		}
		b.get(authorizePath("app")).code()
		for _, action := range []models.Action{eventClientDisable, eventClientEnable} {
			if events := w.events(action); len(events) != 1 || events[0].ClientID != "app" || events[0].ActorKind != "system" {
				t.Errorf("%s: %v", action, events)
			}
		}
		if list, err := w.s.ListClients(ctx); err != nil || len(list) != 1 || list[0].ID != "app" {
			t.Errorf("list %v, %v", list, err)
		}
	})
}

// TestNewClientID_IsNoFlag: an id is an argument of `client disable ID`, and nothing that begins with "-" is.
func TestNewClientID_IsNoFlag(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id := newClientID()
		if len(id) != 22 || strings.HasPrefix(id, "-") || seen[id] {
			t.Fatalf("client id %q", id)
		}
		seen[id] = true
	}
}
