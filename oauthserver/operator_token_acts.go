package oauthserver

import (
	"context"
	"errors"
	"fmt"

	"latchkey/models"
)

// revokedByOperator is the reason of an end that a row keeps.
const revokedByOperator = "operator"

// TokenPreview is what revoking one access token would do.
type TokenPreview struct {
	FamilyRecord
	Token   TokenRecord
	Version string
}

// OpenToken reads an access token of a family for the page that asks about revoking it. Errors: models.ErrNotFound,
// ErrRefused.
func (s *Server) OpenToken(ctx context.Context, by Operator, familyID, id string) (TokenPreview, error) {
	if err := by.reads(); err != nil {
		return TokenPreview{}, err
	}
	grant, client, err := s.familyAndClient(ctx, s.db, familyID)
	if err != nil {
		return TokenPreview{}, err
	}
	token, err := tokenOf(ctx, s.db, grant, id)
	if err != nil {
		return TokenPreview{}, err
	}
	preview := TokenPreview{FamilyRecord: s.familyRecord(grant, client), Token: s.tokenRecord(token, grant, client)}
	preview.Version, err = models.Version([]any{token.ID, preview.Token.State})
	return preview, err
}

func tokenOf(ctx context.Context, db *models.DB, grant *models.OAuthGrant, id string) (*models.OAuthAccessToken, error) {
	token, err := db.OAuthAccessTokenByID(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("load access token: %w", err)
	}
	if token.GrantID != grant.ID {
		return nil, models.ErrNotFound
	}
	return token, nil
}

// EndToken revokes one access token; its family goes on. Errors: models.ErrNotFound, models.ErrSpent, ErrChanged,
// ErrRefused, Invalid.
func (s *Server) EndToken(ctx context.Context, by Operator, familyID, id string) error {
	return s.onFamily(ctx, by, eventTokenEnd, familyID, func(tx *models.Tx, event *models.AuditEvent, grant *models.OAuthGrant) error {
		token, err := tokenOf(tx.Context(), tx.DB, grant, id)
		if err != nil {
			return err
		}
		state := s.tokenState(token, grant)
		if err := by.saw([]any{token.ID, state}); err != nil {
			return err
		}
		if state != FamilyActive {
			return models.ErrSpent
		}
		if err := tx.RevokeOAuthAccessToken(tx.Context(), id); err != nil {
			return fmt.Errorf("revoke access token: %w", err)
		}
		event.Meta = map[string]any{"jti": id}
		return nil
	})
}

// EndFamily revokes one family: nothing of it works from then on, and what was allowed stays allowed. Errors:
// models.ErrNotFound, models.ErrSpent, ErrChanged, ErrRefused, Invalid.
func (s *Server) EndFamily(ctx context.Context, by Operator, id string) error {
	return s.onFamily(ctx, by, eventFamilyRevoke, id, func(tx *models.Tx, event *models.AuditEvent, grant *models.OAuthGrant) error {
		living, state, err := s.familyReach(tx.Context(), tx.DB, grant)
		if err != nil {
			return err
		}
		if err := by.saw(state); err != nil {
			return err
		}
		if s.stateOf(grant) != FamilyActive {
			return models.ErrSpent
		}
		if err := tx.EndOAuthGrant(tx.Context(), grant.ID, revokedByOperator); err != nil {
			return fmt.Errorf("revoke family: %w", err)
		}
		event.Meta = map[string]any{"grants_ended": 1, "access_ended": living}
		return nil
	})
}

// AppPreview is what revoking all that a member gave a client would do.
type AppPreview struct {
	FamilyRecord // from which it was asked
	Reach        models.OAuthReach
	Version      string
}

// OpenApp reads what the person of a family has at its client, for the page that asks about revoking all of it. Errors:
// models.ErrNotFound (of a client's own too), ErrRefused.
func (s *Server) OpenApp(ctx context.Context, by Operator, familyID string) (AppPreview, error) {
	if err := by.reads(); err != nil {
		return AppPreview{}, err
	}
	grant, client, err := s.familyAndClient(ctx, s.db, familyID)
	if err != nil {
		return AppPreview{}, err
	}
	if grant.Subject == "" {
		return AppPreview{}, models.ErrNotFound
	}
	preview := AppPreview{FamilyRecord: s.familyRecord(grant, client)}
	var state any
	if preview.Reach, state, err = s.appState(ctx, s.db, grant); err != nil {
		return AppPreview{}, err
	}
	preview.Version, err = models.Version(state)
	return preview, err
}

func (s *Server) appState(ctx context.Context, db *models.DB, grant *models.OAuthGrant) (models.OAuthReach, any, error) {
	reach, err := db.OAuthReachOfApp(ctx, grant.Subject, grant.ClientID)
	if err != nil {
		return reach, nil, fmt.Errorf("count what a member has at a client: %w", err)
	}
	return reach, []any{grant.Subject, grant.ClientID, about(reach.SignIns), about(reach.AccessTokens)}, nil
}

// EndApp revokes every family that the person of one has at its client. What they allowed stays allowed. Errors as EndFamily.
func (s *Server) EndApp(ctx context.Context, by Operator, familyID string) error {
	return s.onFamily(ctx, by, eventFamilyRevoke, familyID, func(tx *models.Tx, event *models.AuditEvent, grant *models.OAuthGrant) error {
		if grant.Subject == "" {
			return models.ErrNotFound
		}
		_, state, err := s.appState(tx.Context(), tx.DB, grant)
		if err != nil {
			return err
		}
		if err := by.saw(state); err != nil {
			return err
		}
		ended, err := tx.RevokeGrantsOfApp(tx.Context(), grant.Subject, grant.ClientID, revokedByOperator)
		event.TargetKind, event.TargetID = "client", grant.ClientID
		return endedSome(event, ended, err)
	})
}

// EndTokensOfClient revokes every family of a client, its own too. The client stays as it is and may begin anew; what people
// allowed stays allowed. Errors as EndFamily.
func (s *Server) EndTokensOfClient(ctx context.Context, by Operator, id string) error {
	return s.operate(ctx, by, RightOperate, clientEvent(eventFamilyRevoke, id), func(tx *models.Tx, event *models.AuditEvent) error {
		if err := s.holdReach(tx, by, id); err != nil {
			return err
		}
		ended, err := tx.RevokeGrantsOfClient(tx.Context(), id, revokedByOperator)
		return endedSome(event, ended, err)
	})
}

// endedSome puts into the row how many families an act ended. models.ErrSpent: none.
func endedSome(event *models.AuditEvent, ended int64, err error) error {
	if err != nil {
		return fmt.Errorf("revoke families: %w", err)
	}
	if ended == 0 {
		return models.ErrSpent
	}
	event.Meta = map[string]any{"grants_ended": ended}
	event.Changes = revokedNow()
	return nil
}

func revokedNow() map[string]models.Change {
	return map[string]models.Change{"state": {Old: string(FamilyActive), New: string(FamilyRevoked)}}
}

// onFamily runs an act on a family, whose row it holds. A client's own tokens are the business of those who act on clients.
func (s *Server) onFamily(ctx context.Context, by Operator, action models.Action, id string, act func(tx *models.Tx, event *models.AuditEvent, grant *models.OAuthGrant) error) error {
	right := RightRevokeAccess
	switch grant, err := s.db.OAuthGrantByID(ctx, id); {
	case err == nil && grant.Subject == "":
		right = RightOperate
	case err != nil && !errors.Is(err, models.ErrNotFound):
		return fmt.Errorf("load family: %w", err)
	}
	event := models.AuditEvent{Action: action, TargetKind: "family", TargetID: id}
	return s.operate(ctx, by, right, event, func(tx *models.Tx, event *models.AuditEvent) error {
		grant, err := tx.LockOAuthGrant(tx.Context(), id)
		if err != nil {
			return fmt.Errorf("load family: %w", err)
		}
		event.SubjectID, event.ClientID, event.Changes = grant.Subject, grant.ClientID, revokedNow()
		if grant.Subject != "" {
			if err := by.mayTouch(tx.Context(), grant.Subject); err != nil {
				return err
			}
		}
		return act(tx, event, grant)
	})
}
