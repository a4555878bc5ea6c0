package oauthserver

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestAuthorizeHops: five requests signed out, two signed in, one when everything was agreed before,
// and that one leaves no row.
func TestAuthorizeHops(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.client("app", nil)
		b := w.browser()

		back := b.get(authorizePath("app")).toLogin()
		b.signIn("ada")
		consent := b.get(back).interaction()
		if consent != back {
			t.Errorf("the consent form posts to %q, the interaction is %q", consent, back)
		}
		form := url.Values{"decision": {"allow"}, "scope": {"profile", "notes:read"}, "remember": {"on"}}
		values := b.post(consent, form).back(testCallback)
		if values.Get("code") == "" || values.Get("state") != "xyz" || values.Get("iss") != testIssuer {
			t.Errorf("answer %v", values)
		}

		rows := w.rows("oauth_interactions")
		b.get(authorizePath("app")).code()
		if got := w.rows("oauth_interactions"); got != rows {
			t.Errorf("an agreed request left %d rows, want %d", got, rows)
		}

		other := w.browser()
		other.signIn("bob")
		page := other.get(authorizePath("app"))
		other.allow(page.interaction(), "profile").code()
	})
}

func TestAuthorizePost(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.client("app", nil)
		b := w.browser()
		b.signIn("ada")
		answer := b.send("POST", "/oauth/authorize", authorizeParams("app"), http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://client.example.test"}})
		location := answer.want(http.StatusSeeOther).Header.Get("Location")
		if !strings.HasPrefix(location, interactionPath) || strings.Contains(location, "?") {
			t.Fatalf("led on to %q", location)
		}
		b.allow(b.get(location).interaction(), "profile").code()

		if code := b.send("POST", "/oauth/authorize?client_id=app", authorizeParams("app"), nil).want(400).errorCode(); code != "invalid_request" {
			t.Errorf("client_id in the query of a POST: %s", code)
		}
		r := b.send("POST", "/oauth/authorize", authorizeParams("app"), http.Header{"Content-Type": {"text/plain"}})
		if r.want(415).errorCode() != "invalid_request" {
			t.Error("wrong media type")
		}
	})
}

// TestAuthorizeOrderOfChecks has one case for each check and, for each pair of neighbours, that the
// earlier answers when both are wrong.
func TestAuthorizeOrderOfChecks(t *testing.T) {
	w := aWorld(t)
	w.client("app", func(c *models.OAuthClient) { c.Scopes = models.Strings{"openid", "profile"} })
	w.client("machine", func(c *models.OAuthClient) { c.Grants = models.Strings{"client_credentials"} })
	disabled := w.client("disabled", nil)
	if err := w.db.DisableOAuthClient(context.Background(), disabled.ID); err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	b.signIn("ada")
	good := func(changes ...string) string {
		return authorizePath("app", append([]string{"scope", "openid profile"}, changes...)...)
	}
	long := strings.Repeat("x", 5000)
	faults := []struct {
		name, path, code string
		page             bool
	}{
		{"encoding", good() + "&x=%zz", "invalid_request", true},
		{"control character", good("login_hint", "a\x00b"), "invalid_request", true},
		{"not UTF-8", good() + "&x=%ff", "invalid_request", true},
		{"client_id twice", good() + "&client_id=app", "invalid_request", true},
		{"redirect_uri twice", good() + "&redirect_uri=" + url.QueryEscape(testCallback), "invalid_request", true},
		{"redirect_uri too long", good("redirect_uri", testCallback+long), "invalid_request", true},
		{"no client", good("client_id", ""), "invalid_client", true},
		{"unknown client", good("client_id", "nobody"), "invalid_client", true},
		{"disabled client", good("client_id", "disabled"), "invalid_client", true},
		{"no redirect_uri", good("redirect_uri", ""), "invalid_request", true},
		{"foreign redirect_uri", good("redirect_uri", testCallback+"/"), "invalid_request", true},
		{"response_mode", good("response_mode", "web_message"), "invalid_request", false},
		{"request", good("request", "x"), "request_not_supported", false},
		{"request_uri", good("request_uri", "https://client.example.test/r"), "request_uri_not_supported", false},
		{"registration", good("registration", "{}"), "registration_not_supported", false},
		{"no response_type", good("response_type", ""), "invalid_request", false},
		{"other response_type", good("response_type", "none"), "unsupported_response_type", false},
		{"grant not allowed", authorizePath("machine", "scope", "openid"), "unauthorized_client", false},
		{"state twice", good() + "&state=abc", "invalid_request", false},
		{"unknown twice", good() + "&x=1&x=2", "invalid_request", false},
		{"state too long", good("state", long), "invalid_request", false},
		{"nonce too long", good("nonce", strings.Repeat("x", 1025)), "invalid_request", false},
		{"scope not allowed", good("scope", "openid notes:read"), "invalid_scope", false},
		{"no known scope", good("scope", "nothing"), "invalid_scope", false},
		{"no scope, no default", good("scope", ""), "invalid_scope", false},
		{"no challenge", good("code_challenge", ""), "invalid_request", false},
		{"plain", good("code_challenge_method", "plain"), "invalid_request", false},
		{"no method", good("code_challenge_method", ""), "invalid_request", false},
		{"short challenge", good("code_challenge", "abc"), "invalid_request", false},
		{"unknown prompt", good("prompt", "dance"), "invalid_request", false},
		{"none and login", good("prompt", "none login"), "invalid_request", false},
		{"max_age", good("max_age", "soon"), "invalid_request", false},
		{"hint", good("id_token_hint", "a.b.c"), "invalid_request", false},
	}
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			reply := b.get(fault.path)
			if fault.page {
				if got := reply.want(400).errorCode(); got != fault.code {
					t.Errorf("page says %q, want %q", got, fault.code)
				}
				return
			}
			if got := reply.refused(); got != fault.code {
				t.Errorf("redirected with %q, want %q", got, fault.code)
			}
		})
	}
	t.Run("earlier answers", func(t *testing.T) {
		ordered := []struct{ name, bad, code string }{
			{"client_id", "nobody", "invalid_client"},
			{"redirect_uri", "https://evil.example.test/", "invalid_request"},
			{"response_mode", "web_message", "invalid_request"},
			{"request", "x", "request_not_supported"},
			{"response_type", "none", "unsupported_response_type"},
			{"state", long, "invalid_request"},
			{"scope", "notes:read", "invalid_scope"},
			{"code_challenge_method", "plain", "invalid_request"},
		}
		for i := range ordered[:len(ordered)-1] {
			var changes []string
			for _, fault := range ordered[i:] {
				changes = append(changes, fault.name, fault.bad)
			}
			reply := b.get(good(changes...))
			if i < 2 {
				if got := reply.errorCode(); got != ordered[i].code {
					t.Errorf("%s and all after it wrong: page says %q, want %q", ordered[i].name, got, ordered[i].code)
				}
			} else if got := reply.refused(); got != ordered[i].code {
				t.Errorf("%s and all after it wrong: %q, want %q", ordered[i].name, got, ordered[i].code)
			}
		}
	})
	t.Run("a token asked for in the address is refused in the fragment", func(t *testing.T) {
		location := b.get(good("response_type", "id_token token")).Header.Get("Location")
		if !strings.HasPrefix(location, testCallback+"#error=unsupported_response_type&") {
			t.Errorf("went to %q", location)
		}
	})
	if w.rows("oauth_interactions") != 0 {
		t.Error("a refused request left a row")
	}
}

// TestAuthorizeDoesNotEnumerate: unknown and disabled clients get the same page, and they and a wrong
// address cost the same one query.
func TestAuthorizeDoesNotEnumerate(t *testing.T) {
	w := aWorld(t)
	w.client("app", nil)
	disabled := w.client("disabled", nil)
	if err := w.db.DisableOAuthClient(context.Background(), disabled.ID); err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	unknown := b.get(authorizePath("nobody"))
	known := b.get(authorizePath("disabled"))
	if unknown.body != known.body || unknown.StatusCode != known.StatusCode {
		t.Error("an unknown and a disabled client are told apart")
	}
	for _, path := range []string{authorizePath("nobody"), authorizePath("disabled"), authorizePath("app", "redirect_uri", "https://evil.example.test/")} {
		ctx, statements := modelstest.Count(context.Background())
		b.sendIn(ctx, "GET", path).want(400)
		if statements.Load() != 1 {
			t.Errorf("%s: %d statements", path, statements.Load())
		}
	}
}

func TestUnknownParametersAreIgnored(t *testing.T) {
	w := aWorld(t)
	w.client("app", nil)
	b := w.browser()
	b.signIn("ada")
	b.allow(b.get(authorizePath("app", "extra", "1", "display", "popup", "claims_locales", "se", "scope", "openid profile unheard-of")).interaction(), "profile").code()
}

// TestPKCEOptional: only a confidential client may be let off.
func TestPKCEOptional(t *testing.T) {
	w := aWorld(t)
	w.client("app", func(c *models.OAuthClient) { c.PKCE = "optional" })
	w.client("public", func(c *models.OAuthClient) { c.PKCE, c.AuthMethod, c.Kind = "optional", "none", "browser" })
	b := w.browser()
	b.signIn("ada")
	b.get(authorizePath("app", "code_challenge", "", "code_challenge_method", "")).interaction()
	if got := b.get(authorizePath("public", "code_challenge", "", "code_challenge_method", "")).refused(); got != "invalid_request" {
		t.Errorf("public client without a challenge: %q", got)
	}
	if got := b.get(authorizePath("app", "code_challenge", "")).refused(); got != "invalid_request" {
		t.Errorf("a method without a challenge: %q", got)
	}
}

// TestRedirectAnswer looks at the answer byte for byte.
func TestRedirectAnswer(t *testing.T) {
	w := aWorld(t)
	w.client("app", func(c *models.OAuthClient) {
		c.RedirectURIs = models.Strings{testCallback, testCallback + "?a=1&b=%2F", testCallback + "?"}
		c.Consent = "skip"
	})
	b := w.browser()
	b.signIn("ada")
	for _, c := range []struct{ uri, mode, state, want string }{
		{testCallback, "", "a b&c=ü", testCallback + "?code=CODE&state=a+b%26c%3D%C3%BC&iss=https%3A%2F%2Fas.example.test"},
		{testCallback, "query", "", testCallback + "?code=CODE&iss=https%3A%2F%2Fas.example.test"},
		{testCallback, "fragment", "x", testCallback + "#code=CODE&state=x&iss=https%3A%2F%2Fas.example.test"},
		{testCallback + "?a=1&b=%2F", "", "x", testCallback + "?a=1&b=%2F&code=CODE&state=x&iss=https%3A%2F%2Fas.example.test"},
		{testCallback + "?", "", "x", testCallback + "?code=CODE&state=x&iss=https%3A%2F%2Fas.example.test"},
	} {
		reply := b.get(authorizePath("app", "redirect_uri", c.uri, "response_mode", c.mode, "state", c.state)).want(http.StatusSeeOther)
		location := reply.Header.Get("Location")
		_, rest, _ := strings.Cut(location, "code=")
		code, _, _ := strings.Cut(rest, "&")
		if len(code) < 43 {
			t.Errorf("code %q is too short", code)
		}
		if got := strings.Replace(location, "code="+code, "code=CODE", 1); got != c.want {
			t.Errorf("went to\n%s, want\n%s", got, c.want)
		}
		if reply.Header.Get("Cache-Control") != "no-store" || reply.Header.Get("Referrer-Policy") != "no-referrer" || reply.body != "" {
			t.Errorf("headers %v, body %q", reply.Header, reply.body)
		}
	}
}

func TestIssOnEveryAnswer(t *testing.T) {
	w := aWorld(t)
	w.client("app", nil)
	b := w.browser()
	b.signIn("ada")
	for _, mode := range []string{"query", "fragment"} {
		success := b.allow(b.get(authorizePath("app", "response_mode", mode)).interaction(), "profile").back(testCallback)
		denial := b.post(b.get(authorizePath("app", "response_mode", mode)).interaction(), url.Values{"decision": {"deny"}}).back(testCallback)
		fault := b.get(authorizePath("app", "response_mode", mode, "scope", "nothing")).back(testCallback)
		silence := b.get(authorizePath("app", "response_mode", mode, "prompt", "none", "max_age", "0")).back(testCallback)
		w.host.fail = errors.New("the host is down")
		outage := b.get(authorizePath("app", "response_mode", mode)).back(testCallback)
		w.host.fail = nil
		refusal := []string{"error", "error_description", "iss", "state"}
		want := map[string][]string{
			"success": {"code", "iss", "state"}, "denial": refusal, "fault": refusal, "silence": refusal, "outage": refusal,
		}
		for name, values := range map[string]url.Values{"success": success, "denial": denial, "fault": fault, "silence": silence, "outage": outage} {
			var names []string
			for parameter := range values {
				if names = append(names, parameter); len(values[parameter]) != 1 {
					t.Errorf("%s by %s: %s comes %d times", name, mode, parameter, len(values[parameter]))
				}
			}
			slices.Sort(names)
			if !slices.Equal(names, want[name]) || values.Get("iss") != testIssuer || values.Get("state") != "xyz" {
				t.Errorf("%s by %s: %v", name, mode, values)
			}
		}
	}
}

// TestNoOpenRedirector: an unverified client cannot use this server to send strangers somewhere.
func TestNoOpenRedirector(t *testing.T) {
	w := aWorld(t)
	w.client("shady", func(c *models.OAuthClient) { c.Verified = false })
	w.client("known", nil)
	stranger := w.browser()
	reply := stranger.get(authorizePath("shady", "scope", "nothing"))
	if reply.want(400).errorCode() != "invalid_scope" {
		t.Error("want a page")
	}
	if !strings.Contains(reply.body, "client.example.test") || !strings.Contains(reply.body, "error=invalid_scope") {
		t.Error("the page neither names the host nor offers the way on")
	}
	stranger.get(authorizePath("known", "scope", "nothing")).refused()
	if got := stranger.get(authorizePath("shady", "prompt", "none")).refused(); got != "login_required" {
		t.Errorf("prompt=none: %q", got)
	}
	if got := stranger.get(authorizePath("shady", "prompt", "none", "scope", "nothing")).refused(); got != "invalid_scope" {
		t.Errorf("prompt=none and a bad scope: %q", got)
	}
	member := w.browser()
	member.signIn("ada")
	if got := member.get(authorizePath("shady", "scope", "nothing")).refused(); got != "invalid_scope" {
		t.Errorf("signed in: %q", got)
	}
}

func TestLoginURLMustBeLocal(t *testing.T) {
	w := aWorld(t)
	w.client("app", nil)
	for _, bad := range []string{"https://evil.example.test/", "//evil.example.test", "/\\evil.example.test", "login", "", "/login\r\nSet-Cookie: x"} {
		w.host.loginURL = func(LoginRequest) string { return bad }
		if code := w.browser().get(authorizePath("app")).want(500).errorCode(); code != "server_error" {
			t.Errorf("%q: %s", bad, code)
		}
	}
	w.host.loginURL = func(LoginRequest) string { return "//evil.example.test" }
	if code := w.browser().get(appsPath).want(500).errorCode(); code != "server_error" {
		t.Errorf("apps: %s", code)
	}
	b := w.browser()
	b.signIn("ada")
	if code := b.get(authorizePath("app")).want(500).errorCode(); code != "server_error" {
		t.Errorf("consent page, use another account: %s", code)
	}
	if w.rows("oauth_interactions") != 0 {
		t.Error("a row was left")
	}
}

func TestResolverErrorIsNotAbsence(t *testing.T) {
	w := aWorld(t)
	w.client("app", func(c *models.OAuthClient) { c.Consent = "skip" })
	w.client("asking", nil)
	w.client("stranger", func(c *models.OAuthClient) { c.Verified = false })
	b := w.browser()
	b.signIn("ada")
	asked := b.get(authorizePath("asking")).interaction()
	w.host.fail = errors.New("the database is away")
	if got := b.post(asked, url.Values{"decision": {"deny"}}).refused(); got != "server_error" || len(w.events(eventConsentDeny)) != 0 {
		t.Errorf("Current fails, denied: %q", got)
	}
	if code := b.get(authorizePath("stranger", "code_challenge", "")).want(500).errorCode(); code != "server_error" {
		t.Errorf("Current fails, refused: %s", code)
	}
	if got := b.get(authorizePath("app")).refused(); got != "server_error" {
		t.Errorf("Current fails: %q", got)
	}
	if got := b.get(authorizePath("app", "prompt", "none")).refused(); got != "server_error" {
		t.Errorf("Current fails, prompt=none: %q", got)
	}
	w.host.fail, w.host.failFind = nil, errors.New("the database is away")
	if got := b.get(authorizePath("app")).refused(); got != "server_error" {
		t.Errorf("Find fails: %q", got)
	}
}

func TestAccountFactsAreChecked(t *testing.T) {
	w := aWorld(t)
	w.client("app", func(c *models.OAuthClient) { c.Consent = "skip" })
	b := w.browser()
	session := b.signIn("ada")
	b.get(authorizePath("app")).code()
	good := w.host.people["ada"]
	for name, spoil := range map[string]func(*Account){
		"unknown acr": func(a *Account) { a.ACR = "gold" },
		"no acr":      func(a *Account) { a.ACR = "" },
		"no subject":  func(a *Account) { a.Subject = "" },
		"not ASCII":   func(a *Account) { a.Subject = "ädä" },
		"too long":    func(a *Account) { a.Subject = strings.Repeat("a", 256) },
	} {
		w.host.change("ada", func(a *Account) { *a = good; spoil(a) })
		if got := b.get(authorizePath("app")).refused(); got != "server_error" {
			t.Errorf("%s: %q", name, got)
		}
	}
	w.host.change("ada", func(a *Account) { *a = good })
	for name, at := range map[string]time.Time{"never": {}, "in the future": w.clock.Now().Add(6 * time.Second)} {
		account := w.host.sessions[session]
		account.AuthTime = at
		w.host.sessions[session] = account
		if got := b.get(authorizePath("app")).refused(); got != "server_error" {
			t.Errorf("signed in %s: %q", name, got)
		}
	}
}

// TestFactsRecheckedAtIssue: what changes between the last look at the account and the answer stops the
// answer.
func TestFactsRecheckedAtIssue(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.client("app", nil)
		for name, change := range map[string]func(session string){
			"disabled":         func(string) { w.host.change("ada", func(a *Account) { a.Active = false }) },
			"new access epoch": func(string) { w.host.change("ada", func(a *Account) { a.AccessEpoch++ }) },
			"signed out":       func(session string) { w.host.drop(session) },
			"deleted":          func(string) { delete(w.host.people, "ada") },
		} {
			b := w.browser()
			session := b.signIn("ada")
			w.host.change("ada", func(a *Account) { a.Active = true })
			consent := b.get(authorizePath("app")).interaction()
			before, err := w.host.Find(t.Context(), "ada", session)
			if err != nil {
				t.Fatal(err)
			}
			w.s.accounts = &lateHost{stub: w.host, before: before}
			change(session)
			if back := b.allow(consent, "profile").toLogin(); back != consent || w.rows("oauth_codes") != 0 || w.rows("oauth_consents") != 0 {
				t.Errorf("%s: sent to %q, %d codes", name, back, w.rows("oauth_codes"))
			}
			w.s.accounts = w.host
		}
	})
}

// lateHost still answers Current as before the change.
type lateHost struct {
	*stub
	before Account
}

func (h *lateHost) Current(*http.Request) (Account, error) { return h.before, nil }

// TestResponseTypeMatrix: only code, in every order and spelling of the others.
func TestResponseTypeMatrix(t *testing.T) {
	w := aWorld(t)
	w.client("app", func(c *models.OAuthClient) { c.Consent = "skip" })
	b := w.browser()
	b.signIn("ada")
	for _, kind := range []string{
		"token", "id_token", "none", "code token", "code id_token", "code id_token token", "id_token token", "token code", "Code", "CODE", "code code",
		"code ", " code", "code,token", "password", "device_code", "web_message",
	} {
		for _, mode := range []string{"", "query", "fragment", "form_post", "web_message", "jwt", "query.jwt"} {
			reply := b.get(authorizePath("app", "response_type", kind, "response_mode", mode))
			values := reply.back(testCallback)
			want := "unsupported_response_type"
			if mode != "" && mode != "query" && mode != "fragment" {
				want = "invalid_request"
			}
			if values.Get("error") != want || values.Has("code") || values.Has("access_token") || values.Has("id_token") {
				t.Errorf("%q by %q: %v", kind, mode, values)
			}
		}
	}
	b.get(authorizePath("app")).code()
}
