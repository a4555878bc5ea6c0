package oauthserver

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"latchkey/models"
)

// TestErrorRedirectOrder: whatever else is wrong with a request, no answer leaves for an address before client and
// address are proven.
func TestErrorRedirectOrder(t *testing.T) {
	w := aWorld(t)
	w.client("app", func(c *models.OAuthClient) { c.Scopes = models.Strings{"openid", "profile"} })
	w.client("machine", func(c *models.OAuthClient) { c.Grants = models.Strings{"client_credentials"} })
	w.client("disabled", nil)
	w.must(w.db.DisableOAuthClient(t.Context(), "disabled"))
	b := w.browser()
	b.signIn("ada")
	long := strings.Repeat("x", 5000)
	faults := map[string][]string{
		"nothing": {}, "response_mode": {"response_mode", "web_message"}, "request": {"request", "x"}, "request_uri": {"request_uri", testCallback},
		"registration": {"registration", "{}"}, "no response_type": {"response_type", ""}, "response_type": {"response_type", "token"},
		"state": {"state", long}, "nonce": {"nonce", long}, "scope": {"scope", "nothing"}, "scope not allowed": {"scope", "notes:write"}, "no scope": {"scope", ""},
		"no challenge": {"code_challenge", ""}, "plain": {"code_challenge_method", "plain"}, "short challenge": {"code_challenge", "x"},
		"prompt": {"prompt", "dance"}, "none and login": {"prompt", "none login"}, "max_age": {"max_age", "soon"}, "hint": {"id_token_hint", "a.b.c"},
		"silence": {"prompt", "none"}, "silence and age": {"prompt", "none", "max_age", "0"},
	}
	for name, changes := range faults {
		for why, c := range map[string]struct{ client, uri, code string }{
			"unknown client":      {"nobody", testCallback, "invalid_client"},
			"disabled client":     {"disabled", testCallback, "invalid_client"},
			"no client":           {"", testCallback, "invalid_client"},
			"foreign address":     {"app", "https://evil.example.test/", "invalid_request"},
			"almost the address":  {"app", testCallback + "/", "invalid_request"},
			"no address":          {"app", "", "invalid_request"},
			"foreign and no code": {"machine", "https://evil.example.test/", "invalid_request"},
		} {
			form := authorizeParams("app", append(slices.Clone(changes), "client_id", c.client, "redirect_uri", c.uri)...)
			for method, answer := range map[string]*reply{
				"GET": b.get("/oauth/authorize?" + form.Encode()), "POST": b.send("POST", "/oauth/authorize", form, nil),
				"twice": b.get("/oauth/authorize?" + form.Encode() + "&x=1&x=2&state=other"),
			} {
				if code := answer.want(400).errorCode(); code != c.code {
					t.Errorf("%s, %s, %s: %s", why, name, method, code)
				}
				if strings.Contains(answer.body, "evil.example.test") {
					t.Errorf("%s, %s: the page leads there", why, name)
				}
			}
		}
	}
	if w.rows("oauth_interactions") != 0 {
		t.Error("a refused request left a row")
	}
}

// TestStateIsOpaque: state comes back byte for byte, once, in every kind of answer; what the client registered as its
// query stays, and nothing of state becomes a parameter or a header.
func TestStateIsOpaque(t *testing.T) {
	w := aWorld(t)
	const tenant = testCallback + "?tenant=1&q=%2F"
	w.client("app", func(c *models.OAuthClient) {
		c.Consent, c.RedirectURIs = "skip", models.Strings{testCallback, tenant}
	})
	b := w.browser()
	b.signIn("ada")
	for _, state := range []string{
		`"'` + "`", "a&code=stolen&iss=https://evil.example.test", "#fragment", "?code=x", "a=b;c", "%0d%0aSet-Cookie: a=b", "+ %2B%20", "🙂 ü",
		"<script>alert(1)</script>", "\\", strings.Repeat("é", 1024), "x", "0", "null", " ", "",
	} {
		for _, uri := range []string{testCallback, tenant} {
			for _, mode := range []string{"query", "fragment"} {
				for _, changes := range [][]string{{}, {"scope", "nothing"}, {"prompt", "none", "max_age", "0"}} {
					answer := b.get(authorizePath("app", append(changes, "redirect_uri", uri, "response_mode", mode, "state", state)...)).want(303)
					rest, kept := strings.CutPrefix(answer.Header.Get("Location"), uri)
					if !kept || len(answer.Header["Location"]) != 1 || answer.Header.Get("Set-Cookie") != "" {
						t.Fatalf("state %q: headers %v", state, answer.Header)
					}
					separator := map[string]string{"query" + testCallback: "?", "query" + tenant: "&"}[mode+uri]
					if rest[:1] != cmp.Or(separator, "#") {
						t.Errorf("state %q by %s: %q after the address", state, mode, rest[:1])
					}
					values, err := url.ParseQuery(rest[1:])
					w.must(err)
					want := []string{state}
					if state == "" {
						want = nil
					}
					if !slices.Equal(values["state"], want) || len(values["code"])+len(values["error"]) != 1 || !slices.Equal(values["iss"], []string{testIssuer}) {
						t.Errorf("state %q by %s came back as %v", state, mode, values)
					}
				}
			}
		}
	}
	for _, state := range []string{"a\r\nSet-Cookie: x=1", "a\nb", "\x00", "a\x7f", "\xff"} {
		answer := b.send("GET", "/oauth/authorize?"+authorizeParams("app", "state", state).Encode(), nil, http.Header{})
		if code := answer.want(400).errorCode(); code != "invalid_request" || answer.Header.Get("Set-Cookie") != "" {
			t.Errorf("state %q: %s %v", state, code, answer.Header)
		}
	}
}
