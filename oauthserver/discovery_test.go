package oauthserver

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"latchkey/models"
)

func TestMetadataDocuments(t *testing.T) {
	w := aReady(t)
	b := w.browser()
	first, second := b.get("/.well-known/openid-configuration").want(200), b.get("/.well-known/oauth-authorization-server").want(200)
	if first.body != second.body || first.Header.Get("ETag") == "" || first.Header.Get("ETag") != second.Header.Get("ETag") {
		t.Error("the documents differ")
	}
	if first.Header.Get("Cache-Control") != "public, max-age=300" || first.Header.Get("Content-Type") != "application/json" {
		t.Errorf("headers %v", first.Header)
	}
	head := b.send("HEAD", "/.well-known/openid-configuration", nil, nil).want(200)
	if head.body != "" || head.Header.Get("ETag") != first.Header.Get("ETag") {
		t.Error("HEAD")
	}
	b.send("GET", "/.well-known/openid-configuration", nil, http.Header{"If-None-Match": {first.Header.Get("ETag")}}).want(304)
	for name, value := range first.json(200) {
		if strings.HasSuffix(name, "_endpoint") || strings.HasSuffix(name, "_uri") {
			path, ok := strings.CutPrefix(value.(string), testIssuer)
			if !ok || b.get(path).StatusCode == 404 {
				t.Errorf("%s: %v", name, value)
			}
		}
	}
}

// metadataNames are those of what works, and no other.
var metadataNames = strings.Fields(`issuer authorization_endpoint token_endpoint userinfo_endpoint revocation_endpoint introspection_endpoint
	end_session_endpoint jwks_uri authorization_response_iss_parameter_supported response_types_supported response_modes_supported
	grant_types_supported code_challenge_methods_supported subject_types_supported id_token_signing_alg_values_supported scopes_supported
	claims_supported acr_values_supported claim_types_supported ui_locales_supported display_values_supported prompt_values_supported
	token_endpoint_auth_methods_supported revocation_endpoint_auth_methods_supported introspection_endpoint_auth_methods_supported
	claims_parameter_supported request_parameter_supported request_uri_parameter_supported`)

func TestMetadataKnownNames(t *testing.T) {
	w := aReady(t)
	document := w.browser().get("/.well-known/openid-configuration").json(200)
	for name := range document {
		if !slices.Contains(metadataNames, name) {
			t.Errorf("unexpected %s", name)
		}
	}
	if len(document) != len(metadataNames) {
		t.Errorf("%d names, want %d", len(document), len(metadataNames))
	}
}

func listed(t *testing.T, document map[string]any, name string) (values []string) {
	t.Helper()
	list, ok := document[name].([]any)
	if !ok || len(list) == 0 {
		t.Fatalf("%s is %v", name, document[name])
	}
	for _, value := range list {
		values = append(values, value.(string))
	}
	return values
}

// TestMetadataEveryValueWorks uses each value that is listed.
func TestMetadataEveryValueWorks(t *testing.T) {
	w := aReady(t)
	document := w.browser().get("/.well-known/openid-configuration").json(200)
	all := func(name string, works func(value string) bool) {
		t.Helper()
		for _, value := range listed(t, document, name) {
			if !works(value) {
				t.Errorf("%s: %s does not work", name, value)
			}
		}
	}
	member := w.browser()
	member.signIn("ada")
	authorizes := func(pairs ...string) bool {
		location := member.get(authorizePath("app", pairs...)).Header.Get("Location")
		return strings.Contains(location, "code=") || strings.HasPrefix(location, "/login")
	}
	all("response_types_supported", func(v string) bool { return authorizes("response_type", v) })
	all("response_modes_supported", func(v string) bool { return authorizes("response_mode", v) })
	all("code_challenge_methods_supported", func(v string) bool { return authorizes("code_challenge_method", v) })
	all("scopes_supported", func(v string) bool { return authorizes("scope", v) })
	all("display_values_supported", func(v string) bool { return authorizes("display", v) })
	all("ui_locales_supported", func(v string) bool { return authorizes("ui_locales", v) })
	all("prompt_values_supported", func(v string) bool {
		answer := member.get(authorizePath("app", "prompt", v))
		return answer.StatusCode == 200 || strings.Contains(answer.Header.Get("Location"), "code=") || strings.HasPrefix(answer.Header.Get("Location"), "/login")
	})
	w.client("robot", func(c *models.OAuthClient) {
		c.Kind, c.Grants, c.Scopes = "service", models.Strings{"client_credentials"}, models.Strings{"notes:read"}
	})
	all("grant_types_supported", func(v string) bool {
		switch v {
		case "authorization_code":
			return w.signInAt("ada", "app", "openid").access != ""
		case "refresh_token":
			return w.refreshed("app", w.signInAt("ada", "app", "notes:read").refresh).StatusCode == 200
		case "client_credentials":
			return w.as("robot", "/oauth/token", url.Values{"grant_type": {v}, "scope": {"notes:read"}}).StatusCode == 200
		}
		return false
	})
	for _, endpoint := range []string{"token", "revocation", "introspection"} {
		path := map[string]string{"token": "/oauth/token", "revocation": "/oauth/revoke", "introspection": "/oauth/introspect"}[endpoint]
		all(endpoint+"_endpoint_auth_methods_supported", func(method string) bool {
			id := endpoint + method
			w.client(id, func(c *models.OAuthClient) { c.AuthMethod = method })
			form, header := anything(), http.Header{}
			switch method {
			case "none":
				form.Set("client_id", id)
			case "client_secret_post":
				form.Set("client_id", id)
				form.Set("client_secret", "secret-of-"+id)
			case "client_secret_basic":
				header.Set("Authorization", basic(id, "secret-of-"+id))
			}
			return w.call(path, form, header).StatusCode != 401
		})
	}
	all("id_token_signing_alg_values_supported", func(v string) bool {
		w.client(v, func(c *models.OAuthClient) { c.Consent, c.IDTokenAlg = "skip", v })
		header, _ := w.claimsOfJWT(w.signInAt("ada", v, "openid").id)
		return header["alg"] == v
	})
	all("subject_types_supported", func(v string) bool { return v == "public" })
	all("claim_types_supported", func(v string) bool { return v == "normal" })
	for _, name := range w.s.cfg.ClaimNames {
		w.host.claims[name] = 1
	}
	got := w.signInAt("ada", "app", "openid profile email", "nonce", "n")
	_, payload := w.claimsOfJWT(got.id)
	info := w.userinfo(got.access).json(200)
	all("claims_supported", func(v string) bool { return payload[v] != nil || info[v] != nil })
}

// TestMetadataNothingUnlistedWorks tries the standard's other values.
func TestMetadataNothingUnlistedWorks(t *testing.T) {
	w := aReady(t)
	b := w.browser()
	b.signIn("ada")
	for name, values := range map[string][]string{
		"response_type":         {"token", "id_token", "code id_token", "code token", "code id_token token", "none"},
		"response_mode":         {"form_post", "jwt", "query.jwt", "fragment.jwt", "web_message"},
		"code_challenge_method": {"plain", "S512"},
		"prompt":                {"magic", "none login"},
		"request":               {"x.y.z"},
		"request_uri":           {"urn:ietf:params:oauth:request_uri:x"},
		"registration":          {"{}"},
	} {
		for _, value := range values {
			if location := b.get(authorizePath("app", name, value)).Header.Get("Location"); !strings.Contains(location, "error=") {
				t.Errorf("%s=%s went to %s", name, value, location)
			}
		}
	}
	w.as("app", "/oauth/token", url.Values{"grant_type": {"password"}}).fails(400, "unsupported_grant_type")
	w.as("spa", "/oauth/introspect", anything()).fails(401, "invalid_client")
	w.call("/oauth/token", anything("client_id", "app", "client_assertion", "x", "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"), nil).fails(401, "invalid_client")
	for _, path := range []string{"/oauth/par", "/oauth/register", "/oauth/device_authorization", "/device", "/.well-known/oauth-protected-resource"} {
		b.get(path).want(404)
	}
	w.changeKeys("UPDATE oauth_keys SET state = 'retired' WHERE alg = 'ES256'")
	document := b.get("/.well-known/openid-configuration").json(200)
	if algs := listed(t, document, "id_token_signing_alg_values_supported"); !slices.Equal(algs, []string{"RS256"}) {
		t.Errorf("algorithms %v without a key of ES256", algs)
	}
	if err := w.s.checkClient(&models.OAuthClient{Name: "x", Kind: "web", IDTokenAlg: "none"}); err == nil {
		t.Error("a client may register alg none")
	}
}
