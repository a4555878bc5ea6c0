package oauthserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"latchkey/models"
)

// App is a client that a person let in.
type App struct {
	ID, Name, Host string // Host: where it returns to
	Verified       bool
	Scopes         []Scope
	Since          time.Time
	LastUsed       time.Time
	Families       []Family
}

// Family is one sign-in of an app: the tokens that descend from one consent.
type Family struct {
	ID, Label string
	Since     time.Time
	LastUsed  time.Time
	Expires   time.Time // zero: with the access token, or with the session
}

// Apps lists the clients that can act for a person now, by name.
func (s *Server) Apps(ctx context.Context, subject string) ([]App, error) {
	db := s.db.Joined(ctx)
	grants, err := db.OAuthGrantsOf(ctx, subject)
	if err != nil {
		return nil, fmt.Errorf("list grants: %w", err)
	}
	byClient := map[string][]models.OAuthGrant{}
	var ids []string
	for _, grant := range grants {
		if !s.ended(&grant) {
			if byClient[grant.ClientID] == nil {
				ids = append(ids, grant.ClientID)
			}
			byClient[grant.ClientID] = append(byClient[grant.ClientID], grant)
		}
	}
	clients, err := db.OAuthClientsByID(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("list clients: %w", err)
	}
	var apps []App
	for _, id := range ids {
		if client := clients[id]; client != nil {
			apps = append(apps, s.appOf(client, byClient[id]))
		}
	}
	slices.SortFunc(apps, func(a, b App) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return apps, nil
}

// ended: a family whose code nobody took, or whose refresh token ran out, and whose access tokens are
// older than any may live.
func (s *Server) ended(grant *models.OAuthGrant) bool {
	if grant.LastUsedAt == nil {
		return true
	}
	now := s.now()
	past := func(until *time.Time) bool { return until == nil || !now.Before(*until) }
	refreshes := !past(grant.RefreshIdleUntil) && !past(grant.RefreshAbsoluteUntil)
	// The newest access token was made when it was last used.
	return !refreshes && now.After(grant.LastUsedAt.Add(lifeAccessToken.most))
}

func (s *Server) appOf(client *models.OAuthClient, grants []models.OAuthGrant) App {
	app := App{ID: client.ID, Name: shownName(client), Verified: client.Verified, Since: grants[0].CreatedAt}
	if len(client.RedirectURIs) > 0 {
		app.Host = hostOf(client.RedirectURIs[0])
	}
	var names []string
	for _, grant := range grants {
		family := Family{ID: grant.ID, Label: cmp.Or(grant.Label, "Signed in with this app"), Since: grant.CreatedAt, LastUsed: *grant.LastUsedAt}
		app.LastUsed = later(app.LastUsed, family.LastUsed)
		if grant.RefreshIdleUntil != nil {
			family.Expires = *grant.RefreshIdleUntil
		}
		if grant.CreatedAt.Before(app.Since) {
			app.Since = grant.CreatedAt
		}
		names = append(names, grant.Scopes...)
		app.Families = append(app.Families, family)
	}
	app.Scopes = s.scopesOf(client, names)
	return app
}

// scopesOf are those of the registry among names, in its order and with their sentences for the client.
func (s *Server) scopesOf(client *models.OAuthClient, names []string) (scopes []Scope) {
	for _, scope := range s.cfg.Scopes {
		if slices.Contains(names, scope.Name) {
			scope.Sentence = s.scopeRow(client, scope.Name).Sentence
			scopes = append(scopes, scope)
		}
	}
	return scopes
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// RevokeApp takes everything back that a person allowed a client: every token ends at once, and the
// consent is forgotten. models.ErrNotFound when the person allowed it nothing.
func (s *Server) RevokeApp(ctx context.Context, subject, clientID string) error {
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		ended, forgotten, err := takeBack(tx, subject, clientID)
		if err != nil {
			return err
		}
		if ended == 0 && !forgotten {
			return models.ErrNotFound
		}
		event := models.AuditEvent{
			Action: eventAppRevoke, ActorKind: "person", ActorID: subject, SubjectID: subject, ClientID: clientID,
			Meta: map[string]any{"grants_ended": ended},
		}
		if err := tx.Audit(tx.Context(), event); err != nil || !forgotten {
			return err
		}
		event.Action, event.Meta = eventConsentRevoke, nil
		return tx.Audit(tx.Context(), event)
	})
}

// takeBack ends all that a person allowed a client, says how many families that were, and whether there was a consent to
// forget.
func takeBack(tx *models.Tx, subject, clientID string) (ended int64, forgotten bool, err error) {
	if ended, err = tx.RevokeGrantsOfApp(tx.Context(), subject, clientID, "app_revoked"); err != nil {
		return 0, false, fmt.Errorf("end grants of app: %w", err)
	}
	if forgotten, err = tx.DeleteOAuthConsent(tx.Context(), subject, clientID); err != nil {
		return 0, false, fmt.Errorf("forget consent: %w", err)
	}
	return ended, forgotten, nil
}

// RevokeFamily ends one sign-in of an app; what is remembered stays. models.ErrNotFound for a family
// that has ended or is another person's.
func (s *Server) RevokeFamily(ctx context.Context, subject, familyID string) error {
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		err := tx.RevokeOAuthGrant(tx.Context(), subject, familyID, "family_ended")
		if errors.Is(err, models.ErrSpent) {
			return models.ErrNotFound
		}
		if err != nil {
			return fmt.Errorf("end family: %w", err)
		}
		return tx.Audit(tx.Context(), models.AuditEvent{
			Action: eventFamilyEnd, ActorKind: "person", ActorID: subject, SubjectID: subject, TargetKind: "family", TargetID: familyID,
		})
	})
}
