package oauthserver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"latchkey/models"
)

// Token is who a bearer token stands for, once it was checked.
type Token struct {
	Subject  string // empty: a client on its own
	ClientID string // empty: a token the person made for themselves
	Scopes   []string
	Account  Account // of the subject
	GrantID  string
}

// Need is what a call asks of its token.
type Need struct {
	Scopes   []string // all of them
	Resource string   // who the token must be for; default: the first of Config.Resources
	Person   bool     // a client on its own will not do
}

// BearerLimit is the rule that Authenticate and RequireScope count by, in words, for the host's list of routes: a family,
// whichever of its tokens is used.
func BearerLimit() string { return limitFamily.String() }

type tokenKey struct{}

// TokenOf returns the token of a request that passed RequireScope. Anywhere else it is empty.
func TokenOf(ctx context.Context) Token {
	token, _ := ctx.Value(tokenKey{}).(Token)
	return token
}

// RequireScope guards a handler of the own API: a living token for the API, of a person, with all these
// scopes. TokenOf says to the handler who it is. The check is done at every request, so a token that was
// taken back stops at once.
func (s *Server) RequireScope(next http.Handler, scopes ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, err := s.Authenticate(r, Need{Scopes: scopes, Person: true})
		if err != nil {
			s.WriteBearerError(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), tokenKey{}, token)))
	})
}

// Authenticate checks the bearer token of a request against a need. Its error goes to WriteBearerError.
func (s *Server) Authenticate(r *http.Request, need Need) (Token, error) {
	raw, refusal := headerToken(r)
	if refusal != nil {
		return Token{}, refusal
	}
	if need.Resource == "" {
		need.Resource = s.issuer
		if len(s.cfg.Resources) > 0 {
			need.Resource = s.cfg.Resources[0].Identifier
		}
	}
	return s.checkBearer(r, raw, need)
}

// headerToken reads the one place a token may be in (RFC 6750 §2.1). In a query it would end in logs.
func headerToken(r *http.Request) (string, *oauthError) {
	headers := r.Header.Values("Authorization")
	switch {
	case r.URL.Query().Has("access_token"):
		return "", bearerError(http.StatusBadRequest, "invalid_request", "the access token belongs in the Authorization header")
	case len(headers) > 1:
		return "", bearerError(http.StatusBadRequest, "invalid_request", "more than one Authorization header")
	case len(headers) == 0:
		return "", nil
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", nil
	}
	if token == "" || len(token) > otherSize || strings.ContainsFunc(token, func(c rune) bool { return c <= ' ' || c >= 0x7f }) {
		return "", bearerError(http.StatusBadRequest, "invalid_request", "the access token is malformed")
	}
	return token, nil
}

// checkBearer finds out whether a token lives and will do.
func (s *Server) checkBearer(r *http.Request, raw string, need Need) (Token, error) {
	if raw == "" {
		return Token{}, &oauthError{
			Status: http.StatusUnauthorized, Code: "invalid_token", Description: "a bearer token is needed", Challenge: `Bearer realm="oauth"`,
		}
	}
	token, err := s.bearer(r.Context(), raw, need.Resource)
	if errors.Is(err, errEnded) {
		return Token{}, s.badToken(r)
	}
	if err != nil {
		return Token{}, err
	}
	if token.GrantID != "" {
		if wait := s.limits.hit(limitFamily, token.GrantID, s.now()); wait > 0 {
			return Token{}, tooMany(wait)
		}
	}
	if need.Person && token.Subject == "" {
		return Token{}, &oauthError{Status: http.StatusForbidden, Code: "access_denied", Description: "this needs a person, and the token is a client's own"}
	}
	for _, scope := range need.Scopes {
		if !slices.Contains(token.Scopes, scope) {
			e := bearerError(http.StatusForbidden, "insufficient_scope", "the access token lacks a scope")
			e.Challenge += `, scope="` + strings.Join(need.Scopes, " ") + `"`
			return Token{}, e
		}
	}
	return token, nil
}

// bearer looks a token up: one read here, one look-up of the account at the host, and no write. errEnded for one that is unknown, over, or
// for somebody else.
func (s *Server) bearer(ctx context.Context, raw, resource string) (Token, error) {
	if !strings.HasPrefix(raw, accessPrefix) {
		return s.otherBearer(ctx, raw)
	}
	row, account, err := s.liveAccessToken(ctx, raw)
	if err != nil {
		return Token{}, err
	}
	if resource != "" && !slices.Contains(row.Audience, resource) {
		return Token{}, errEnded
	}
	return Token{Subject: row.Grant.Subject, ClientID: row.ClientID, Scopes: row.Scopes, Account: account, GrantID: row.GrantID}, nil
}

// liveAccessToken returns an access token whose row, family, client and account all live.
func (s *Server) liveAccessToken(ctx context.Context, raw string) (*models.OAuthAccessToken, Account, error) {
	token, err := s.db.Joined(ctx).OAuthAccessTokenByHash(ctx, models.Digest(raw))
	if errors.Is(err, models.ErrNotFound) {
		return nil, Account{}, errEnded
	}
	if err != nil {
		return nil, Account{}, fmt.Errorf("look up access token: %w", err)
	}
	account, err := s.livingToken(ctx, token)
	return token, account, err
}

// livingToken asks whether an access token still counts: it, its client and, by living, its grant.
func (s *Server) livingToken(ctx context.Context, token *models.OAuthAccessToken) (Account, error) {
	if token.RevokedAt != nil || !s.now().Before(token.ExpiresAt) || token.Client == nil || !token.Client.Enabled() {
		return Account{}, errEnded
	}
	return s.living(ctx, token.Grant)
}

// otherBearer asks the host about a token that is not ours.
func (s *Server) otherBearer(ctx context.Context, raw string) (Token, error) {
	if s.cfg.OtherBearer == nil {
		return Token{}, errEnded
	}
	other, err := s.cfg.OtherBearer(ctx, raw)
	if errors.Is(err, ErrNoAccount) || err == nil && !other.Account.Active {
		return Token{}, errEnded
	}
	if err != nil {
		return Token{}, fmt.Errorf("ask about a foreign token: %w", err)
	}
	return Token{Subject: other.Account.Subject, ClientID: other.ClientID, Scopes: other.Scopes, Account: other.Account}, nil
}

// limitBadTokens slows down guessing from one address. A good token passes all the same: it is only asked
// when one was bad.
var limitBadTokens = &limit{"oauth-bad-tokens", 60, 10 * time.Minute, "address"}

func (s *Server) badToken(r *http.Request) error {
	key := failureKey("bearer", s.networkOf(r))
	key.Rule = limitBadTokens.name
	after, err := s.db.CountAttempts(r.Context(), models.Counting{AttemptKey: key, Window: limitBadTokens.window})
	if err != nil {
		return fmt.Errorf("count bad token: %w", err)
	}
	if after[0].Hits > limitBadTokens.scaled(s.limits.scale) {
		return tooMany(after[0].WindowEndsAt.Sub(s.now()))
	}
	return bearerError(http.StatusUnauthorized, "invalid_token", "the access token is not valid")
}

// bearerError is a refusal with the challenge of RFC 6750 §3.
func bearerError(status int, code, description string) *oauthError {
	return &oauthError{
		Status: status, Code: code, Description: description,
		Challenge: `Bearer realm="oauth", error="` + code + `", error_description="` + description + `"`,
	}
}

// WriteBearerError answers for an error of Authenticate.
func (s *Server) WriteBearerError(w http.ResponseWriter, r *http.Request, err error) {
	s.writeJSONError(w, r, err)
}
