package oauthserver

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// reservedClaims are the protocol's own. A host cannot fill them, whatever it returns.
var reservedClaims = []string{
	"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "nonce", "auth_time", "acr", "amr", "azp", "at_hash", "c_hash",
	"s_hash", "sid", "cnf", "act", "may_act", "client_id", "scope", "authorization_details", "events", "status", "ds_hash",
}

// claimsFor asks the host about a subject and keeps what these names allow, in the types of OpenID
// Connect Core §5.1. Null and empty values are left out.
func (s *Server) claimsFor(ctx context.Context, q ClaimsQuery, names []string) (map[string]any, error) {
	known, err := s.accounts.Claims(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("ask for claims: %w", err)
	}
	s.logClashes(ctx, q, known)
	claims := map[string]any{}
	for _, name := range names {
		if slices.Contains(reservedClaims, name) {
			continue
		}
		if value := typedClaim(name, known[name]); value != nil {
			claims[name] = value
		}
	}
	return claims, nil
}

// logClashes tells the operator, once for each name, that the host wants to fill a claim of the protocol's. Its own
// name for the person it was asked about is none.
func (s *Server) logClashes(ctx context.Context, q ClaimsQuery, known map[string]any) {
	for _, name := range reservedClaims {
		value, there := known[name]
		if !there || name == "sub" && value == q.Subject {
			continue
		}
		if _, told := s.clashes.LoadOrStore(name, true); !told {
			s.log().WarnContext(ctx, "the host's value of a protocol claim is dropped", "claim", name)
		}
	}
}

// claimsOfScopes are the names that these scopes show.
func (s *Server) claimsOfScopes(scopes []string) []string {
	var names []string
	for _, name := range scopes {
		if scope, ok := s.scope(name); ok {
			names = append(names, scope.Claims...)
		}
	}
	return names
}

func typedClaim(name string, value any) any {
	switch name {
	case "email_verified", "phone_number_verified":
		if text, ok := value.(string); ok {
			return text == "true"
		}
	case "updated_at":
		if text, ok := value.(string); ok {
			seconds, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return nil
			}
			return seconds
		}
	}
	switch v := value.(type) {
	case string:
		if v == "" {
			return nil
		}
	case time.Time:
		if v.IsZero() {
			return nil
		}
		return v.Unix()
	case []string:
		if len(v) == 0 {
			return nil
		}
	case map[string]any:
		if len(v) == 0 {
			return nil
		}
	}
	return value
}
