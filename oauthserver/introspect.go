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
	proof, err := s.tokenForm(r, capabilities.introspectionAuth, limitIntrospectByApp)
	if err != nil {
		s.writeJSONError(w, r, err)
		return
	}
	facts, err := s.factsOf(r.Context(), proof)
	if errors.Is(err, errEnded) {
		facts, err = map[string]any{"active": false}, nil
	}
	if err == nil {
		err = s.db.Joined(r.Context()).TouchOAuthClient(r.Context(), proof.Client) // all that a resource server ever does
	}
	if err != nil {
		s.writeJSONError(w, r, err)
		return
	}
	s.writeJSON(w, http.StatusOK, facts)
}

// factsOf is what a caller may know of the token it asks about, found by the token itself: a token_type_hint could
// only be wrong. errEnded for what lives not, or is not the caller's.
func (s *Server) factsOf(ctx context.Context, proof *models.OAuthClientProof) (map[string]any, error) {
	switch {
	case proof.Token != nil:
		return s.accessFacts(ctx, proof.Client, proof.Token)
	case proof.Current:
		return s.refreshFacts(ctx, proof.Client, proof.Grant)
	}
	return nil, errEnded
}

func (s *Server) accessFacts(ctx context.Context, caller *models.OAuthClient, token *models.OAuthAccessToken) (map[string]any, error) {
	serves := slices.ContainsFunc(token.Audience, func(resource string) bool { return slices.Contains(caller.Resources, resource) })
	if token.ClientID != caller.ID && (caller.Kind != "resource_server" || !serves) {
		return nil, errEnded
	}
	if _, err := s.livingToken(ctx, token); err != nil {
		return nil, err
	}
	facts := s.grantFacts(token.Grant, token.Scopes)
	facts["aud"], facts["jti"], facts["token_type"] = token.Audience, token.ID, "Bearer"
	facts["iat"], facts["exp"] = token.CreatedAt.Unix(), token.ExpiresAt.Unix()
	return facts, nil
}

func (s *Server) refreshFacts(ctx context.Context, caller *models.OAuthClient, grant *models.OAuthGrant) (map[string]any, error) {
	until := earlier(*grant.RefreshIdleUntil, *grant.RefreshAbsoluteUntil)
	if grant.ClientID != caller.ID || !s.now().Before(until) {
		return nil, errEnded
	}
	if _, err := s.living(ctx, grant); err != nil {
		return nil, err
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
