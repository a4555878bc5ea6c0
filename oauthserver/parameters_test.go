package oauthserver

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestMangledNameIsAbsent: a parameter whose name is not quite right is another parameter, and the one that was
// meant is missing.
func TestMangledNameIsAbsent(t *testing.T) {
	w := aReady(t)
	for _, name := range []string{"code", "grant_type", "redirect_uri", "code_verifier"} {
		code, _ := w.codeFor("ada", "app", "notes:read")
		without := codeForm(code)
		without.Del(name)
		missing := w.as("app", "/oauth/token", without)
		if missing.StatusCode != 400 {
			t.Fatalf("without %s: %d", name, missing.StatusCode)
		}
		for _, mangled := range []string{name + "[]", name + "[0]", strings.ToUpper(name), name + " ", " " + name, url.QueryEscape(name + "[]")} {
			form := codeForm(code)
			form.Set(mangled, form.Get(name))
			form.Del(name)
			if answer := w.as("app", "/oauth/token", form); answer.StatusCode != missing.StatusCode || answer.body != missing.body {
				t.Errorf("%q: %d %s, without it %s", mangled, answer.StatusCode, answer.body, missing.body)
			}
		}
		w.as("app", "/oauth/token", codeForm(code)).want(200)
	}
}

// TestQueryIsNotABody: endpoints for programs read the body. An address lands in logs and histories.
func TestQueryIsNotABody(t *testing.T) {
	w := aReady(t)
	got := w.signInAt("ada", "app", allScopes)
	proof := http.Header{"Authorization": {basic("app", "secret-of-app")}}
	for path, form := range map[string]url.Values{
		"/oauth/token": refreshForm(got.refresh), "/oauth/introspect": {"token": {got.access}}, "/oauth/revoke": {"token": {got.refresh}},
	} {
		w.call(path+"?"+form.Encode(), nil, proof).fails(400, "invalid_request")
		secret := url.Values{"client_id": {"app"}, "client_secret": {"secret-of-app"}}
		if answer := w.call(path+"?"+secret.Encode(), form, nil); answer.StatusCode < 400 || answer.StatusCode >= 500 {
			t.Errorf("%s takes a secret from the address: %d", path, answer.StatusCode)
		}
	}
	if !w.alive("app", got.access) {
		t.Error("a query changed something")
	}
	w.as("app", "/oauth/introspect", url.Values{"token": {got.access}}).want(200)
}
