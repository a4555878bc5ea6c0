package oauthserver

import (
	"context"
	"crypto/sha512"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	josev3 "github.com/go-jose/go-jose/v3"
	"github.com/ory/fosite"
	"github.com/ory/fosite/handler/oauth2"
	"github.com/ory/fosite/handler/openid"
	"github.com/ory/fosite/handler/pkce"
	"github.com/ory/fosite/token/jwt"

	"latchkey/models"
)

// engine is fosite with our store, our tokens and the signing keys.
type engine struct {
	fosite.OAuth2Provider
	keys keySet
}

// statePlaceholder stands for the client's state, which the engine would refuse when it is short. The
// writer sends the client's own.
const statePlaceholder = "the-state-is-added-by-the-writer"

// engineConfig sets every field whose getter would otherwise fill itself at the first request, which races.
func (s *Server) engineConfig() *fosite.Config {
	return &fosite.Config{
		AccessTokenLifespan:                lifeAccessToken.usual,
		RefreshTokenLifespan:               lifeRefreshIdle.usual,
		AuthorizeCodeLifespan:              lifeCode.usual,
		IDTokenLifespan:                    lifeIDToken.usual,
		VerifiableCredentialsNonceLifespan: lifeCode.usual, // no such handler
		IDTokenIssuer:                      s.issuer,
		AccessTokenIssuer:                  s.issuer,
		TokenURL:                           s.issuer + "/oauth/token",
		ScopeStrategy:                      fosite.ExactScopeStrategy,
		AudienceMatchingStrategy:           fosite.ExactAudienceMatchingStrategy,
		EnforcePKCEForPublicClients:        true,
		AllowedPromptValues:                capabilities.prompts,
		JWKSFetcherStrategy:                noFetching{},
		ClientSecretsHasher:                noHashing{},
		ClientAuthenticationStrategy:       provenClient,
		HashCost:                           12, // no such hasher
		TokenEntropy:                       32,
		MinParameterEntropy:                fosite.MinParameterEntropy,
		RedirectSecureChecker:              func(context.Context, *url.URL) bool { return true }, // the gate has proven it
		RefreshTokenScopes:                 []string{},                                           // exchange.refresh decides
		ResponseModeHandlerExtension:       fosite.NewDefaultResponseModeHandler(),
		FormPostHTMLTemplate:               template.New("unused"),
		OmitRedirectScopeParam:             true,
		SanitationWhiteList:                []string{"redirect_uri"}, // never the code, never a secret
		JWTScopeClaimKey:                   jwt.JWTScopeFieldString,
		HMACHasher:                         sha512.New512_256,
		PushedAuthorizeRequestURIPrefix:    "urn:ietf:params:oauth:request_uri:",
		PushedAuthorizeContextLifespan:     lifeCode.usual, // no such handler
	}
}

// startEngine names the engine's handlers: what is not named does not exist.
func (s *Server) startEngine() {
	config := s.engineConfig()
	keep, tokens := store{s}, strategy{s}
	signed := &openid.IDTokenHandleHelper{IDTokenStrategy: tokens}
	code := &oauth2.AuthorizeExplicitGrantHandler{
		AccessTokenStrategy: tokens, RefreshTokenStrategy: tokens, AuthorizeCodeStrategy: tokens,
		CoreStorage: keep, TokenRevocationStorage: keep, Config: config,
	}
	challenge := &pkce.Handler{AuthorizeCodeStrategy: tokens, Storage: keep, Config: config}
	openIDCode := &openid.OpenIDConnectExplicitHandler{
		OpenIDConnectRequestStorage: keep, OpenIDConnectRequestValidator: openid.NewOpenIDConnectRequestValidator(nil, config),
		Config: config, IDTokenHandleHelper: signed,
	}
	refresh := &oauth2.RefreshTokenGrantHandler{
		AccessTokenStrategy: tokens, RefreshTokenStrategy: tokens, TokenRevocationStorage: keep, Config: config,
	}
	openIDRefresh := &openid.OpenIDConnectRefreshHandler{IDTokenHandleHelper: signed, Config: config}
	machine := &oauth2.ClientCredentialsGrantHandler{
		HandleHelper: &oauth2.HandleHelper{AccessTokenStrategy: tokens, AccessTokenStorage: keep, Config: config}, Config: config,
	}
	config.AuthorizeEndpointHandlers = fosite.AuthorizeEndpointHandlers{code, challenge, openIDCode}
	config.TokenEndpointHandlers = fosite.TokenEndpointHandlers{code, challenge, openIDCode, refresh, openIDRefresh, machine}
	s.engine.OAuth2Provider = fosite.NewOAuth2Provider(keep, config)
}

// provenClient answers the engine's client authentication with the client that the gate proved.
func provenClient(ctx context.Context, _ *http.Request, _ url.Values) (fosite.Client, error) {
	x := exchangeOf(ctx)
	if x == nil {
		return nil, fosite.ErrInvalidClient
	}
	return x.engineClient(), nil
}

// noFetching and noHashing stand where the engine would call out or run bcrypt.
type noFetching struct{}

func (noFetching) Resolve(context.Context, string, bool) (*josev3.JSONWebKeySet, error) {
	return nil, errNotUsed
}

type noHashing struct{}

func (noHashing) Compare(context.Context, []byte, []byte) error { return errNotUsed }
func (noHashing) Hash(context.Context, []byte) ([]byte, error)  { return nil, errNotUsed }

// cleanRequest is all the engine ever sees of a request.
func cleanRequest(ctx context.Context, path string, form url.Values) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, path, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r, nil
}

// issueCode gives an authorization code for what the person granted, in tx. The engine makes it from a
// synthetic request of the gate's values; grant and code are written by the store.
func (s *Server) issueCode(ctx context.Context, tx *models.Tx, q *authorizeRequest, account Account, granted []string) (string, error) {
	sid, err := tx.OAuthSID(ctx, account.SessionID, q.client.ID, account.Subject)
	if err != nil {
		return "", fmt.Errorf("name session for client: %w", err)
	}
	now := s.now()
	grant := &models.OAuthGrant{
		ID: models.NewID(), ClientID: q.client.ID, Subject: account.Subject, SessionID: account.SessionID, SID: sid,
		Scopes: granted, Resources: s.audienceOf(granted), Nonce: q.nonce, AuthTime: &account.AuthTime, ACR: s.toldLevel(account, q.acrValues),
		AMR: account.AMR, AccessEpoch: account.AccessEpoch, CreatedAt: now,
	}
	code := &models.OAuthCode{
		ID: models.NewID(), GrantID: grant.ID, ClientID: q.client.ID, RedirectURI: q.redirectURI, CodeChallenge: q.codeChallenge,
		RequestedAt: q.requestedAt, CreatedAt: now, ExpiresAt: now.Add(s.lasts(lifeCode, q.client.CodeSeconds)),
	}
	grant.EndsAt = code.ExpiresAt // until it is redeemed
	x := &exchange{tx: tx, client: q.client, grant: grant, code: code, scopes: granted}
	form := url.Values{
		"client_id": {q.client.ID}, "redirect_uri": {q.redirectURI}, "response_type": {"code"},
		"scope": {strings.Join(granted, " ")}, "state": {statePlaceholder},
	}
	if q.codeChallenge != "" {
		form.Set("code_challenge", q.codeChallenge)
		form.Set("code_challenge_method", q.codeChallengeMethod)
	}
	return s.askForCode(x, form)
}

func (s *Server) askForCode(x *exchange, form url.Values) (string, error) {
	ctx := x.carry()
	r, err := cleanRequest(ctx, "/oauth/authorize", form)
	if err != nil {
		return "", err
	}
	request, err := s.engine.NewAuthorizeRequest(ctx, r)
	if err != nil {
		return "", engineFault(x, err)
	}
	request.SetID(x.grant.ID)
	for _, scope := range x.scopes {
		request.GrantScope(scope)
	}
	response, err := s.engine.NewAuthorizeResponse(ctx, request, &engineSession{x.grant.Subject})
	if err != nil {
		return "", engineFault(x, err)
	}
	return response.GetCode(), nil
}

// askForTokens lets the engine make the tokens of an exchange and returns the ID token, if there is one.
func (s *Server) askForTokens(x *exchange, form url.Values) (idToken string, err error) {
	ctx := x.carry()
	r, err := cleanRequest(ctx, "/oauth/token", form)
	if err != nil {
		return "", err
	}
	request, err := s.engine.NewAccessRequest(ctx, r, &engineSession{x.grant.Subject})
	if err != nil {
		return "", engineFault(x, err)
	}
	for _, scope := range x.scopes {
		request.GrantScope(scope)
	}
	response, err := s.engine.NewAccessResponse(ctx, request)
	if err != nil {
		return "", engineFault(x, err)
	}
	idToken, _ = response.GetExtra("id_token").(string)
	return idToken, nil
}

// engineErrors are the codes the engine may answer with, each in one phrase of ours: its own would echo
// the request.
var engineErrors = map[string]string{
	"invalid_request":     "the request is malformed",
	"invalid_grant":       "the grant is not valid for this request",
	"invalid_scope":       "the scope is not allowed",
	"unauthorized_client": "the client may not use this grant type",
}

// engineFault is why the engine stopped: the storage's own error when there was one, a refusal, or a fault.
func engineFault(x *exchange, err error) error {
	if x.fault != nil {
		return x.fault
	}
	var refusal *fosite.RFC6749Error
	if errors.As(err, &refusal) && engineErrors[refusal.ErrorField] != "" {
		return &oauthError{Code: refusal.ErrorField, Description: engineErrors[refusal.ErrorField]}
	}
	return fmt.Errorf("oauth engine: %w", err)
}

// audienceOf names who tokens with these scopes are for: the APIs that know them, else the default one,
// and this server itself for the person's identity.
func (s *Server) audienceOf(scopes []string) []string {
	var audience []string
	for _, name := range scopes {
		if scope, ok := s.scope(name); ok && scope.Resource != "" && !slices.Contains(audience, scope.Resource) {
			audience = append(audience, scope.Resource)
		}
	}
	if len(audience) == 0 && len(s.cfg.Resources) > 0 {
		audience = append(audience, s.cfg.Resources[0].Identifier)
	}
	if slices.Contains(scopes, "openid") {
		audience = append(audience, s.issuer)
	}
	return audience
}
