package oauthserver

import (
	"context"
	"errors"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"

	"latchkey/models"
)

// hostileTargets reads one list of app/apptest/testdata/hostile_targets.txt: U what may not be presented for the
// client of these tests, B what may, V what may not be registered.
func hostileTargets(t *testing.T, list string) (found []string) {
	t.Helper()
	text, err := os.ReadFile("../app/apptest/testdata/hostile_targets.txt")
	if err != nil {
		t.Fatal(err)
	}
	current := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if len(line) == 1 {
			current = line
			continue
		}
		for line != "" {
			quoted, err := strconv.QuotedPrefix(line)
			if err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			item, err := strconv.Unquote(quoted)
			if err != nil {
				t.Fatal(err)
			}
			if current == list {
				found = append(found, item)
			}
			line = strings.TrimSpace(line[len(quoted):])
		}
	}
	if len(found) < 6 {
		t.Fatalf("list %s has %d entries", list, len(found))
	}
	return found
}

// corpusURIs are what the client of the lists U and B registered.
var corpusURIs = models.Strings{
	"https://client.example/cb", "https://client.example/cb?tenant=1", "http://127.0.0.1/cb", "http://[::1]/cb", "com.example.app:/cb",
}

// TestLoopbackPortOnly: of everything registered only a loopback address floats, and only in its port.
func TestLoopbackPortOnly(t *testing.T) {
	w := aWorld(t)
	w.restart(func(c *Config) { c.LimitScale = 1e6 })
	w.client("native", func(c *models.OAuthClient) {
		c.Kind, c.AuthMethod, c.RedirectURIs = "native", "none", corpusURIs
	})
	b := w.browser()
	b.signIn("ada")
	ports := []string{"1", "80", "51000", "65535"}
	var good, bad []string
	for _, uri := range hostileTargets(t, "B") {
		good = append(good, uri)
		for _, port := range ports {
			good = append(good, strings.Replace(uri, ":51000", ":"+port, 1))
		}
	}
	floating := 0
	for _, uri := range hostileTargets(t, "U") {
		bad = append(bad, uri)
		if !strings.Contains(uri, ":51000") {
			continue
		}
		floating++
		for _, host := range []string{"127.0.0.1", "[::1]"} {
			for _, port := range ports {
				bad = append(bad, strings.Replace(strings.Replace(uri, ":51000", ":"+port, 1), "127.0.0.1", host, 1))
			}
		}
	}
	if floating < 10 {
		t.Fatalf("%d addresses with a port", floating)
	}
	for _, uri := range good {
		b.get(authorizePath("native", "redirect_uri", uri)).interaction()
	}
	for _, uri := range bad {
		if code := b.get(authorizePath("native", "redirect_uri", uri)).want(400).errorCode(); code != "invalid_request" {
			t.Errorf("%q: %s", uri, code)
		}
	}
}

// TestRegistrationRefusesURIs: whatever may not be an address is refused under the field's name, for a new client and
// for a changed one, and nothing is written.
func TestRegistrationRefusesURIs(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		good := models.OAuthClient{ID: "good", Name: "Demo", Kind: "web", RedirectURIs: models.Strings{testCallback}}
		made, _, err := w.s.CreateClient(ctx, byTest, good)
		w.must(err)
		before := w.everyValue()
		fields := map[string]func(*models.OAuthClient, models.Strings){
			"redirect_uris":             func(c *models.OAuthClient, uris models.Strings) { c.RedirectURIs = uris },
			"post_logout_redirect_uris": func(c *models.OAuthClient, uris models.Strings) { c.PostLogoutRedirectURIs = uris },
		}
		for _, uri := range hostileTargets(t, "V") {
			for field, set := range fields {
				fresh, changed := good, *made
				fresh.ID = ""
				set(&fresh, models.Strings{testCallback, uri})
				set(&changed, models.Strings{testCallback, uri})
				_, _, createErr := w.s.CreateClient(ctx, byTest, fresh)
				for what, err := range map[string]error{"a new client": createErr, "an old client": w.s.UpdateClient(ctx, byTest, changed)} {
					var mistakes Invalid
					if !errors.As(err, &mistakes) || len(mistakes) != 1 || mistakes[field] == "" {
						t.Errorf("%s with %q as %s: %v", what, uri, field, err)
					}
				}
			}
		}
		if w.everyValue() != before {
			t.Error("a refused address left something")
		}
	})
}

// TestLogoutRedirectIsExact: after signing out nobody is sent to an address that is only like a registered one, with
// a hint, with a client's name, with neither, or with another client's hint.
func TestLogoutRedirectIsExact(t *testing.T) {
	w := aWorld(t)
	w.ready()
	w.restart(func(c *Config) { c.LimitScale = 1e6 })
	for _, id := range []string{"app", "other"} {
		w.client(id, func(c *models.OAuthClient) { c.PostLogoutRedirectURIs = corpusURIs })
	}
	w.client("bare", nil)
	b := w.browser()
	b.signIn("ada")
	hint, foreign := b.idToken("app"), b.idToken("bare")
	page := func(answer *reply, status int, what, uri string) {
		t.Helper()
		if answer.StatusCode != status || answer.Header.Get("Location") != "" {
			t.Errorf("%s, %q: %d to %q", what, uri, answer.StatusCode, answer.Header.Get("Location"))
		}
	}
	// What decodes to nothing a form may hold is a page before anything is looked at.
	readable := func(uri string) bool {
		_, fault := decode(url.Values{"x": {uri}}.Encode())
		return fault == nil
	}
	for _, uri := range hostileTargets(t, "U") {
		page(b.get(logoutPathWith("post_logout_redirect_uri", uri, "id_token_hint", hint)), 400, "with a hint", uri)
		page(b.get(logoutPathWith("post_logout_redirect_uri", uri, "id_token_hint", hint, "client_id", "app")), 400, "with both", uri)
		for what, pairs := range map[string][]string{"with a client": {"client_id", "app"}, "with neither": nil} {
			status := 400
			if readable(uri) {
				status = 200
			}
			page(b.get(logoutPathWith(append(pairs, "post_logout_redirect_uri", uri)...)), status, what, uri)
			form := url.Values{"confirm": {"yes"}, "post_logout_redirect_uri": {uri}}
			if pairs != nil {
				form.Set(pairs[0], pairs[1])
			}
			page(b.post("/oauth/logout", form), status, what+", confirmed", uri)
			b.signIn("ada")
		}
	}
	for _, uri := range corpusURIs {
		page(b.get(logoutPathWith("post_logout_redirect_uri", uri, "id_token_hint", foreign)), 400, "with another client's hint", uri)
		page(b.get(logoutPathWith("post_logout_redirect_uri", uri, "id_token_hint", foreign, "client_id", "app")), 400, "with another client's hint and our name", uri)
		if got := b.get(logoutPathWith("post_logout_redirect_uri", uri, "id_token_hint", hint)).want(303).Header.Get("Location"); got != uri {
			t.Errorf("%q: went to %q", uri, got)
		}
		b.signIn("ada")
	}
}
