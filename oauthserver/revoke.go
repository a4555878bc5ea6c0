package oauthserver

import (
	"context"
	"errors"
	"net/http"

	"latchkey/models"
)

// revoke ends a token at its client's wish (RFC 7009). It tells the truth: another client's token is an
// error, and a failure is no success.
func (s *Server) revoke(w http.ResponseWriter, r *http.Request) {
	proof, err := s.tokenForm(r, capabilities.tokenAuth, limitRevokeClient)
	if err == nil {
		err = s.endToken(r.Context(), proof)
	}
	if err != nil {
		s.writeJSONError(w, r, s.unavailable(r, err))
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
	w.WriteHeader(http.StatusOK)
}

// endToken ends an access token alone, and with a refresh token its whole family, be it the current one or not: a
// refresh of the same moment may have replaced the one that the client wants gone. A token that is unknown or over
// already is what the client wanted.
func (s *Server) endToken(ctx context.Context, proof *models.OAuthClientProof) error {
	if proof.Grant == nil {
		return nil
	}
	if proof.Grant.ClientID != proof.Client.ID {
		return invalidGrant()
	}
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		if proof.Token != nil {
			err := tx.RevokeOAuthAccessToken(tx.Context(), proof.Token.ID)
			return s.tokenEnded(tx, err, proof.Grant, "access")
		}
		err := tx.EndOAuthGrant(tx.Context(), proof.Grant.ID, "token_revoked")
		return s.tokenEnded(tx, err, proof.Grant, "refresh")
	})
}

func (s *Server) tokenEnded(tx *models.Tx, err error, grant *models.OAuthGrant, kind string) error {
	if errors.Is(err, models.ErrSpent) {
		return nil
	}
	if err != nil {
		return err
	}
	event := grantEvent(grant, eventTokenRevoke, models.OutcomeSuccess)
	event.Meta = map[string]any{"kind": kind}
	return tx.Audit(tx.Context(), event)
}

// unavailable tells a client to come back when the storage failed: the token may still live (RFC 7009
// §2.2.1).
func (s *Server) unavailable(r *http.Request, err error) error {
	if e := s.explain(r, err); e.status() != http.StatusInternalServerError {
		return e
	}
	return &oauthError{
		Status: http.StatusServiceUnavailable, Code: "temporarily_unavailable", Description: "the token could not be revoked, try again", RetryAfter: 5,
	}
}
