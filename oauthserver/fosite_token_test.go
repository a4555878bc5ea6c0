package oauthserver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ory/fosite"
	"github.com/ory/fosite/compose"
	"github.com/ory/fosite/handler/oauth2"
	"github.com/ory/fosite/handler/openid"
	"github.com/ory/fosite/storage"
	"github.com/ory/fosite/token/jwt"

	"latchkey/models"
)

// bareTokens is the engine as it comes, with its token endpoint, one confidential client "app" and its
// store to look into.
func bareTokens(t *testing.T) (fosite.OAuth2Provider, *storage.MemoryStore) {
	t.Helper()
	hash, err := (&fosite.BCrypt{Config: &fosite.Config{HashCost: 4}}).Hash(context.Background(), []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	config := &fosite.Config{GlobalSecret: []byte("some-cool-secret-that-is-32bytes"), AccessTokenLifespan: time.Hour, RefreshTokenScopes: []string{}}
	memory := storage.NewMemoryStore()
	for _, id := range []string{"app", "other"} {
		memory.Clients[id] = &fosite.DefaultClient{
			ID: id, Secret: hash, RedirectURIs: []string{testCallback}, ResponseTypes: []string{"code"},
			GrantTypes: []string{"authorization_code", "refresh_token"}, Scopes: []string{"openid", "profile"},
		}
	}
	key := func(context.Context) (any, error) { return rsaKey(t), nil }
	strategy := &compose.CommonStrategy{
		CoreStrategy: compose.NewOAuth2HMACStrategy(config), OpenIDConnectTokenStrategy: compose.NewOpenIDConnectStrategy(key, config),
		Signer: &jwt.DefaultSigner{GetPrivateKey: key},
	}
	return compose.Compose(config, memory, strategy, compose.OAuth2AuthorizeExplicitFactory, compose.OAuth2RefreshTokenGrantFactory,
		compose.OpenIDConnectExplicitFactory, compose.OpenIDConnectRefreshFactory, compose.OAuth2PKCEFactory, compose.OAuth2TokenRevocationFactory,
		compose.OAuth2TokenIntrospectionFactory), memory
}

func rsaKey(t *testing.T) any {
	t.Helper()
	key, err := openKey(testKeys()[0])
	if err != nil {
		t.Fatal(err)
	}
	return key.private
}

// bareCode gives a code for somebody whose facts the host left out.
func bareCode(t *testing.T, engine fosite.OAuth2Provider, changes ...string) string {
	t.Helper()
	ctx := context.Background()
	query := bareQuery(append([]string{"scope", "openid profile"}, changes...)...)
	request, err := engine.NewAuthorizeRequest(ctx, httptest.NewRequest("GET", testIssuer+"/oauth/authorize?"+query.Encode(), nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, scope := range request.GetRequestedScopes() {
		request.GrantScope(scope)
	}
	response, err := engine.NewAuthorizeResponse(ctx, request, &openid.DefaultSession{Claims: &jwt.IDTokenClaims{Subject: "ada"}, Headers: &jwt.Headers{}, Subject: "ada"})
	if err != nil {
		t.Fatal(err)
	}
	return response.GetCode()
}

func bareToken(engine fosite.OAuth2Provider, r *http.Request) (map[string]any, *httptest.ResponseRecorder, error) {
	ctx, recorder := context.Background(), httptest.NewRecorder()
	request, err := engine.NewAccessRequest(ctx, r, &openid.DefaultSession{Claims: &jwt.IDTokenClaims{}, Headers: &jwt.Headers{}})
	if err != nil {
		engine.WriteAccessError(ctx, recorder, request, err)
		return nil, recorder, err
	}
	response, err := engine.NewAccessResponse(ctx, request)
	if err != nil {
		return nil, recorder, err
	}
	return response.ToMap(), recorder, nil
}

func formRequest(form url.Values, auth string) *http.Request {
	r := httptest.NewRequest("POST", testIssuer+"/oauth/token", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if auth != "" {
		r.Header.Set("Authorization", auth)
	}
	return r
}

func TestFosite10NoSecretsAtRest(t *testing.T) {
	engine, memory := bareTokens(t)
	bareCode(t, engine, "client_secret", "canary", "nonce", "canary-nonce")
	found := false
	for _, code := range memory.AuthorizeCodes {
		found = found || strings.Contains(code.GetRequestForm().Encode(), "redirect_uri")
	}
	if !found {
		t.Error("bare: the store no longer gets a serialisable form")
	}
	w := aReady(t)
	w.codeFor("ada", "app", "openid", "client_secret", "canary")
	if strings.Contains(w.everyValue(), "canary") {
		t.Error("a parameter nobody asked for is in a row")
	}
}

func TestFosite14RefreshScope(t *testing.T) {
	engine, _ := bareTokens(t)
	got, _, err := bareToken(engine, formRequest(url.Values{"grant_type": {"authorization_code"}, "code": {bareCode(t, engine)}, "redirect_uri": {testCallback}}, basic("app", "secret")))
	if err != nil {
		t.Fatal(err)
	}
	refreshed, _, err := bareToken(engine, formRequest(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {got["refresh_token"].(string)}, "scope": {"openid never-granted"}}, basic("app", "secret")))
	if err != nil || refreshed["scope"] != "openid profile" {
		t.Errorf("bare: the scope is looked at now: %v %v", refreshed["scope"], err)
	}
	w := aReady(t)
	mine := w.signInAt("ada", "app", allScopes)
	w.refreshed("app", mine.refresh, "scope", "openid never-granted").fails(400, "invalid_scope")
	if got := w.refreshed("app", mine.refresh, "scope", "openid").json(200); got["scope"] != "openid" {
		t.Errorf("narrowed to %v", got["scope"])
	}
}

func TestFosite15Challenge(t *testing.T) {
	engine, _ := bareTokens(t)
	_, recorder, _ := bareToken(engine, formRequest(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"x"}}, basic("app", "wrong")))
	if recorder.Code != 401 || recorder.Header().Get("WWW-Authenticate") != "" {
		t.Errorf("bare: %d %q", recorder.Code, recorder.Header().Get("WWW-Authenticate"))
	}
	w := aReady(t)
	if w.call("/oauth/token", anything(), http.Header{"Authorization": {basic("app", "wrong")}}).want(401).Header.Get("WWW-Authenticate") != `Basic realm="oauth"` {
		t.Error("no challenge")
	}
}

func TestFosite17SecretCheckIsFast(t *testing.T) {
	if cost := (&fosite.Config{}).GetBCryptCost(context.Background()); cost < 12 {
		t.Errorf("bare: bcrypt costs %d now", cost)
	}
	began := time.Now()
	for range 1000 {
		secretHash("app", "lk_cs_0123456789012345678901234567890123456789012")
	}
	if each := time.Since(began) / 1000; each > time.Millisecond {
		t.Errorf("one check takes %s", each)
	}
}

// TestFosite18PKCESecondTry: in the bare engine a first wrong verifier takes the challenge away.
func TestFosite18PKCESecondTry(t *testing.T) {
	engine, _ := bareTokens(t)
	form := url.Values{"grant_type": {"authorization_code"}, "redirect_uri": {testCallback}, "code_verifier": {strings.Repeat("a", 43)}}
	form.Set("code", bareCode(t, engine, "code_challenge", testChallenge, "code_challenge_method", "S256"))
	if _, _, err := bareToken(engine, formRequest(form, basic("app", "secret"))); err == nil {
		t.Fatal("bare: a wrong verifier passes")
	}
	form.Del("code_verifier")
	if _, _, err := bareToken(engine, formRequest(form, basic("app", "secret"))); err != nil {
		t.Errorf("bare: a second try without a verifier fails now: %v", err)
	}
	w := aReady(t)
	code, _ := w.codeFor("ada", "app", "openid")
	mine := codeForm(code)
	mine.Set("code_verifier", strings.Repeat("a", 43))
	w.as("app", "/oauth/token", mine).fails(400, "invalid_grant")
	mine.Del("code_verifier")
	w.as("app", "/oauth/token", mine).fails(400, "invalid_grant")
}

func TestFosite20TwoMethods(t *testing.T) {
	engine, _ := bareTokens(t)
	form := url.Values{"grant_type": {"authorization_code"}, "code": {bareCode(t, engine)}, "redirect_uri": {testCallback}, "client_id": {"other"}, "client_secret": {"wrong"}}
	if _, _, err := bareToken(engine, formRequest(form, basic("app", "secret"))); err != nil {
		t.Errorf("bare: two methods are refused now: %v", err)
	}
	w := aReady(t)
	code, _ := w.codeFor("ada", "app", "openid")
	mine := codeForm(code)
	mine.Set("client_secret", "secret-of-app")
	w.as("app", "/oauth/token", mine).fails(400, "invalid_request")
}

func TestFosite21Introspection(t *testing.T) {
	engine, _ := bareTokens(t)
	one := func() string {
		got, _, err := bareToken(engine, formRequest(url.Values{"grant_type": {"authorization_code"}, "code": {bareCode(t, engine)}, "redirect_uri": {testCallback}}, basic("app", "secret")))
		if err != nil {
			t.Fatal(err)
		}
		return got["access_token"].(string)
	}
	asked, caller := one(), one()
	answer, err := engine.NewIntrospectionRequest(context.Background(), formRequest(url.Values{"token": {asked}}, "Bearer "+caller), &openid.DefaultSession{})
	if err != nil || !answer.IsActive() {
		t.Errorf("bare: a bearer token no longer introspects another: %v", err)
	}
	w := aReady(t)
	mine, other := w.signInAt("ada", "app", "openid"), w.signInAt("bob", "app", "openid")
	w.call("/oauth/introspect", url.Values{"token": {mine.access}}, http.Header{"Authorization": {"Bearer " + other.access}}).fails(401, "invalid_client")
}

func TestFosite22InventedFacts(t *testing.T) {
	engine, _ := bareTokens(t)
	got, _, err := bareToken(engine, formRequest(url.Values{"grant_type": {"authorization_code"}, "code": {bareCode(t, engine)}, "redirect_uri": {testCallback}}, basic("app", "secret")))
	if err != nil {
		t.Fatal(err)
	}
	w := aReady(t)
	if _, payload := w.claimsOfJWT(got["id_token"].(string)); payload["auth_time"] == nil && payload["rat"] == nil {
		t.Errorf("bare: nothing is invented now: %v", payload)
	}
	grant := &models.OAuthGrant{Subject: "ada", ClientID: "app"}
	if _, err := w.s.idToken(context.Background(), &models.OAuthClient{ID: "app"}, grant, "x", true); err == nil {
		t.Error("an ID token without a sign-in time")
	}
	grant.AuthTime = new(w.clock.Now())
	token, err := w.s.idToken(context.Background(), &models.OAuthClient{ID: "app"}, grant, "x", true)
	if err != nil {
		t.Fatal(err)
	}
	if _, payload := w.claimsOfJWT(token); payload["acr"] != nil || payload["amr"] != nil {
		t.Errorf("invented: %v", payload)
	}
}

// TestFosite25And26Lookup: single use is ours. The bare store is told to invalidate and nobody looks
// whether it was the first to do so; a token is found by a part of itself.
func TestFosite25And26Lookup(t *testing.T) {
	strategy := oauth2.NewHMACSHAStrategy(nil, nil)
	if a, b := strategy.AccessTokenSignature(context.Background(), "a.same"), strategy.AccessTokenSignature(context.Background(), "b.same"); a != b {
		t.Error("bare: a token is no longer found by its last part")
	}
	w := aReady(t)
	got := w.signInAt("ada", "app", "openid")
	w.userinfo("x." + got.access).want(401)
	w.userinfo(got.access + ".x").want(401)
	code, _ := w.codeFor("ada", "app", "openid")
	row, err := w.db.OAuthCodeByHash(context.Background(), models.Digest(code))
	if err != nil {
		t.Fatal(err)
	}
	w.must(w.db.UseOAuthCode(context.Background(), row.ID))
	if err := w.db.UseOAuthCode(context.Background(), row.ID); !errors.Is(err, models.ErrSpent) {
		t.Errorf("spent twice: %v", err)
	}
}

func TestFosite27And28(t *testing.T) {
	engine, _ := bareTokens(t)
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	for name, value := range map[string]string{"grant_type": "authorization_code", "code": bareCode(t, engine), "redirect_uri": testCallback} {
		_ = parts.WriteField(name, value)
	}
	_ = parts.Close()
	text := body.String()
	request := func(path string) *http.Request {
		r := httptest.NewRequest("POST", testIssuer+path, strings.NewReader(text))
		r.Header.Set("Content-Type", parts.FormDataContentType())
		r.Header.Set("Authorization", basic("app", "secret"))
		return r
	}
	if _, _, err := bareToken(engine, request("/oauth/token")); err != nil {
		t.Errorf("bare: multipart is refused now: %v", err)
	}
	w := aReady(t)
	recorder := httptest.NewRecorder()
	w.h.ServeHTTP(recorder, request("/oauth/token"))
	if recorder.Code != 415 {
		t.Errorf("multipart: %d %s", recorder.Code, recorder.Body)
	}
	repeated := codeForm("x")
	repeated["code"] = []string{"x", "y"}
	w.as("app", "/oauth/token", repeated).fails(400, "invalid_request")
}

// losingStore is one where another request was faster.
type losingStore struct{ *storage.MemoryStore }

func (losingStore) RotateRefreshToken(context.Context, string, string) error {
	return fosite.ErrNotFound
}

// TestFosite29And30: the loser of a refresh race is told invalid_grant, not invalid_request.
func TestFosite29And30(t *testing.T) {
	engine, memory := bareTokens(t)
	got, _, err := bareToken(engine, formRequest(url.Values{"grant_type": {"authorization_code"}, "code": {bareCode(t, engine)}, "redirect_uri": {testCallback}}, basic("app", "secret")))
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	request, err := engine.NewAccessRequest(ctx, formRequest(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {got["refresh_token"].(string)}}, basic("app", "secret")), &openid.DefaultSession{})
	if err != nil {
		t.Fatal(err)
	}
	config := &fosite.Config{GlobalSecret: []byte("some-cool-secret-that-is-32bytes")}
	tokens := compose.NewOAuth2HMACStrategy(config)
	handler := &oauth2.RefreshTokenGrantHandler{
		AccessTokenStrategy: tokens, RefreshTokenStrategy: tokens, TokenRevocationStorage: losingStore{memory}, Config: config,
	}
	if err := handler.PopulateTokenEndpointResponse(ctx, request, fosite.NewAccessResponse()); !errors.Is(err, fosite.ErrInvalidRequest) {
		t.Errorf("bare: the loser is told %v", err)
	}
	w := aReady(t)
	mine := w.signInAt("ada", "spa", allScopes)
	w.refreshed("spa", mine.refresh).json(200)
	w.refreshed("spa", mine.refresh).fails(400, "invalid_grant")
}

// TestTokenMetrics: what is counted, and that no label comes from a request.
func TestTokenMetrics(t *testing.T) {
	w := aReady(t)
	counted := map[string]int{}
	w.restart(func(c *Config) {
		c.Observe = func(metric string, _ float64, labels ...string) {
			text, _ := json.Marshal(labels)
			counted[metric+string(text)]++
		}
	})
	code, _ := w.codeFor("ada", "app", allScopes)
	got := tokensOf(w.as("app", "/oauth/token", codeForm(code)).json(200))
	w.refreshed("app", got.refresh).json(200)
	w.as("app", "/oauth/token", codeForm(code)).fails(400, "invalid_grant")
	w.as("app", "/oauth/token", url.Values{"grant_type": {"canary"}}).fails(400, "unsupported_grant_type")
	w.must(w.s.TendKeys(context.Background()))
	for _, want := range []string{
		`oauth_tokens_total["grant","authorization_code","format","opaque","bound","none"]`,
		`oauth_tokens_total["grant","refresh_token","format","opaque","bound","none"]`,
		`oauth_security_events_total["event","oauth.code.replay"]`,
		`oauth_requests_total["endpoint","/oauth/token","outcome","refused","error","invalid_grant"]`,
		`oauth_signing_key_age_seconds["alg","RS256"]`,
	} {
		if counted[want] != 1 {
			t.Errorf("%s counted %d times", want, counted[want])
		}
	}
	for name := range counted {
		if strings.Contains(name, "canary") {
			t.Errorf("%s", name)
		}
	}
	if len(w.events(eventGrantBegin)) != 1 {
		t.Error("no oauth.grant.begin")
	}
}
