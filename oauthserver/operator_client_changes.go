package oauthserver

import (
	"context"
	"errors"
	"fmt"

	"latchkey/models"
)

// clientEvent is the row of the audit log that tells of an act on a client.
func clientEvent(action models.Action, id string) models.AuditEvent {
	return models.AuditEvent{Action: action, ClientID: id, TargetKind: "client", TargetID: id}
}

// CreateClient registers a client and returns its secret, which is shown this once; a public client has none, and an
// operator with a session finds it in ShownSecret. Blank fields get what
// operators chose for new clients, and what the kind implies. Mistakes come back as Invalid,
// all of them; models.ErrTaken when the chosen id is in use.
func (s *Server) CreateClient(ctx context.Context, by Operator, client models.OAuthClient) (created *models.OAuthClient, secret string, err error) {
	s.fillNewClient(&client)
	if by.may(RightOperate) {
		if err := s.mistakesOf(&client, by, client.ID); err != nil {
			return nil, "", err
		}
	}
	if client.ID == "" {
		client.ID = newClientID()
	}
	now := s.now()
	client.CreatedAt, client.UpdatedAt, client.DisabledAt, client.MetadataHash = now, now, nil, metadataHash(&client)
	err = s.operate(ctx, by, RightOperate, clientEvent(eventClientCreate, client.ID), func(tx *models.Tx, event *models.AuditEvent) error {
		if err := tx.CreateOAuthClient(tx.Context(), &client); err != nil {
			return fmt.Errorf("create client: %w", err)
		}
		event.Changes = changesBetween(nil, clientFacts(&client))
		if !client.Public() {
			secret, err = s.newSecret(tx, by, client.ID)
		}
		return err
	})
	if err != nil {
		return nil, "", err
	}
	return &client, secret, nil
}

// mistakesOf are those of a client, of the id that somebody chose for it (empty: nobody), and of the reason.
func (s *Server) mistakesOf(client *models.OAuthClient, by Operator, chosen string) error {
	mistakes := Invalid{}
	_ = errors.As(s.checkClient(client), &mistakes)
	if chosen != "" && !chosenID.MatchString(chosen) {
		mistakes.add("client_id", "must be 3 to 64 of a-z, 0-9 and -")
	}
	var reason Invalid
	if _, err := by.reason(); errors.As(err, &reason) {
		mistakes.add("reason", "%s", reason["reason"])
	}
	if len(mistakes) == 0 {
		return nil
	}
	return mistakes
}

// UpdateClient replaces everything about a client but its id, its secrets, and whether it is verified or disabled. A change
// of what people agreed to makes remembered consents ask again. Errors: Invalid, models.ErrNotFound, ErrChanged, ErrRefused.
func (s *Server) UpdateClient(ctx context.Context, by Operator, client models.OAuthClient) error {
	s.fillClient(&client)
	if by.may(RightOperate) {
		if err := s.mistakesOf(&client, by, ""); err != nil {
			return err
		}
	}
	return s.changeClient(ctx, by, eventClientUpdate, client.ID, func(before *models.OAuthClient) (*models.OAuthClient, error) {
		client.CreatedAt, client.LastUsedAt, client.DisabledAt, client.Verified = before.CreatedAt, before.LastUsedAt, before.DisabledAt, before.Verified
		return &client, nil
	})
}

// VerifyClient vouches for a client: its consent page says so, and people may have their answer remembered.
func (s *Server) VerifyClient(ctx context.Context, by Operator, id string) error {
	return s.vouch(ctx, by, id, true)
}

// UnverifyClient takes that back.
func (s *Server) UnverifyClient(ctx context.Context, by Operator, id string) error {
	return s.vouch(ctx, by, id, false)
}

func (s *Server) vouch(ctx context.Context, by Operator, id string, verified bool) error {
	return s.changeClient(ctx, by, eventClientVerify, id, func(before *models.OAuthClient) (*models.OAuthClient, error) {
		if before.Verified == verified {
			return nil, models.ErrSpent
		}
		after := *before
		after.Verified = verified
		return &after, nil
	})
}

// changeClient writes a client anew, in what makes it other than before.
func (s *Server) changeClient(ctx context.Context, by Operator, action models.Action, id string, change func(*models.OAuthClient) (*models.OAuthClient, error)) error {
	return s.operate(ctx, by, RightOperate, clientEvent(action, id), func(tx *models.Tx, event *models.AuditEvent) error {
		before, err := s.holdClient(tx, by, id)
		if err != nil {
			return err
		}
		after, err := change(before)
		if err != nil {
			return err
		}
		after.UpdatedAt, after.MetadataHash = s.now(), metadataHash(after)
		if err := tx.UpdateOAuthClient(tx.Context(), after); err != nil {
			return fmt.Errorf("update client: %w", err)
		}
		event.Changes = changesBetween(clientFacts(before), clientFacts(after))
		return nil
	})
}

// holdClient locks a client for an act, as the operator saw it.
func (s *Server) holdClient(tx *models.Tx, by Operator, id string) (*models.OAuthClient, error) {
	client, err := tx.LockOAuthClient(tx.Context(), id)
	if err != nil {
		return nil, fmt.Errorf("load client: %w", err)
	}
	secrets, err := tx.OAuthClientSecrets(tx.Context(), id)
	if err != nil {
		return nil, fmt.Errorf("load secrets: %w", err)
	}
	return client, by.saw(clientState(client, secrets))
}
