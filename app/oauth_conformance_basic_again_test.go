package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The Basic OP plan: what happens at a second visit, what comes of a code and a refresh token that are used again,
// and what is refused.

// again is a second flow of the same browser some seconds later: the same person.
func (t *trial) again(first signedIn, pairs ...string) signedIn {
	t.clock.Add(2 * time.Second)
	second := t.flow(first.asked.client, pairs...)
	if second.claims["sub"] != first.claims["sub"] {
		t.Errorf("sub %v, before %v", second.claims["sub"], first.claims["sub"])
	}
	return second
}

// quietly is again, without any page and with the old sign-in.
func (t *trial) quietly(first signedIn, pairs ...string) {
	second := t.again(first, pairs...)
	if len(second.pages) != 0 || second.authTime() != first.authTime() {
		t.Errorf("pages %v, auth_time %d, before %d", second.pages, second.authTime(), first.authTime())
	}
}

// newSignIn is again with a request that asks for a new sign-in, and the picture of the page that does so: it names
// the app and the account, and wants the password.
func (t *trial) newSignIn(first signedIn, name, value string) {
	t.clock.Add(2 * time.Second)
	a := t.ask(first.asked.client, name, value)
	t.sendOff(a)
	asked := t.clock.Now().Unix()
	t.browser.Sees("Confirm it is you", conformanceEmail, first.asked.client.name)
	if t.browser.Status != http.StatusOK || !t.browser.Has("password") || t.browser.Value("password") != "" || len(t.party.take()) != 0 {
		t.Errorf("no page that asks for the password: %d %s", t.browser.Status, t.browser.Text())
	}
	second := t.complete(a)
	if second.claims["sub"] != first.claims["sub"] || second.authTime() < asked || second.authTime() <= first.authTime() {
		t.Errorf("sub %v at %d, before %v at %d; asked at %d", second.claims["sub"], second.authTime(), first.claims["sub"], first.authTime(), asked)
	}
}

func promptLogin(t *trial) { t.newSignIn(t.flow(t.basic), "prompt", "login") }

func maxAge1(t *trial) { t.newSignIn(t.flow(t.basic), "max_age", "1") }

func maxAge10000(t *trial) { t.quietly(t.flow(t.basic, "max_age", "15000"), "max_age", "10000") }

func promptNoneLoggedIn(t *trial) { t.quietly(t.flow(t.basic), "prompt", "none") }

func promptNoneNotLoggedIn(t *trial) {
	t.signedOutNow(t.basic)
	if cookies := t.browser.Header["Set-Cookie"]; len(cookies) != 0 {
		t.Errorf("cookies %q", cookies)
	}
}

// signedOutNow asks without a page: nobody is signed in at this browser.
func (t *trial) signedOutNow(client conformanceClient) {
	t.Helper()
	a := t.ask(client, "prompt", "none")
	t.sendOff(a)
	t.refused(a, "login_required")
}

func idTokenHint(t *trial) {
	first := t.flow(t.basic)
	t.quietly(first, "prompt", "none", "id_token_hint", first.raw)
}

func codeReuse(t *trial) {
	in := t.flow(t.basic)
	t.redeem(in).fails(t, http.StatusBadRequest, "invalid_grant")
}

// codeReuse30Seconds: the code is 30 seconds old and not yet over. The access token it gave dies with the second use.
func codeReuse30Seconds(t *trial) {
	in := t.flow(t.basic)
	t.clock.Add(30 * time.Second)
	use := func() answered {
		return t.call(http.MethodGet, t.endpoint("userinfo_endpoint"), nil, "Authorization: Bearer "+in.access)
	}
	t.checkUserInfo(in, use())
	t.redeem(in).fails(t, http.StatusBadRequest, "invalid_grant")
	dead := use()
	dead.fails(t, http.StatusUnauthorized, "invalid_token")
	if challenge := dead.header.Get("WWW-Authenticate"); !strings.HasPrefix(challenge, "Bearer ") || !strings.Contains(challenge, `error="invalid_token"`) {
		t.Errorf("challenge %q", challenge)
	}
}

func responseTypeMissing(t *trial) {
	a := t.ask(t.basic, "response_type", "")
	t.sendOff(a)
	t.refused(a, "invalid_request")
}

// errorPage is the picture of a refusal that goes to nobody: a page that says so, names the error for developers and
// shows nothing of what was sent.
func (t *trial) errorPage(code string, sent ...string) {
	t.Helper()
	t.browser.Sees("This request cannot go on", "The app that sent you here made a mistake", "For developers", code)
	if t.browser.Status != http.StatusBadRequest || t.browser.Title() == "" {
		t.Errorf("status %d, title %q", t.browser.Status, t.browser.Title())
	}
	for _, text := range sent {
		if strings.Contains(t.browser.Body, text) {
			t.Errorf("the page shows %q", text)
		}
	}
	if list := t.party.take(); len(list) != 0 {
		t.Errorf("a client was told: %+v", list)
	}
}

func ensureRegisteredRedirectURI(t *trial) {
	a := t.ask(t.basic, "redirect_uri", t.party.base+"/callback/elsewhere")
	t.sendOff(a)
	t.errorPage("invalid_request", t.party.base, "elsewhere", a.Get("state"))
}

// unsigned is a JWT with alg none and whatever else the header shall say.
func (t *trial) unsigned(header, claims map[string]any) string {
	t.Helper()
	header["alg"] = "none"
	var parts [2]string
	for i, part := range []map[string]any{header, claims} {
		text, err := json.Marshal(part)
		if err != nil {
			t.Fatal(err)
		}
		parts[i] = base64.RawURLEncoding.EncodeToString(text)
	}
	return parts[0] + "." + parts[1] + "."
}

// requestObject holds the parameters of a request, as one without signature.
func (t *trial) requestObject(a asks) string {
	t.Helper()
	claims := map[string]any{"iss": a.client.id, "aud": t.base}
	for name := range a.Values {
		claims[name] = a.Get(name)
	}
	return t.unsigned(map[string]any{}, claims)
}

// unsignedRequestObject: request objects are not supported, and the metadata and the error say so. Ignoring the object
// would mean to answer a request that nobody sent.
func unsignedRequestObject(t *trial) {
	if t.metadata["request_parameter_supported"] != false {
		t.Errorf("request_parameter_supported is %v", t.metadata["request_parameter_supported"])
	}
	a := t.ask(t.basic)
	object := t.requestObject(a)
	a.Set("request", object)
	a.Del("state") // only the object has it
	t.sendOff(a)
	t.refused(a, "request_not_supported")
}

// requestObjectWithRedirectURI: a right address inside a request object does not vouch for the wrong one beside it.
func requestObjectWithRedirectURI(t *trial) {
	a := t.ask(t.basic)
	a.Set("request", t.requestObject(a))
	a.Set("redirect_uri", t.party.base+"/callback/elsewhere")
	t.sendOff(a)
	t.errorPage("invalid_request", t.party.base, "elsewhere", a.Get("state"))
}

// refreshToken: what a refreshed ID token may change, and that a refresh token is its client's alone.
func refreshToken(t *trial) {
	const scope = "openid offline_access"
	if !slices.Contains(t.listed("grant_types_supported"), "refresh_token") {
		t.Error("refresh_token is not listed")
	}
	first := t.flow(t.basic, "scope", scope, "prompt", "consent")
	if !first.saw(pageConsent) || first.refresh == "" {
		t.Fatalf("pages %v, refresh token %q", first.pages, first.refresh)
	}
	t.clock.Add(time.Second)
	refresh := func(client conformanceClient, token string) answered {
		return t.tokenCall(client, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}, "scope": {scope}})
	}
	second := signedIn{asked: first.asked}
	t.checkTokens(&second, refresh(t.basic, first.refresh), "")
	for _, name := range []string{"iss", "sub", "aud", "auth_time", "acr", "sid"} {
		if second.claims[name] != first.claims[name] {
			t.Errorf("%s %v, before %v", name, second.claims[name], first.claims[name])
		}
	}
	if wholeNumber(second.claims["iat"]) <= wholeNumber(first.claims["iat"]) || wholeNumber(second.claims["exp"]) <= wholeNumber(first.claims["exp"]) {
		t.Errorf("issued %v until %v, before %v until %v", second.claims["iat"], second.claims["exp"], first.claims["iat"], first.claims["exp"])
	}
	if !slices.Equal(second.scopes, first.scopes) || second.refresh == "" {
		t.Errorf("scopes %q, before %q; refresh token %q", second.scopes, first.scopes, second.refresh)
	}
	t.checkUserInfo(second, t.call(http.MethodGet, t.endpoint("userinfo_endpoint"), nil, "Authorization: Bearer "+second.access))

	other := t.flow(t.second, "scope", scope, "prompt", "consent")
	refresh(t.second, second.refresh).fails(t, http.StatusBadRequest, "invalid_grant")
	refresh(t.basic, other.refresh).fails(t, http.StatusBadRequest, "invalid_grant")
	third := signedIn{asked: first.asked}
	t.checkTokens(&third, refresh(t.basic, second.refresh), "") // what the stranger tried changed nothing
}
