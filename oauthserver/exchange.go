package oauthserver

import (
	"context"
	"net/url"
	"time"

	"github.com/ory/fosite"
	"github.com/ory/fosite/token/jwt"

	"latchkey/models"
)

// exchange is one request on its way through the engine: what the gate proved and what the engine made
// of it. It travels in the context, with the transaction, so that the store never guesses.
type exchange struct {
	tx      *models.Tx
	client  *models.OAuthClient
	grant   *models.OAuthGrant
	code    *models.OAuthCode // code grant, and while a code is issued
	scopes  []string          // of the access token
	refresh bool              // a refresh token belongs to the answer

	presentedToken string // refresh token that came in
	presented      []byte // its hash
	accessToken    string
	refreshToken   string
	accessUntil    time.Time
	fault          error // of the store; the engine would only tell of "server_error"
}

type exchangeKey struct{}

// carry puts an exchange into the context of its transaction.
func (x *exchange) carry() context.Context {
	return context.WithValue(x.tx.Context(), exchangeKey{}, x)
}

func exchangeOf(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// fail keeps a storage error whole for the caller of the engine.
func (x *exchange) fail(err error) error {
	if err != nil {
		x.fault = err
	}
	return err
}

// engineClient is a client as the engine may know it: exactly what the gate proved for this request, and
// no secret.
type engineClient struct {
	id          string
	redirectURI string
	grants      []string
	scopes      []string
	public      bool
}

func (c *engineClient) GetID() string                      { return c.id }
func (c *engineClient) GetHashedSecret() []byte            { return nil }
func (c *engineClient) GetRedirectURIs() []string          { return []string{c.redirectURI} }
func (c *engineClient) GetGrantTypes() fosite.Arguments    { return c.grants }
func (c *engineClient) GetResponseTypes() fosite.Arguments { return capabilities.responseTypes }
func (c *engineClient) GetScopes() fosite.Arguments        { return c.scopes }
func (c *engineClient) IsPublic() bool                     { return c.public }
func (c *engineClient) GetAudience() fosite.Arguments      { return nil }
func (c *engineClient) GetResponseModes() []fosite.ResponseModeType {
	return []fosite.ResponseModeType{fosite.ResponseModeDefault, fosite.ResponseModeQuery, fosite.ResponseModeFragment}
}

// engineClient is this exchange's client. It may use the refresh grant only when a refresh token belongs
// to the answer: that is how the engine is told.
func (x *exchange) engineClient() *engineClient {
	c := &engineClient{id: x.client.ID, grants: x.client.Grants, scopes: x.scopes, public: x.client.Public()}
	if x.code != nil {
		c.redirectURI = x.code.RedirectURI
		c.grants = []string{"authorization_code"}
		if x.refresh {
			c.grants = append(c.grants, "refresh_token")
		}
	}
	return c
}

// engineSession is all the engine may know about a person: a subject. Times stay zero, because it would
// compare them with its own clock.
type engineSession struct{ subject string }

func (*engineSession) SetExpiresAt(fosite.TokenType, time.Time) {}
func (*engineSession) GetExpiresAt(fosite.TokenType) time.Time  { return time.Time{} }
func (e *engineSession) GetUsername() string                    { return "" }
func (e *engineSession) GetSubject() string                     { return e.subject }
func (e *engineSession) Clone() fosite.Session                  { return &engineSession{e.subject} }
func (e *engineSession) IDTokenHeaders() *jwt.Headers           { return &jwt.Headers{} }
func (e *engineSession) IDTokenClaims() *jwt.IDTokenClaims {
	return &jwt.IDTokenClaims{Subject: e.subject}
}

// stored is what the engine gets when it asks the store for an earlier request: made from named columns,
// never from a serialised request (its raw form would hold the client's secret).
func (x *exchange) stored(form url.Values) fosite.Requester {
	request := fosite.NewRequest()
	request.ID = x.grant.ID
	request.Client = x.engineClient()
	request.Form = form
	request.Session = &engineSession{x.grant.Subject}
	request.RequestedScope, request.GrantedScope = x.scopes, x.scopes
	return request
}
