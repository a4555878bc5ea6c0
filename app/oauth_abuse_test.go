package main

import (
	"net/http"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"latchkey/models"
	"latchkey/oauthserver"
)

// refreshReuse: a refresh token used a second time, out of order, ends the whole family: one of the two who
// used it stole it.
func refreshReuse(t *testing.T, s site) {
	p := s.newParty(t, func(c *models.OAuthClient) { c.Kind = "native" }) // public: no window for a lost answer
	b := s.signIn(t, "member@example.test")
	v := p.begin()
	first, _ := v.redeem(t, b.Visit(v.address).Submit("Allow"))
	second, err := p.refreshed(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	if status, _ := s.get(t, second.AccessToken, "/api/me", nil); status != http.StatusOK {
		t.Fatalf("a fresh token: %d", status)
	}
	_, err = p.refreshed(t.Context(), first)
	wantError(t, err, "invalid_grant")
	s.checkRefused(t, p, second)
}

// codeReplay: a code used a second time ends what the first use gave.
func codeReplay(t *testing.T, s site) {
	p, b := s.newParty(t, nil), s.signIn(t, "member@example.test")
	v := p.begin()
	token, _ := v.redeem(t, b.Visit(v.address).Submit("Allow"))
	_, err := p.Exchange(t.Context(), b.URL.Query().Get("code"), oauth2.VerifierOption(v.verifier))
	wantError(t, err, "invalid_grant")
	s.checkRefused(t, p, token)
}

// wrongVerifier: whoever caught a code without the verifier has nothing, and the client still gets its tokens.
func wrongVerifier(t *testing.T, s site) {
	p, b := s.newParty(t, nil), s.signIn(t, "member@example.test")
	p.Endpoint.AuthStyle = oauth2.AuthStyleInHeader // finding the style out, x/oauth2 tries both and reports the second failure
	v := p.begin()
	b.Visit(v.address).Submit("Allow")
	code := v.answer(t, b, "code").Get("code")
	_, err := p.Exchange(t.Context(), code, oauth2.VerifierOption(oauth2.GenerateVerifier()))
	wantError(t, err, "invalid_grant")
	_, err = p.Exchange(t.Context(), code)
	wantError(t, err, "invalid_grant")
	v.redeem(t, b)
}

// keyRotatedUnderWay: the key that signed is new to the client, which fetches it as its library does; what the
// old key signed still verifies.
func keyRotatedUnderWay(t *testing.T, s site) {
	p, b := s.newParty(t, nil), s.signIn(t, "member@example.test")
	v := p.begin()
	before, _ := v.redeem(t, b.Visit(v.address).Submit("Allow"))
	v = p.begin()
	b.Visit(v.address)
	if err := s.oauth.RotateKeys(t.Context(), oauthserver.System("test", ""), oauthserver.RotateNow); err != nil {
		t.Fatal(err)
	}
	after, _ := v.redeem(t, b)
	if keyOf(before) == keyOf(after) {
		t.Error("the same key signed before and after the rotation")
	}
	p.verify(t, before)
}

// keyOf is the protected header of the ID token, which names the key.
func keyOf(token *oauth2.Token) string {
	raw, _ := token.Extra("id_token").(string)
	header, _, _ := strings.Cut(raw, ".")
	return header
}
