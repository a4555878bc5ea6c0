package oauthserver

import (
	"context"
	"fmt"

	"latchkey/models"
)

// DisableClient stops a client everywhere at once: its sign-ins, codes and tokens end, the requests that wait for a person
// do, and no endpoint knows it any more. Consents stay and do nothing. models.ErrSpent when it is disabled already.
func (s *Server) DisableClient(ctx context.Context, by Operator, id string) error {
	return s.operate(ctx, by, RightOperate, clientEvent(eventClientDisable, id), func(tx *models.Tx, event *models.AuditEvent) error {
		if err := s.holdReach(tx, by, id); err != nil {
			return err
		}
		if err := tx.DisableOAuthClient(tx.Context(), id); err != nil {
			return fmt.Errorf("disable client: %w", err)
		}
		event.Changes = map[string]models.Change{"state": {Old: "enabled", New: "disabled"}}
		return s.endAllOf(tx, id, event)
	})
}

// EnableClient lets a client begin again; nothing that ended comes back.
func (s *Server) EnableClient(ctx context.Context, by Operator, id string) error {
	return s.operate(ctx, by, RightOperate, clientEvent(eventClientEnable, id), func(tx *models.Tx, event *models.AuditEvent) error {
		if _, err := s.holdClient(tx, by, id); err != nil {
			return err
		}
		if err := tx.EnableOAuthClient(tx.Context(), id); err != nil {
			return fmt.Errorf("enable client: %w", err)
		}
		event.Changes = map[string]models.Change{"state": {Old: "disabled", New: "enabled"}}
		// A request that was under way when the client was disabled may have written its grant a moment later.
		return s.endAllOf(tx, id, event)
	})
}

// DeleteClient erases a disabled client with its consents, sign-ins and secrets. What the audit log says of it stays.
// models.ErrSpent when it is enabled.
func (s *Server) DeleteClient(ctx context.Context, by Operator, id string) error {
	return s.operate(ctx, by, RightOperate, clientEvent(eventClientDelete, id), func(tx *models.Tx, event *models.AuditEvent) error {
		client, err := tx.OAuthClientByID(tx.Context(), id)
		if err != nil {
			return fmt.Errorf("load client: %w", err)
		}
		if err := s.holdReach(tx, by, id); err != nil {
			return err
		}
		if err := tx.DeleteOAuthClient(tx.Context(), id); err != nil {
			return fmt.Errorf("delete client: %w", err)
		}
		event.Changes = map[string]models.Change{"name": {Old: client.Name}}
		return nil
	})
}

// endAllOf ends what a client has and counts it.
func (s *Server) endAllOf(tx *models.Tx, id string, event *models.AuditEvent) error {
	grants, err := tx.RevokeGrantsOfClient(tx.Context(), id, "client_disabled")
	if err != nil {
		return fmt.Errorf("end grants of client: %w", err)
	}
	requests, err := tx.EndOAuthInteractionsOf(tx.Context(), id)
	if err != nil {
		return fmt.Errorf("end requests of client: %w", err)
	}
	event.Meta = map[string]any{"grants_ended": grants, "requests_ended": requests}
	return nil
}

// holdReach is holdClient for an act that ends what the client has, and cannot be undone.
func (s *Server) holdReach(tx *models.Tx, by Operator, id string) error {
	client, err := tx.LockOAuthClient(tx.Context(), id)
	if err != nil {
		return fmt.Errorf("load client: %w", err)
	}
	record, err := s.recordOf(tx.Context(), tx.DB, client)
	if err != nil {
		return err
	}
	if err := by.saw(withReach(clientState(client, record.secrets), record.Reach)); err != nil {
		return err
	}
	return by.meant(shownName(client), client.ID)
}
