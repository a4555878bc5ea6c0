package oauthserver

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"latchkey/models"
)

const (
	maxRetries    = 3  // of one lost answer
	keptRefreshes = 20 // of a family, for its owner's eyes
)

// refreshTokens gives new tokens for a refresh token (RFC 6749 §6) and a new one in its place. The order
// of the checks matters: what fails early never harms the family.
func (s *Server) refreshTokens(x *exchange, form url.Values, address string) (*tokenAnswer, error) {
	token := form.Get("refresh_token")
	if token == "" {
		return nil, invalidRequest("the refresh_token is missing")
	}
	grant, err := x.tx.OAuthGrantByRefresh(x.tx.Context(), models.Digest(token))
	if errors.Is(err, models.ErrNotFound) {
		return s.olderRefreshToken(x, token)
	}
	if err != nil {
		return nil, err
	}
	x.grant, x.presented = grant, models.Digest(token)
	if err := s.checkFamily(x); err != nil {
		return nil, err
	}
	if x.scopes, err = narrower(grant, x.client, form); err != nil {
		return nil, err
	}
	now := s.now()
	grant.LastUsedAt, grant.RotatedAt = &now, &now
	grant.Refreshes = append(grant.Refreshes, models.Refresh{At: now, Address: address})
	if surplus := len(grant.Refreshes) - keptRefreshes; surplus > 0 {
		grant.Refreshes = grant.Refreshes[surplus:]
	}
	idle := earlier(now.Add(s.lasts(lifeRefreshIdle, x.client.RefreshIdleSeconds)), *grant.RefreshAbsoluteUntil)
	grant.RefreshIdleUntil = &idle
	x.presentedToken = token
	idToken, err := s.askForTokens(x, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
	if err != nil {
		return nil, err
	}
	return s.answerOf(x, idToken), nil
}

// checkFamily: the same client, everything behind the family alive, its lives not over.
func (s *Server) checkFamily(x *exchange) error {
	if x.grant.ClientID != x.client.ID || x.client.Refresh == "off" {
		return invalidGrant()
	}
	if err := s.stillLiving(x); err != nil {
		return err
	}
	now := s.now()
	for _, until := range []*time.Time{x.grant.RefreshIdleUntil, x.grant.RefreshAbsoluteUntil} {
		if until == nil || !now.Before(*until) {
			return invalidGrant()
		}
	}
	return nil
}

// narrower is the scope of the new access token: all that was granted and that the client may still have, or less
// when the client says so.
func narrower(grant *models.OAuthGrant, client *models.OAuthClient, form url.Values) ([]string, error) {
	var allowed, scopes []string
	for _, name := range grant.Scopes {
		if slices.Contains(client.Scopes, name) {
			allowed = append(allowed, name)
		}
	}
	if scopes = allowed; form.Has("scope") {
		scopes = nil
		for _, name := range strings.Fields(form.Get("scope")) {
			if !slices.Contains(allowed, name) {
				return nil, &oauthError{Code: "invalid_scope", Description: "the scope was not granted"}
			}
			if !slices.Contains(scopes, name) {
				scopes = append(scopes, name)
			}
		}
	}
	for _, resource := range form["resource"] {
		if !slices.Contains(grant.Resources, resource) {
			return nil, &oauthError{Code: "invalid_target", Description: "the resource was not granted"}
		}
	}
	if len(scopes) == 0 {
		return nil, &oauthError{Code: "invalid_scope", Description: "no scope is left"}
	}
	return scopes, nil
}

// rotate puts the new refresh token in the place of the presented one. The answer is kept for a retry
// when the client may have one.
func (s *Server) rotate(ctx context.Context, x *exchange) error {
	x.grant.RefreshHash, x.grant.SealedAnswer = models.Digest(x.refreshToken), nil
	x.grant.EndsAt = later(x.accessUntil, *x.grant.RefreshIdleUntil)
	if retryWindow(x.client) > 0 {
		sealed, err := sealAnswer(x)
		if err != nil {
			return fmt.Errorf("seal answer: %w", err)
		}
		x.grant.SealedAnswer = sealed
	}
	return x.tx.RotateOAuthGrant(ctx, x.grant, x.presented)
}

// retryWindow is how long the predecessor still gets the answer that was lost. A public client's token
// proves nothing about who sends it, so it has none unless an administrator says so.
func retryWindow(client *models.OAuthClient) time.Duration {
	window := lifeRetry
	if client.Public() {
		window = lifeRetryPublic
	}
	if client.RetrySeconds == nil {
		return window.usual
	}
	return min(max(time.Duration(*client.RetrySeconds)*time.Second, window.least), window.most)
}

// olderRefreshToken judges a token that is not current. Noise is refused and changes nothing. The direct
// predecessor gets its lost answer again for a while. Any other genuine one was stolen, from the client
// or by it: the family ends.
func (s *Server) olderRefreshToken(x *exchange, token string) (*tokenAnswer, error) {
	id, err := s.grantOfRefreshToken(token)
	if err != nil {
		return nil, invalidGrant()
	}
	x.grant, err = x.tx.OAuthGrantByID(x.tx.Context(), id)
	if errors.Is(err, models.ErrNotFound) {
		return nil, invalidGrant()
	}
	if err != nil {
		return nil, err
	}
	if err := s.checkFamily(x); err != nil {
		return nil, err
	}
	hash := models.Digest(token)
	lost := x.grant.RotatedAt != nil && s.now().Before(x.grant.RotatedAt.Add(retryWindow(x.client))) &&
		subtle.ConstantTimeCompare(hash, x.grant.PreviousHash) == 1
	if !lost || len(x.grant.SealedAnswer) == 0 {
		return nil, s.stolen(x, eventRefreshReuse, models.RevokedRefreshReuse)
	}
	return s.answerAgain(x, token, hash)
}

// answerAgain gives the same successor once more, as long as nobody used it.
func (s *Server) answerAgain(x *exchange, token string, hash []byte) (*tokenAnswer, error) {
	ctx, grant := x.tx.Context(), x.grant
	err := x.tx.CountOAuthRetry(ctx, grant.ID, hash, maxRetries)
	if errors.Is(err, models.ErrSpent) {
		return nil, &contained{invalidGrant(), func(tx *models.Tx) error {
			return tx.Audit(tx.Context(), grantEvent(grant, eventRefreshRetryLimit, models.OutcomeFailure))
		}}
	}
	if err != nil {
		return nil, err
	}
	kept, err := openAnswer(x, token)
	if err != nil {
		return nil, fmt.Errorf("open kept answer: %w", err)
	}
	x.presented, x.scopes = hash, kept.Scopes
	x.accessToken, x.refreshToken, x.accessUntil = kept.AccessToken, kept.RefreshToken, kept.AccessUntil
	var idToken string
	if slices.Contains(x.scopes, "openid") {
		if idToken, err = s.idToken(ctx, x.client, grant, x.accessToken, false); err != nil {
			return nil, err
		}
	}
	s.observe("oauth_security_events_total", 1, "event", string(eventRefreshRetry))
	if err := x.tx.Audit(ctx, grantEvent(grant, eventRefreshRetry, models.OutcomeSuccess)); err != nil {
		return nil, err
	}
	return s.answerOf(x, idToken), nil
}

// keptAnswer is what a retry needs; the ID token is signed anew.
type keptAnswer struct {
	AccessToken  string    `json:"access_token"`
	RefreshToken string    `json:"refresh_token"`
	Scopes       []string  `json:"scopes"`
	AccessUntil  time.Time `json:"access_until"`
}

// sealAnswer encrypts the answer under a key made from the presented token, of which the database only
// knows a hash: whoever reads the row cannot open it.
func sealAnswer(x *exchange) ([]byte, error) {
	text, err := json.Marshal(keptAnswer{x.accessToken, x.refreshToken, x.scopes, x.accessUntil})
	if err != nil {
		return nil, err
	}
	box, err := answerBox(x.presentedToken)
	if err != nil {
		return nil, err
	}
	return box.Seal(nil, nil, text, []byte(x.grant.ID)), nil
}

func openAnswer(x *exchange, token string) (*keptAnswer, error) {
	box, err := answerBox(token)
	if err != nil {
		return nil, err
	}
	text, err := box.Open(nil, nil, x.grant.SealedAnswer, []byte(x.grant.ID))
	if err != nil {
		return nil, err
	}
	var kept keptAnswer
	return &kept, json.Unmarshal(text, &kept)
}

// answerBox is AES-256-GCM; the nonce is random and stands in front.
func answerBox(token string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, []byte(token), nil, "latchkey/oauth-refresh-answer", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
