package oauthserver

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

var clientEndpoints = []string{"/oauth/token", "/oauth/revoke", "/oauth/introspect"}

// anything is a form that each of the endpoints judges only after the client.
func anything(more ...string) url.Values {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"x"}, "token": {"x"}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

// TestOneClientAuthMethod: a client proves itself in the one registered way. Two ways at once, or one in the address,
// are a malformed request; every other refusal is invalid_client with a challenge.
func TestOneClientAuthMethod(t *testing.T) {
	w := aReady(t)
	w.client("gone", nil)
	w.must(w.s.DisableClient(context.Background(), byTest, "gone"))
	good := basic("app", "secret-of-app")
	for _, path := range clientEndpoints {
		for name, c := range map[string]struct {
			header []string
			form   url.Values
			status int
			code   string
		}{
			"header and body secret":    {[]string{good}, anything("client_secret", "secret-of-app"), 400, "invalid_request"},
			"header and assertion":      {[]string{good}, anything("client_assertion", "x"), 400, "invalid_request"},
			"secret and assertion":      {nil, anything("client_id", "app", "client_secret", "secret-of-app", "client_assertion", "x"), 400, "invalid_request"},
			"two headers":               {[]string{good, good}, anything(), 400, "invalid_request"},
			"another client_id":         {[]string{good}, anything("client_id", "spa"), 401, "invalid_client"},
			"an assertion":              {nil, anything("client_id", "app", "client_assertion", "x"), 401, "invalid_client"},
			"a bearer token":            {[]string{"Bearer x"}, anything("client_id", "app"), 401, "invalid_client"},
			"nothing":                   {nil, anything(), 401, "invalid_client"},
			"no secret":                 {nil, anything("client_id", "app"), 401, "invalid_client"},
			"a wrong secret":            {[]string{basic("app", "x")}, anything(), 401, "invalid_client"},
			"an empty secret":           {[]string{basic("app", "")}, anything(), 401, "invalid_client"},
			"an empty secret, posted":   {nil, anything("client_id", "app", "client_secret", ""), 401, "invalid_client"},
			"nobody's name":             {[]string{basic("", "secret-of-app")}, anything(), 401, "invalid_client"},
			"public with a secret":      {[]string{basic("spa", "x")}, anything(), 401, "invalid_client"},
			"public, empty secret":      {[]string{basic("spa", "")}, anything(), 401, "invalid_client"},
			"public, secret posted":     {nil, anything("client_id", "spa", "client_secret", "x"), 401, "invalid_client"},
			"disabled":                  {[]string{basic("gone", "secret-of-gone")}, anything(), 401, "invalid_client"},
			"unknown":                   {[]string{basic("nobody", "x")}, anything(), 401, "invalid_client"},
			"its own client_id besides": {[]string{good}, anything("client_id", "app"), 0, ""},
		} {
			answer := w.call(path, c.form, http.Header{"Authorization": c.header})
			if c.status == 0 {
				if answer.StatusCode == 401 {
					t.Errorf("%s: %s: %s", path, name, answer.body)
				}
			} else if got := answer.json(c.status)["error"]; got != c.code {
				t.Errorf("%s: %s: %v", path, name, got)
			} else if challenge := answer.Header.Get("WWW-Authenticate"); (challenge == `Basic realm="oauth"`) != (c.status == 401) {
				t.Errorf("%s: %s: challenge %q", path, name, challenge)
			}
		}
		repeated := anything("client_id", "app")
		repeated["client_secret"] = []string{"secret-of-app", "secret-of-app"}
		w.call(path, repeated, nil).fails(400, "invalid_request")
		w.call(path+"?client_id=app&client_secret=secret-of-app", anything(), nil).fails(400, "invalid_request")
		w.call(path+"?client_secret=secret-of-app", anything("client_id", "app"), nil).fails(400, "invalid_request")
		w.call(path+"?client_secret=secret-of-app", anything(), http.Header{"Authorization": {good}}).fails(400, "invalid_request")
	}
}

func TestRegisteredMethodOnly(t *testing.T) {
	w := aReady(t)
	w.client("poster", func(c *models.OAuthClient) { c.AuthMethod = "client_secret_post" })
	post := func(id string) *reply {
		return w.call("/oauth/token", anything("client_id", id, "client_secret", "secret-of-"+id), nil)
	}
	header := func(id string) *reply {
		return w.call("/oauth/token", anything(), http.Header{"Authorization": {basic(id, "secret-of-"+id)}})
	}
	none := func(id string) *reply { return w.call("/oauth/token", anything("client_id", id), nil) }
	for _, c := range []struct {
		name   string
		answer *reply
		passes bool
	}{
		{"basic by basic", header("app"), true}, {"basic by post", post("app"), false}, {"basic by none", none("app"), false},
		{"post by post", post("poster"), true}, {"post by basic", header("poster"), true}, {"post by none", none("poster"), false},
		{"none by none", none("spa"), true}, {"none by basic", header("spa"), false}, {"none by post", post("spa"), false},
	} {
		if got := c.answer.json(c.answer.StatusCode)["error"] != "invalid_client"; got != c.passes {
			t.Errorf("%s: %s", c.name, c.answer.body)
		}
	}
}

func TestBasicEncoding(t *testing.T) {
	w := aReady(t)
	const odd = "p:a%s+s w ü/=&"
	w.client("odd:client", nil)
	secret := &models.OAuthClientSecret{ID: models.NewID(), ClientID: "odd:client", Hash: secretHash("odd:client", odd), CreatedAt: w.s.now()}
	if err := w.db.CreateOAuthClientSecret(context.Background(), secret); err != nil {
		t.Fatal(err)
	}
	encode := base64.StdEncoding.EncodeToString
	for header, passes := range map[string]bool{
		basic("odd:client", odd): true,
		"bAsIc " + encode([]byte(url.QueryEscape("odd:client")+":"+url.QueryEscape(odd))): true,
		"Basic " + encode([]byte("odd:client:"+odd)):                                      false,
		"Basic " + base64.RawStdEncoding.EncodeToString([]byte("app:secret-of-app")):      false, // no padding
		"Basic  " + encode([]byte("app:secret-of-app")):                                   false,
		"Basic " + encode([]byte("app:secret-of-app")) + "\n":                             false,
		"Basic " + encode([]byte("app")):                                                  false,
		"Basic " + encode([]byte("app:%zz")):                                              false,
		"Basic":                                                                           false,
	} {
		answer := w.call("/oauth/token", anything(), http.Header{"Authorization": {header}})
		if got := answer.json(answer.StatusCode)["error"] != "invalid_client"; got != passes {
			t.Errorf("%q: %s", header, answer.body)
		}
	}
}

// TestInvalidClientIsUniform: unknown, wrong, wrong method, disabled: one answer, the same work, and the
// reason in the audit log alone.
func TestInvalidClientIsUniform(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		w.client("gone", nil)
		if err := w.s.DisableClient(context.Background(), byTest, "gone"); err != nil {
			t.Fatal(err)
		}
		for _, path := range clientEndpoints {
			var first *reply
			var work int64
			for _, c := range []struct {
				header string
				form   url.Values
			}{
				{basic("nobody", "x"), anything()}, {basic("app", "wrong"), anything()}, {basic("gone", "secret-of-gone"), anything()},
				{"", anything("client_id", "app", "client_secret", "secret-of-app")}, {"", anything("client_id", "app")},
			} {
				header := http.Header{}
				if c.header != "" {
					header.Set("Authorization", c.header)
				}
				ctx, statements := modelstest.Count(context.Background())
				answer := callIn(ctx, w, path, c.form, header)
				answer.fails(401, "invalid_client")
				if answer.Header.Get("WWW-Authenticate") != `Basic realm="oauth"` {
					t.Errorf("challenge %q", answer.Header.Get("WWW-Authenticate"))
				}
				if first == nil {
					first, work = answer, statements.Load()
				}
				if answer.body != first.body || statements.Load() != work {
					t.Errorf("%s: %s after %d statements, %s after %d", path, answer.body, statements.Load(), first.body, work)
				}
			}
		}
		reasons := map[string]bool{}
		for _, event := range w.events(eventClientAuthFailed) {
			reasons[event.Reason] = true
		}
		for _, reason := range []string{"unknown client", "wrong secret", "disabled client", "wrong method"} {
			if !reasons[reason] {
				t.Errorf("no audit row for %s", reason)
			}
		}
	})
}

// TestClientFailuresAreLimited: guessing ends after twenty tries, for this address only.
func TestClientFailuresAreLimited(t *testing.T) {
	w := aReady(t)
	w.restart(func(c *Config) { c.LimitScale = 1 })
	for range 20 {
		w.call("/oauth/token", anything(), http.Header{"Authorization": {basic("app", "wrong")}}).fails(401, "invalid_client")
	}
	good := http.Header{"Authorization": {basic("app", "secret-of-app")}}
	refused := w.call("/oauth/token", anything(), good)
	refused.fails(429, "temporarily_unavailable")
	if refused.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	w.client("other", nil)
	w.call("/oauth/token", anything(), http.Header{"Authorization": {basic("other", "secret-of-other")}}).fails(400, "invalid_grant")
	w.clock.Add(5 * time.Minute)
	w.call("/oauth/token", anything(), good).fails(400, "invalid_grant")
}

// TestRefreshAuthMatrix: a confidential client's refresh token needs its secret.
func TestRefreshAuthMatrix(t *testing.T) {
	w := aReady(t)
	got := w.signInAt("ada", "app", allScopes)
	form := refreshForm(got.refresh, "client_id", "app")
	w.call("/oauth/token", form, nil).fails(401, "invalid_client")
	w.call("/oauth/token", form, http.Header{"Authorization": {basic("app", "wrong")}}).fails(401, "invalid_client")
	w.call("/oauth/token", refreshForm(got.refresh, "client_id", "app", "client_secret", "secret-of-app"), http.Header{"Authorization": {basic("app", "secret-of-app")}}).fails(400, "invalid_request")
	w.refreshed("app", got.refresh).json(200)
}
