package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/app/apptest"
	"latchkey/models"
	"latchkey/models/modelstest"
	"latchkey/oauthserver"
)

// scopeRoutes are the routes of the API, with what a call needs and the status of one that is let in.
var scopeRoutes = map[string]struct {
	scope string
	ok    int
}{
	"GET /api/me":     {"profile", http.StatusOK},
	"GET /api/notes":  {"notes:read", http.StatusOK},
	"POST /api/notes": {"notes:write", http.StatusCreated},
}

// TestScopeTable (T-1504): each route of the API takes its own scope and no other, of a person who may act. What is not
// an access token opens nothing, and a program's own token is nobody's.
func TestScopeTable(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		routes := only(s.routeTable(), func(r routeLine) bool { return strings.HasPrefix(r.Path, "/api/") })
		checkCovers(t, scopeRoutes, routes)
		member := s.enter(t, "member@example.test")
		stopped := s.enter(t, s.newPerson(t, "stopped@example.test"))
		stoppedToken := s.redeem(t, stopped.allow(t)).Access
		if err := s.people.DisableUser(t.Context(), s.idOf(t, "stopped@example.test"), "test", nil); err != nil {
			t.Fatal(err)
		}
		all := s.redeem(t, member.allow(t))
		machine := s.machineToken(t)
		tokens := map[string]string{} // by scope
		for _, scope := range []string{"profile", "notes:read", "notes:write", "email"} {
			tokens[scope] = s.redeem(t, member.allow(t, scope)).Access
		}
		for _, route := range routes {
			need := scopeRoutes[route.String()]
			for scope, token := range tokens {
				answer := s.program(token).ask(t, apiRequest(route))
				challenge := answer.Header.Get("WWW-Authenticate")
				switch {
				case scope == need.scope && answer.status != need.ok:
					t.Errorf("%s with %s: %d", route, scope, answer.status)
				case scope != need.scope && (answer.status != http.StatusForbidden || !strings.Contains(challenge, `error="insufficient_scope"`) || !strings.Contains(challenge, `scope="`+need.scope+`"`)):
					t.Errorf("%s with %s: %d %q", route, scope, answer.status, challenge)
				}
			}
			if answer := s.program(all.Access).ask(t, apiRequest(route)); answer.status != need.ok {
				t.Errorf("%s with every scope: %d", route, answer.status)
			}
			for kind, token := range map[string]string{
				"a disabled person's token": stoppedToken, "a refresh token": all.Refresh, "an ID token": all.ID, "a cookie": member.session(),
				"an unknown token": "lk_at_" + models.NewToken(), "a code": member.allow(t),
			} {
				if answer := s.program(token).ask(t, apiRequest(route)); answer.status != http.StatusUnauthorized || !strings.Contains(answer.Header.Get("WWW-Authenticate"), `error="invalid_token"`) {
					t.Errorf("%s with %s: %d", route, kind, answer.status)
				}
			}
			if answer := s.program(machine).ask(t, apiRequest(route)); answer.status != http.StatusForbidden || strings.Contains(answer.body, "Demo Member") {
				t.Errorf("%s with a program's own token: %d %s", route, answer.status, answer.body)
			}
		}
	})
}

func apiRequest(route routeLine) *http.Request {
	if route.reads() {
		return get(route.Path)
	}
	r := httptest.NewRequest(http.MethodPost, route.Path, strings.NewReader(`{"title":"A note"}`))
	r.Header.Set("Content-Type", "application/json")
	return r
}

func (a *actor) session() string {
	for _, cookie := range a.cookies {
		if cookie.Name == "session" {
			return cookie.Value
		}
	}
	return ""
}

// machineToken is a program's own. No program can be given the id of a person, whom a token for it would name.
func (s *sweep) machineToken(t *testing.T) string {
	t.Helper()
	machine := models.OAuthClient{ID: s.idOf(t, "member@example.test"), Name: "Nightly", Kind: "service"}
	if _, _, err := s.oauth.CreateClient(t.Context(), oauthserver.System("test", ""), machine); err == nil {
		t.Error("a client has the id of a person")
	}
	machine.ID = ""
	client, secret, err := s.oauth.CreateClient(t.Context(), oauthserver.System("test", ""), machine)
	if err != nil {
		t.Fatal(err)
	}
	r := post("/oauth/token", "grant_type=client_credentials&scope=notes:read+notes:write")
	r.SetBasicAuth(client.ID, secret)
	var got granted
	answer := s.anyone().ask(t, r)
	if err := json.Unmarshal([]byte(answer.body), &got); err != nil || got.Access == "" {
		t.Fatalf("%d %s (%v)", answer.status, answer.body, err)
	}
	return got.Access
}

// TestDisabledStops (T-911): from the next request on, nothing that a disabled person gave, or that a disabled client
// holds, is good for anything.
func TestDisabledStops(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		by := oauthserver.System("test", "")
		for _, c := range []struct {
			name    string
			stop    func(person string) error
			refusal string // of the token endpoint
			facts   string // of introspection, to another
		}{
			{"person", func(id string) error { return s.people.DisableUser(t.Context(), id, "test", nil) }, "invalid_grant", `{"active":false}`},
			{"client", func(string) error { return s.oauth.DisableClient(t.Context(), by, demoClientID) }, "invalid_client", `{"active":false}`},
		} {
			email := s.newPerson(t, c.name+"-to-stop@example.test")
			a := s.enter(t, email)
			tokens, code := s.redeem(t, a.allow(t)), a.allow(t)
			api, secret := s.resourceServer(t)
			asks := func() string {
				r := post("/oauth/introspect", "token="+tokens.Access)
				r.SetBasicAuth(api, secret)
				return strings.TrimSpace(s.anyone().ask(t, r).body)
			}
			if facts := asks(); !strings.Contains(facts, `"active":true`) {
				t.Errorf("%s, before: %s", c.name, facts)
			}
			if answer := s.program(tokens.Access).ask(t, get("/api/me")); answer.status != http.StatusOK {
				t.Errorf("%s, before: %d", c.name, answer.status)
			}
			tokens = s.tokens(t, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.Refresh}})
			if tokens.Access == "" {
				t.Fatalf("%s, before: %s", c.name, tokens.Error)
			}

			if err := c.stop(s.idOf(t, email)); err != nil {
				t.Fatal(err)
			}
			if got := s.tokens(t, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.Refresh}}); got.Error != c.refusal || got.Access != "" {
				t.Errorf("%s: refresh gives %+v", c.name, got)
			}
			if got := s.redeem(t, code); got.Error != c.refusal || got.Access != "" {
				t.Errorf("%s: a code gives %+v", c.name, got)
			}
			for _, path := range []string{"/api/me", "/api/notes", "/oauth/userinfo"} {
				if answer := s.program(tokens.Access).ask(t, get(path)); answer.status != http.StatusUnauthorized {
					t.Errorf("%s: %s: %d", c.name, path, answer.status)
				}
			}
			if facts := asks(); facts != c.facts {
				t.Errorf("%s: introspection tells %s", c.name, facts)
			}
		}
		if got := s.tokens(t, url.Values{"grant_type": {"client_credentials"}}); got.Error != "invalid_client" {
			t.Errorf("a disabled client on its own: %+v", got)
		}
	})
}

// resourceServer is a new client that may ask about tokens.
func (s *sweep) resourceServer(t *testing.T) (id, secret string) {
	t.Helper()
	client, secret, err := s.oauth.CreateClient(t.Context(), oauthserver.System("test", ""), models.OAuthClient{Name: "API", Kind: "resource_server"})
	if err != nil {
		t.Fatal(err)
	}
	return client.ID, secret
}

// recentRoutes are what changes an account or shows a secret of it. Those with a reason do not ask for a recent
// sign-in; the others do.
var recentRoutes = map[string]string{
	"GET /account/password":                      "",
	"POST /account/password":                     "",
	"GET /reauth":                                "is where one proves it",
	"POST /reauth/passkey/options":               "is where one proves it",
	"POST /reauth/code":                          "is where one proves it",
	"POST /reauth":                               "asks for the password itself",
	"GET /account":                               "shows no secret",
	"GET /account/profile":                       "shows no secret",
	"GET /account/secure":                        "shows no secret",
	"POST /account/profile":                      "a name opens nothing",
	"GET /account/totp":                          "",
	"POST /account/totp":                         "",
	"GET /account/totp/disable":                  "",
	"POST /account/totp/disable":                 "",
	"GET /account/recovery-codes":                "",
	"POST /account/recovery-codes":               "",
	"GET /account/trusted-browsers":              "shows no secret",
	"POST /account/trusted-browsers":             "takes trust away, which must be quick",
	"POST /account/trusted-browsers/{id}/remove": "takes trust away, which must be quick",
	"POST /account/trusted-browsers/{id}/rename": "a name opens nothing",
	"GET /account/sessions":                      "shows no secret",
	"POST /account/sessions/end-others":          "takes access away, which must be quick",
	"POST /account/sessions/{id}/end":            "takes access away, which must be quick",
	"GET /account/apps":                          "shows no secret",
	"GET /account/apps/{id}/revoke":              "shows no secret",
	"POST /account/apps/{id}/revoke":             "takes one app's access away, which must be quick",
	"GET /account/activity":                      "shows no secret",
	"POST /account/activity":                     "",
	"GET /account/not-me/{token}":                "the mailbox proves enough to close an account",
	"POST /account/not-me/{token}":               "the mailbox proves enough to close an account",
	"POST /account/sessions/links/{id}/cancel":   "takes access away, which must be quick",
	"GET /account/passkeys":                      "shows no secret",
	"POST /account/passkeys":                     "",
	"POST /account/passkeys/options":             "",
	"GET /account/passkeys/{id}/rename":          "shows no secret",
	"POST /account/passkeys/{id}/rename":         "a name opens nothing",
	"GET /account/passkeys/{id}/remove":          "",
	"POST /account/passkeys/{id}/remove":         "",
}

// TestRecentLogin_RouteTable: which routes of an account ask for a recent sign-in is decided for each of them.
func TestRecentLogin_RouteTable(t *testing.T) {
	routes := only(testHouse(t).routeTable(), func(r routeLine) bool {
		return strings.HasPrefix(r.Path, "/account") || strings.HasPrefix(r.Path, "/reauth")
	})
	checkCovers(t, recentRoutes, routes)
	for _, route := range routes {
		if asks := strings.Contains(route.Guard, "recent login"); asks != (recentRoutes[route.String()] == "") {
			t.Errorf("%s: guard %q", route, route.Guard)
		}
	}
}

// TestRecentLoginRoutes (T-509): those routes send a session whose last proof is older than ten minutes to prove it again,
// whatever another session of the person has proven. A token is no session.
func TestRecentLoginRoutes(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		email := s.newPerson(t, "no-password@example.test")
		stale := s.enter(t, email)
		token := s.redeem(t, stale.allow(t)).Access
		s.clock.Add(10 * time.Minute)
		fresh := s.enter(t, email)
		key := s.oldPasskey(t, email)
		// Who has a password is asked for it instead. No page of the product takes one away and leaves a session.
		if _, err := s.pool.ExecContext(t.Context(), "UPDATE users SET password_hash = '' WHERE email = 'no-password@example.test'"); err != nil {
			t.Fatal(err)
		}
		for _, route := range s.routeTable() {
			if reason, listed := recentRoutes[route.String()]; !listed || reason != "" {
				continue
			}
			route.Path = strings.Replace(route.Path, "{id}", key, 1)
			if answer := stale.ask(t, request(route, route.Path)); !letThrough(answer.status) {
				t.Errorf("%s at the limit: %d to %q", route, answer.status, answer.place())
			}
			s.clock.Add(time.Second)
			before := modelstest.Digest(t, s.pool)
			for _, headers := range [][]string{nil, {"Authorization: Bearer " + token}} {
				answer := stale.ask(t, withHeaders(request(route, route.Path), headers))
				if answer.status != http.StatusSeeOther || answer.place() != "/reauth?return_to="+url.QueryEscape(route.Path) {
					t.Errorf("%s too late: %d to %q", route, answer.status, answer.place())
				}
			}
			if answer := s.program(token).ask(t, request(route, route.Path)); answer.inWords() != "login" {
				t.Errorf("%s with a token: %s", route, answer.inWords())
			}
			s.checkInert(t, before, fmt.Sprint(route, " too late"))
			if answer := fresh.ask(t, request(route, route.Path)); !letThrough(answer.status) {
				t.Errorf("%s with a fresh session: %d", route, answer.status)
			}
			s.clock.Add(-time.Second)
		}
	})
}

// letThrough: a form that names nothing is refused or finds nothing, but its page was reached.
func letThrough(status int) bool {
	return status == http.StatusOK || status == http.StatusUnprocessableEntity || status == http.StatusNotFound
}

// TestDev_SignInIsTheRealForm: the page for developers fills in the sign-in form and no more: each account meets
// what its state brings, and where the page is not, nothing of it is.
func TestDev_SignInIsTheRealForm(t *testing.T) {
	site := sqliteSite(t)
	for email, want := range map[string]struct {
		status int
		path   string
	}{
		"member@example.test": {200, "/dashboard"}, "admin@example.test": {200, "/dashboard"},
		"locked@example.test": {422, "/login"}, "unverified@example.test": {200, "/verify-email"},
	} {
		b := apptest.New(t).Visit(site.base + "/dev").Submit("Sign in as " + email)
		if b.Status != want.status || b.URL.Path != want.path {
			t.Errorf("%s: %d at %s", email, b.Status, b.URL)
		}
	}
	for _, route := range site.routeTable() {
		if strings.HasPrefix(route.Path, "/dev") && !route.reads() {
			t.Errorf("%s: a page for developers that changes something", route)
		}
	}
	plain := testHouse(t, func(c *Config) { c.Env = envDevelopment })
	for _, route := range site.routeTable() {
		if strings.HasPrefix(route.Path, "/dev") {
			if answer := plain.send(t, get(strings.NewReplacer("{id}", "x", "{name}", "login").Replace(route.Path))); answer.StatusCode != http.StatusNotFound {
				t.Errorf("%s without demo data: %d", route, answer.StatusCode)
			}
		}
	}
}

// TestShownOnce (T-1408): a client's secret is in the answer that made it, and nowhere afterwards: no command and no page
// has it. It works.
func TestShownOnce(t *testing.T) {
	inFolder(t)
	made := jsonOf[clientJSON](t, "client", "create", "--name", "Nightly", "--kind", "service")
	rotated := jsonOf[map[string]string](t, "client", "rotate-secret", made.ID, "--overlap", "1h")
	secrets := []string{made.Secret, rotated["client_secret"]}
	for _, args := range [][]string{
		{"client", "list"}, {"client", "list", "--json"}, {"client", "disable", made.ID}, {"doctor"}, {"doctor", "--json"}, {"routes"}, {"keys", "list", "--json"},
	} {
		_, stdout, stderr := command(t, args...)
		for _, secret := range secrets {
			if secret == "" || strings.Contains(stdout+stderr, secret) {
				t.Errorf("%v shows %q", args, secret)
			}
		}
	}

	s := sqliteSweep(t)
	member := s.enter(t, "member@example.test")
	places := s.places(t, member)
	for _, route := range only(s.routeTable(), routeLine.reads) {
		if answer := member.ask(t, get(pathOf(t, route, places))); strings.Contains(answer.body, s.secret) {
			t.Errorf("%s shows a client's secret", route)
		}
	}
	if got := s.tokens(t, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"none"}}); got.Error != "invalid_grant" {
		t.Errorf("the secret itself: %+v", got)
	}
}
