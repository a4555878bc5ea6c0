package oauthserver

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"latchkey/models"
)

// TestConsentIsHonest: the page says in our words what is asked and where the answer goes. What the client calls itself
// is shown as that, on one line, without what does not show or turns the text around.
func TestConsentIsHonest(t *testing.T) {
	w := aWorld(t)
	app := w.client("app", func(c *models.OAuthClient) { c.Verified = false })
	b := w.browser()
	session := b.signIn("ada")
	w.grant("ada", "app", session, "openid", "offline_access")
	for name, shown := range map[string]string{
		"\u202eknaB ruoY\u202c":                     "knaB ruoY",
		"Bank\u202e\u2066gpj.exe":                   "Bankgpj.exe",
		"\u2067Bank\u2069":                          "Bank",
		"Ba\u200bn\u200c\u200d\u2060\ufeffk\u00ad":  "Bank",
		"Bank\u034f\u115f\u3164":                    "Bank",
		"Bank\r\n\r\nis verified":                   "Bank is verified",
		"Bank\u2028by\u2029us":                      "Bank by us",
		"Bank\tby\u00a0\u00a0us\x00\x1b":            "Bank by us",
		"  Bank  ":                                  "Bank",
		"\u0412\u0430nk":                            "\u0412\u0430nk", // Cyrillic letters: the host below is what tells
		"</b></span>Verified by the administrator!": "</b></span>Verified by the administrator!",
		strings.Repeat("Bank ", 60):                 strings.TrimSpace(strings.Repeat("Bank ", 20)) + " …",
		strings.Repeat("\u202e", 300):               "app",
		"\u200b":                                    "app",
		"Ba\xffnk":                                  "Bank",
	} {
		app.Name = name // as if somebody wrote the row
		if strings.Contains(name, "\x00") || !utf8.ValidString(name) {
			if got := shownName(app); got != shown {
				t.Errorf("%q is shown as %q", name, got)
			}
			continue // no database keeps it
		}
		w.must(w.db.UpdateOAuthClient(context.Background(), app))
		for page, body := range map[string]string{
			"consent": b.get(authorizePath("app")).want(200).body, "apps": b.get("/account/apps").want(200).body, "revoke": b.get("/account/apps/app/revoke").want(200).body,
		} {
			all := texts(t, body)
			if !slices.ContainsFunc(all, func(text string) bool { return strings.Contains(text, shown) }) {
				t.Errorf("%q, %s: not shown as %q", name, page, shown)
			}
			if strings.ContainsAny(strings.Join(all, " "), "\u202e\u202c\u2066\u2067\u2069\u200b\u200c\u200d\u2060\ufeff\u00ad\u2028\u2029\u034f\u115f\u3164") {
				t.Errorf("%q, %s: something hidden is on the page", name, page)
			}
		}
		all := texts(t, b.get(authorizePath("app")).body)
		if !slices.Contains(all, "client.example.test") || !slices.Contains(all, "Not verified") || slices.Contains(all, "Verified by the administrator") {
			t.Errorf("%q: the page lacks the host, or says a stranger is verified", name)
		}
		back := w.browser().get(authorizePath("app")).toLogin()
		request, err := w.s.PendingRequest(t.Context(), back)
		w.must(err)
		if request == nil || request.Name != shown || request.Host != "client.example.test" || request.Verified || w.host.lastAsked(t).ClientName != shown {
			t.Errorf("%q: the sign-in page is told %+v", name, request)
		}
	}
	w.changeClient(app, func(c *models.OAuthClient) { c.Name = "App" })

	// Scopes: our sentences, nothing of the request's.
	asked := "openid profile notes:read never-heard-of read-everything:<b>harmless</b> profile\u200b"
	page := b.get(authorizePath("app", "scope", asked, "scope_description", "Only your name", "claims", `{"userinfo":{"email":null}}`, "display", "Only your name"))
	body := page.want(200).body
	for _, want := range []string{"See your name and profile", "Read your notes"} {
		if strings.Count(body, want) != 1 {
			t.Errorf("%q is there %d times", want, strings.Count(body, want))
		}
	}
	for _, never := range []string{"never-heard-of", "read-everything", "harmless", "Only your name", "See your email address", "Add notes", "userinfo"} {
		if strings.Contains(body, never) {
			t.Errorf("the page says %q", never)
		}
	}
	if scopes := strings.Fields(w.onlyConsentAfter(b, page.interaction(), "profile", "notes:read", "never-heard-of", "notes:write")); !slices.Equal(scopes, []string{"notes:read", "openid", "profile"}) {
		t.Errorf("granted %v", scopes)
	}
	if got := b.get(authorizePath("app", "scope", "never-heard-of")).refused(); got != "invalid_scope" {
		t.Errorf("unknown scopes alone: %q", got)
	}

	// A name that shows nothing cannot be registered.
	for _, name := range []string{"\u200b", "\u202e\u202c", " \u00a0 ", "\u3164"} {
		_, _, err := w.s.CreateClient(t.Context(), byTest, models.OAuthClient{Name: name, RedirectURIs: models.Strings{testCallback}})
		var mistakes Invalid
		if !errors.As(err, &mistakes) || mistakes["name"] == "" {
			t.Errorf("%q may be a name: %v", name, err)
		}
	}
}

// onlyConsentAfter allows these scopes and returns, sorted, those that ada's consent then holds.
func (w *world) onlyConsentAfter(b *browser, interaction string, scopes ...string) string {
	w.Helper()
	b.allow(interaction, scopes...).code()
	consent, err := w.db.OAuthConsentOf(context.Background(), "ada", "app")
	w.must(err)
	return strings.Join(slices.Sorted(slices.Values(consent.Scopes)), " ")
}
