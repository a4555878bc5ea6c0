package oauthserver

import (
	"context"
	"fmt"
	"strings"

	"latchkey/models"
)

// Settings are the choices of this package that operators see.
func (s *Server) Settings() []models.SettingState { return s.live.Settings() }

// ChangeSettings puts the values in place that operators chose, by name. What is not allowed any more is left out, and told.
func (s *Server) ChangeSettings(values map[string]string) error { return s.live.Change(values) }

// ownLives are the settings that clients may have a value of their own for, with its name in their registration.
var ownLives = map[string]string{
	"authorization-code": models.OAuthCodeLife, "access-token": models.OAuthAccessLife, "service-token": models.OAuthAccessLife,
	"id-token": models.OAuthIDLife, "refresh-idle": models.OAuthIdleLife, "refresh-absolute": models.OAuthAbsoluteLife,
}

// newClientEffect says how many clients a change does not touch.
func (s *Server) newClientEffect(ctx context.Context) ([]string, error) {
	switch n, err := s.db.CountOAuthClients(ctx); {
	case err != nil:
		return nil, fmt.Errorf("count clients: %w", err)
	case n == 0:
		return []string{"There is no client yet."}, nil
	case n == 1:
		return []string{"1 client exists and keeps what it has."}, nil
	case n > models.OAuthReachMost:
		return []string{fmt.Sprintf("More than %d clients exist and keep what they have.", models.OAuthReachMost)}, nil
	default:
		return []string{fmt.Sprintf("%d clients exist and keep what they have.", n)}, nil
	}
}

// SettingEffect says whom another value of a setting would touch now. There may be nothing to say.
func (s *Server) SettingEffect(ctx context.Context, name, _ string) ([]string, error) {
	if strings.HasPrefix(name, "new-client-") {
		return s.newClientEffect(ctx)
	}
	column, ours := ownLives[name]
	if !ours {
		return nil, nil
	}
	n, err := s.db.CountOAuthClientsWith(ctx, column)
	switch {
	case err != nil:
		return nil, fmt.Errorf("count clients with a life of their own: %w", err)
	case n == 0:
		return []string{"No client has a time of its own: it holds for all."}, nil
	case n == 1:
		return []string{"1 client has a time of its own and keeps it."}, nil
	}
	return []string{fmt.Sprintf("%d clients have a time of their own and keep it.", n)}, nil
}
