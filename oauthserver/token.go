package oauthserver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"latchkey/models"
)

// tokenAnswer is RFC 6749 §5.1 with OpenID Connect's id_token.
type tokenAnswer struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"` // seconds
	Scope        string `json:"scope"`
	IDToken      string `json:"id_token,omitempty"`
	RefreshToken string `json:"refresh_token,omitempty"`
}

// contained is a refusal with an act that outlives it: ending a family that was stolen, or a row of the
// audit log. The request's own transaction is rolled back first; the act has its own.
type contained struct {
	*oauthError
	act func(tx *models.Tx) error
}

// Unwrap is the refusal.
func (c *contained) Unwrap() error { return c.oauthError }

// token gives tokens for a grant (RFC 6749 §3.2).
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	proof, form, err := s.clientForm(r, capabilities.tokenAuth, limitTokenClient)
	if err != nil {
		s.writeJSONError(w, r, err)
		return
	}
	answer, err := s.runGrant(r.Context(), proof.Client, form, addressOf(r))
	if err != nil {
		s.writeJSONError(w, r, err)
		return
	}
	s.observe("oauth_tokens_total", 1, "grant", form.Get("grant_type"), "format", "opaque", "bound", "none")
	s.writeJSON(w, http.StatusOK, answer)
}

// runGrant finds the grant that a request asks for, and runs it in one transaction.
func (s *Server) runGrant(ctx context.Context, client *models.OAuthClient, form url.Values, address string) (*tokenAnswer, error) {
	kind := form.Get("grant_type")
	grants := map[string]func(*exchange, url.Values, string) (*tokenAnswer, error){
		"authorization_code": s.redeemCode, "refresh_token": s.refreshTokens, "client_credentials": s.tokenForClient,
	}
	run := grants[kind]
	switch {
	case kind == "":
		return nil, invalidRequest("the grant_type is missing")
	case run == nil:
		return nil, &oauthError{Code: "unsupported_grant_type", Description: "the grant_type is not supported"}
	case !slices.Contains(client.Grants, kind):
		return nil, &oauthError{Code: "unauthorized_client", Description: "the client may not use this grant type"}
	}
	var answer *tokenAnswer
	err := s.contain(ctx, func(tx *models.Tx) (err error) {
		answer, err = run(&exchange{tx: tx, client: client}, form, address)
		if err != nil {
			return err
		}
		return tx.TouchOAuthClient(tx.Context(), client)
	})
	if errors.Is(err, models.ErrSpent) && (kind == "refresh_token" || kind == "authorization_code") {
		// Another request with the same token was faster. What it left behind decides.
		err = s.contain(ctx, func(tx *models.Tx) (err error) {
			answer, err = run(&exchange{tx: tx, client: client}, form, address)
			return err
		})
	}
	if errors.Is(err, models.ErrSpent) {
		return nil, invalidGrant()
	}
	return answer, err
}

// contain is InTx that carries out what a refusal still has to do.
func (s *Server) contain(ctx context.Context, f func(tx *models.Tx) error) error {
	err := s.db.InTx(ctx, f)
	var no *contained
	if !errors.As(err, &no) {
		return err
	}
	if actErr := s.db.InTx(ctx, no.act); actErr != nil {
		return fmt.Errorf("contain: %w", actErr)
	}
	return err
}

// invalidGrant is one answer for every reason.
func invalidGrant() *oauthError {
	return &oauthError{Code: "invalid_grant", Description: engineErrors["invalid_grant"]}
}

// stolen refuses a token that came twice and ends its family.
func (s *Server) stolen(x *exchange, event models.Action, reason string) error {
	grant := x.grant
	return &contained{invalidGrant(), func(tx *models.Tx) error {
		err := tx.EndOAuthGrant(tx.Context(), grant.ID, reason)
		if errors.Is(err, models.ErrSpent) {
			return nil // it has ended; there is nothing more to contain
		}
		if err != nil {
			return err
		}
		s.observe("oauth_security_events_total", 1, "event", string(event))
		return tx.Audit(tx.Context(), grantEvent(grant, event, models.OutcomeFailure))
	}}
}

// grantEvent tells of a family in the audit log.
func grantEvent(grant *models.OAuthGrant, action models.Action, outcome string) models.AuditEvent {
	return models.AuditEvent{
		Action: action, Outcome: outcome, ActorKind: "client", ActorID: grant.ClientID, SubjectID: grant.Subject,
		ClientID: grant.ClientID, TargetKind: "family", TargetID: grant.ID, SessionID: grant.SessionID,
	}
}

// errEnded: what a token stands for is over.
var errEnded = errors.New("the grant has ended")

// living asks whether a grant still counts: it, its account under the same access epoch and, without
// offline_access, its session. Every use of every token asks, so whatever ends one of them ends all.
func (s *Server) living(ctx context.Context, grant *models.OAuthGrant) (Account, error) {
	if grant == nil || grant.RevokedAt != nil {
		return Account{}, errEnded
	}
	if grant.Subject == "" {
		return Account{}, nil
	}
	account, err := s.accounts.Find(ctx, grant.Subject, grant.SessionID)
	if errors.Is(err, ErrNoAccount) {
		return Account{}, errEnded
	}
	if err != nil {
		return Account{}, fmt.Errorf("find account: %w", err)
	}
	bound := !slices.Contains(grant.Scopes, "offline_access")
	if !account.Active || account.AccessEpoch != grant.AccessEpoch || bound && !account.SessionLive {
		return Account{}, errEnded
	}
	return account, nil
}

// stillLiving is living at the token endpoint, where what has ended is invalid_grant.
func (s *Server) stillLiving(x *exchange) error {
	_, err := s.living(x.tx.Context(), x.grant)
	if errors.Is(err, errEnded) {
		return invalidGrant()
	}
	return err
}

func (s *Server) answerOf(x *exchange, idToken string) *tokenAnswer {
	return &tokenAnswer{
		AccessToken: x.accessToken, TokenType: "Bearer", ExpiresIn: int(x.accessUntil.Sub(s.now()) / time.Second),
		Scope: strings.Join(x.scopes, " "), IDToken: idToken, RefreshToken: x.refreshToken,
	}
}
