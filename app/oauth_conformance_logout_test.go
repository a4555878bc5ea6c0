package main

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// The RP-initiated logout plan.

var logoutPlan = conformancePlan{"rp-initiated-logout", []conformanceModule{
	{"oidcc-rp-initiated-logout-discovery-endpoint-verification", verdictPassed, func(t *trial) { discovery(t); t.endpoint("end_session_endpoint") }},
	{"oidcc-rp-initiated-logout", verdictPassed, logoutWithEverything},
	{"oidcc-rp-initiated-logout-bad-post-logout-redirect-uri", verdictReview, logoutToForeignAddress},
	{"oidcc-rp-initiated-logout-modified-id-token-hint", verdictReview, logoutWithUnsignedHint},
	{"oidcc-rp-initiated-logout-no-id-token-hint", verdictReview, logoutWithoutHint},
	{"oidcc-rp-initiated-logout-no-params", verdictReview, func(t *trial) { t.flow(t.basic); t.logoutAsks(url.Values{}) }},
	{"oidcc-rp-initiated-logout-no-post-logout-redirect-uri", verdictReview, logoutToNowhere},
	{"oidcc-rp-initiated-logout-no-state", verdictPassed, logoutWithoutState},
	{"oidcc-rp-initiated-logout-only-state", verdictReview, func(t *trial) { t.flow(t.basic); t.logoutAsks(url.Values{"state": {rand.Text()}}) }},
	{"oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri", verdictReview, logoutToAddressWithQuery},
	{"oidcc-rp-initiated-logout-bad-id-token-hint", verdictReview, logoutWithStrangersHint},
}}

// logOut is the browser at the end of a session.
func (t *trial) logOut(request url.Values) {
	t.Helper()
	t.browser.Visit(t.endpoint("end_session_endpoint") + "?" + request.Encode())
}

// logOutRequest is a complete one.
func (t *trial) logOutRequest(in signedIn) url.Values {
	state := strings.Repeat(rand.Text(), 5)[:128]
	return url.Values{"id_token_hint": {in.raw}, "post_logout_redirect_uri": {t.party.base + "/bye"}, "state": {state}}
}

// cameBack wants the browser back at the client, with the state it sent and nothing else.
func (t *trial) cameBack(request url.Values) {
	t.Helper()
	answer := t.came("/bye", "state")
	if answer.Has("state") != request.Has("state") || answer.Get("state") != request.Get("state") {
		t.Errorf("state %q, sent %q", answer.Get("state"), request.Get("state"))
	}
	t.signedOutNow(t.basic)
}

func logoutWithEverything(t *trial) {
	request := t.logOutRequest(t.flow(t.basic))
	t.logOut(request)
	t.cameBack(request)
}

func logoutWithoutState(t *trial) {
	request := t.logOutRequest(t.flow(t.basic))
	request.Del("state")
	t.logOut(request)
	t.cameBack(request)
}

// signedOutPage is the picture of our own page at the end, and of nobody being sent anywhere.
func (t *trial) signedOutPage() {
	t.Helper()
	t.browser.Sees("You are signed out", "Your session in this browser has ended")
	if list := t.party.take(); t.browser.Status != http.StatusOK || len(list) != 0 {
		t.Errorf("status %d, a client was told: %+v", t.browser.Status, list)
	}
	t.signedOutNow(t.basic)
}

func logoutToNowhere(t *trial) {
	request := t.logOutRequest(t.flow(t.basic))
	request.Del("post_logout_redirect_uri")
	t.logOut(request)
	t.signedOutPage()
}

// logoutAsks: without a hint anybody could have sent the browser here, so the person decides. Asking changes nothing.
func (t *trial) logoutAsks(request url.Values) {
	t.Helper()
	for _, press := range []bool{false, true} {
		t.logOut(request)
		t.browser.Sees("Sign out?", "An app asks to end your session", conformanceMember, "Stay signed in")
		if list := t.party.take(); t.browser.Status != http.StatusOK || len(list) != 0 {
			t.Errorf("status %d, a client was told: %+v", t.browser.Status, list)
		}
		if !press {
			t.staysSignedIn()
			continue
		}
		t.browser.Submit("Sign out")
		t.signedOutPage()
	}
}

func (t *trial) staysSignedIn() {
	t.Helper()
	if in := t.flow(t.basic, "prompt", "none"); len(in.pages) != 0 {
		t.Errorf("pages %v", in.pages)
	}
}

func logoutWithoutHint(t *trial) {
	request := t.logOutRequest(t.flow(t.basic))
	request.Del("id_token_hint")
	t.logoutAsks(request)
}

// logoutRefused is a mistake that is shown to the person, who stays signed in.
func (t *trial) logoutRefused(request url.Values) {
	t.Helper()
	t.logOut(request)
	t.errorPage("invalid_request", t.party.base, request.Get("state"), request.Get("id_token_hint"))
	t.staysSignedIn()
}

func logoutToForeignAddress(t *trial) {
	request := t.logOutRequest(t.flow(t.basic))
	request.Set("post_logout_redirect_uri", t.party.base+"/bye/elsewhere")
	t.logoutRefused(request)
}

func logoutToAddressWithQuery(t *trial) {
	request := t.logOutRequest(t.flow(t.basic))
	request.Set("post_logout_redirect_uri", t.party.base+"/bye?foo=bar")
	t.logoutRefused(request)
}

// keyOf names the key that signed an ID token.
func (t *trial) keyOf(in signedIn) string {
	t.Helper()
	signed, err := jose.ParseSignedCompact(in.raw, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	return signed.Signatures[0].Header.KeyID
}

// logoutWithUnsignedHint: claims and name of the key are right, and nobody signed them.
func logoutWithUnsignedHint(t *trial) {
	in := t.flow(t.basic)
	request := t.logOutRequest(in)
	request.Set("id_token_hint", t.unsigned(map[string]any{"typ": "JWT", "kid": t.keyOf(in)}, in.claims))
	t.logoutRefused(request)
}

// logoutWithStrangersHint: the claims are right and a stranger signed them, under the name of our key.
func logoutWithStrangersHint(t *trial) {
	in := t.flow(t.basic)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	stranger := jose.JSONWebKey{Key: key, KeyID: t.keyOf(in)}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: stranger}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		t.Fatal(err)
	}
	claims, err := json.Marshal(in.claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(claims)
	if err != nil {
		t.Fatal(err)
	}
	forged, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	request := t.logOutRequest(in)
	request.Set("id_token_hint", forged)
	t.logoutRefused(request)
}
