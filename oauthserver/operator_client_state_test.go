package oauthserver

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/models"
)

// TestDisabledClientStopsEverywhere (O-501): no endpoint of discovery, no page and no API knows a disabled client or
// anything that was given to it; enabling revives nothing, and what people agreed to stays and does nothing meanwhile.
func TestDisabledClientStopsEverywhere(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		w.client("ask", nil)
		w.client("robot", func(c *models.OAuthClient) {
			c.Kind, c.RedirectURIs, c.Grants, c.Scopes = "service", nil, models.Strings{"client_credentials"}, models.Strings{"notes:read"}
		})
		w.client("desk", func(c *models.OAuthClient) {
			c.Kind, c.RedirectURIs, c.Grants, c.Scopes, c.Resources = "resource_server", nil, nil, nil, models.Strings{testIssuer + "/api"}
		})
		b := w.browser()
		b.signIn("ada")
		pending := b.get(authorizePath("ask")).interaction()
		shut := b.get(authorizePath("ask")).interaction()
		path := authorizePath("app", "scope", allScopes)
		got, code := w.signInAt("ada", "app", allScopes), b.get(path).code()
		own := tokensOf(w.as("robot", "/oauth/token", machineForm()).json(200))
		stops := w.everyStop(t)
		for _, id := range []string{"app", "ask", "robot"} {
			_, stop := w.seen(w.anAdministrator(), id)
			w.must(w.s.DisableClient(ctx, stop, id))
		}
		consents := w.rows("oauth_consents")
		for endpoint, stopped := range map[string]func(){
			"authorization_endpoint": func() {
				if b.get(path).want(400).errorCode() != "invalid_client" {
					t.Error("authorize")
				}
				b.post("/oauth/authorize", authorizeParams("app")).want(400)
				b.get(pending).want(410)
				b.allow(pending, "profile").want(410)
			},
			"token_endpoint": func() {
				w.as("app", "/oauth/token", codeForm(code)).fails(401, "invalid_client")
				w.refreshed("app", got.refresh).fails(401, "invalid_client")
				w.as("robot", "/oauth/token", machineForm()).fails(401, "invalid_client")
			},
			"userinfo_endpoint":   func() { w.userinfo(got.access).fails(401, "invalid_token") },
			"revocation_endpoint": func() { w.as("app", "/oauth/revoke", url.Values{"token": {got.access}}).fails(401, "invalid_client") },
			"introspection_endpoint": func() {
				w.as("app", "/oauth/introspect", url.Values{"token": {got.access}}).fails(401, "invalid_client")
				for _, token := range []string{got.access, own.access, got.refresh} {
					if body := w.as("desk", "/oauth/introspect", url.Values{"token": {token}}).want(200).body; body != `{"active":false}` {
						t.Errorf("a resource server learns %s", body)
					}
				}
			},
			"end_session_endpoint": func() { b.get("/oauth/logout?client_id=app").want(200) }, // asks the person, as for nobody
			"jwks_uri":             func() { w.published() },                                  // says nothing of clients
		} {
			stopped()
			delete(stops, endpoint)
		}
		for left := range stops {
			t.Errorf("nobody asked %s about a disabled client", left)
		}
		w.api(got.access, "notes:read").fails(401, "invalid_token")
		if page := b.get(appsPath).want(200).body; strings.Contains(page, "Client app") {
			t.Error("it is among the apps of the person")
		}
		if request, err := w.s.PendingRequest(ctx, pending); err != nil || request != nil {
			t.Errorf("a sign-in page still names it: %+v, %v", request, err)
		}
		if w.rows("oauth_consents") != consents {
			t.Error("a consent went")
		}
		for _, id := range []string{"app", "ask", "robot"} {
			edit, _ := w.seen(w.anAdministrator(), id)
			w.must(w.s.EnableClient(ctx, edit, id))
		}
		w.userinfo(got.access).fails(401, "invalid_token")
		w.refreshed("app", got.refresh).fails(400, "invalid_grant")
		w.as("app", "/oauth/token", codeForm(code)).fails(400, "invalid_grant")
		w.api(own.access, "notes:read").fails(401, "invalid_token")
		b.get(shut).want(410)
		b.allow(shut, "profile").want(410)
		b.get(authorizePath("ask")).interaction() // it may begin again
	})
}

// everyStop names the endpoints of discovery.
func (w *world) everyStop(t *testing.T) map[string]bool {
	t.Helper()
	stops := map[string]bool{}
	for name, value := range w.browser().get(discoveryPath).json(200) {
		if address, isText := value.(string); isText && name != "issuer" && strings.HasPrefix(address, testIssuer) {
			stops[name] = true
		}
	}
	if len(stops) < 6 {
		t.Fatalf("discovery names %v", stops)
	}
	return stops
}

func machineForm() url.Values {
	return url.Values{"grant_type": {"client_credentials"}, "scope": {"notes:read"}}
}

// TestEnablingRevivesNothing: a grant that a request under way wrote a moment after its client was disabled ends when the
// client is enabled.
func TestEnablingRevivesNothing(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		w.must(w.s.DisableClient(context.Background(), byTest, "app"))
		late := w.grant("ada", "app", "s", "openid")
		w.must(w.s.EnableClient(context.Background(), byTest, "app"))
		if w.ended(late) == "" {
			t.Error("it lives again")
		}
	})
}

// TestDeleteClient: only a disabled one goes, and takes all but the audit log with it.
func TestDeleteClient(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		ctx, by := context.Background(), w.anAdministrator()
		got := w.signInAt("ada", "app", allScopes)
		w.aConsent("ada", "app")
		_, stop := w.seen(by, "app")
		if err := w.s.DeleteClient(ctx, stop, "app"); !errors.Is(err, models.ErrSpent) || !w.alive("app", got.access) {
			t.Fatalf("an enabled one: %v", err)
		}
		w.must(w.s.DisableClient(ctx, stop, "app"))
		_, stop = w.seen(by, "app")
		w.must(w.s.DeleteClient(ctx, stop, "app"))
		for _, table := range []string{"oauth_grants", "oauth_codes", "oauth_access_tokens", "oauth_consents", "oauth_sessions"} {
			if n := w.rows(table); n != 0 {
				t.Errorf("%d rows in %s", n, table)
			}
		}
		if _, err := w.db.OAuthClientByID(ctx, "app"); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("the client: %v", err)
		}
		if w.rows("oauth_client_secrets") != 0 || len(w.events(eventGrantBegin)) == 0 || len(w.events(eventClientDelete)) != 2-1 {
			t.Error("secrets stayed, or the log did not")
		}
		w.userinfo(got.access).fails(401, "invalid_token")
		if err := w.s.DeleteClient(ctx, stop, "app"); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("again: %v", err)
		}
	})
}

// TestConfirmCountsMatchEffect: what the page counts before a client is stopped is what ends.
func TestConfirmCountsMatchEffect(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		ctx, by := context.Background(), w.anAdministrator()
		for _, subject := range []string{"ada", "bob"} {
			w.signInAt(subject, "app", allScopes)
		}
		w.signInAt("eve", "spa", allScopes) // another client's
		w.client("asks", nil)
		b := w.browser()
		b.signIn("cleo")
		b.get(authorizePath("asks")).interaction()
		w.aConsent("ada", "app")
		if reach := w.record(by, "app").Reach; reach != (models.OAuthReach{SignIns: 2, AccessTokens: 2, Consents: 1}) {
			t.Errorf("app: %+v", reach)
		}
		if reach := w.record(by, "asks").Reach; reach != (models.OAuthReach{Waiting: 1}) {
			t.Errorf("asks: %+v", reach)
		}
		for id, want := range map[string]string{"app": "map[grants_ended:2 requests_ended:0]", "asks": "map[grants_ended:0 requests_ended:1]"} {
			_, stop := w.seen(by, id)
			w.clock.Add(time.Second)
			w.must(w.s.DisableClient(ctx, stop, id))
			if meta := fmt.Sprint(w.events(eventClientDisable)[0].Meta); meta != want {
				t.Errorf("%s: %s", id, meta)
			}
			if reach := w.record(by, id).Reach; reach.SignIns+reach.AccessTokens+reach.Waiting != 0 {
				t.Errorf("%s: left %+v", id, reach)
			}
		}
		if reach := w.record(by, "spa").Reach; reach.SignIns != 1 {
			t.Errorf("another client's: %+v", reach)
		}
		w.clock.Add(lifeRefreshIdle.usual + lifeAccessToken.most)
		if reach := w.record(by, "spa").Reach; reach.SignIns != 0 {
			t.Errorf("what ran out counts: %+v", reach)
		}
	})
}
