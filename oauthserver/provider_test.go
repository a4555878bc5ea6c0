package oauthserver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ory/fosite"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// recorder notes what the engine gets to see.
type recorder struct {
	fosite.OAuth2Provider
	mu       sync.Mutex
	requests []url.Values
}

func (e *recorder) note(r *http.Request) {
	_ = r.ParseForm()
	e.mu.Lock()
	e.requests = append(e.requests, r.Form)
	e.mu.Unlock()
}

func (e *recorder) NewAuthorizeRequest(ctx context.Context, r *http.Request) (fosite.AuthorizeRequester, error) {
	e.note(r)
	return e.OAuth2Provider.NewAuthorizeRequest(ctx, r)
}

func (e *recorder) NewAccessRequest(ctx context.Context, r *http.Request, s fosite.Session) (fosite.AccessRequester, error) {
	e.note(r)
	if len(r.Header.Values("Authorization")) != 0 {
		e.requests = append(e.requests, url.Values{"Authorization": {"header"}})
	}
	return e.OAuth2Provider.NewAccessRequest(ctx, r, s)
}

// TestEngineSeesOnlyCleanRequests: the names of the specification and nothing else, whatever is sent.
func TestEngineSeesOnlyCleanRequests(t *testing.T) {
	w := aReady(t)
	seen := &recorder{OAuth2Provider: w.s.engine.OAuth2Provider}
	w.s.engine.OAuth2Provider = seen
	code, _ := w.codeFor("ada", "app", allScopes, "state", "s", "nonce", "n", "login_hint", "x", "max_age", "9999", "ui_locales", "se", "extra", "canary", "display", "page", "audience", "canary")
	form := codeForm(code)
	for _, name := range []string{"extra", "audience", "scope", "nonce"} {
		form.Set(name, "canary")
	}
	got := tokensOf(w.as("app", "/oauth/token", form).json(200))
	w.refreshed("app", got.refresh, "extra", "canary", "audience", "canary", "client_id", "app").json(200)
	allowed := [][]string{
		{"client_id", "code_challenge", "code_challenge_method", "redirect_uri", "response_type", "scope", "state"},
		{"code", "code_verifier", "grant_type", "redirect_uri"},
		{"grant_type", "refresh_token"},
	}
	if len(seen.requests) != len(allowed) {
		t.Fatalf("%d requests: %v", len(seen.requests), seen.requests)
	}
	for i, request := range seen.requests {
		var names []string
		for name := range request {
			names = append(names, name)
		}
		slices.Sort(names)
		if !slices.Equal(names, allowed[i]) || strings.Contains(request.Encode(), "canary") {
			t.Errorf("request %d: %v", i, request)
		}
	}
	if seen.requests[0].Get("state") != statePlaceholder || len(statePlaceholder) != 32 {
		t.Errorf("state %q", seen.requests[0].Get("state"))
	}
}

// TestProviderHandlers: six handlers by name, and no field is left to a getter that fills itself.
func TestProviderHandlers(t *testing.T) {
	w := aReady(t)
	config := w.s.engine.OAuth2Provider.(*fosite.Fosite).Config.(*fosite.Config)
	var names []string
	for _, handler := range config.TokenEndpointHandlers {
		names = append(names, reflect.TypeOf(handler).Elem().Name())
	}
	if got := strings.Join(names, " "); got != "AuthorizeExplicitGrantHandler Handler OpenIDConnectExplicitHandler RefreshTokenGrantHandler OpenIDConnectRefreshHandler ClientCredentialsGrantHandler" {
		t.Errorf("handlers %s", got)
	}
	if len(config.AuthorizeEndpointHandlers) != 3 || config.TokenIntrospectionHandlers != nil || config.RevocationHandlers != nil || config.PushedAuthorizeEndpointHandlers != nil {
		t.Error("an endpoint of the engine's is in use")
	}
	for name, field := range map[string]any{
		"ScopeStrategy": config.ScopeStrategy, "AudienceMatchingStrategy": config.AudienceMatchingStrategy, "JWKSFetcherStrategy": config.JWKSFetcherStrategy,
		"ClientSecretsHasher": config.ClientSecretsHasher, "ClientAuthenticationStrategy": config.ClientAuthenticationStrategy,
		"ResponseModeHandlerExtension": config.ResponseModeHandlerExtension, "RefreshTokenScopes": config.RefreshTokenScopes,
	} {
		if value := reflect.ValueOf(field); !value.IsValid() || value.Kind() != reflect.Struct && value.IsNil() {
			t.Errorf("%s is left to its getter", name)
		}
	}
	if config.SendDebugMessagesToClients || config.EnablePKCEPlainChallengeMethod || config.IsPushedAuthorizeEnforced {
		t.Error("a switch is on")
	}
}

// TestConcurrentFirstRequests is for the race detector.
func TestConcurrentFirstRequests(t *testing.T) {
	w := aReady(t)
	session := w.host.signIn("ada")
	_, lost := modelstest.Race(16, func(int) error {
		b := w.browser()
		b.jar.SetCookies(b.url("/"), []*http.Cookie{{Name: "session", Value: session, Path: "/", Secure: true}})
		answer := b.get(authorizePath("app", "scope", "openid"))
		if answer.StatusCode != 303 {
			return fmt.Errorf("authorize %d", answer.StatusCode)
		}
		if got := w.as("app", "/oauth/token", codeForm(answer.back(testCallback).Get("code"))); got.StatusCode != 200 {
			return fmt.Errorf("token %d %s", got.StatusCode, got.body)
		}
		return nil
	})
	if len(lost) > 0 {
		t.Error(lost)
	}
}

// TestTokenStorageErrors cuts each machine flow off after its first, second, … statement: the caller gets
// 500 or 503, no token leaves and no row stays.
func TestTokenStorageErrors(t *testing.T) {
	modelstest.URLs(t, func(t *testing.T, address string) {
		clock := modelstest.NewClock()
		db, err := models.Open(context.Background(), models.Options{URL: address, Keys: modelstest.Keys(t), Now: clock.Now, Observe: watchOutage})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		w := newWorld(t, db, clock, nil).ready().withClients()
		w.client("robot", func(c *models.OAuthClient) {
			c.Kind, c.Grants, c.Scopes = "service", models.Strings{"client_credentials"}, models.Strings{"notes:read"}
		})
		code, _ := w.codeFor("ada", "app", allScopes)
		used, _ := w.codeFor("ada", "app", allScopes)
		w.as("app", "/oauth/token", codeForm(used)).json(200)
		got, lost := w.signInAt("ada", "app", allScopes), w.signInAt("ada", "app", allScopes)
		w.refreshed("app", lost.refresh).json(200)
		access, ending := w.signInAt("ada", "app", allScopes), w.signInAt("ada", "app", allScopes)
		for _, flow := range []struct {
			name, client, path string
			form               url.Values
			success            int
		}{
			{"code", "app", "/oauth/token", codeForm(code), 200},
			{"code replay", "app", "/oauth/token", codeForm(used), 400},
			{"refresh", "app", "/oauth/token", refreshForm(got.refresh), 200},
			{"retry", "app", "/oauth/token", refreshForm(lost.refresh), 200},
			{"client credentials", "robot", "/oauth/token", url.Values{"grant_type": {"client_credentials"}, "scope": {"notes:read"}}, 200},
			{"introspection", "app", "/oauth/introspect", url.Values{"token": {access.access}}, 200},
			{"revocation", "app", "/oauth/revoke", url.Values{"token": {access.access}}, 200},
			{"refresh revocation", "app", "/oauth/revoke", url.Values{"token": {ending.refresh}}, 200},
		} {
			w.cutOffUntil(flow.name, flow.client, flow.path, flow.form, flow.success)
		}
	})
}

func (w *world) cutOffUntil(name, client, path string, form url.Values, success int) {
	w.Helper()
	for n := range int64(40) {
		before := w.everyValue()
		ctx, stop := context.WithCancel(context.Background())
		o := &outage{stop: stop}
		o.left.Store(n)
		if n == 0 {
			stop()
		}
		answer := callIn(context.WithValue(ctx, outageKey{}, o), w, path, form, http.Header{"Authorization": {basic(client, "secret-of-"+client)}})
		stop()
		if answer.StatusCode == success {
			if n == 0 {
				w.Errorf("%s works without a database", name)
			}
			return
		}
		if answer.StatusCode != 500 && answer.StatusCode != 503 || strings.Contains(answer.body, "lk_") {
			w.Errorf("%s cut off after %d: %d %s", name, n, answer.StatusCode, answer.body)
		}
		if w.everyValue() != before {
			w.Errorf("%s cut off after %d: something stayed", name, n)
		}
	}
	w.Errorf("%s never succeeded", name)
}

// TestTokenBudget: a redemption takes at most five writes, a refresh four, a client's own token two, a check
// of a bearer token none.
func TestTokenBudget(t *testing.T) {
	w := aReady(t)
	w.client("robot", func(c *models.OAuthClient) {
		c.Kind, c.Grants, c.Scopes = "service", models.Strings{"client_credentials"}, models.Strings{"notes:read"}
	})
	writes := 0
	db, err := models.Open(context.Background(), models.Options{
		URL: w.db.URL(), Keys: modelstest.Keys(t), Now: w.clock.Now,
		Observe: func(_ context.Context, statement string, _ int64, _ time.Duration, _ error) {
			if !strings.HasPrefix(strings.TrimSpace(statement), "SELECT") {
				writes++
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	w.db = db
	w.restart(nil)
	machine := url.Values{"grant_type": {"client_credentials"}, "scope": {"notes:read"}}
	w.as("robot", "/oauth/token", machine).json(200) // the standing family, and the client's last use
	got := w.signInAt("ada", "app", allScopes)
	code, _ := w.codeFor("ada", "app", allScopes)
	for _, c := range []struct {
		name string
		most int
		do   func()
	}{
		{"code", 5, func() { w.as("app", "/oauth/token", codeForm(code)).json(200) }},
		{"check", 0, func() { w.api(got.access, "notes:read").want(200) }},
		{"refresh", 4, func() { w.refreshed("app", got.refresh).json(200) }},
		{"client credentials", 2, func() { w.as("robot", "/oauth/token", machine).json(200) }},
	} {
		writes = 0
		c.do()
		if writes > c.most {
			t.Errorf("%s: %d writes, at most %d", c.name, writes, c.most)
		}
	}
}

// TestResolverErrorAtToken: a fault of the host is never taken for an account that is gone.
func TestResolverErrorAtToken(t *testing.T) {
	w := aReady(t)
	got := w.signInAt("ada", "app", allScopes)
	code, _ := w.codeFor("ada", "app", allScopes)
	w.host.failFind = errors.New("the host is down")
	w.as("app", "/oauth/token", codeForm(code)).fails(500, "server_error")
	w.refreshed("app", got.refresh).fails(500, "server_error")
	w.as("app", "/oauth/introspect", url.Values{"token": {got.access}}).fails(500, "server_error")
	w.userinfo(got.access).fails(500, "server_error")
	w.host.failFind = nil
	w.as("app", "/oauth/token", codeForm(code)).json(200)
	w.refreshed("app", got.refresh).json(200)
}
