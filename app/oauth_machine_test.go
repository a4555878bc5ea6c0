package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"latchkey/app/apptest"
	"latchkey/models"
	"latchkey/oauthserver"
)

// machineClient: a program of its own gets tokens of its own. They stand for no person, so the product's
// pages of a person stay shut.
func machineClient(t *testing.T, s site) {
	id, secret := s.register(t, models.OAuthClient{Name: "Nightly", Kind: "service"})
	for _, style := range []oauth2.AuthStyle{oauth2.AuthStyleInHeader, oauth2.AuthStyleAutoDetect} {
		config := clientcredentials.Config{
			ClientID: id, ClientSecret: secret, TokenURL: s.base + "/oauth/token", Scopes: []string{"notes:read"}, AuthStyle: style,
		}
		token, err := config.Token(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if token.RefreshToken != "" || token.Extra("id_token") != nil || token.Extra("scope") != "notes:read" {
			t.Errorf("refresh %q, ID token %v, scope %v", token.RefreshToken, token.Extra("id_token"), token.Extra("scope"))
		}
		var refusal struct{ Error string }
		if status, _ := s.get(t, token.AccessToken, "/api/notes", &refusal); status != http.StatusForbidden || refusal.Error != "access_denied" {
			t.Errorf("/api/notes without a person: %d %s", status, refusal.Error)
		}
		if status, _ := s.get(t, token.AccessToken, "/oauth/userinfo", &refusal); status != http.StatusForbidden {
			t.Errorf("userinfo without a person: %d %s", status, refusal.Error)
		}
		s.checkMachineFacts(t, id, secret, token.AccessToken)
	}
	config := clientcredentials.Config{ClientID: id, ClientSecret: secret, TokenURL: s.base + "/oauth/token", Scopes: []string{"profile"}, AuthStyle: oauth2.AuthStyleInHeader}
	_, err := config.Token(t.Context())
	wantError(t, err, "invalid_scope")
	config = clientcredentials.Config{ClientID: id, ClientSecret: secret + "x", TokenURL: s.base + "/oauth/token", Scopes: []string{"notes:read"}, AuthStyle: oauth2.AuthStyleInHeader}
	_, err = config.Token(t.Context())
	wantError(t, err, "invalid_client")
}

func (s site) checkMachineFacts(t *testing.T, id, secret, token string) {
	t.Helper()
	var facts tokenFacts
	if status := s.tell(t, id, secret, "/oauth/introspect", url.Values{"token": {token}}, &facts); status != http.StatusOK {
		t.Errorf("introspection: %d", status)
	}
	if !facts.Active || facts.Subject != id || facts.ClientID != id || facts.Scope != "notes:read" {
		t.Errorf("introspection: %+v", facts)
	}
}

// tokenFacts are what introspection tells (RFC 7662 §2.2).
type tokenFacts struct {
	Active   bool
	Scope    string
	ClientID string   `json:"client_id"`
	Subject  string   `json:"sub"`
	Audience []string `json:"aud"`
	Issuer   string   `json:"iss"`
	Type     string   `json:"token_type"`
	Expires  int64    `json:"exp"`
}

// resourceServer: an API of someone else's asks about the tokens it is sent, until they are taken back.
func resourceServer(t *testing.T, s site) {
	p, b := s.newParty(t, nil), s.signIn(t, "member@example.test")
	api, secret := s.register(t, models.OAuthClient{Name: "Notes API", Kind: "resource_server"})
	stranger, strangerSecret := s.register(t, models.OAuthClient{Name: "Stranger", Kind: "service"})
	v := p.begin()
	token, id := v.redeem(t, b.Visit(v.address).Submit("Allow"))

	asks := func(client, secret string) (facts tokenFacts) {
		t.Helper()
		if status := s.tell(t, client, secret, "/oauth/introspect", url.Values{"token": {token.AccessToken}}, &facts); status != http.StatusOK {
			t.Errorf("introspection: %d", status)
		}
		return facts
	}
	facts := asks(api, secret)
	if !facts.Active || facts.Subject != id.Subject || facts.ClientID != p.ClientID || facts.Issuer != s.base || facts.Type != "Bearer" {
		t.Errorf("introspection: %+v", facts)
	}
	if !strings.Contains(facts.Scope, "notes:read") || facts.Expires != token.Expiry.Unix() && time.Until(time.Unix(facts.Expires, 0)) > time.Hour {
		t.Errorf("introspection: %+v", facts)
	}
	if facts := asks(stranger, strangerSecret); facts.Active || facts.Subject != "" {
		t.Errorf("a stranger learns %+v", facts)
	}

	s.takeBack(b, p)
	if facts := asks(api, secret); facts.Active || facts.Subject != "" {
		t.Errorf("after the access was taken back: %+v", facts)
	}
}

// revocation: an app gives back what it was given (RFC 7009); its access tokens go with the refresh token.
func revocation(t *testing.T, s site) {
	p, b := s.newParty(t, nil), s.signIn(t, "member@example.test")
	v := p.begin()
	token, _ := v.redeem(t, b.Visit(v.address).Submit("Allow"))
	other, otherSecret := s.register(t, models.OAuthClient{Name: "Other", Kind: "service"})
	if status := s.tell(t, other, otherSecret, "/oauth/revoke", url.Values{"token": {token.RefreshToken}}, nil); status != http.StatusBadRequest {
		t.Errorf("another client revokes: %d", status)
	}
	if status, _ := s.get(t, token.AccessToken, "/api/me", nil); status != http.StatusOK {
		t.Errorf("after another client's try: %d", status)
	}
	if status := s.tell(t, p.ClientID, p.ClientSecret, "/oauth/revoke", url.Values{"token": {token.RefreshToken}}, nil); status != http.StatusOK {
		t.Errorf("revoke: %d", status)
	}
	s.checkRefused(t, p, token)
}

// disabledClient: an operator turns a client off, and it is off everywhere at once.
func disabledClient(t *testing.T, s site) {
	p, b := s.newParty(t, nil), s.signIn(t, "member@example.test")
	v := p.begin()
	token, _ := v.redeem(t, b.Visit(v.address).Submit("Allow"))
	if err := s.oauth.DisableClient(t.Context(), oauthserver.System("test", ""), p.ClientID); err != nil {
		t.Fatal(err)
	}
	if status, _ := s.get(t, token.AccessToken, "/api/me", nil); status != http.StatusUnauthorized {
		t.Errorf("/api/me: %d", status)
	}
	_, err := p.refreshed(t.Context(), token)
	wantError(t, err, "invalid_client")
	v = p.begin()
	if b.Visit(v.address); b.URL.Host != strings.TrimPrefix(s.base, "http://") || b.Status != http.StatusBadRequest {
		t.Errorf("authorize: %d at %s", b.Status, b.URL)
	}
	apptest.New(t).Visit(v.address).SeesNot(p.name)
}
