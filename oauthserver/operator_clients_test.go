package oauthserver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/models"
)

// TestClientsList: every filter, both ways through the pages, each client once and in order.
func TestClientsList(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx, by := context.Background(), w.operatorWith(RightRead)
		for i := range 7 {
			w.clock.Add(24 * time.Hour)
			w.client(fmt.Sprint("web-", i), nil)
		}
		w.clock.Add(time.Hour)
		w.client("own", func(c *models.OAuthClient) {
			c.Kind, c.AuthMethod, c.Provenance, c.Grants = "native", "none", "admin", models.Strings{"authorization_code"}
		})
		w.clock.Add(time.Hour)
		w.client("new", func(c *models.OAuthClient) { c.Verified = false })
		w.must(w.s.DisableClient(ctx, byTest, "web-3"))
		used, err := w.db.OAuthClientByID(ctx, "web-5")
		w.must(err)
		w.clock.Add(90 * 24 * time.Hour)
		w.must(w.db.TouchOAuthClient(ctx, used))
		for name, c := range map[string]struct {
			f    ClientFilter
			want string
		}{
			"all":             {ClientFilter{}, "new own web-6 web-5 web-4 web-3 web-2 web-1 web-0"},
			"enabled":         {ClientFilter{State: "enabled"}, "new own web-6 web-5 web-4 web-2 web-1 web-0"},
			"disabled":        {ClientFilter{State: "disabled"}, "web-3"},
			"kind":            {ClientFilter{Kind: "native"}, "own"},
			"origin":          {ClientFilter{Origin: "admin"}, "own"},
			"authentication":  {ClientFilter{Authentication: "none"}, "own"},
			"grant":           {ClientFilter{Grant: "refresh_token", Kind: "native"}, ""},
			"another grant":   {ClientFilter{Grant: "authorization_code", Origin: "admin"}, "own"},
			"no such grant":   {ClientFilter{Grant: "client_credentials"}, ""},
			"unverified":      {ClientFilter{Unverified: true}, "new"},
			"unused":          {ClientFilter{Unused: 91 * 24 * time.Hour, Kind: "web"}, "web-4 web-3 web-2 web-1 web-0"},
			"unused and more": {ClientFilter{Unused: 94 * 24 * time.Hour}, "web-2 web-1 web-0"},
			"old secret":      {ClientFilter{OldSecret: 96 * 24 * time.Hour}, "web-0"},
		} {
			if got := w.pagesOfClients(by, c.f, 2); got != c.want {
				t.Errorf("%s: %s", name, got)
			}
		}
		page, err := w.s.Clients(ctx, by, ClientFilter{}, models.Place{Limit: 2})
		w.must(err)
		for what, look := range map[string]func() (ClientPage, error){
			"invented": func() (ClientPage, error) {
				return w.s.Clients(ctx, by, ClientFilter{}, models.Place{Older: "x", Limit: 2})
			},
			"of another": func() (ClientPage, error) {
				return w.s.Clients(ctx, w.operatorWith(RightRead), ClientFilter{}, models.Place{Older: page.Older, Limit: 2})
			},
			"under a filter": func() (ClientPage, error) {
				return w.s.Clients(ctx, by, ClientFilter{Kind: "web"}, models.Place{Newer: page.Older, Limit: 2})
			},
		} {
			if _, err := look(); !errors.Is(err, models.ErrNoCursor) {
				t.Errorf("a place %s: %v", what, err)
			}
		}
	})
}

// pagesOfClients walks through a list down to its end and up again, and says the ids.
func (w *world) pagesOfClients(by Operator, f ClientFilter, limit int) string {
	w.Helper()
	var down, up []string
	older, newest := "", ""
	for {
		page, err := w.s.Clients(context.Background(), by, f, models.Place{Older: older, Limit: limit})
		w.must(err)
		for _, c := range page.Clients {
			down = append(down, c.ID)
		}
		newest = page.Newer
		if older = page.Older; older == "" {
			up = append(up, idsOf(page.Clients)...)
			break
		}
	}
	for newest != "" {
		page, err := w.s.Clients(context.Background(), by, f, models.Place{Newer: newest, Limit: limit})
		w.must(err)
		up = append(idsOf(page.Clients), up...)
		newest = page.Newer
	}
	if !slices.Equal(down, up) {
		w.Errorf("down %v, up %v", down, up)
	}
	return strings.Join(down, " ")
}

func idsOf(clients []models.OAuthClient) (ids []string) {
	for _, c := range clients {
		ids = append(ids, c.ID)
	}
	return ids
}

// TestAuditOfManyAddresses: a change that is too long for one row of the log is told in short, and goes through.
func TestAuditOfManyAddresses(t *testing.T) {
	w := aReady(t)
	ctx := context.Background()
	client, err := w.db.OAuthClientByID(ctx, "app")
	w.must(err)
	for i := range maxRedirectURIs - 1 {
		client.RedirectURIs = append(client.RedirectURIs, fmt.Sprintf("https://client.example.test/%d/%s", i, strings.Repeat("a", 1000)))
	}
	w.must(w.s.UpdateClient(ctx, byTest, *client))
	if change := w.events(eventClientUpdate)[0].Changes["redirect_uris"]; change.Old != "1 entries" || change.New != "20 entries" {
		t.Errorf("%+v", change)
	}
}

// TestPolicies: a client's own rule wins, and where it may not have one, the server's does.
func TestPolicies(t *testing.T) {
	w := aWorld(t)
	of := func(c models.OAuthClient) map[string]Policy {
		found := map[string]Policy{}
		for _, p := range w.s.Policies(c) {
			found[p.Name] = p
		}
		return found
	}
	plain := of(models.OAuthClient{})
	own := of(models.OAuthClient{Consent: "skip", PKCE: "optional", AuthMethod: "none", AccessTokenSeconds: 300, RefreshAlways: true, IDTokenSeconds: 90, IDTokenAlg: "ES256"})
	for _, c := range []struct{ got, want Policy }{
		{plain["consent"], Policy{"consent", "ask", "", "ask", "", false}},
		{own["consent"], Policy{"consent", "ask", "skip", "skip", "", false}},
		{own["pkce"], Policy{"pkce", "required", "optional", "required", "", false}},
		{plain["access_token_seconds"], Policy{"access_token_seconds", "1 hour", "", "1 hour", "access-token", false}},
		{own["access_token_seconds"], Policy{"access_token_seconds", "1 hour", "5 minutes", "5 minutes", "access-token", false}},
		{own["id_token_seconds"], Policy{"id_token_seconds", "1 hour", "90 seconds", "90 seconds", "id-token", false}},
		{own["refresh_always"], Policy{"refresh_always", "no", "yes", "yes", "", false}},
		{plain["refresh_idle_seconds"], Policy{"refresh_idle_seconds", "30 days", "", "30 days", "refresh-idle", false}},
		{plain["access_token_format"], Policy{"access_token_format", "opaque", "", "opaque", "access-token-format", true}},
		{plain["code_seconds"], Policy{"code_seconds", "1 minute", "", "1 minute", "authorization-code", false}},
		{own["id_token_alg"], Policy{"id_token_alg", "RS256", "ES256", "ES256", "", false}},
	} {
		if c.got != c.want {
			t.Errorf("%+v, want %+v", c.got, c.want)
		}
	}
}
