package main

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// The Basic OP plan: flows that succeed, and what clients learn by them. What happens at a second visit, and what is
// refused, is in oauth_conformance_basic_again_test.go.

var basicPlan = conformancePlan{"basic", []conformanceModule{
	{"oidcc-server", verdictPassed, func(t *trial) { t.flow(t.basic); t.flow(t.second) }},
	{"oidcc-response-type-missing", verdictPassed, responseTypeMissing},
	{"oidcc-userinfo-get", verdictPassed, userInfoGet},
	{"oidcc-userinfo-post-header", verdictPassed, userInfoPostHeader},
	{"oidcc-userinfo-post-body", verdictPassed, userInfoPostBody},
	{"oidcc-ensure-request-without-nonce-succeeds-for-code-flow", verdictPassed, func(t *trial) { t.flow(t.basic, "nonce", "") }},
	{"oidcc-scope-profile", verdictPassed, func(t *trial) { t.wantClaims(t.flow(t.basic, "scope", "openid profile"), "profile") }},
	{"oidcc-scope-email", verdictPassed, func(t *trial) { t.wantClaims(t.flow(t.basic, "scope", "openid email"), "email") }},
	{"oidcc-scope-address", verdictSkipped, func(t *trial) { t.notOffered("openid address", "address") }},
	{"oidcc-scope-phone", verdictSkipped, func(t *trial) { t.notOffered("openid phone", "phone") }},
	{"oidcc-scope-all", verdictSkipped, func(t *trial) { t.notOffered("openid profile email address phone", "address", "phone") }},
	{"oidcc-alternate-happy-flow", verdictPassed, alternateHappyFlow},
	{"oidcc-display-page", verdictPassed, unchangedBy("display", "page")},
	{"oidcc-display-popup", verdictPassed, unchangedBy("display", "popup")},
	{"oidcc-prompt-login", verdictReview, promptLogin},
	{"oidcc-prompt-none-not-logged-in", verdictPassed, promptNoneNotLoggedIn},
	{"oidcc-prompt-none-logged-in", verdictPassed, promptNoneLoggedIn},
	{"oidcc-max-age-1", verdictReview, maxAge1},
	{"oidcc-max-age-10000", verdictPassed, maxAge10000},
	{"oidcc-ensure-request-with-unknown-parameter-succeeds", verdictPassed, unchangedBy("extra", "foobar")},
	{"oidcc-id-token-hint", verdictPassed, idTokenHint},
	{"oidcc-login-hint", verdictPassed, unchangedBy("login_hint", "buffy@localhost")},
	{"oidcc-ui-locales", verdictPassed, unchangedBy("ui_locales", "se")},
	{"oidcc-claims-locales", verdictPassed, unchangedBy("claims_locales", "se")},
	{"oidcc-codereuse", verdictPassed, codeReuse},
	{"oidcc-codereuse-30seconds", verdictPassed, codeReuse30Seconds},
	{"oidcc-ensure-registered-redirect-uri", verdictReview, ensureRegisteredRedirectURI},
	{"oidcc-ensure-post-request-succeeds", verdictPassed, ensurePostRequestSucceeds},
	{"oidcc-server-client-secret-post", verdictPassed, func(t *trial) { t.flow(t.posts) }},
	{"oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported", verdictSkipped, unsignedRequestObject},
	{"oidcc-ensure-request-object-with-redirect-uri", verdictReview, requestObjectWithRedirectURI},
	{"oidcc-refresh-token", verdictPassed, refreshToken},
	{"oidcc-ensure-request-with-valid-pkce-succeeds", verdictPassed, validPKCE},
}}

// unchangedBy is a parameter that changes nothing: the person signs in and the client gets its tokens.
func unchangedBy(name, value string) func(*trial) {
	return func(t *trial) {
		if in := t.flow(t.basic, name, value); !in.saw(pageSignIn) {
			t.Errorf("nobody signed in: %v", in.pages)
		}
	}
}

func userInfoGet(t *trial) {
	in := t.flow(t.basic)
	t.checkUserInfo(in, t.call(http.MethodGet, t.endpoint("userinfo_endpoint"), nil, "Authorization: Bearer "+in.access))
}

func userInfoPostHeader(t *trial) {
	in := t.flow(t.basic)
	t.checkUserInfo(in, t.call(http.MethodPost, t.endpoint("userinfo_endpoint"), nil, "Authorization: Bearer "+in.access))
}

func userInfoPostBody(t *trial) {
	in := t.flow(t.basic)
	t.checkUserInfo(in, t.call(http.MethodPost, t.endpoint("userinfo_endpoint"), url.Values{"access_token": {in.access}}))
}

// wantClaims wants every standard claim of a scope. That the ID token holds none of them is among the shared checks.
func (t *trial) wantClaims(in signedIn, scope string) {
	names := claimsOf(scope)
	if len(names) == 0 {
		t.Fatalf("the scope %s has no claims", scope)
	}
	for _, name := range names {
		if in.info[name] == nil {
			t.Errorf("userinfo lacks %s", name)
		}
	}
}

// notOffered is a request with scopes that the metadata do not list: they are left out, and do no harm.
func (t *trial) notOffered(scope string, missing ...string) {
	in := t.flow(t.basic, "scope", scope)
	for _, name := range missing {
		if slices.Contains(t.listed("scopes_supported"), name) || slices.Contains(in.scopes, name) {
			t.Errorf("%s is offered: the module can be run", name)
		}
	}
	for _, name := range []string{"address", "phone_number", "phone_number_verified"} {
		if in.info[name] != nil || slices.Contains(t.listed("claims_supported"), name) {
			t.Errorf("%s without its scope", name)
		}
	}
	for _, name := range []string{"profile", "email"} {
		if slices.Contains(strings.Fields(scope), name) {
			t.wantClaims(in, name)
		}
	}
}

// alternateHappyFlow sends scopes and parameters in the order nobody uses.
func alternateHappyFlow(t *trial) {
	a := t.ask(t.basic, "scope", "email profile openid")
	parameters := strings.Split(a.Encode(), "&") // sorted by name
	slices.Reverse(parameters)
	t.browser.Visit(t.endpoint("authorization_endpoint") + "?" + strings.Join(parameters, "&"))
	in := t.complete(a)
	t.wantClaims(in, "profile")
	t.wantClaims(in, "email")
}

// ensurePostRequestSucceeds sends the request as a form of another site, whose cookies of ours stay at home. Somebody
// who signed in is known all the same.
func ensurePostRequestSucceeds(t *trial) {
	for _, known := range []bool{false, true} {
		a := t.ask(t.basic)
		t.party.offer(t.endpoint("authorization_endpoint"), a.Values)
		t.browser.Visit(t.party.base + "/send").Submit("Send")
		if in := t.complete(a); in.saw(pageSignIn) == known {
			t.Errorf("signed in %t, and the pages were %v", known, in.pages)
		}
	}
}

func validPKCE(t *trial) {
	if !slices.Contains(t.listed("code_challenge_methods_supported"), "S256") {
		t.Error("S256 is not listed")
	}
	a := t.ask(t.basic).withChallenge()
	t.sendOff(a)
	t.complete(a)
}
