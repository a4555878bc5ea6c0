package oauthserver

import (
	"errors"
	"fmt"
	"net/url"
	"slices"

	"latchkey/models"
)

// maxFamilies is how many sign-ins of one client a person can have at a time.
const maxFamilies = 50

// redeemCode gives the tokens for an authorization code (RFC 6749 §4.1.3, RFC 7636 §4.6). Everything is
// judged before the code is spent, so a mistake leaves it whole.
func (s *Server) redeemCode(x *exchange, form url.Values, _ string) (*tokenAnswer, error) {
	if !form.Has("code") {
		return nil, invalidRequest("the code is missing")
	}
	if err := s.findCode(x, form.Get("code")); err != nil {
		return nil, err
	}
	switch {
	case x.code.ClientID != x.client.ID:
		return nil, invalidGrant() // its own client can still use it
	case x.code.UsedAt != nil:
		return nil, s.stolen(x, eventCodeReplay, models.RevokedCodeReplay)
	case !s.now().Before(x.code.ExpiresAt), x.code.RedirectURI != form.Get("redirect_uri"):
		return nil, invalidGrant()
	}
	if err := s.stillLiving(x); err != nil {
		return nil, err
	}
	x.scopes, x.refresh = x.grant.Scopes, refreshes(x.client, x.grant.Scopes)
	idToken, err := s.askForTokens(x, url.Values{
		"grant_type": {"authorization_code"}, "code": {form.Get("code")}, "redirect_uri": {form.Get("redirect_uri")},
		"code_verifier": form["code_verifier"],
	})
	if err != nil {
		return nil, err
	}
	if err := s.beginFamily(x); err != nil {
		return nil, err
	}
	return s.answerOf(x, idToken), nil
}

func (s *Server) findCode(x *exchange, code string) (err error) {
	x.code, err = x.tx.OAuthCodeByHash(x.tx.Context(), models.Digest(code))
	if errors.Is(err, models.ErrNotFound) {
		return invalidGrant()
	}
	if err == nil {
		x.grant = x.code.Grant
	}
	return err
}

// refreshes tells whether a refresh token is part of the answer. With openid it takes offline_access
// (OpenID Connect Core §11) or a policy that says so; plain OAuth clients expect one.
func refreshes(client *models.OAuthClient, scopes []string) bool {
	if client.Refresh == "off" || !slices.Contains(client.Grants, "refresh_token") {
		return false
	}
	return client.RefreshAlways || slices.Contains(scopes, "offline_access") || !slices.Contains(scopes, "openid")
}

// beginRefresh gives a family its first refresh token and its lives; beginFamily writes them.
func (s *Server) beginRefresh(x *exchange) {
	now := s.now()
	absolute := now.Add(s.lasts(lifeRefreshAbsolute, x.client.RefreshAbsoluteSeconds))
	idle := earlier(now.Add(s.lasts(lifeRefreshIdle, x.client.RefreshIdleSeconds)), absolute)
	x.grant.RefreshHash, x.grant.RefreshIdleUntil, x.grant.RefreshAbsoluteUntil = models.Digest(x.refreshToken), &idle, &absolute
}

// beginFamily notes that the code was redeemed and makes room: of too many families of a person and a
// client, those unused for longest go.
func (s *Server) beginFamily(x *exchange) error {
	ctx, now := x.tx.Context(), s.now()
	x.grant.LastUsedAt, x.grant.EndsAt = &now, x.accessUntil
	if idle := x.grant.RefreshIdleUntil; idle != nil {
		x.grant.EndsAt = later(x.accessUntil, *idle)
	}
	if err := x.tx.BeginOAuthGrant(ctx, x.grant); err != nil {
		return fmt.Errorf("begin family: %w", err)
	}
	event := grantEvent(x.grant, eventGrantBegin, models.OutcomeSuccess)
	event.Meta = map[string]any{"scopes": x.scopes, "acr": x.grant.ACR}
	if err := x.tx.Audit(ctx, event); err != nil {
		return err
	}
	surplus, err := x.tx.OAuthGrantsBeyond(ctx, x.grant.Subject, x.client.ID, maxFamilies)
	if err != nil {
		return fmt.Errorf("count families: %w", err)
	}
	for _, id := range surplus {
		if err := x.tx.EndOAuthGrant(ctx, id, "too_many_families"); err != nil && !errors.Is(err, models.ErrSpent) {
			return fmt.Errorf("end oldest family: %w", err)
		}
		event := grantEvent(x.grant, eventGrantEnd, models.OutcomeSuccess)
		event.ActorKind, event.ActorID, event.TargetID, event.Reason = "system", "", id, "too_many_families"
		if err := x.tx.Audit(ctx, event); err != nil {
			return err
		}
	}
	return nil
}
