package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// scopes are what the client asks for; the person may allow less.
var scopes = []string{oidc.ScopeOpenID, "profile", "email", oidc.ScopeOfflineAccess, "notes:read"}

// errRefused: the provider does not know our token any more.
var errRefused = errors.New("the provider refused the token")

// provider is what discovery told.
type provider struct {
	*oidc.Provider
	oauth      oauth2.Config
	endSession string
}

// discover asks the issuer where its endpoints are, at the first use: client and server start together.
func (c *client) discover(ctx context.Context) (*provider, error) {
	c.finding.Lock()
	defer c.finding.Unlock()
	if c.provider != nil {
		return c.provider, nil
	}
	// The library keeps the context to fetch keys later, so it must outlive this request.
	found, err := oidc.NewProvider(context.WithoutCancel(c.outbound(ctx)), c.config.Issuer)
	if err != nil {
		return nil, fmt.Errorf("discover %s: %w", c.config.Issuer, err)
	}
	var more struct {
		EndSession string `json:"end_session_endpoint"`
	}
	if err := found.Claims(&more); err != nil {
		return nil, fmt.Errorf("read metadata: %w", err)
	}
	c.provider = &provider{found, oauth2.Config{
		ClientID: c.config.ClientID, ClientSecret: c.config.ClientSecret, Endpoint: found.Endpoint(),
		RedirectURL: c.config.PublicURL + "/callback", Scopes: scopes,
	}, more.EndSession}
	return c.provider, nil
}

func (c *client) outbound(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, c.config.HTTPClient)
}

// verify checks an ID token: signature, issuer, audience and expiry, and that it belongs to the access token.
func (c *client) verify(ctx context.Context, p *provider, token *oauth2.Token) (raw string, verified *oidc.IDToken, err error) {
	raw, _ = token.Extra("id_token").(string)
	verified, err = p.Verifier(&oidc.Config{ClientID: c.config.ClientID}).Verify(c.outbound(ctx), raw)
	if err == nil && verified.AccessTokenHash != "" {
		err = verified.VerifyAccessToken(token.AccessToken)
	}
	if err != nil {
		return "", nil, fmt.Errorf("verify ID token: %w", err)
	}
	return raw, verified, nil
}

// ask calls the provider for a person. A token whose life is over is traded for a new one, once; errRefused when
// the person took the access back.
func (c *client) ask(ctx context.Context, s *session, address string, into any) error {
	token := c.tokenOf(s)
	err := c.call(ctx, token, address, into)
	if !errors.Is(err, errRefused) {
		return err
	}
	if token, err = c.renew(ctx, s, token); err != nil {
		return err
	}
	return c.call(ctx, token, address, into)
}

func (c *client) call(ctx context.Context, token *oauth2.Token, address string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	token.SetAuthHeader(request)
	answer, err := c.config.HTTPClient.Do(request)
	if err != nil {
		return fmt.Errorf("call %s: %w", address, err)
	}
	defer answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusOK:
		return json.NewDecoder(answer.Body).Decode(into)
	case http.StatusUnauthorized:
		return errRefused
	}
	return fmt.Errorf("call %s: %s", address, answer.Status)
}

// renew trades the refresh token for new tokens. errRefused when there is none, or it is dead.
func (c *client) renew(ctx context.Context, s *session, old *oauth2.Token) (*oauth2.Token, error) {
	// Two tabs must not use the same refresh token twice: the server would see a thief. The second takes what the
	// first got.
	s.renewing.Lock()
	defer s.renewing.Unlock()
	if newer := c.tokenOf(s); newer != old {
		return newer, nil
	}
	if old.RefreshToken == "" {
		return nil, errRefused
	}
	p, err := c.discover(ctx)
	if err != nil {
		return nil, err
	}
	token, err := p.oauth.TokenSource(c.outbound(ctx), &oauth2.Token{RefreshToken: old.RefreshToken}).Token()
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.ErrorCode == "invalid_grant" {
		return nil, errRefused
	}
	if err != nil {
		return nil, fmt.Errorf("refresh tokens: %w", err)
	}
	raw, verified, err := c.verify(ctx, p, token)
	if err != nil {
		return nil, err
	}
	if verified.Subject != s.subject { // OpenID Connect Core §12.2
		return nil, errors.New("the new ID token is someone else's")
	}
	c.update(s, token, raw)
	return token, nil
}
