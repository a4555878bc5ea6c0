package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"latchkey/app/apptest"
	"latchkey/models"
	"latchkey/oauthserver"
)

// party is a third-party app as the authors of x/oauth2 and go-oidc document it. What does not work with these
// libraries as they are is a fault of ours.
type party struct {
	oauth2.Config
	provider *oidc.Provider
	name     string
	home     string // its address
}

// newParty registers an app and starts it. change may alter the registration.
func (s site) newParty(t *testing.T, change func(*models.OAuthClient)) *party {
	t.Helper()
	home := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!DOCTYPE html><title>Party</title><h1>The party</h1>")
	}))
	t.Cleanup(home.Close)
	registration := models.OAuthClient{
		Name: "Party " + rand.Text()[:4], Verified: true,
		RedirectURIs: models.Strings{home.URL + "/callback"}, PostLogoutRedirectURIs: models.Strings{home.URL + "/bye"},
	}
	if change != nil {
		change(&registration)
	}
	id, secret := s.register(t, registration)
	provider, err := oidc.NewProvider(t.Context(), s.base)
	if err != nil {
		t.Fatal(err)
	}
	return &party{
		oauth2.Config{
			ClientID: id, ClientSecret: secret, Endpoint: provider.Endpoint(), RedirectURL: home.URL + "/callback",
			Scopes: []string{oidc.ScopeOpenID, "profile", "email", oidc.ScopeOfflineAccess, "notes:read"},
		},
		provider, registration.Name, home.URL,
	}
}

// takeBack is the person's way to end all that the app may do.
func (s site) takeBack(b *apptest.Browser, p *party) {
	b.Visit(s.base + "/account/apps").Sees(p.name)
	b.Visit("/account/apps/" + p.ClientID + "/revoke").Submit("Revoke access").Sees("Access revoked").SeesNot(p.name)
}

func (s site) register(t *testing.T, registration models.OAuthClient) (id, secret string) {
	t.Helper()
	client, secret, err := s.oauth.CreateClient(t.Context(), oauthserver.System("test", ""), registration)
	if err != nil {
		t.Fatal(err)
	}
	return client.ID, secret
}

// visit is one sign-in under way: what the answer must match.
type visit struct {
	*party
	state, nonce, verifier string
	address                string // of the authorization request
}

func (p *party) begin(options ...oauth2.AuthCodeOption) visit {
	v := visit{party: p, state: rand.Text(), nonce: rand.Text(), verifier: oauth2.GenerateVerifier()}
	options = append(options, oauth2.S256ChallengeOption(v.verifier), oidc.Nonce(v.nonce))
	v.address = p.AuthCodeURL(v.state, options...)
	return v
}

// answer is what the browser brought back. It holds these parameters and no others (RFC 6749 §4.1.2, RFC 9207).
func (v visit) answer(t *testing.T, b *apptest.Browser, names ...string) url.Values {
	t.Helper()
	if b.URL.Scheme+"://"+b.URL.Host+b.URL.Path != v.RedirectURL {
		t.Fatalf("the browser is at %s (%d): %s", b.URL, b.Status, b.Text())
	}
	answer := b.URL.Query()
	names = append(names, "state", "iss")
	for name, values := range answer {
		if len(values) != 1 || !slices.Contains(names, name) {
			t.Errorf("the answer has %s=%q", name, values)
		}
	}
	for _, name := range names {
		if !answer.Has(name) {
			t.Errorf("the answer lacks %s: %v", name, answer)
		}
	}
	if answer.Get("state") != v.state {
		t.Errorf("state %q, sent %q", answer.Get("state"), v.state)
	}
	var metadata struct{ Issuer string }
	if err := v.provider.Claims(&metadata); err != nil || answer.Get("iss") != metadata.Issuer {
		t.Errorf("iss %q, the metadata say %q (%v)", answer.Get("iss"), metadata.Issuer, err)
	}
	return answer
}

// redeem trades the code that the browser brought for tokens, and checks the ID token.
func (v visit) redeem(t *testing.T, b *apptest.Browser) (*oauth2.Token, *oidc.IDToken) {
	t.Helper()
	token, err := v.Exchange(t.Context(), v.answer(t, b, "code").Get("code"), oauth2.VerifierOption(v.verifier))
	if err != nil {
		t.Fatal(err)
	}
	verified := v.verify(t, token)
	if verified != nil && verified.Nonce != v.nonce {
		t.Errorf("nonce %q, sent %q", verified.Nonce, v.nonce)
	}
	return token, verified
}

// verify checks the ID token as go-oidc does, and its at_hash. nil when none came.
func (p *party) verify(t *testing.T, token *oauth2.Token) *oidc.IDToken {
	t.Helper()
	raw, _ := token.Extra("id_token").(string)
	if raw == "" {
		return nil
	}
	verified, err := p.provider.VerifierContext(t.Context(), &oidc.Config{ClientID: p.ClientID}).Verify(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := verified.VerifyAccessToken(token.AccessToken); err != nil {
		t.Error(err)
	}
	return verified
}

// get calls something with an access token.
func (s site) get(t *testing.T, accessToken, path string, into any) (status int, challenge string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if accessToken != "" {
		r.Header.Set("Authorization", "Bearer "+accessToken)
	}
	return decode(t, r, into)
}

// tell posts a form to a machine endpoint, as a client with a secret.
func (s site) tell(t *testing.T, id, secret, path string, form url.Values, into any) (status int) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret))
	status, _ = decode(t, r, into)
	return status
}

func decode(t *testing.T, r *http.Request, into any) (status int, challenge string) {
	t.Helper()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if into != nil {
		if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
			t.Errorf("%s answers %d without JSON: %v", r.URL.Path, answer.StatusCode, err)
		}
	}
	return answer.StatusCode, answer.Header.Get("WWW-Authenticate")
}

// refreshed is what x/oauth2 makes of a token whose life is over.
func (p *party) refreshed(ctx context.Context, token *oauth2.Token) (*oauth2.Token, error) {
	return p.TokenSource(ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
}
