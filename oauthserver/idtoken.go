package oauthserver

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"latchkey/models"
)

// idToken tells a client who signed in (OpenID Connect Core §2). Every fact comes from the grant row:
// nothing is invented, and a refreshed token says the same as the first. nonce is the first one's only.
func (s *Server) idToken(ctx context.Context, client *models.OAuthClient, grant *models.OAuthGrant, accessToken string, first bool) (string, error) {
	if grant.Subject == "" || grant.AuthTime == nil {
		return "", errors.New("id token: the grant is no person's")
	}
	key, err := s.signingKeyFor(ctx, cmp.Or(client.IDTokenAlg, usualAlg))
	if err != nil {
		return "", fmt.Errorf("id token: %w", err)
	}
	claims := map[string]any{}
	if len(client.IDTokenClaims) > 0 {
		query := ClaimsQuery{Subject: grant.Subject, ClientID: client.ID, Scopes: grant.Scopes, Target: IDToken}
		if claims, err = s.claimsFor(ctx, query, client.IDTokenClaims); err != nil {
			return "", err
		}
	}
	now := s.now()
	claims["iss"], claims["sub"], claims["aud"] = s.issuer, grant.Subject, client.ID
	claims["iat"], claims["exp"] = now.Unix(), now.Add(s.lasts(lifeIDToken, client.IDTokenSeconds)).Unix()
	claims["auth_time"] = grant.AuthTime.Unix()
	claims["at_hash"] = halfHash(accessToken)
	for name, value := range map[string]string{"acr": grant.ACR, "sid": grant.SID} {
		if value != "" {
			claims[name] = value
		}
	}
	if len(grant.AMR) > 0 {
		claims["amr"] = grant.AMR
	}
	if first && grant.Nonce != "" {
		claims["nonce"] = grant.Nonce
	}
	return signJWT(key, "JWT", claims)
}

// halfHash is the left half of SHA-256, which both our algorithms use (Core §3.1.3.6).
func halfHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// hintClaims are what an id_token_hint says, once verified.
type hintClaims struct {
	Subject  string
	Audience []string
	SID      string
}

var errBadHint = errors.New("not an ID token of this server")

// verifyIDTokenHint accepts an ID token of ours by any key that is kept, however old the token is: it
// only names somebody.
func (s *Server) verifyIDTokenHint(ctx context.Context, raw string) (hintClaims, error) {
	header, err := readJWTHeader(raw)
	if err != nil || header.Typ != "JWT" {
		return hintClaims{}, errBadHint
	}
	key, err := s.verificationKey(ctx, header.KID)
	if err != nil && !errors.Is(err, errBadJWT) {
		return hintClaims{}, err
	}
	if err != nil || key.alg != header.Alg {
		return hintClaims{}, errBadHint
	}
	payload, err := verifyJWT(raw, key.alg, key.public)
	if err != nil {
		return hintClaims{}, errBadHint
	}
	var claims struct {
		Issuer   string  `json:"iss"`
		Subject  string  `json:"sub"`
		Audience string  `json:"aud"`
		Expires  *int64  `json:"exp"`
		IssuedAt *int64  `json:"iat"`
		AuthTime *int64  `json:"auth_time"`
		ATHash   *string `json:"at_hash"`
		SID      string  `json:"sid"`
	}
	// auth_time and at_hash are in every ID token of ours and in no other token.
	if err := json.Unmarshal(payload, &claims); err != nil || claims.Issuer != s.issuer || claims.Subject == "" ||
		claims.Audience == "" || claims.AuthTime == nil || claims.ATHash == nil || claims.Expires == nil || claims.IssuedAt == nil {
		return hintClaims{}, errBadHint
	}
	if !s.timesOfOurs(*claims.AuthTime, *claims.IssuedAt, *claims.Expires) {
		return hintClaims{}, errBadHint
	}
	return hintClaims{Subject: claims.Subject, Audience: []string{claims.Audience}, SID: claims.SID}, nil
}

// timesOfOurs tells whether an ID token of ours, of today or of long ago, can hold these times: signed in, then
// issued, then over within the longest life.
func (s *Server) timesOfOurs(authTime, issuedAt, expires int64) bool {
	skew := int64(clockSkew.Seconds())
	return authTime >= 0 && issuedAt >= 0 && issuedAt <= s.now().Unix()+skew && authTime <= issuedAt+skew &&
		expires > issuedAt && expires-issuedAt <= int64(lifeIDToken.most.Seconds())
}
