package oauthserver

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"latchkey/models"
)

// credentials are what a client sent to prove who it is.
type credentials struct {
	method   string // none, client_secret_basic, client_secret_post
	clientID string
	secret   string
}

// readCredentials finds the one method a request uses (RFC 6749 §2.3: never more than one).
func readCredentials(r *http.Request, form url.Values) (credentials, *oauthError) {
	headers := r.Header.Values("Authorization")
	switch {
	case len(headers) > 1:
		return credentials{}, invalidRequest("more than one Authorization header")
	case len(headers) == 1 && (form.Has("client_secret") || form.Has("client_assertion")), form.Has("client_secret") && form.Has("client_assertion"):
		return credentials{}, invalidRequest("more than one way of client authentication")
	case len(headers) == 1:
		return basicCredentials(headers[0], form.Get("client_id"))
	case form.Has("client_assertion"), form.Has("client_assertion_type"):
		return credentials{clientID: form.Get("client_id")}, invalidClient("client assertion, which is not supported")
	case form.Get("client_id") == "":
		return credentials{}, invalidClient("no credentials")
	case form.Has("client_secret"):
		return credentials{"client_secret_post", form.Get("client_id"), form.Get("client_secret")}, nil
	}
	return credentials{method: "none", clientID: form.Get("client_id")}, nil
}

// basicCredentials reads RFC 7617's header; both halves are form-encoded first (RFC 6749 §2.3.1).
func basicCredentials(header, bodyID string) (credentials, *oauthError) {
	scheme, encoded, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Basic") {
		return credentials{clientID: bodyID}, invalidClient("an Authorization scheme other than Basic")
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || strings.ContainsAny(encoded, "\r\n") { // which Go's decoder skips
		return credentials{clientID: bodyID}, invalidClient("malformed Basic credentials")
	}
	id, secret, found := strings.Cut(string(raw), ":")
	id, err = url.QueryUnescape(id)
	secret, secretErr := url.QueryUnescape(secret)
	if !found || err != nil || secretErr != nil {
		return credentials{clientID: bodyID}, invalidClient("malformed Basic credentials")
	}
	if bodyID != "" && bodyID != id {
		return credentials{clientID: id}, invalidClient("two different client_ids")
	}
	return credentials{"client_secret_basic", id, secret}, nil
}

// invalidClient is one answer for every reason; the reason goes to the audit log only.
func invalidClient(reason string) *oauthError {
	return &oauthError{
		Status: http.StatusUnauthorized, Code: "invalid_client", Description: "client authentication failed",
		Challenge: `Basic realm="oauth"`, Reason: reason,
	}
}

// clientForm reads what a client sends that proves who it is, by one of these methods, and counts it against the client's
// own limit.
func (s *Server) clientForm(r *http.Request, methods []string, rule *limit) (*models.OAuthClientProof, url.Values, error) {
	form, fault := parseForm(r)
	if fault != nil {
		return nil, nil, fault
	}
	proof, err := s.authenticateClient(r, form)
	if err != nil {
		return nil, nil, err
	}
	if !slices.Contains(methods, proof.Client.AuthMethod) {
		return nil, nil, invalidClient("wrong method for this endpoint")
	}
	if wait := s.limits.hit(rule, proof.Client.ID, s.now()); wait > 0 {
		return nil, nil, tooMany(wait)
	}
	return proof, form, nil
}

// tokenForm is clientForm where a token is what the client asks about. The proof says which it is.
func (s *Server) tokenForm(r *http.Request, methods []string, rule *limit) (*models.OAuthClientProof, error) {
	proof, form, err := s.clientForm(r, methods, rule)
	if err == nil && !form.Has("token") {
		err = invalidRequest("the token is missing")
	}
	return proof, err
}

// authenticateClient proves which client sent a request, the same at every endpoint for clients.
func (s *Server) authenticateClient(r *http.Request, form url.Values) (*models.OAuthClientProof, error) {
	sent, refusal := readCredentials(r, form)
	if refusal != nil && (refusal.Code != "invalid_client" || sent.clientID == "") {
		return nil, refusal // nobody is named, so nothing was guessed
	}
	ctx, address := r.Context(), s.networkOf(r)
	proof, reason, err := s.proveClient(ctx, sent, address, s.tokenKey(form.Get("token")))
	if err != nil {
		return nil, err
	}
	if refusal == nil && reason != "" {
		refusal = invalidClient(reason)
	}
	if refusal == nil {
		return proof, nil
	}
	if err := s.noteFailure(ctx, proof.Client, sent, address, refusal.Reason); err != nil {
		return nil, err
	}
	return nil, refusal
}

// reasonDisabledClient is in the audit log when a client goes on after an operator disabled it.
const reasonDisabledClient = "disabled client"

// proveClient does the same work whoever asks: one query for the client, its secrets, the failures from this
// address and the token asked about; one comparison for each secret. Without a reason, the client is proven, and
// only then what was read may be told. The error is a refusal when it failed too often.
func (s *Server) proveClient(ctx context.Context, sent credentials, address string, asked models.OAuthTokenKey) (proof *models.OAuthClientProof, reason string, err error) {
	proof, err = s.db.OAuthClientProof(ctx, sent.clientID, failureKey(sent.clientID, address), asked)
	if err != nil {
		return nil, "", fmt.Errorf("load client: %w", err)
	}
	if proof.Failures.Hits >= limitClientFailures.scaled(s.limits.scale) {
		return nil, "", tooMany(proof.Failures.WindowEndsAt.Sub(s.now()))
	}
	client := proof.Client
	hash := secretHash(sent.clientID, sent.secret)
	matches := hmac.Equal(hash, make([]byte, len(hash)))
	for i := range proof.Secrets {
		if secret := &proof.Secrets[i]; hmac.Equal(hash, secret.Hash) {
			matches, client.ProvenBy = true, secret
		}
	}
	switch {
	case client == nil:
		reason = "unknown client"
	case !client.Enabled():
		reason = reasonDisabledClient
	case !methodFits(client.AuthMethod, sent.method):
		reason = "wrong method"
	case !client.Public() && !matches:
		reason = "wrong secret"
	}
	return proof, reason, nil
}

// methodFits: the registered method and no other, but for Basic, which every client with a secret may
// use (RFC 6749 §2.3.1).
func methodFits(registered, sent string) bool {
	return registered == sent || registered == "client_secret_post" && sent == "client_secret_basic"
}

func (s *Server) noteFailure(ctx context.Context, client *models.OAuthClient, sent credentials, address, reason string) error {
	s.observe("oauth_security_events_total", 1, "event", string(eventClientAuthFailed))
	if err := s.countFailure(ctx, sent.clientID, address); err != nil {
		return err
	}
	event := models.AuditEvent{Action: eventClientAuthFailed, Outcome: models.OutcomeFailure, Reason: reason, ActorKind: "client", Method: sent.method}
	if client != nil { // a name nobody registered may be anything
		event.ActorID, event.ClientID = client.ID, client.ID
	}
	return s.db.Audit(ctx, event)
}
