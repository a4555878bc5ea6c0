package oauthserver

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"latchkey/models"
)

// TestOnlyRegisteredGrants: a client that may only redeem codes gets nothing by any other grant, response type or
// response mode that the engine or a standard knows, and no token is ever in an address.
func TestOnlyRegisteredGrants(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		w.client("codes", func(c *models.OAuthClient) {
			c.Consent, c.Grants, c.ResponseModes = "skip", models.Strings{"authorization_code"}, models.Strings{"query"}
		})
		w.client("robot", func(c *models.OAuthClient) {
			c.Kind, c.Grants, c.RedirectURIs, c.Scopes = "service", models.Strings{"client_credentials"}, nil, models.Strings{"notes:read"}
		})
		w.client("api", func(c *models.OAuthClient) {
			c.Kind, c.Grants, c.RedirectURIs = "resource_server", models.Strings{}, nil
		})
		got := w.signInAt("ada", "codes", allScopes)
		if got.refresh != "" {
			t.Error("a refresh token for a client that may not refresh")
		}
		others := w.signInAt("ada", "app", allScopes)
		code, _ := w.codeFor("ada", "codes", allScopes)
		form := func(grant string) url.Values {
			return url.Values{
				"grant_type": {grant}, "refresh_token": {others.refresh}, "username": {"ada"}, "password": {"x"}, "assertion": {others.id}, "device_code": {"x"},
				"subject_token": {others.access}, "subject_token_type": {"urn:ietf:params:oauth:token-type:access_token"}, "scope": {"notes:read"},
				"auth_req_id": {"x"}, "code": {code}, "redirect_uri": {testCallback}, "code_verifier": {testVerifier},
			}
		}
		unsupported := []string{
			"password", "implicit", "none", "urn:ietf:params:oauth:grant-type:jwt-bearer", "urn:ietf:params:oauth:grant-type:saml2-bearer",
			"urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange", "urn:openid:params:grant-type:ciba",
			"urn:ietf:params:oauth:grant-type:uma-ticket", "Password", "refresh_token ", "authorization_code refresh_token", "code",
		}
		tokens := w.rows("oauth_access_tokens")
		for _, client := range []string{"codes", "app", "spa", "robot", "api"} {
			for _, grant := range unsupported {
				w.as(client, "/oauth/token", form(grant)).fails(400, "unsupported_grant_type")
			}
		}
		for client, grants := range map[string][]string{
			"codes": {"refresh_token", "client_credentials"}, "app": {"client_credentials"}, "spa": {"client_credentials"},
			"robot": {"authorization_code", "refresh_token"}, "api": {"authorization_code", "refresh_token", "client_credentials"},
		} {
			for _, grant := range grants {
				w.as(client, "/oauth/token", form(grant)).fails(400, "unauthorized_client")
			}
		}
		if w.rows("oauth_access_tokens") != tokens {
			t.Error("a token was made")
		}

		b := w.browser()
		b.signIn("ada")
		modes := []string{"", "query", "fragment", "form_post", "web_message", "jwt", "query.jwt", "fragment.jwt", "form_post.jwt", "Query", "none"}
		for _, kind := range []string{
			"code", "token", "id_token", "code token", "code id_token", "id_token token", "code id_token token", "none", "device_code", "token id_token code", "", "Code",
		} {
			for _, mode := range modes {
				values := b.get(authorizePath("codes", "response_type", kind, "response_mode", mode)).back(testCallback)
				want := ""
				switch {
				case !slices.Contains([]string{"", "query"}, mode): // fragment is not on this client's list
					want = "invalid_request"
				case kind == "":
					want = "invalid_request"
				case kind != "code":
					want = "unsupported_response_type"
				}
				if values.Get("error") != want || values.Has("code") != (want == "") {
					t.Errorf("%q by %q: %v, want %q", kind, mode, values, want)
				}
				for name, list := range values {
					if strings.Contains(name, "token") || strings.Contains(strings.Join(list, " "), accessPrefix) || strings.Count(strings.Join(list, " "), ".ey") > 0 {
						t.Errorf("%q by %q: %s is in the address", kind, mode, name)
					}
				}
			}
		}
		w.as("codes", "/oauth/token", codeForm(code)).json(200)
	})
}
