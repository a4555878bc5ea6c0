package oauthserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

func bearerHeader(values ...string) http.Header {
	return http.Header{"Authorization": values, "Content-Type": nil}
}

func TestUserInfoTransport(t *testing.T) {
	w := aReady(t)
	good := w.signInAt("ada", "app", "openid profile").access
	plain := w.signInAt("ada", "app", "notes:read").access
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	for name, c := range map[string]struct {
		path   string
		form   url.Values
		header http.Header
		status int
		code   string
	}{
		"header":               {"/oauth/userinfo", nil, bearerHeader("Bearer " + good), 200, ""},
		"scheme in lower case": {"/oauth/userinfo", nil, bearerHeader("bEARER " + good), 200, ""},
		"form":                 {"/oauth/userinfo", url.Values{"access_token": {good}}, form, 200, ""},
		"header, form without": {"/oauth/userinfo", url.Values{"x": {"1"}}, http.Header{"Authorization": {"Bearer " + good}}, 200, ""},
		"both":                 {"/oauth/userinfo", url.Values{"access_token": {good}}, http.Header{"Authorization": {"Bearer " + good}}, 400, "invalid_request"},
		"two headers":          {"/oauth/userinfo", nil, bearerHeader("Bearer "+good, "Bearer "+good), 400, "invalid_request"},
		"query":                {"/oauth/userinfo?access_token=" + good, nil, bearerHeader(), 400, "invalid_request"},
		"query and header":     {"/oauth/userinfo?access_token=x", nil, bearerHeader("Bearer " + good), 400, "invalid_request"},
		"none":                 {"/oauth/userinfo", nil, bearerHeader(), 401, "invalid_token"},
		"another scheme":       {"/oauth/userinfo", nil, bearerHeader(basic("app", "secret-of-app")), 401, "invalid_token"},
		"unknown":              {"/oauth/userinfo", nil, bearerHeader("Bearer lk_at_unknown"), 401, "invalid_token"},
		"not openid":           {"/oauth/userinfo", nil, bearerHeader("Bearer " + plain), 403, "insufficient_scope"},
		"twice in the form":    {"/oauth/userinfo", url.Values{"access_token": {good, good}}, form, 400, "invalid_request"},
	} {
		answer := w.call(c.path, c.form, c.header)
		if answer.StatusCode != c.status || c.code != "" && !strings.Contains(answer.body, c.code) {
			t.Errorf("%s: %d %s", name, answer.StatusCode, answer.body)
		}
	}
	get := w.browser().send("GET", "/oauth/userinfo", nil, bearerHeader("Bearer "+good)).want(200)
	if get.Header.Get("Cache-Control") != "no-store" || get.Header.Get("Content-Type") != "application/json" {
		t.Errorf("headers %v", get.Header)
	}
}

func TestUserInfoClaims(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		w.host.claims = map[string]any{
			"name": "Ada", "given_name": "", "family_name": nil, "updated_at": w.clock.Now(), "email": "ada@example.test", "email_verified": true, "secret": "x",
			"website": "https://ada.example.test/",
		}
		for scope, want := range map[string]string{
			"openid":               `{"sub":"ada"}`,
			"openid email":         `{"email":"ada@example.test","email_verified":true,"sub":"ada"}`,
			"openid profile":       fmt.Sprintf(`{"name":"Ada","sub":"ada","updated_at":%d,"website":"https://ada.example.test/"}`, w.clock.Now().Unix()),
			"openid email profile": fmt.Sprintf(`{"email":"ada@example.test","email_verified":true,"name":"Ada","sub":"ada","updated_at":%d,"website":"https://ada.example.test/"}`, w.clock.Now().Unix()),
		} {
			if got := w.userinfo(w.signInAt("ada", "app", scope).access).want(200).body; got != want {
				t.Errorf("%s: %s, want %s", scope, got, want)
			}
		}
		w.host.claims = map[string]any{"email": "ada@example.test", "email_verified": "false", "updated_at": "12"}
		got := w.userinfo(w.signInAt("ada", "app", "openid email profile").access).want(200).body
		if got != `{"email":"ada@example.test","email_verified":false,"sub":"ada","updated_at":12}` {
			t.Errorf("text instead of types: %s", got)
		}
		access := w.signInAt("ada", "app", "openid").access
		w.host.fail = errors.New("the host is down")
		w.userinfo(access).fails(500, "server_error")
		w.host.fail = nil
	})
}

func TestReservedClaimsNeverFromHost(t *testing.T) {
	w := aReady(t)
	w.host.claims = map[string]any{"name": "Ada"}
	names := models.Strings{"name"}
	for _, name := range reservedClaims {
		w.host.claims[name] = "from the host"
		names = append(names, name)
	}
	if len(reservedClaims) != 25 {
		t.Errorf("%d reserved names", len(reservedClaims))
	}
	w.client("greedy", func(c *models.OAuthClient) { c.Consent, c.IDTokenClaims = "skip", names })
	w.restart(func(c *Config) {
		c.Scopes = []Scope{{Name: "openid", Claims: names}, {Name: "profile", Claims: names}}
	})
	got := w.signInAt("ada", "greedy", "openid profile")
	_, payload := w.claimsOfJWT(got.id)
	if payload["name"] != "Ada" || w.userinfo(got.access).json(200)["name"] != "Ada" {
		t.Error("the host's own claim is missing")
	}
	for name, value := range payload {
		if fmt.Sprint(value) == "from the host" {
			t.Errorf("ID token: %s", name)
		}
	}
	for name, value := range w.userinfo(got.access).json(200) {
		if fmt.Sprint(value) == "from the host" {
			t.Errorf("userinfo: %s", name)
		}
	}
}

func TestRequireScope(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		got := w.signInAt("ada", "app", "openid notes:read")
		if answer := w.api(got.access, "notes:read"); answer.want(200).body != "ada" {
			t.Errorf("the handler was told %q", answer.body)
		}
		w.api(got.access, "notes:read", "notes:write").fails(403, "insufficient_scope")
		w.api(got.access).want(200)
		w.api(got.refresh, "notes:read").want(401)
		w.api(got.id, "notes:read").want(401)

		ctx, statements := modelstest.Count(context.Background())
		if _, _, err := w.s.liveAccessToken(ctx, got.access); err != nil || statements.Load() > 3 {
			t.Errorf("a check took %d statements: %v", statements.Load(), err)
		}
		w.restart(func(c *Config) {
			c.Resources = []Resource{{Identifier: testIssuer + "/other"}}
		})
		w.api(got.access, "notes:read").fails(401, "invalid_token") // for another API
		w.restart(nil)
		w.host.fail = errors.New("the host is down")
		w.api(got.access, "notes:read").fails(500, "server_error")
		w.host.fail = nil
		w.clock.Add(time.Hour)
		w.api(got.access, "notes:read").fails(401, "invalid_token")
	})
}

func TestBearerChallenges(t *testing.T) {
	w := aReady(t)
	got := w.signInAt("ada", "app", "openid notes:read")
	for name, c := range map[string]struct {
		answer    *reply
		status    int
		challenge string
	}{
		"none":  {w.api("", "notes:read"), 401, `Bearer realm="oauth"`},
		"dead":  {w.api("lk_at_x", "notes:read"), 401, `Bearer realm="oauth", error="invalid_token", error_description="the access token is not valid"`},
		"scope": {w.api(got.access, "notes:read", "notes:write"), 403, `Bearer realm="oauth", error="insufficient_scope", error_description="the access token lacks a scope", scope="notes:read notes:write"`},
	} {
		if challenge := c.answer.want(c.status).Header.Get("WWW-Authenticate"); challenge != c.challenge {
			t.Errorf("%s: %s", name, challenge)
		}
	}
	for _, path := range []string{"/oauth/userinfo?access_token=" + got.access} {
		if challenge := w.call(path, nil, bearerHeader()).want(400).Header.Get("WWW-Authenticate"); !strings.Contains(challenge, `error="invalid_request"`) {
			t.Errorf("query: %s", challenge)
		}
	}
}

// TestBadTokensAreLimited: after sixty bad ones an address waits; a good one passes all the same.
func TestBadTokensAreLimited(t *testing.T) {
	w := aReady(t)
	w.restart(func(c *Config) { c.LimitScale = 0.1 })
	good := w.signInAt("ada", "app", "openid notes:read").access
	for range 6 {
		w.api("lk_at_x").fails(401, "invalid_token")
	}
	w.api("lk_at_x").fails(429, "temporarily_unavailable")
	w.api(good, "notes:read").want(200)
}

// TestOtherBearer: tokens of other makers pass the same guard.
func TestOtherBearer(t *testing.T) {
	w := aReady(t)
	w.restart(func(c *Config) {
		c.OtherBearer = func(_ context.Context, token string) (OtherToken, error) {
			switch token {
			case "pat_good":
				return OtherToken{Account: Account{Subject: "ada", Active: true}, Scopes: []string{"notes:read"}}, nil
			case "pat_off":
				return OtherToken{Account: Account{Subject: "ada"}, Scopes: []string{"notes:read"}}, nil
			case "pat_fault":
				return OtherToken{}, errors.New("down")
			}
			return OtherToken{}, ErrNoAccount
		}
	})
	w.api("pat_good", "notes:read").want(200)
	w.api("pat_good", "notes:write").fails(403, "insufficient_scope")
	w.api("pat_off", "notes:read").fails(401, "invalid_token")
	w.api("pat_fault", "notes:read").fails(500, "server_error")
	w.api("pat_unknown", "notes:read").fails(401, "invalid_token")
}

func TestClientCredentials(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		w.client("robot", func(c *models.OAuthClient) {
			c.Kind, c.Grants, c.RedirectURIs = "service", models.Strings{"client_credentials"}, nil
			c.Scopes, c.DefaultScopes = models.Strings{"notes:read", "profile"}, models.Strings{"notes:read"}
		})
		ask := func(scope string) *reply {
			return w.as("robot", "/oauth/token", url.Values{"grant_type": {"client_credentials"}, "scope": {scope}})
		}
		got := ask("").json(200)
		if len(got) != 4 || got["scope"] != "notes:read" || got["token_type"] != "Bearer" || got["expires_in"] != 3600.0 {
			t.Errorf("answer %v", got)
		}
		for _, scope := range []string{"profile", "notes:write", "unknown", "notes:read profile", "openid", "offline_access"} {
			ask(scope).fails(400, "invalid_scope")
		}
		access := got["access_token"].(string)
		facts := w.as("robot", "/oauth/introspect", url.Values{"token": {access}}).json(200)
		if facts["sub"] != "robot" || facts["client_id"] != "robot" || facts["auth_time"] != nil {
			t.Errorf("introspected %v", facts)
		}
		w.api(access, "notes:read").fails(403, "access_denied")
		if token, err := w.s.bearer(context.Background(), access, testIssuer+"/api"); err != nil || token.Subject != "" || token.ClientID != "robot" {
			t.Errorf("stands for %+v, %v", token, err)
		}
		w.userinfo(access).fails(403, "insufficient_scope")
		again := ask("notes:read").json(200)
		if w.rows("oauth_grants") != 1 || again["access_token"] == access {
			t.Error("want one standing family and two tokens")
		}
		if err := w.s.DisableClient(context.Background(), byTest, "robot"); err != nil {
			t.Fatal(err)
		}
		ask("").fails(401, "invalid_client")
		w.api(access, "notes:read").want(401)
		if err := w.s.EnableClient(context.Background(), byTest, "robot"); err != nil {
			t.Fatal(err)
		}
		w.api(access, "notes:read").want(401) // enabling revives no token
		ask("").json(200)
		w.client("open", func(c *models.OAuthClient) {
			c.AuthMethod, c.Grants, c.Scopes = "none", models.Strings{"client_credentials"}, models.Strings{"notes:read"}
		})
		w.call("/oauth/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {"open"}, "scope": {"notes:read"}}, nil).fails(400, "unauthorized_client")
	})
}

func TestIntrospectionAudience(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		w.client("stranger", nil)
		w.client("api", func(c *models.OAuthClient) {
			c.Kind, c.Grants, c.Resources = "resource_server", models.Strings{}, models.Strings{testIssuer + "/api"}
		})
		w.client("elsewhere", func(c *models.OAuthClient) {
			c.Kind, c.Grants, c.Resources = "resource_server", models.Strings{}, models.Strings{"https://elsewhere.example.test/"}
		})
		got := w.signInAt("ada", "app", allScopes)
		for _, c := range []struct {
			caller, token string
			active        bool
		}{
			{"app", got.access, true}, {"app", got.refresh, true}, {"api", got.access, true}, {"api", got.refresh, false},
			{"stranger", got.access, false}, {"stranger", got.refresh, false}, {"elsewhere", got.access, false}, {"app", got.id, false}, {"app", "x", false},
		} {
			for _, hint := range []string{"", "access_token", "refresh_token", "nonsense"} {
				answer := w.as(c.caller, "/oauth/introspect", url.Values{"token": {c.token}, "token_type_hint": {hint}})
				if active := answer.json(200)["active"]; active != c.active || !c.active && answer.body != `{"active":false}` {
					t.Errorf("%s asks about %.12s, hint %q: %s", c.caller, c.token, hint, answer.body)
				}
			}
		}
		w.as("spa", "/oauth/introspect", url.Values{"token": {got.access}}).fails(401, "invalid_client")
		w.call("/oauth/introspect", url.Values{"token": {got.access}}, http.Header{"Authorization": {"Bearer " + got.access}}).fails(401, "invalid_client")
		w.as("app", "/oauth/introspect", url.Values{"x": {"1"}}).fails(400, "invalid_request")
	})
}

func TestIntrospectionFields(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		got := w.signInAt("ada", "app", allScopes)
		now := float64(w.clock.Now().Unix())
		facts := w.as("app", "/oauth/introspect", url.Values{"token": {got.access}}).json(200)
		jti := facts["jti"]
		delete(facts, "jti")
		want := map[string]any{
			"active": true, "scope": allScopes, "client_id": "app", "sub": "ada", "aud": []any{testIssuer + "/api", testIssuer}, "iss": testIssuer,
			"iat": now, "exp": now + 3600, "token_type": "Bearer", "auth_time": now, "acr": "aal1",
		}
		left, _ := json.Marshal(facts)
		right, _ := json.Marshal(want)
		if string(left) != string(right) || jti == "" || jti == nil {
			t.Errorf("access token: %s", left)
		}
		facts = w.as("app", "/oauth/introspect", url.Values{"token": {got.refresh}}).json(200)
		if facts["exp"] != now+30*86400 || facts["token_type"] != "refresh_token" || facts["sub"] != "ada" {
			t.Errorf("refresh token: %v", facts)
		}
		w.clock.Add(time.Hour)
		if w.as("app", "/oauth/introspect", url.Values{"token": {got.access}}).body != `{"active":false}` {
			t.Error("an expired token is active")
		}
	})
}

func TestRevocation(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		w.client("thief", nil)
		got, other := w.signInAt("ada", "app", allScopes), w.signInAt("ada", "app", allScopes)
		revoke := func(client, token string) *reply {
			return w.as(client, "/oauth/revoke", url.Values{"token": {token}, "token_type_hint": {"nonsense"}})
		}
		for _, token := range []string{got.access, got.refresh} {
			revoke("thief", token).fails(400, "invalid_grant")
			revoke("spa", token).fails(400, "invalid_grant")
		}
		if !w.alive("app", got.access) {
			t.Fatal("a stranger revoked it")
		}
		if body := revoke("app", "unknown").want(200).body; body != "" {
			t.Errorf("body %q", body)
		}
		revoke("app", got.access).want(200)
		revoke("app", got.access).want(200)
		if w.alive("app", got.access) || len(w.events(eventTokenRevoke)) != 1 {
			t.Error("alive, or not one audit row")
		}
		next := tokensOf(w.refreshed("app", got.refresh).json(200)) // the refresh token stays
		revoke("app", next.refresh).want(200)
		w.refreshed("app", next.refresh).fails(400, "invalid_grant")
		if w.alive("app", next.access) || !w.alive("app", other.access) {
			t.Error("the family lives, or another one ended")
		}
		last := tokensOf(w.refreshed("app", other.refresh).json(200))
		revoke("spa", other.refresh).fails(400, "invalid_grant")
		if !w.alive("app", last.access) {
			t.Error("a stranger ended a family by an older token")
		}
		revoke("app", other.refresh).want(200) // the client may not know yet that it was replaced
		if w.alive("app", last.access) {
			t.Error("the family lives on after one of its tokens was revoked")
		}
		w.as("app", "/oauth/revoke", url.Values{"x": {"1"}}).fails(400, "invalid_request")
	})
}

// TestFosite16RevocationTellsTheTruth: a failing database is 503, and the token lives.
func TestFosite16RevocationTellsTheTruth(t *testing.T) {
	w := aReady(t)
	got := w.signInAt("ada", "app", allScopes)
	ctx, stop := context.WithCancel(context.Background())
	stop()
	answer := callIn(ctx, w, "/oauth/revoke", url.Values{"token": {got.access}}, http.Header{"Authorization": {basic("app", "secret-of-app")}})
	answer.fails(503, "temporarily_unavailable")
	if answer.Header.Get("Retry-After") == "" || !w.alive("app", got.access) {
		t.Error("no Retry-After, or the token is dead")
	}
}
