package oauthserver

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"latchkey/models"
)

// introspect tells a client about its own token, and a resource server about one that is for it
// (RFC 7662). Of any other token nobody learns more than that it is not active.
func (s *Server) introspect(w http.ResponseWriter, r *http.Request) {
	client, token, err := s.tokenForm(r, capabilities.introspectionAuth, limitIntrospectByApp)
	if err != nil {
		s.writeJSONError(w, r, err)
		return
	}
	facts, err := s.factsOf(r.Context(), client, token)
	if errors.Is(err, errEnded) {
		facts, err = map[string]any{"active": false}, nil
	}
	if err == nil {
		err = s.db.Joined(r.Context()).TouchOAuthClient(r.Context(), client) // all that a resource server ever does
	}
	if err != nil {
		s.writeJSONError(w, r, err)
		return
	}
	s.writeJSON(w, http.StatusOK, facts)
}

// factsOf is what a caller may know of a token, found by the token itself: a token_type_hint could only be
// wrong. errEnded for what lives not, or is not the caller's.
func (s *Server) factsOf(ctx context.Context, caller *models.OAuthClient, raw string) (map[string]any, error) {
	if strings.HasPrefix(raw, refreshPrefix) {
		return s.refreshFacts(ctx, caller, raw)
	}
	row, _, err := s.liveAccessToken(ctx, raw)
	if err != nil {
		return nil, err
	}
	serves := slices.ContainsFunc(row.Audience, func(resource string) bool { return slices.Contains(caller.Resources, resource) })
	if row.ClientID != caller.ID && (caller.Kind != "resource_server" || !serves) {
		return nil, errEnded
	}
	facts := s.grantFacts(row.Grant, row.Scopes)
	facts["aud"], facts["jti"], facts["token_type"] = row.Audience, row.ID, "Bearer"
	facts["iat"], facts["exp"] = row.CreatedAt.Unix(), row.ExpiresAt.Unix()
	return facts, nil
}

func (s *Server) refreshFacts(ctx context.Context, caller *models.OAuthClient, raw string) (map[string]any, error) {
	grant, err := s.db.OAuthGrantByRefresh(ctx, models.Digest(raw))
	if errors.Is(err, models.ErrNotFound) || err == nil && grant.ClientID != caller.ID {
		return nil, errEnded
	}
	if err != nil {
		return nil, err
	}
	if _, err := s.living(ctx, grant); err != nil {
		return nil, err
	}
	until := earlier(*grant.RefreshIdleUntil, *grant.RefreshAbsoluteUntil)
	if !s.now().Before(until) {
		return nil, errEnded
	}
	facts := s.grantFacts(grant, grant.Scopes)
	begun := grant.CreatedAt
	if grant.RotatedAt != nil {
		begun = *grant.RotatedAt
	}
	facts["aud"], facts["jti"], facts["token_type"] = grant.Resources, grant.ID, "refresh_token"
	facts["iat"], facts["exp"] = begun.Unix(), until.Unix()
	return facts, nil
}

// grantFacts are the same for every token of a family. A client on its own is its own subject.
func (s *Server) grantFacts(grant *models.OAuthGrant, scopes []string) map[string]any {
	facts := map[string]any{
		"active": true, "scope": strings.Join(scopes, " "), "client_id": grant.ClientID, "sub": grant.Subject, "iss": s.issuer,
	}
	if grant.Subject == "" {
		facts["sub"] = grant.ClientID
	}
	if grant.AuthTime != nil {
		facts["auth_time"] = grant.AuthTime.Unix()
	}
	if grant.ACR != "" {
		facts["acr"] = grant.ACR
	}
	return facts
}
