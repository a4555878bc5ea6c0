package oauthserver

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"latchkey/models"
)

// tokenForClient gives a client a token of its own (RFC 6749 §4.4): no person, no refresh token, no ID
// token. All its tokens belong to one standing grant, so that disabling the client ends them together.
func (s *Server) tokenForClient(x *exchange, form url.Values, _ string) (*tokenAnswer, error) {
	if x.client.Public() {
		return nil, &oauthError{Code: "unauthorized_client", Description: engineErrors["unauthorized_client"]}
	}
	var err error
	if x.scopes, err = s.machineScopes(x.client, form); err != nil {
		return nil, err
	}
	x.grant = &models.OAuthGrant{ClientID: x.client.ID} // which row that is, the token's own statement finds
	if _, err := s.askForTokens(x, url.Values{"grant_type": {"client_credentials"}, "scope": {strings.Join(x.scopes, " ")}}); err != nil {
		return nil, err
	}
	return s.answerOf(x, ""), nil
}

// machineScopes are those asked for, or the client's default. Each must be one that needs no person.
func (s *Server) machineScopes(client *models.OAuthClient, form url.Values) ([]string, error) {
	asked := strings.Fields(form.Get("scope"))
	if len(asked) == 0 {
		asked = client.DefaultScopes
	}
	var scopes []string
	for _, name := range asked {
		scope, known := s.scope(name)
		if !known || !scope.Machine || !slices.Contains(client.Scopes, name) {
			return nil, &oauthError{Code: "invalid_scope", Description: "the client may not ask for this scope"}
		}
		if !slices.Contains(scopes, name) {
			scopes = append(scopes, name)
		}
	}
	if len(scopes) == 0 {
		return nil, &oauthError{Code: "invalid_scope", Description: "the scope is missing"}
	}
	return scopes, nil
}

// writeUnderStandingGrant stores a client's own token. Its first one makes the grant.
func (s *Server) writeUnderStandingGrant(ctx context.Context, x *exchange, token *models.OAuthAccessToken) error {
	err := x.tx.CreateStandingOAuthAccessToken(ctx, token)
	if !errors.Is(err, models.ErrNotFound) {
		return err
	}
	if _, err := s.clientByID(x.tx.Context(), x.client.ID); errors.Is(err, models.ErrNotFound) {
		return invalidClient("disabled client") // since it authenticated
	} else if err != nil {
		return err
	}
	x.grant.ID, x.grant.CreatedAt, x.grant.EndsAt = models.NewID(), s.now(), models.GrantWithoutEnd
	if err := x.tx.CreateOAuthGrant(ctx, x.grant); err != nil {
		return fmt.Errorf("standing grant: %w", err)
	}
	token.GrantID = x.grant.ID
	return x.tx.CreateOAuthAccessToken(ctx, token)
}
