package oauthserver

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"latchkey/models"
)

// TestRefreshNeverWidens: a refresh gives what was granted or less: never more, never what nobody knows, never what the
// client or the person took back meanwhile.
func TestRefreshNeverWidens(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		got := w.signInAt("ada", "app", allScopes)
		for _, more := range []string{
			"notes:write", allScopes + " notes:write", "email", "unknown", "openid unknown", "notes:read notes:read notes:write", "OPENID", "notes:*", "notes", "notes:read,notes:write",
		} {
			w.refreshed("app", got.refresh, "scope", more).fails(400, "invalid_scope")
		}
		for _, resource := range []string{"https://other.example.test/", testIssuer + "/api/", testIssuer + "/", strings.ToUpper(testIssuer)} {
			w.refreshed("app", got.refresh, "resource", resource).fails(400, "invalid_target")
		}
		narrow := w.refreshed("app", got.refresh, "scope", "notes:read openid notes:read").json(200)
		if narrow["scope"] != "notes:read openid" {
			t.Errorf("narrowed to %v", narrow["scope"])
		}
		facts := w.as("app", "/oauth/introspect", url.Values{"token": {tokensOf(narrow).access}}).json(200)
		if facts["scope"] != "notes:read openid" {
			t.Errorf("introspected %v", facts["scope"])
		}
		w.api(tokensOf(narrow).access, "notes:read").want(200)
		got = tokensOf(narrow)

		// The client may no longer have a scope: asked for by name it is refused, else it is left out.
		client, err := w.s.clientByID(ctx, "app")
		w.must(err)
		was := client.Scopes
		w.changeClient(client, func(c *models.OAuthClient) { c.Scopes = models.Strings{"openid", "offline_access", "email"} })
		for _, taken := range []string{"notes:read", "openid notes:read", "profile", "email"} {
			w.refreshed("app", got.refresh, "scope", taken).fails(400, "invalid_scope")
		}
		left := w.refreshed("app", got.refresh).json(200)
		if left["scope"] != "openid offline_access" {
			t.Errorf("left %v", left["scope"])
		}
		w.api(tokensOf(left).access, "notes:read").fails(403, "insufficient_scope")
		got = tokensOf(left)
		w.changeClient(client, func(c *models.OAuthClient) { c.Scopes = models.Strings{"email"} })
		w.refreshed("app", got.refresh).fails(400, "invalid_scope")
		w.changeClient(client, func(c *models.OAuthClient) { c.Scopes = was })
		if whole := w.refreshed("app", got.refresh).json(200); whole["scope"] != allScopes {
			t.Errorf("a refusal cost the family %v", whole["scope"])
		} else {
			got = tokensOf(whole)
		}

		// The person takes the consent back: nothing is left to refresh.
		w.must(w.s.RevokeApp(ctx, "ada", "app"))
		w.refreshed("app", got.refresh).fails(400, "invalid_grant")
		w.refreshed("app", got.refresh, "scope", "openid").fails(400, "invalid_grant")
		if w.alive("app", got.access) {
			t.Error("the access token outlives the consent")
		}
	})
}
