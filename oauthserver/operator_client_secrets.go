package oauthserver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/models"
)

// maxOverlap is how long two secrets of a client may live side by side.
const maxOverlap = 7 * day

// shownSecretLife is how long an operator may look at a new secret.
const shownSecretLife = 10 * time.Minute

// RotateSecret gives a client a new secret, shown this once. The old ones end at once, or after the overlap, at most seven
// days.
func (s *Server) RotateSecret(ctx context.Context, by Operator, id string, overlap time.Duration) (secret string, err error) {
	err = s.operate(ctx, by, RightOperate, clientEvent(eventClientRotate, id), func(tx *models.Tx, event *models.AuditEvent) error {
		if overlap < 0 || overlap > maxOverlap {
			return Invalid{"overlap": "must be between 0 and 7 days"}
		}
		client, err := s.holdClient(tx, by, id)
		if err != nil {
			return err
		}
		if client.Public() {
			return Invalid{"auth_method": "is none: a public client has no secret"}
		}
		if err := tx.EndOAuthClientSecrets(tx.Context(), id, s.now().Add(overlap)); err != nil {
			return fmt.Errorf("end old secrets: %w", err)
		}
		event.Meta = map[string]any{"overlap_seconds": int(overlap.Seconds())}
		event.Changes = map[string]models.Change{"authentication": {New: "changed"}}
		secret, err = s.newSecret(tx, by, id)
		return err
	})
	return secret, err
}

// EndSecret ends the old secret of a client before its overlap is over. models.ErrSpent when it has ended, or is the one in
// use.
func (s *Server) EndSecret(ctx context.Context, by Operator, id, secretID string) error {
	return s.operate(ctx, by, RightOperate, clientEvent(eventClientEndSecret, id), func(tx *models.Tx, event *models.AuditEvent) error {
		if _, err := s.holdClient(tx, by, id); err != nil {
			return err
		}
		if err := tx.EndOAuthClientSecret(tx.Context(), id, secretID); err != nil {
			return fmt.Errorf("end secret: %w", err)
		}
		event.Meta = map[string]any{"ended": secretID}
		event.Changes = map[string]models.Change{"authentication": {Old: "two ways", New: "one"}}
		return nil
	})
}

// newSecret stores a secret's hash. An operator at a page has it shown in their own session and nowhere else: it is in no
// answer that a browser or a proxy could keep.
func (s *Server) newSecret(tx *models.Tx, by Operator, clientID string) (string, error) {
	secret := "lk_cs_" + models.NewToken()
	err := tx.CreateOAuthClientSecret(tx.Context(), &models.OAuthClientSecret{
		ID: models.NewID(), ClientID: clientID, Hash: secretHash(clientID, secret), CreatedAt: s.now(),
	})
	if err != nil {
		return "", fmt.Errorf("store client secret: %w", err)
	}
	if by.SessionID == "" {
		return secret, nil
	}
	err = tx.KeepShownOnce(tx.Context(), models.ShownOnce{
		SessionID: by.SessionID, Purpose: shownSecret(clientID), Value: secret, ExpiresAt: s.now().Add(shownSecretLife),
	})
	if err != nil {
		return "", fmt.Errorf("keep client secret to be shown: %w", err)
	}
	return "", nil
}

func shownSecret(clientID string) string { return "client_secret " + clientID }

// ShownSecret is the new secret of a client, for the session that made it, until it is saved or ten minutes are over; then
// it is empty.
func (s *Server) ShownSecret(ctx context.Context, by Operator, clientID string) (string, error) {
	if !by.may(RightOperate) || by.SessionID == "" {
		return "", nil
	}
	secret, err := s.db.ShownOnceOf(ctx, by.SessionID, shownSecret(clientID))
	if errors.Is(err, models.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read shown secret: %w", err)
	}
	return secret, nil
}

// SecretSaved forgets it: the operator says that they have it.
func (s *Server) SecretSaved(ctx context.Context, by Operator, clientID string) error {
	if err := s.db.DropShownOnce(ctx, by.SessionID, shownSecret(clientID)); err != nil {
		return fmt.Errorf("forget shown secret: %w", err)
	}
	return nil
}
