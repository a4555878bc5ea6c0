package oauthserver

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/models"
)

// grant gives a client access as of now, without a browser.
func (w *world) grant(subject, clientID, session string, scopes ...string) *models.OAuthGrant {
	w.Helper()
	now := w.s.now()
	grant := &models.OAuthGrant{
		ID: models.NewID(), ClientID: clientID, Subject: subject, SessionID: session, Scopes: scopes,
		RefreshIdleUntil: new(now.Add(30 * day)), RefreshAbsoluteUntil: new(now.Add(180 * day)), CreatedAt: now, LastUsedAt: &now,
	}
	if err := w.db.CreateOAuthGrant(context.Background(), grant); err != nil {
		w.Fatal(err)
	}
	return grant
}

// ended says why a grant ended; empty: it lives.
func (w *world) ended(grant *models.OAuthGrant) string {
	w.Helper()
	stored, err := w.db.OAuthGrantByID(context.Background(), grant.ID)
	if err != nil {
		w.Fatal(err)
	}
	if (stored.RevokedAt == nil) != (stored.RevokedReason == "") {
		w.Errorf("revoked at %v because of %q", stored.RevokedAt, stored.RevokedReason)
	}
	return stored.RevokedReason
}

func TestAuthorizedApps(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		w.client("app", nil)
		w.client("shady", func(c *models.OAuthClient) { c.Verified, c.Name = false, "A shady app" })
		b := w.browser()
		session := b.signIn("ada")
		first := w.grant("ada", "app", session, "openid", "profile")
		w.clock.Add(time.Hour)
		second := w.grant("ada", "app", session, "openid", "notes:read")
		w.grant("ada", "shady", session, "openid")
		bobs := w.grant("bob", "app", "other", "openid")

		apps, err := w.s.Apps(ctx, "ada")
		if err != nil {
			t.Fatal(err)
		}
		if len(apps) != 2 || apps[0].ID != "shady" || apps[1].ID != "app" {
			t.Fatalf("apps %+v", apps)
		}
		app := apps[1]
		var names []string
		for _, scope := range app.Scopes {
			names = append(names, scope.Name)
		}
		if strings.Join(names, " ") != "openid profile notes:read" || app.Host != "client.example.test" || !app.Verified || apps[0].Verified ||
			!app.Since.Equal(first.CreatedAt) || len(app.Families) != 2 || app.Families[0].ID != second.ID || !app.Families[0].Expires.Equal(*second.RefreshIdleUntil) {
			t.Errorf("app %+v", app)
		}
		body := b.get("/account/apps").want(200).body
		for _, want := range []string{"Client app", "A shady app", "client.example.test", "Read your notes", first.ID, second.ID} {
			if !strings.Contains(body, want) {
				t.Errorf("the page lacks %q", want)
			}
		}

		b.post("/account/apps/app/revoke", url.Values{"family": {bobs.ID}}).want(404)
		b.post("/account/apps/app/revoke", url.Values{"family": {first.ID}}).want(303)
		b.post("/account/apps/app/revoke", url.Values{"family": {first.ID}}).want(404)
		if w.ended(first) != "family_ended" || w.ended(second) != "" || w.ended(bobs) != "" {
			t.Errorf("ended: %q %q %q", w.ended(first), w.ended(second), w.ended(bobs))
		}
		if len(w.events(eventFamilyEnd)) != 1 {
			t.Error("no family.end in the audit log")
		}
	})
}

func TestRevokeApp(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.client("app", nil)
		b := w.browser()
		session := b.signIn("ada")
		b.remember(authorizePath("app"), "profile", "notes:read")
		grant, bobs := w.grant("ada", "app", session, "openid", "offline_access"), w.grant("bob", "app", "other", "openid")

		if body := b.get("/account/apps/app/revoke").want(200).body; !strings.Contains(body, "Client app") {
			t.Error("the page does not name the app")
		}
		b.get("/account/apps/nothing/revoke").want(404)
		done := b.post("/account/apps/app/revoke", url.Values{}).want(303)
		if done.Header.Get("Location") != "/account/apps" || len(done.Cookies()) != 1 || done.Cookies()[0].Name != "flash" {
			t.Errorf("went to %q with %v", done.Header.Get("Location"), done.Cookies())
		}
		if w.ended(grant) != "app_revoked" || w.ended(bobs) != "" {
			t.Errorf("ended: %q, bob's %q", w.ended(grant), w.ended(bobs))
		}
		b.get(authorizePath("app")).interaction() // the memory is gone too
		b.post("/account/apps/app/revoke", url.Values{}).want(404)
		if len(w.events(eventAppRevoke)) != 1 || len(w.events(eventConsentRevoke)) != 1 {
			t.Errorf("events %v %v", w.events(eventAppRevoke), w.events(eventConsentRevoke))
		}
		if err := w.s.RevokeApp(context.Background(), "eve", "app"); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("someone without it: %v", err)
		}
	})
}

func TestAppsNeedSignInAndSameOrigin(t *testing.T) {
	w := aWorld(t)
	w.client("app", nil)
	stranger := w.browser()
	for _, path := range []string{"/account/apps", "/account/apps/app/revoke"} {
		if back := stranger.get(path).toLogin(); back != "/account/apps" {
			t.Errorf("%s: comes back to %q", path, back)
		}
	}
	stranger.post("/account/apps/app/revoke", url.Values{}).toLogin()
	b := w.browser()
	grant := w.grant("ada", "app", b.signIn("ada"), "openid")
	b.send("POST", "/account/apps/app/revoke", url.Values{}, http.Header{"Sec-Fetch-Site": {"cross-site"}}).want(403)
	if w.ended(grant) != "" {
		t.Error("a cross-site form revoked an app")
	}
	w.host.fail = errors.New("the database is away")
	b.get("/account/apps").want(500)
}

func TestHostCalls(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		w.client("app", nil)
		for name, c := range map[string]struct {
			call                   func() error
			bound, offline, others string
			consents               int
		}{
			"SessionEnded":    {func() error { return w.s.SessionEnded(ctx, "s1") }, "session_ended", "", "", 1},
			"unknown session": {func() error { return w.s.SessionEnded(ctx, "s9") }, "", "", "", 1},
			"no session":      {func() error { return w.s.SessionEnded(ctx, "") }, "", "", "", 1},
			"AccountDisabled": {func() error { return w.s.AccountDisabled(ctx, "ada") }, "account_disabled", "account_disabled", "", 1},
			"RevokeAccount":   {func() error { return w.s.RevokeAccount(ctx, "ada") }, "account_revoked", "account_revoked", "", 1},
			"AccountDeleted":  {func() error { return w.s.AccountDeleted(ctx, "ada") }, "account_deleted", "account_deleted", "", 0},
			"no account":      {func() error { return w.s.RevokeAccount(ctx, "") }, "", "", "", 1},
		} {
			b := w.browser()
			b.signIn("ada")
			b.remember(authorizePath("app", "prompt", "consent"), "profile", "notes:read")
			bound, offline := w.grant("ada", "app", "s1", "openid"), w.grant("ada", "app", "s1", "openid", "offline_access")
			other, machine := w.grant("bob", "app", "s2", "openid"), w.grant("", "app", "", "notes:read")
			if err := c.call(); err != nil {
				t.Fatal(err)
			}
			if w.ended(bound) != c.bound || w.ended(offline) != c.offline || w.ended(other) != c.others || w.ended(machine) != "" {
				t.Errorf("%s: bound %q, offline %q, other %q, machine %q", name, w.ended(bound), w.ended(offline), w.ended(other), w.ended(machine))
			}
			if got := w.rows("oauth_consents"); got != c.consents {
				t.Errorf("%s: %d consents remain, want %d", name, got, c.consents)
			}
		}
	})
}

// TestAccountCascadeIsAudited: with the cause and how much ended.
func TestAccountCascadeIsAudited(t *testing.T) {
	w := aWorld(t)
	w.client("app", nil)
	w.grant("ada", "app", "s1", "openid")
	w.grant("ada", "app", "s2", "openid", "offline_access")
	if err := w.s.RevokeAccount(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	events := w.events(eventAccountCascade)
	if len(events) != 1 || events[0].SubjectID != "ada" || events[0].Reason != "account_revoked" || events[0].Meta["grants_ended"] != float64(2) {
		t.Errorf("events %+v", events)
	}
}

// TestHostCallsJoinTransaction: what the host rolls back did not happen here either.
func TestHostCallsJoinTransaction(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.client("app", nil)
		undone := errors.New("undone")
		for name, call := range map[string]func(context.Context) error{
			"SessionEnded":    func(ctx context.Context) error { return w.s.SessionEnded(ctx, "s1") },
			"SessionReplaced": func(ctx context.Context) error { return w.s.SessionReplaced(ctx, "s1", "s2") },
			"AccountDisabled": func(ctx context.Context) error { return w.s.AccountDisabled(ctx, "ada") },
			"AccountDeleted":  func(ctx context.Context) error { return w.s.AccountDeleted(ctx, "ada") },
			"RevokeAccount":   func(ctx context.Context) error { return w.s.RevokeAccount(ctx, "ada") },
			"RevokeApp":       func(ctx context.Context) error { return w.s.RevokeApp(ctx, "ada", "app") },
			"DisableClient":   func(ctx context.Context) error { return w.s.DisableClient(ctx, byTest, "app") },
		} {
			grant := w.grant("ada", "app", "s1", "openid")
			before := w.rows("audit_events")
			err := w.db.InTx(context.Background(), func(tx *models.Tx) error {
				if err := call(tx.Context()); err != nil {
					return err
				}
				return undone
			})
			stored, loadErr := w.db.OAuthGrantByID(context.Background(), grant.ID)
			if !errors.Is(err, undone) || loadErr != nil {
				t.Fatalf("%s: %v, %v", name, err, loadErr)
			}
			if w.ended(grant) != "" || stored.SessionID != "s1" || w.rows("audit_events") != before {
				t.Errorf("%s: not rolled back", name)
			}
		}
	})
}

func TestSessionReplaced(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		w.client("app", nil)
		grant := w.grant("ada", "app", "s1", "openid")
		if err := w.s.SessionReplaced(ctx, "s1", "s2"); err != nil {
			t.Fatal(err)
		}
		if err := w.s.SessionEnded(ctx, "s1"); err != nil {
			t.Fatal(err)
		}
		if w.ended(grant) != "" {
			t.Error("the end of the old session ended a grant that had moved")
		}
		if err := w.s.SessionEnded(ctx, "s2"); err != nil {
			t.Fatal(err)
		}
		if w.ended(grant) == "" {
			t.Error("the end of the new session did not end it")
		}
	})
}
