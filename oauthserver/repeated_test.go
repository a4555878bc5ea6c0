package oauthserver

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"latchkey/models/modelstest"
)

// machineParameters are what each endpoint for programs reads.
var machineParameters = map[string][]string{
	"/oauth/token": {
		"grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope", "client_id", "client_secret",
		"client_assertion", "client_assertion_type",
	},
	"/oauth/revoke":     {"token", "token_type_hint", "client_id", "client_secret", "client_assertion", "client_assertion_type"},
	"/oauth/introspect": {"token", "token_type_hint", "client_id", "client_secret", "client_assertion", "client_assertion_type"},
	"/oauth/userinfo":   {"access_token"},
}

// pageParameters are what each address for browsers reads.
var pageParameters = map[string][]string{
	"/oauth/authorize": {
		"client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "code_challenge",
		"code_challenge_method", "prompt", "max_age", "acr_values", "login_hint", "ui_locales", "id_token_hint", "request", "request_uri",
	},
	"/oauth/logout": {"id_token_hint", "client_id", "post_logout_redirect_uri", "state", "confirm"},
}

// TestRepeatedParameterIsRefused: each parameter of each endpoint, sent twice alike, twice with different values, or
// in the address besides the body, is refused before anything is looked at. TestGateRefusesPollution has what else
// can be read in two ways.
func TestRepeatedParameterIsRefused(t *testing.T) {
	w := aReady(t)
	w.restart(func(c *Config) { c.LimitScale = 1e6 })
	got := w.signInAt("ada", "app", allScopes)
	proof := http.Header{"Authorization": {basic("app", "secret-of-app")}}
	before := w.everyValue()
	for path, names := range machineParameters {
		for _, name := range names {
			for what, values := range map[string][]string{"alike": {"x", "x"}, "different": {"x", "y"}, "three times": {"x", "y", "x"}} {
				form := url.Values{"token": {got.refresh}, "grant_type": {"refresh_token"}, "refresh_token": {got.refresh}}
				form[name] = values
				ctx, statements := modelstest.Count(context.Background())
				callIn(ctx, w, path, form, proof).fails(400, "invalid_request")
				if statements.Load() != 0 {
					t.Errorf("%s at %s, %s: %d statements", name, path, what, statements.Load())
				}
			}
			form := url.Values{"token": {got.refresh}, "grant_type": {"refresh_token"}, "refresh_token": {got.refresh}, name: {"x"}}
			w.call(path+"?"+url.Values{name: {"x"}}.Encode(), form, proof).fails(400, "invalid_request")
			w.call(path+"?"+url.Values{name: {"y"}}.Encode(), form, proof).fails(400, "invalid_request")
		}
	}
	if w.everyValue() != before {
		t.Error("something changed")
	}
}

// TestRepeatedParameterInBrowser: the same where people come. What decides where an answer goes is a page, the rest
// goes back to the client as an error.
func TestRepeatedParameterInBrowser(t *testing.T) {
	w := aReady(t)
	w.restart(func(c *Config) { c.LimitScale = 1e6 })
	w.leavingClient("leaving", nil)
	b := w.browser()
	session := b.signIn("ada")
	interaction := b.get(authorizePath("app", "prompt", "consent")).interaction()
	rows := w.rows("oauth_interactions")
	toPage := []string{"client_id", "redirect_uri", "request", "request_uri"}
	for _, name := range pageParameters["/oauth/authorize"] {
		for _, second := range []string{"", "other"} {
			form := authorizeParams("app")
			if !form.Has(name) {
				form.Set(name, cmp.Or(map[string]string{"response_mode": "query", "prompt": "consent", "max_age": "60"}[name], "x"))
			}
			form.Add(name, form.Get(name))
			if second != "" {
				form[name][1] = second
			}
			for method, answer := range map[string]*reply{
				"GET": b.get("/oauth/authorize?" + form.Encode()), "POST": b.send("POST", "/oauth/authorize", form, nil),
			} {
				if slices.Contains(toPage, name) {
					if code := answer.want(400).errorCode(); code != "invalid_request" {
						t.Errorf("%s %s: %s", method, name, code)
					}
				} else if code := answer.refused(); code != "invalid_request" {
					t.Errorf("%s %s: %s", method, name, code)
				}
			}
		}
		// In the body and in the address at once.
		if code := b.send("POST", "/oauth/authorize?"+url.Values{name: {"x"}}.Encode(), authorizeParams("app"), nil).want(400).errorCode(); code != "invalid_request" {
			t.Errorf("%s in the address of a POST: %s", name, code)
		}
	}
	for _, name := range pageParameters["/oauth/logout"] {
		form := url.Values{"client_id": {"leaving"}, "post_logout_redirect_uri": {testLeft}, "confirm": {"yes"}}
		form[name] = []string{"yes", "yes"}
		b.get("/oauth/logout?" + form.Encode()).want(400).errorCode()
		b.post("/oauth/logout", form).want(400).errorCode()
		form[name] = []string{"yes"}
		b.post("/oauth/logout?"+url.Values{name: {"yes"}}.Encode(), form).want(400).errorCode()
	}
	for _, name := range []string{"decision", "remember"} {
		form := url.Values{"decision": {"allow"}, "scope": {"profile"}, "remember": {"on"}}
		form[name] = append(form[name], "deny")
		b.post(interaction, form).want(400).errorCode()
		form[name] = form[name][:1]
		b.post(interaction+"?"+name+"=allow", form).want(400).errorCode()
	}
	b.post(interaction+"?scope=notes:write", url.Values{"decision": {"allow"}}).want(400).errorCode()
	if w.rows("oauth_interactions") != rows || w.rows("oauth_codes") != 0 || w.rows("oauth_consents") != 0 || !w.live(session) {
		t.Error("something changed")
	}
	// Lists may repeat: resource and audience everywhere, scope on the consent page.
	lists := authorizeParams("app")
	maps.Copy(lists, url.Values{"resource": {"https://a.example.test/", "https://b.example.test/"}, "audience": {"a", "b"}, "prompt": {"consent"}})
	if answer := b.get("/oauth/authorize?" + lists.Encode()); answer.StatusCode != 200 || strings.Contains(answer.body, "oauth-error") {
		t.Errorf("lists: %d", answer.StatusCode)
	}
	b.allow(interaction, "profile", "notes:read").code()
}
