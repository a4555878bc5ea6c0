package oauthserver

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/models"
)

func TestConsentPage(t *testing.T) {
	w := aWorld(t)
	w.client("app", func(c *models.OAuthClient) {
		c.Name = `<script>alert("x")</script>`
		c.PolicyURI, c.TOSURI = "https://client.example.test/policy", "https://client.example.test/terms"
		c.RefreshAbsoluteSeconds = 7 * 24 * 3600
	})
	w.client("shady", func(c *models.OAuthClient) { c.Verified = false })
	b := w.browser()
	b.signIn("ada")
	body := b.get(authorizePath("app", "scope", "openid profile notes:read offline_access")).want(200).body
	for _, want := range []string{
		"&lt;script&gt;", "client.example.test", "Person ada", "See your name and profile", "Read your notes", "for up to 7 days",
		"https://client.example.test/policy", "https://client.example.test/terms", `name="remember"`, `value="allow"`, `value="deny"`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(body, "<script>alert") || strings.Contains(body, "<img src=\"http") {
		t.Error("something was not escaped, or an image comes from elsewhere")
	}
	if strings.Contains(strings.ToLower(body), "unverified") {
		t.Error("a verified client is called unverified")
	}
	if body := b.get(authorizePath("shady")).want(200).body; !strings.Contains(strings.ToLower(body), "not verified") && !strings.Contains(strings.ToLower(body), "unverified") {
		t.Error("an unverified client is not called so")
	}
}

func TestPartialConsent(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.client("app", nil)
		for name, c := range map[string]struct {
			asked   string
			ticked  []string
			granted []string
		}{
			"some":            {"openid profile notes:read", []string{"notes:read"}, []string{"openid", "notes:read"}},
			"openid is fixed": {"openid profile", nil, []string{"openid"}},
			"never more":      {"openid profile", []string{"profile", "notes:write", "email"}, []string{"openid", "profile"}},
			"without openid":  {"profile notes:read", []string{"openid", "profile"}, []string{"profile"}},
		} {
			b := w.browser()
			b.signIn("ada")
			b.allow(b.get(authorizePath("app", "scope", c.asked, "prompt", "consent")).interaction(), c.ticked...).code()
			consent, err := w.db.OAuthConsentOf(context.Background(), "ada", "app")
			if err != nil {
				t.Fatal(err)
			}
			got, want := slices.Sorted(slices.Values(consent.Scopes)), slices.Sorted(slices.Values(c.granted))
			if !slices.Equal(got, want) {
				t.Errorf("%s: granted %v, want %v", name, got, want)
			}
			if consent.Remembered {
				t.Errorf("%s: remembered unasked", name)
			}
		}
		b := w.browser()
		b.signIn("ada")
		if got := b.allow(b.get(authorizePath("app", "scope", "profile")).interaction()).refused(); got != "access_denied" {
			t.Errorf("nothing ticked: %q", got)
		}
	})
}

// remember lets ada allow these scopes and ticks "remember".
func (b *browser) remember(path string, scopes ...string) {
	b.Helper()
	b.post(b.get(path).interaction(), url.Values{"decision": {"allow"}, "scope": scopes, "remember": {"on"}}).want(303)
}

func TestRememberedConsent(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		app := w.client("app", nil)
		b := w.browser()
		b.signIn("ada")
		b.allow(b.get(authorizePath("app")).interaction(), "profile", "notes:read").code()
		b.get(authorizePath("app")).interaction() // not ticked, not remembered
		b.remember(authorizePath("app"), "profile", "notes:read")
		b.get(authorizePath("app")).code()
		b.get(authorizePath("app", "scope", "openid")).code()

		page := b.get(authorizePath("app", "scope", "openid profile notes:write"))
		page.interaction()
		if strings.Count(page.body, ">New<") != 1 {
			t.Errorf("%d scopes are marked new, want 1", strings.Count(page.body, ">New<"))
		}
		// A smaller question does not make the memory smaller; an unticked box does.
		b.remember(authorizePath("app", "scope", "openid profile", "prompt", "consent"))
		b.get(authorizePath("app", "scope", "openid notes:read")).code()
		b.get(authorizePath("app", "scope", "openid profile")).interaction()

		b.remember(authorizePath("app"), "profile", "notes:read")
		for name, change := range map[string]func(*models.OAuthClient){
			"name":    func(c *models.OAuthClient) { c.Name = "Other" },
			"address": func(c *models.OAuthClient) { c.RedirectURIs = append(c.RedirectURIs, testCallback+"/2") },
		} {
			before := *app
			w.changeClient(app, func(c *models.OAuthClient) { change(c); c.MetadataHash = metadataHash(c) })
			b.get(authorizePath("app")).interaction()
			w.changeClient(app, func(c *models.OAuthClient) { *c = before })
			if b.get(authorizePath("app")).StatusCode != 303 {
				t.Errorf("%s: changed back, asked all the same", name)
			}
		}
		w.clock.Add(365*day - time.Second)
		b.signIn("ada")
		b.get(authorizePath("app")).code()
		w.clock.Add(time.Second)
		b.get(authorizePath("app")).interaction()

		other := w.browser()
		other.signIn("bob")
		other.get(authorizePath("app")).interaction()
	})
}

func TestConsentModes(t *testing.T) {
	w := aWorld(t)
	w.client("always", func(c *models.OAuthClient) { c.Consent = "always" })
	w.client("skip", func(c *models.OAuthClient) { c.Consent = "skip" })
	w.client("blank", func(c *models.OAuthClient) { c.Consent = "" })
	b := w.browser()
	b.signIn("ada")
	b.get(authorizePath("skip")).code()
	b.get(authorizePath("skip", "prompt", "consent")).interaction()
	b.remember(authorizePath("always"), "profile", "notes:read")
	page := b.get(authorizePath("always"))
	page.interaction()
	if strings.Contains(page.body, `name="remember"`) {
		t.Error("a client that always asks offers to remember")
	}
	b.remember(authorizePath("blank"), "profile", "notes:read")
	b.get(authorizePath("blank")).code()
}

// TestPublicNativeAlwaysAsks: an app on the person's machine cannot prove who it is.
func TestPublicNativeAlwaysAsks(t *testing.T) {
	w := aWorld(t)
	for id, uri := range map[string]string{"loopback": "http://127.0.0.1/cb", "private": "com.example.app:/cb", "page": "https://client.example.test/spa"} {
		w.client(id, func(c *models.OAuthClient) {
			c.Kind, c.AuthMethod, c.RedirectURIs, c.Consent = "native", "none", models.Strings{uri}, "skip"
		})
		b := w.browser()
		b.signIn("ada")
		presented := strings.Replace(uri, "127.0.0.1/", "127.0.0.1:49152/", 1)
		answer := b.get(authorizePath(id, "redirect_uri", presented))
		if asked := answer.StatusCode == 200; asked != (id != "page") {
			t.Errorf("%s: asked is %v", id, asked)
		}
		if id != "page" {
			b.remember(authorizePath(id, "redirect_uri", presented), "profile", "notes:read")
			b.get(authorizePath(id, "redirect_uri", presented)).interaction()
		}
	}
}

// TestAccountSwap: the person who answers is not the one the page was made for.
func TestAccountSwap(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.client("app", nil)
		b := w.browser()
		b.signIn("ada")
		back := b.get(authorizePath("app")).interaction()
		b.signIn("bob") // in another tab
		again := b.allow(back, "profile")
		again.interaction()
		if !strings.Contains(again.body, "Person bob") {
			t.Error("the page does not say who is signed in now")
		}
		if len(w.events(eventAccountChanged)) != 1 || len(w.events(eventConsentGrant)) != 0 {
			t.Error("want one account_changed and no consent")
		}
		b.allow(back, "profile").code()
		if event := w.events(eventConsentGrant)[0]; event.SubjectID != "bob" {
			t.Errorf("granted by %s", event.SubjectID)
		}
	})
}

// TestScopeSwap: the request no longer says what the page said.
func TestScopeSwap(t *testing.T) {
	w := aWorld(t)
	app := w.client("app", func(c *models.OAuthClient) { c.DefaultScopes = models.Strings{"openid", "profile"} })
	b := w.browser()
	b.signIn("ada")
	back := b.get(authorizePath("app", "scope", "")).interaction()
	w.changeClient(app, func(c *models.OAuthClient) { c.DefaultScopes = models.Strings{"openid", "notes:write"} })
	again := b.allow(back, "profile", "notes:write")
	again.interaction()
	if !strings.Contains(again.body, "Add notes") || len(w.events(eventConsentGrant)) != 0 {
		t.Error("the new scope was granted unseen, or not shown")
	}
	b.allow(back, "notes:write").code()
}
