package oauthserver

import (
	"context"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ory/fosite"
	"github.com/ory/fosite/compose"
	"github.com/ory/fosite/handler/openid"
	"github.com/ory/fosite/storage"
	"github.com/ory/fosite/token/jwt"

	"latchkey/models"
)

// The tests of this file have two halves. The first runs the engine as it comes and shows its fault; it
// fails the day the fault is mended, so that the work-around can go. The second shows that it cannot be
// seen from outside.

// bareEngine is fosite with a store in memory and one client.
func bareEngine(t *testing.T, redirectURIs ...string) fosite.OAuth2Provider {
	t.Helper()
	config := &fosite.Config{GlobalSecret: []byte("some-cool-secret-that-is-32bytes"), AccessTokenLifespan: time.Hour}
	memory := storage.NewMemoryStore()
	memory.Clients["app"] = &fosite.DefaultClient{
		ID: "app", RedirectURIs: redirectURIs, ResponseTypes: []string{"code"}, GrantTypes: []string{"authorization_code"}, Scopes: []string{"openid", "profile"},
	}
	key := func(context.Context) (any, error) { return []byte("unused"), nil }
	strategy := &compose.CommonStrategy{
		CoreStrategy: compose.NewOAuth2HMACStrategy(config), OpenIDConnectTokenStrategy: compose.NewOpenIDConnectStrategy(key, config),
		Signer: &jwt.DefaultSigner{GetPrivateKey: key},
	}
	return compose.Compose(config, memory, strategy, compose.OAuth2AuthorizeExplicitFactory, compose.OpenIDConnectExplicitFactory)
}

// bareAuthorize asks the bare engine for a code for someone who signed in an hour ago. It returns the
// error of the request, or where the answer went.
func bareAuthorize(t *testing.T, query url.Values) (string, error) {
	t.Helper()
	engine, ctx := bareEngine(t, testCallback), context.Background()
	r := httptest.NewRequest("GET", testIssuer+"/oauth/authorize?"+query.Encode(), nil)
	request, err := engine.NewAuthorizeRequest(ctx, r)
	recorder := httptest.NewRecorder()
	if err != nil {
		engine.WriteAuthorizeError(ctx, recorder, request, err)
		return recorder.Header().Get("Location") + recorder.Body.String(), err
	}
	for _, scope := range request.GetRequestedScopes() {
		request.GrantScope(scope)
	}
	session := &openid.DefaultSession{Claims: &jwt.IDTokenClaims{
		Subject: "ada", AuthTime: time.Now().Add(-time.Hour), RequestedAt: time.Now(),
	}, Headers: &jwt.Headers{}}
	response, err := engine.NewAuthorizeResponse(ctx, request, session)
	if err != nil {
		return "", err
	}
	engine.WriteAuthorizeResponse(ctx, recorder, request, response)
	return recorder.Header().Get("Location"), nil
}

func bareQuery(changes ...string) url.Values {
	query := url.Values{"client_id": {"app"}, "redirect_uri": {testCallback}, "response_type": {"code"}, "scope": {"openid"}, "state": {"long-enough-state"}}
	for i := 0; i < len(changes); i += 2 {
		if changes[i+1] == "" {
			query.Del(changes[i])
		} else {
			query.Set(changes[i], changes[i+1])
		}
	}
	return query
}

func skippingClient(t *testing.T) (*world, *browser) {
	t.Helper()
	w := aWorld(t)
	w.client("app", func(c *models.OAuthClient) { c.Consent = "skip" })
	b := w.browser()
	b.signIn("ada")
	return w, b
}

func TestFosite01ShortState(t *testing.T) {
	for _, state := range []string{"", "x", "1234567"} {
		if _, err := bareAuthorize(t, bareQuery("state", state)); err == nil {
			t.Errorf("bare: state %q is accepted now", state)
		}
	}
	_, b := skippingClient(t)
	for _, state := range []string{"", "x", "1234567", strings.Repeat("s", 4096)} {
		values := b.get(authorizePath("app", "state", state)).back(testCallback)
		if values.Get("code") == "" || values.Get("state") != state || values.Has("state") != (state != "") {
			t.Errorf("state %q came back as %q", state, values["state"])
		}
	}
}

func TestFosite02EmptyState(t *testing.T) {
	location, _ := bareAuthorize(t, bareQuery("state", "", "scope", "unknown"))
	if !strings.HasSuffix(location, "state=") && !strings.Contains(location, "state=&") {
		t.Errorf("bare: no empty state any more: %s", location)
	}
	_, b := skippingClient(t)
	if b.get(authorizePath("app", "state", "")).back(testCallback).Has("state") || b.get(authorizePath("app", "state", "", "scope", "unknown")).back(testCallback).Has("state") {
		t.Error("an answer has a state that was not sent")
	}
}

func TestFosite03IgnoredRequestObject(t *testing.T) {
	if location, err := bareAuthorize(t, bareQuery("scope", "profile", "request", "garbage")); err != nil || !strings.Contains(location, "code=") {
		t.Errorf("bare: garbage is noticed now: %v %s", err, location)
	}
	_, b := skippingClient(t)
	for _, scope := range []string{"profile", "openid"} {
		if got := b.get(authorizePath("app", "scope", scope, "request", "garbage")).refused(); got != "request_not_supported" {
			t.Errorf("scope %s: %q", scope, got)
		}
	}
}

// TestFosite11RedirectTable has more than 150 hostile pairs of a registered and a presented address.
func TestFosite11RedirectTable(t *testing.T) {
	for _, pair := range [][2]string{
		{"https://127.0.0.1/cb", "http://127.0.0.1:5555/cb"},
		{"http://127.0.0.1/cb", "http://user:pw@127.0.0.1:5555/cb"},
	} {
		if _, err := fosite.MatchRedirectURIWithClientRedirectURIs(pair[1], &fosite.DefaultClient{RedirectURIs: []string{pair[0]}}); err != nil {
			t.Errorf("bare: %s no longer matches %s", pair[1], pair[0])
		}
	}
	pairs := 0
	for _, registered := range []string{"https://app.example.test/cb", "https://app.example.test/cb?a=1", "http://127.0.0.1:8080/cb", "http://[::1]/cb", "http://localhost:8080/cb", "com.example.app:/cb"} {
		for _, method := range []string{"none", "client_secret_basic"} {
			client := &models.OAuthClient{AuthMethod: method, RedirectURIs: models.Strings{registered}}
			if !redirectProven(client, registered) {
				t.Errorf("%s does not match itself", registered)
			}
			for _, presented := range hostileTwins(registered) {
				if presented == registered {
					continue // that trick changes nothing here
				}
				pairs++
				if redirectProven(client, presented) {
					t.Errorf("%s client, registered %s, presented %q", method, registered, presented)
				}
			}
		}
	}
	if pairs < 150 {
		t.Errorf("only %d pairs", pairs)
	}
}

// hostileTwins are addresses that some parser takes for the one given.
func hostileTwins(uri string) []string {
	scheme, rest, _ := strings.Cut(uri, ":")
	host := strings.TrimPrefix(rest, "//")
	host, path, _ := strings.Cut(host, "/")
	return []string{
		uri + "/", uri + "#", uri + "#x", uri + "&", uri + "?", uri + " ", " " + uri, uri + "\n", uri + "%20", uri + "%00", uri + "\x00", uri + "/..",
		uri + "/.", uri + ";x", uri + "x", uri[:len(uri)-1], strings.ToUpper(scheme) + ":" + rest, strings.ToUpper(uri), strings.Replace(uri, "cb", "%63b", 1),
		strings.Replace(uri, "/cb", "//cb", 1), strings.Replace(uri, "/cb", "/./cb", 1), strings.Replace(uri, "/cb", "/x/../cb", 1), strings.Replace(uri, "/cb", "\\cb", 1),
		scheme + "://user@" + host + "/" + path, scheme + "://" + host + "@evil.example/" + path, scheme + "://" + host + ".evil.example/" + path,
		scheme + "://evil.example/" + path, scheme + "://evil.example/" + uri, "javascript:" + rest, "data:" + rest, "//" + host + "/" + path, "/" + path, "",
		scheme + ":///" + path, strings.Replace(uri, ".", "。", 1), strings.Replace(uri, "/cb", "/cb/%2e%2e/cb", 1), uri + "?code=x", uri + "," + uri,
	}
}

func TestFosite12MaxAge(t *testing.T) {
	for _, age := range []string{"0", "abc"} {
		if location, err := bareAuthorize(t, bareQuery("max_age", age)); err != nil || !strings.Contains(location, "code=") {
			t.Errorf("bare: max_age=%s is noticed now: %v", age, err)
		}
	}
	w, b := skippingClient(t)
	w.clock.Add(time.Hour)
	b.get(authorizePath("app", "max_age", "0")).toLogin()
	if got := b.get(authorizePath("app", "max_age", "abc")).refused(); got != "invalid_request" {
		t.Errorf("max_age=abc: %q", got)
	}
}

func TestFosite23And24Errors(t *testing.T) {
	body, _ := bareAuthorize(t, bareQuery("redirect_uri", "https://evil.example.test/"))
	if !strings.HasPrefix(body, "{") {
		t.Errorf("bare: a bad redirect URI is no longer answered with JSON: %s", body)
	}
	location, _ := bareAuthorize(t, bareQuery("scope", "canary-ü"))
	if !strings.Contains(location, "canary") {
		t.Errorf("bare: the description no longer echoes: %s", location)
	}
	w, b := skippingClient(t)
	page := b.get(authorizePath("app", "redirect_uri", "https://evil.example.test/")).want(400)
	if page.errorCode() != "invalid_request" || !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") {
		t.Errorf("answered %s", page.Header.Get("Content-Type"))
	}
	w.client("narrow", func(c *models.OAuthClient) { c.Scopes = models.Strings{"openid"} })
	plain := regexp.MustCompile(`^[a-zA-Z0-9_ ,.]+$`)
	for _, scope := range []string{"canary-ü", `canary"\`, "notes:read"} {
		description := b.get(authorizePath("narrow", "scope", scope)).back(testCallback).Get("error_description")
		if !plain.MatchString(description) || strings.Contains(description, "canary") {
			t.Errorf("scope %q: %q", scope, description)
		}
	}
}
