package main

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"latchkey/app/apptest"
	"latchkey/models"
	"latchkey/views"
)

// TestRealClients: code that nobody here wrote, used as its authors document it, against the whole program. Each
// case registers a client of its own.
func TestRealClients(t *testing.T) {
	cases := []struct {
		name string
		run  func(t *testing.T, s site)
	}{
		{"SignInAndUse", signInAndUse},
		{"EveryKindOfClient", everyKindOfClient},
		{"Denied", denied},
		{"AskedQuietly", askedQuietly},
		{"FreshSignIn", freshSignIn},
		{"SignOutAtTheClient", signOutAtTheClient},
		{"MachineClient", machineClient},
		{"ResourceServer", resourceServer},
		{"Revocation", revocation},
		{"DisabledClient", disabledClient},
		{"RefreshReuse", refreshReuse},
		{"CodeReplay", codeReplay},
		{"WrongVerifier", wrongVerifier},
		{"KeyRotatedUnderWay", keyRotatedUnderWay},
		{"ZitadelSignsIn", zitadelSignsIn},
		{"ZitadelEnds", zitadelEnds},
		{"ZitadelDenied", zitadelDenied},
	}
	eachSite(t, func(t *testing.T, s site) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) { c.run(t, s) })
		}
	})
}

// signInAndUse: sign-in, some of the scopes, the API, new tokens, and the end of it all.
func signInAndUse(t *testing.T, s site) {
	p, b := s.newParty(t, nil), s.signIn(t, "member@example.test")
	v := p.begin()
	b.Visit(v.address).Sees(p.name + " wants to use your " + views.BrandName + " account")
	b.Submit("Allow", apptest.Set("scope", "openid", "profile", "offline_access", "notes:read"))
	token, id := v.redeem(t, b)

	if token.Type() != "Bearer" || token.RefreshToken == "" || time.Until(token.Expiry) > time.Hour {
		t.Errorf("token %s, refresh %t, until %s", token.Type(), token.RefreshToken != "", token.Expiry)
	}
	if scope := token.Extra("scope"); scope != "openid profile offline_access notes:read" {
		t.Errorf("granted %q", scope)
	}
	s.checkPerson(t, p, token, id)

	fresh, err := p.refreshed(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	if again := p.verify(t, fresh); again == nil || again.Subject != id.Subject || again.Nonce != "" {
		t.Errorf("the refreshed ID token is %+v", again)
	}
	if fresh.AccessToken == token.AccessToken || fresh.RefreshToken == token.RefreshToken {
		t.Error("a refreshed token is the old one")
	}
	s.checkPerson(t, p, fresh, id)

	s.takeBack(b, p)
	s.checkRefused(t, p, fresh)
}

// checkPerson asks for the person at UserInfo and at the API: the same one, and no more of them than was granted.
func (s site) checkPerson(t *testing.T, p *party, token *oauth2.Token, id *oidc.IDToken) {
	t.Helper()
	info, err := p.provider.UserInfo(t.Context(), oauth2.StaticTokenSource(token))
	if err != nil {
		t.Fatal(err)
	}
	var claims struct{ Name string }
	if err := info.Claims(&claims); err != nil || claims.Name != "Demo Member" || info.Subject != id.Subject || info.Email != "" {
		t.Errorf("userinfo: %q, %q for %q, email %q (%v)", claims.Name, info.Subject, id.Subject, info.Email, err)
	}
	var me struct{ ID, Name string }
	if status, _ := s.get(t, token.AccessToken, "/api/me", &me); status != http.StatusOK || me.ID != id.Subject || me.Name != "Demo Member" {
		t.Errorf("/api/me: %d %+v", status, me)
	}
	var list struct{ Notes []struct{ Title string } }
	if status, _ := s.get(t, token.AccessToken, "/api/notes", &list); status != http.StatusOK || len(list.Notes) != len(demoNotes) {
		t.Errorf("/api/notes: %d, %d notes", status, len(list.Notes))
	}
	var refusal struct{ Error string }
	for place, want := range map[string]int{s.placeIn(t, "notes|"+id.Subject): http.StatusOK, s.placeIn(t, "notes|somebody else"): http.StatusBadRequest, "x": http.StatusBadRequest} {
		if status, _ := s.get(t, token.AccessToken, "/api/notes?older="+place, &refusal); status != want || want != http.StatusOK && refusal.Error != "invalid_request" {
			t.Errorf("/api/notes at %.12s: %d %s", place, status, refusal.Error)
		}
	}
}

// checkRefused: nothing of this family is good for anything any more.
func (s site) checkRefused(t *testing.T, p *party, token *oauth2.Token) {
	t.Helper()
	for _, path := range []string{"/api/me", "/api/notes", "/oauth/userinfo"} {
		if status, challenge := s.get(t, token.AccessToken, path, nil); status != http.StatusUnauthorized || !strings.Contains(challenge, `error="invalid_token"`) {
			t.Errorf("%s with a dead token: %d, %s", path, status, challenge)
		}
	}
	_, err := p.refreshed(t.Context(), token)
	wantError(t, err, "invalid_grant")
}

// wantError checks the RFC's error code as x/oauth2 reports it.
func wantError(t *testing.T, err error, code string) {
	t.Helper()
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) || refused.ErrorCode != code {
		t.Errorf("error %v, want %s", err, code)
	}
}

// everyKindOfClient: each way to prove who one is, found out by the library itself where it
// does that, and each signing algorithm.
func everyKindOfClient(t *testing.T, s site) {
	b := s.signIn(t, "member@example.test")
	for _, c := range []struct {
		name   string
		style  oauth2.AuthStyle
		change func(*models.OAuthClient)
	}{
		{"basic", oauth2.AuthStyleInHeader, nil},
		{"secret in the body", oauth2.AuthStyleInParams, func(c *models.OAuthClient) { c.AuthMethod = "client_secret_post" }},
		{"basic, found out", oauth2.AuthStyleAutoDetect, nil},
		{"body, found out", oauth2.AuthStyleAutoDetect, func(c *models.OAuthClient) { c.AuthMethod = "client_secret_post" }},
		{"public", oauth2.AuthStyleInParams, func(c *models.OAuthClient) { c.Kind = "native" }},
		{"in a browser", oauth2.AuthStyleAutoDetect, func(c *models.OAuthClient) { c.Kind = "browser" }},
		{"ES256", oauth2.AuthStyleInHeader, func(c *models.OAuthClient) { c.IDTokenAlg = "ES256" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := s.newParty(t, c.change)
			p.Endpoint.AuthStyle = c.style
			v := p.begin()
			token, id := v.redeem(t, b.Visit(v.address).Submit("Allow"))
			s.checkAlgorithm(t, token, map[bool]string{true: "ES256", false: "RS256"}[c.name == "ES256"])
			fresh, err := p.refreshed(t.Context(), token)
			if err != nil {
				t.Fatal(err)
			}
			if again := p.verify(t, fresh); again.Subject != id.Subject {
				t.Errorf("refreshed for %q, was %q", again.Subject, id.Subject)
			}
		})
	}
}

func (s site) checkAlgorithm(t *testing.T, token *oauth2.Token, want string) {
	t.Helper()
	raw, _ := token.Extra("id_token").(string)
	for _, other := range []string{"RS256", "ES256"} {
		keys := oidc.NewRemoteKeySet(t.Context(), s.base+"/oauth/jwks.json")
		_, err := oidc.NewVerifier(s.base, keys, &oidc.Config{SkipClientIDCheck: true, SupportedSigningAlgs: []string{other}}).Verify(t.Context(), raw)
		if (err == nil) != (other == want) {
			t.Errorf("as %s: %v", other, err)
		}
	}
}

// denied: whoever says no shares nothing, and the app is told so.
func denied(t *testing.T, s site) {
	p := s.newParty(t, nil)
	for name, b := range map[string]*apptest.Browser{"signed in": s.signIn(t, "member@example.test"), "signed out": apptest.New(t)} {
		v := p.begin()
		b.Visit(v.address).Submit("Cancel")
		if answer := v.answer(t, b, "error", "error_description"); answer.Get("error") != "access_denied" {
			t.Errorf("%s: %v", name, answer)
		}
	}
	s.signIn(t, "member@example.test").Visit(s.base + "/account/apps").SeesNot(p.name)
}

// askedQuietly: an app may ask quietly. It is answered without a page, whatever the answer.
func askedQuietly(t *testing.T, s site) {
	p, quietly := s.newParty(t, nil), oauth2.SetAuthURLParam("prompt", "none")
	wantQuiet := func(b *apptest.Browser, code string) {
		t.Helper()
		v := p.begin(quietly)
		if answer := v.answer(t, b.Visit(v.address), "error", "error_description"); answer.Get("error") != code {
			t.Errorf("%v, want %s", answer, code)
		}
	}
	wantQuiet(apptest.New(t), "login_required")

	b := s.signIn(t, "member@example.test")
	wantQuiet(b, "consent_required")
	v := p.begin()
	_, first := v.redeem(t, b.Visit(v.address).Submit("Allow"))

	v = p.begin(quietly)
	_, second := v.redeem(t, b.Visit(v.address))
	if second.Subject != first.Subject {
		t.Errorf("quietly %q, before %q", second.Subject, first.Subject)
	}
	v = p.begin(quietly, oauth2.SetAuthURLParam("scope", "openid notes:write"))
	if answer := v.answer(t, b.Visit(v.address), "error", "error_description"); answer.Get("error") != "consent_required" {
		t.Errorf("with a scope nobody agreed to: %v", answer)
	}
	b.Visit(s.base + "/account").Submit("Sign out")
	wantQuiet(b, "login_required")
}

// freshSignIn: prompt=login and max_age ask for the password again, and the ID token says when
// it was given.
func freshSignIn(t *testing.T, s site) {
	p, b := s.newParty(t, nil), s.signIn(t, "member@example.test")
	authTime := func(id *oidc.IDToken) (at int64) {
		var claims struct {
			AuthTime int64 `json:"auth_time"`
		}
		if err := id.Claims(&claims); err != nil || claims.AuthTime == 0 {
			t.Errorf("auth_time %d (%v)", claims.AuthTime, err)
		}
		return claims.AuthTime
	}
	v := p.begin()
	_, id := v.redeem(t, b.Visit(v.address).Submit("Allow"))
	before := authTime(id)
	for _, option := range []oauth2.AuthCodeOption{oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0")} {
		waitFor(t, func() bool { return time.Now().Unix() > before }) // auth_time has whole seconds
		v = p.begin(option)
		b.Visit(v.address).Sees("confirm it is you")
		// Coming back with the old sign-in leads to the same page, never through.
		b.Visit(b.URL.Query().Get("return_to")).Sees("confirm it is you")
		_, id = v.redeem(t, b.Submit("Confirm", apptest.Set("password", demoPassword)))
		if after := authTime(id); after <= before {
			t.Errorf("auth_time %d, was %d", after, before)
		} else {
			before = after
		}
	}
}

// signOutAtTheClient: signing out at the app signs out here. What may go on without the person does.
func signOutAtTheClient(t *testing.T, s site) {
	p, b := s.newParty(t, nil), s.signIn(t, "member@example.test")
	v := p.begin()
	lasting, _ := v.redeem(t, b.Visit(v.address).Submit("Allow"))
	v = p.begin(oauth2.SetAuthURLParam("scope", "notes:read")) // ends with the session: no offline_access
	passing, none := v.redeem(t, b.Visit(v.address))
	if none != nil {
		t.Error("an ID token came without openid")
	}

	var metadata struct {
		EndSession string `json:"end_session_endpoint"`
	}
	if err := p.provider.Claims(&metadata); err != nil {
		t.Fatal(err)
	}
	raw, _ := lasting.Extra("id_token").(string)
	query := url.Values{"id_token_hint": {raw}, "post_logout_redirect_uri": {p.home + "/bye"}, "state": {"later"}}
	if b.Visit(metadata.EndSession + "?" + query.Encode()); b.URL.String() != p.home+"/bye?state=later" {
		t.Fatalf("after signing out the browser is at %s: %s", b.URL, b.Text())
	}
	b.Visit(s.base + "/account").Sees("Sign in").SeesNot("Sessions")
	s.checkRefused(t, p, passing)
	if _, err := p.refreshed(t.Context(), lasting); err != nil {
		t.Errorf("access that may outlive the sign-in did not: %v", err)
	}
}
