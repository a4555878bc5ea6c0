package oauthserver

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/ory/fosite"

	"latchkey/models"
)

// Every token begins with what it is, so that scanners find one that leaked, and none is taken for another.
const (
	codePrefix    = "lk_ac_"
	accessPrefix  = "lk_at_"
	refreshPrefix = "lk_rt_"
)

// A refresh token is base64url(grant id ‖ 32 random bytes ‖ tag of 16). The id is the grant's 26
// characters as they are. The tag is a truncated HMAC-SHA-256; it only tells a genuine older token, whose
// hash is no longer kept, from noise.
const (
	grantIDSize = 26
	randomSize  = 32
	tagSize     = 16
)

// strategy makes the tokens for the engine. The signature the engine stores and compares is unused: what
// is stored is the SHA-256 of the whole token, by our own store.
type strategy struct{ s *Server }

func (st strategy) AuthorizeCodeSignature(context.Context, string) string { return "" }

func (st strategy) GenerateAuthorizeCode(ctx context.Context, _ fosite.Requester) (string, string, error) {
	code := codePrefix + models.NewToken()
	exchangeOf(ctx).code.Hash = models.Digest(code)
	return code, "", nil
}

// ValidateAuthorizeCode has nothing to do: grant.go did, and the statement that spends the code does again.
func (st strategy) ValidateAuthorizeCode(context.Context, fosite.Requester, string) error { return nil }

func (st strategy) AccessTokenSignature(context.Context, string) string { return "" }

func (st strategy) GenerateAccessToken(ctx context.Context, _ fosite.Requester) (string, string, error) {
	x := exchangeOf(ctx)
	x.accessToken = accessPrefix + models.NewToken()
	x.accessUntil = st.s.now().Add(st.s.lasts(accessLife(x), x.client.AccessTokenSeconds))
	return x.accessToken, "signed", nil
}

// accessLife is that of a token of a client itself, or of one that acts for somebody.
func accessLife(x *exchange) life {
	if x.grant.Subject == "" {
		return lifeServiceToken
	}
	return lifeAccessToken
}

func (st strategy) ValidateAccessToken(context.Context, fosite.Requester, string) error {
	return errNotUsed
}

func (st strategy) RefreshTokenSignature(context.Context, string) string { return "" }

func (st strategy) GenerateRefreshToken(ctx context.Context, _ fosite.Requester) (string, string, error) {
	x := exchangeOf(ctx)
	x.refreshToken = st.s.newRefreshToken(x.grant.ID)
	return x.refreshToken, "signed", nil
}

// ValidateRefreshToken has nothing to do: refresh.go did, and the rotating statement does again.
func (st strategy) ValidateRefreshToken(context.Context, fosite.Requester, string) error { return nil }

// GenerateIDToken is built over the grant row.
func (st strategy) GenerateIDToken(ctx context.Context, _ time.Duration, _ fosite.Requester) (string, error) {
	x := exchangeOf(ctx)
	token, err := st.s.idToken(ctx, x.client, x.grant, x.accessToken, x.presented == nil)
	return token, x.fail(err)
}

// accessTokenRow is the row of the token just made. Its audience follows from its own scopes: a narrowed
// token is for fewer.
func (s *Server) accessTokenRow(x *exchange) *models.OAuthAccessToken {
	return &models.OAuthAccessToken{
		ID: models.NewID(), Hash: models.Digest(x.accessToken), GrantID: x.grant.ID, ClientID: x.client.ID,
		Scopes: x.scopes, Audience: s.audienceOf(x.scopes), CreatedAt: s.now(), ExpiresAt: x.accessUntil,
	}
}

func (s *Server) newRefreshToken(grantID string) string {
	raw := make([]byte, grantIDSize+randomSize, grantIDSize+randomSize+tagSize)
	copy(raw, grantID)
	rand.Read(raw[grantIDSize:]) // never fails
	raw = append(raw, refreshTag(s.cfg.Secrets.Derive("oauth-refresh-tag")[0], raw)...)
	return refreshPrefix + base64.RawURLEncoding.EncodeToString(raw)
}

func refreshTag(key, body []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(body)
	return mac.Sum(nil)[:tagSize]
}

var errNoise = errors.New("not a refresh token of this server")

// grantOfRefreshToken reads the grant id of a refresh token that this server made, at any time. Only the
// one spelling that was sent out is accepted: base64 leaves room for others in its last character.
func (s *Server) grantOfRefreshToken(token string) (string, error) {
	encoded, ok := strings.CutPrefix(token, refreshPrefix)
	raw, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if !ok || err != nil || len(raw) != grantIDSize+randomSize+tagSize || base64.RawURLEncoding.EncodeToString(raw) != encoded {
		return "", errNoise
	}
	body, tag := raw[:grantIDSize+randomSize], raw[grantIDSize+randomSize:]
	for _, key := range s.cfg.Secrets.Derive("oauth-refresh-tag") {
		if hmac.Equal(tag, refreshTag(key, body)) {
			return string(body[:grantIDSize]), nil
		}
	}
	return "", errNoise
}

// tokenKey is how a token that a client names is looked up. A refresh token that was replaced says itself whose it
// is; the one that works is found by its hash even when the secret it was made under is gone.
func (s *Server) tokenKey(token string) (key models.OAuthTokenKey) {
	if token == "" {
		return key
	}
	key.Hash = models.Digest(token)
	if id, err := s.grantOfRefreshToken(token); err == nil {
		key.GrantID = id
	}
	return key
}
