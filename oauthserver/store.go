package oauthserver

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/ory/fosite"
)

// store is the engine's storage over models, in the transaction that the exchange in the context
// carries. It has no transactions of its own (the engine asks for BeginTX and finds none), so the engine
// cannot commit half of an answer. Every single use is one guarded statement.
type store struct{ s *Server }

var errNotUsed = errors.New("the engine asked for something this server does itself")

// GetClient is the proven client; there is no other.
func (st store) GetClient(ctx context.Context, id string) (fosite.Client, error) {
	x := exchangeOf(ctx)
	if x == nil || x.client.ID != id {
		return nil, fosite.ErrNotFound
	}
	return x.engineClient(), nil
}

// ClientAssertionJWTValid and SetClientAssertionJWT are never reached: client authentication is ours.
func (st store) ClientAssertionJWTValid(context.Context, string) error { return errNotUsed }

// SetClientAssertionJWT see ClientAssertionJWTValid.
func (st store) SetClientAssertionJWT(context.Context, string, time.Time) error { return errNotUsed }

// CreateAuthorizeCodeSession writes the grant and its code.
func (st store) CreateAuthorizeCodeSession(ctx context.Context, _ string, _ fosite.Requester) error {
	x := exchangeOf(ctx)
	if err := x.tx.CreateOAuthGrant(ctx, x.grant); err != nil {
		return x.fail(err)
	}
	return x.fail(x.tx.CreateOAuthCode(ctx, x.code))
}

// GetAuthorizeCodeSession is the request the code was given for; grant.go has judged the code already.
func (st store) GetAuthorizeCodeSession(ctx context.Context, _ string, _ fosite.Session) (fosite.Requester, error) {
	x := exchangeOf(ctx)
	return x.stored(url.Values{"redirect_uri": {x.code.RedirectURI}}), nil
}

// InvalidateAuthorizeCodeSession spends the code. models.ErrSpent: another request was faster.
func (st store) InvalidateAuthorizeCodeSession(ctx context.Context, _ string) error {
	x := exchangeOf(ctx)
	return x.fail(x.tx.UseOAuthCode(ctx, x.code.ID))
}

// CreatePKCERequestSession and DeletePKCERequestSession do nothing: the challenge is a column of the code,
// so it lives exactly as long.
func (st store) CreatePKCERequestSession(context.Context, string, fosite.Requester) error { return nil }

// DeletePKCERequestSession see CreatePKCERequestSession.
func (st store) DeletePKCERequestSession(context.Context, string) error { return nil }

// GetPKCERequestSession is the challenge of the code.
func (st store) GetPKCERequestSession(ctx context.Context, _ string, _ fosite.Session) (fosite.Requester, error) {
	x := exchangeOf(ctx)
	if x.code.CodeChallenge == "" {
		return nil, fosite.ErrNotFound
	}
	return x.stored(url.Values{"code_challenge": {x.code.CodeChallenge}, "code_challenge_method": {"S256"}}), nil
}

// CreateOpenIDConnectSession and DeleteOpenIDConnectSession do nothing: it is the grant.
func (st store) CreateOpenIDConnectSession(context.Context, string, fosite.Requester) error {
	return nil
}

// DeleteOpenIDConnectSession see CreateOpenIDConnectSession.
func (st store) DeleteOpenIDConnectSession(context.Context, string) error { return nil }

// GetOpenIDConnectSession tells whether the code was given for a sign-in.
func (st store) GetOpenIDConnectSession(ctx context.Context, _ string, request fosite.Requester) (fosite.Requester, error) {
	if !request.GetGrantedScopes().Has("openid") {
		return nil, fosite.ErrNotFound
	}
	return exchangeOf(ctx).stored(url.Values{}), nil
}

// CreateAccessTokenSession writes the access token that the strategy made.
func (st store) CreateAccessTokenSession(ctx context.Context, _ string, _ fosite.Requester) error {
	x := exchangeOf(ctx)
	token := st.s.accessTokenRow(x)
	if x.grant.Subject == "" {
		return x.fail(st.s.writeUnderStandingGrant(ctx, x, token))
	}
	return x.fail(x.tx.CreateOAuthAccessToken(ctx, token))
}

// CreateRefreshTokenSession gives a new family its first refresh token. A later one is put in place by
// RotateRefreshToken, in the statement that spends its predecessor.
func (st store) CreateRefreshTokenSession(ctx context.Context, _, _ string, _ fosite.Requester) error {
	x := exchangeOf(ctx)
	if x.presented != nil {
		return nil
	}
	st.s.beginRefresh(x)
	return nil
}

// GetRefreshTokenSession is the request of the family; refresh.go has judged the token already.
func (st store) GetRefreshTokenSession(ctx context.Context, _ string, _ fosite.Session) (fosite.Requester, error) {
	return exchangeOf(ctx).stored(url.Values{}), nil
}

// RotateRefreshToken spends the presented token and puts its successor in its place, in one statement.
// models.ErrSpent: another request was faster.
func (st store) RotateRefreshToken(ctx context.Context, _ string, _ string) error {
	x := exchangeOf(ctx)
	return x.fail(st.s.rotate(ctx, x))
}

// GetAccessTokenSession, DeleteAccessTokenSession, DeleteRefreshTokenSession, RevokeRefreshToken and
// RevokeAccessToken are never reached: introspection, revocation and reuse are ours.
func (st store) GetAccessTokenSession(context.Context, string, fosite.Session) (fosite.Requester, error) {
	return nil, errNotUsed
}

// DeleteAccessTokenSession see GetAccessTokenSession.
func (st store) DeleteAccessTokenSession(context.Context, string) error { return errNotUsed }

// DeleteRefreshTokenSession see GetAccessTokenSession.
func (st store) DeleteRefreshTokenSession(context.Context, string) error { return errNotUsed }

// RevokeRefreshToken see GetAccessTokenSession.
func (st store) RevokeRefreshToken(context.Context, string) error { return errNotUsed }

// RevokeAccessToken see GetAccessTokenSession.
func (st store) RevokeAccessToken(context.Context, string) error { return errNotUsed }
