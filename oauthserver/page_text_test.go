package oauthserver

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"latchkey/models"
)

// markup are texts that something might take for more than text.
var markup = []string{
	`<script>alert(1)</script>`, `</script><script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `"><img src=x onerror=alert(1)>`, `'><svg onload=alert(1)>`, `" onload="alert(1)`,
	`' onfocus='alert(1)' autofocus='`, "` onload=alert(1) `", `x" style="display:none`, `<b>bold</b>`, `</b>`, `</title><h1>x`, `</form><form action=https://evil.example.test>`, `<base href=//evil.example.test>`,
	`<meta http-equiv=refresh content=0;url=//evil.example.test>`, `<a href="javascript:alert(1)">x</a>`, `javascript:alert(1)`, `data:text/html,<script>alert(1)</script>`, `<iframe srcdoc="<script>alert(1)</script>">`,
	`<svg><script>alert(1)</script></svg>`, `<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>`, `<style>*{display:none}</style>`, `<!--`, `-->`, `<![CDATA[`, `]]>`, `<?php echo 1 ?>`,
	`{{.}}`, `{{7*7}}`, `${7*7}`, `#{7*7}`, `<%= 7*7 %>`, `&lt;b&gt;`, `&#60;b&#62;`, `&quot;`, `&`, `&copy`, `\u003cb\u003e`, `%3Cb%3E`, `<`, `>`, "ü🙂", "\u202eabc\u202c", "a\u200bb", "<\u00adb>", `hx-get="/x"`, `<div hx-on:load=alert(1)>`,
}

// shape is a page's elements with their attributes' names, in order: what markup would change.
func shape(t *testing.T, body string) string {
	t.Helper()
	page, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for node := range page.Descendants() {
		switch node.Type {
		case html.ElementNode:
			var names []string
			for _, attribute := range node.Attr {
				names = append(names, attribute.Key)
			}
			slices.Sort(names)
			all.WriteString(node.Data + "[" + strings.Join(names, " ") + "] ")
		case html.CommentNode:
			all.WriteString("<!-- ")
		}
	}
	return all.String()
}

// texts are a page's texts and the values of its attributes, as a browser reads them.
func texts(t *testing.T, body string) (list []string) {
	t.Helper()
	page, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for node := range page.Descendants() {
		if node.Type == html.TextNode {
			list = append(list, strings.TrimSpace(node.Data))
		}
		for _, attribute := range node.Attr {
			list = append(list, attribute.Val)
		}
	}
	return list
}

// TestProtocolPagesEscape: what a request or a client says is text on every page: the page has the elements and
// attributes it has with plain words, and where the text is shown it is shown as it is.
func TestProtocolPagesEscape(t *testing.T) {
	if testing.Short() {
		t.Skip("one page after another, for each text")
	}
	w := aWorld(t)
	w.restart(func(c *Config) { c.LimitScale = 1e6 })
	app := w.client("app", nil)
	shady := w.client("shady", func(c *models.OAuthClient) { c.Verified = false })
	b, stranger := w.browser(), w.browser()
	session := b.signIn("ada")
	w.grant("ada", "app", session, "openid", "offline_access")
	named := map[string]func(name, value string) *reply{
		"consent page": func(name, value string) *reply { return b.get(authorizePath("app", name, value)) },
		"error page":   func(name, value string) *reply { return b.get(authorizePath("nobody", name, value)) },
		"error page with a way on": func(name, value string) *reply {
			return stranger.get(authorizePath("shady", "max_age", "soon", name, value))
		},
		"sign-out page":   func(name, value string) *reply { return b.get(logoutPathWith(name, value)) },
		"signed-out page": func(name, value string) *reply { return w.browser().get(logoutPathWith(name, value)) },
		"page of a step": func(name, value string) *reply {
			return b.get(interactionPath + "x?" + url.Values{name: {value}}.Encode())
		},
		"answer to a forged choice": func(name, value string) *reply { return b.post(interactionPath+"x", url.Values{name: {value}}) },
	}
	for _, parameter := range []string{
		"error", "error_description", "error_uri", "state", "client_id", "redirect_uri", "scope", "ui_locales", "login_hint", "nonce", "acr_values", "prompt", "display", "claims", "id_token_hint", "post_logout_redirect_uri", "x",
	} {
		for page, show := range named {
			plain := show(parameter, "x")
			want := shape(t, plain.body)
			for _, payload := range markup {
				answer := show(parameter, payload)
				if answer.StatusCode != plain.StatusCode {
					t.Errorf("%s=%q, %s: %d, with a plain word %d", parameter, payload, page, answer.StatusCode, plain.StatusCode)
				}
				if answer.StatusCode == 303 {
					continue // back to the client: TestStateIsOpaque
				}
				if got := shape(t, answer.body); got != want {
					t.Errorf("%s=%q, %s: the page is\n%s\nwith a plain word\n%s", parameter, payload, page, got, want)
				}
			}
		}
	}
	for _, payload := range markup {
		// Shown as it is: hidden fields of the sign-out page, the way on of an error page, a client's and a person's name.
		for _, field := range []string{"state", "client_id", "post_logout_redirect_uri", "id_token_hint"} {
			if field != "id_token_hint" && !slices.Contains(texts(t, b.get(logoutPathWith(field, payload)).body), payload) {
				t.Errorf("%s=%q is not what the page posts again", field, payload)
			}
		}
		way := false
		for _, text := range texts(t, stranger.get(authorizePath("shady", "max_age", "soon", "state", payload)).body) {
			if u, err := url.Parse(text); err == nil && strings.HasPrefix(text, testCallback+"?") {
				way = u.Query().Get("state") == payload
			}
		}
		if !way {
			t.Errorf("state=%q is not what the way on carries", payload)
		}
		w.changeClient(app, func(c *models.OAuthClient) { c.Name = payload })
		w.changeClient(shady, func(c *models.OAuthClient) { c.Name = payload })
		w.host.change("ada", func(a *Account) { a.Name = payload })
		pages := map[string]string{"consent": b.get(authorizePath("app")).body, "consent of shady": b.get(authorizePath("shady")).body, "apps": b.get("/account/apps").body, "revoke": b.get("/account/apps/app/revoke").body}
		w.changeClient(app, func(c *models.OAuthClient) { c.Name = "x" })
		w.changeClient(shady, func(c *models.OAuthClient) { c.Name = "x" })
		w.host.change("ada", func(a *Account) { a.Name = "x" })
		for page, path := range map[string]string{"consent": authorizePath("app"), "consent of shady": authorizePath("shady"), "apps": "/account/apps", "revoke": "/account/apps/app/revoke"} {
			if got, want := shape(t, pages[page]), shape(t, b.get(path).body); got != want {
				t.Errorf("a client named %q, %s: the page is\n%s\nwith a plain name\n%s", payload, page, got, want)
			}
			if !slices.ContainsFunc(texts(t, pages[page]), func(text string) bool { return strings.Contains(text, cleanName(payload)) }) {
				t.Errorf("a client named %q, %s: the name is not shown", payload, page)
			}
		}
	}
}

// TestProtocolAnswersAreOurs: an error_description is a phrase of ours in printable ASCII, in addresses, in JSON and in
// challenges, whatever was sent.
func TestProtocolAnswersAreOurs(t *testing.T) {
	w := aReady(t)
	w.restart(func(c *Config) { c.LimitScale = 1e6 })
	b := w.browser()
	b.signIn("ada")
	ours := regexp.MustCompile(`^[a-zA-Z0-9_ ,.]+$`)
	phrases := map[string]bool{}
	proof := http.Header{"Authorization": {basic("app", "secret-of-app")}}
	for _, payload := range markup {
		for _, name := range []string{"scope", "prompt", "max_age", "response_type", "response_mode", "code_challenge", "code_challenge_method", "id_token_hint", "request", "request_uri", "registration"} {
			values := b.get(authorizePath("app", name, payload)).back(testCallback)
			if description := values.Get("error_description"); !ours.MatchString(description) || len(values["error"]) != 1 {
				t.Errorf("%s=%q: %v", name, payload, values)
			} else {
				phrases[description] = true
			}
		}
		for _, answer := range []*reply{
			w.call("/oauth/token", url.Values{"grant_type": {payload}}, proof), w.call("/oauth/token", codeForm(payload), proof), w.call("/oauth/token", refreshForm(payload, "scope", payload), proof),
			w.call("/oauth/token", anything("client_id", payload), nil), w.call("/oauth/revoke", anything(), http.Header{"Authorization": {basic(payload, payload)}}), w.userinfo(payload),
			w.call("/oauth/introspect", url.Values{"token_type_hint": {payload}}, proof), w.call("/oauth/introspect", url.Values{"token": {"x"}}, http.Header{"Authorization": {payload}}),
		} {
			var said map[string]string
			if err := json.Unmarshal([]byte(answer.body), &said); err != nil || answer.StatusCode < 400 || answer.StatusCode >= 500 || !ours.MatchString(said["error_description"]) || len(said) != 2 {
				t.Errorf("%q: %d %s", payload, answer.StatusCode, answer.body)
			}
			phrases[said["error_description"]] = true
			if challenge := answer.Header.Get("WWW-Authenticate"); len(payload) > 3 && strings.Contains(challenge, payload) {
				t.Errorf("%q is in a challenge: %s", payload, challenge)
			}
		}
	}
	if len(phrases) > 20 {
		t.Errorf("%d phrases: they grow with what is sent", len(phrases))
	}
}
