package oauthserver

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"latchkey/models"
)

// The kinds of a token that was pasted.
const (
	TokenAccess     = "access"
	TokenRefresh    = "refresh"
	TokenOldRefresh = "old refresh" // it was replaced by another
	TokenCode       = "code"
)

// maxPasted is longer than any token of this server.
const maxPasted = 4096

// TokenFound is what a pasted token belongs to.
type TokenFound struct{ Kind, FamilyID string }

// TooOften is the outcome of what was tried more often than a limit allows.
type TooOften struct{ Wait time.Duration }

func (t TooOften) Error() string { return fmt.Sprintf("too often, wait %s", t.Wait) }

// FindToken says which family a pasted token belongs to. The log keeps that somebody asked and what was found, and nothing
// keeps the token. Errors: Invalid when none fits, TooOften, ErrRefused.
func (s *Server) FindToken(ctx context.Context, by Operator, pasted string) (found TokenFound, err error) {
	event := by.sign(models.AuditEvent{Action: eventTokenFind})
	if err := by.reads(); err != nil {
		return found, s.refuseOperator(ctx, by, event, err)
	}
	pasted = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(pasted), "Bearer "))
	if pasted == "" {
		return found, Invalid{"token": "Paste a token"}
	}
	if wait := s.limits.hit(limitTokenFind, by.ID, s.now()); wait > 0 {
		return found, TooOften{wait}
	}
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		grant, err := s.findPasted(tx, pasted, &found)
		if err != nil {
			return fmt.Errorf("find token: %w", err)
		}
		event.Outcome = models.OutcomeFailure
		if grant != nil {
			event.Outcome, found.FamilyID = models.OutcomeSuccess, grant.ID
			event.TargetKind, event.TargetID, event.SubjectID, event.ClientID = "family", grant.ID, grant.Subject, grant.ClientID
			event.Meta = map[string]any{"kind": found.Kind}
		}
		return tx.Audit(tx.Context(), by.sign(event))
	})
	if err == nil && found.FamilyID == "" {
		err = Invalid{"token": unknownToken(pasted)}
	}
	return found, err
}

// findPasted finds the family of a token by what is kept of one: its digest. nil: there is none.
func (s *Server) findPasted(tx *models.Tx, pasted string, found *TokenFound) (grant *models.OAuthGrant, err error) {
	ctx, digest := tx.Context(), models.Digest(pasted)
	switch {
	case len(pasted) > maxPasted:
		return nil, nil
	case strings.HasPrefix(pasted, accessPrefix):
		found.Kind = TokenAccess
		var token *models.OAuthAccessToken
		if token, err = tx.OAuthAccessTokenByHash(ctx, digest); err == nil {
			grant = token.Grant
		}
	case strings.HasPrefix(pasted, codePrefix):
		found.Kind = TokenCode
		var code *models.OAuthCode
		if code, err = tx.OAuthCodeByHash(ctx, digest); err == nil {
			grant = code.Grant
		}
	case strings.HasPrefix(pasted, refreshPrefix):
		grant, err = s.findRefresh(tx, pasted, digest, found)
	}
	if errors.Is(err, models.ErrNotFound) {
		return nil, nil
	}
	return grant, err
}

// findRefresh also knows a refresh token that was replaced long ago: it says itself whose it is, under a key.
func (s *Server) findRefresh(tx *models.Tx, pasted string, digest []byte, found *TokenFound) (*models.OAuthGrant, error) {
	found.Kind = TokenRefresh
	grant, err := tx.OAuthGrantByRefresh(tx.Context(), digest)
	if !errors.Is(err, models.ErrNotFound) {
		return grant, err
	}
	found.Kind = TokenOldRefresh
	id, err := s.grantOfRefreshToken(pasted)
	if err != nil {
		return nil, models.ErrNotFound
	}
	return tx.OAuthGrantByID(tx.Context(), id)
}

func unknownToken(pasted string) string {
	if strings.Count(pasted, ".") == 2 {
		return "This looks like an ID token. They are signed and not kept, so none can be found"
	}
	return "No token here matches. It may have ended and been deleted"
}
