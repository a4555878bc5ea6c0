package oauthserver

import (
	"context"
	"fmt"
	"time"

	"latchkey/models"
)

// ConsentFilter selects consents; empty fields match all.
type ConsentFilter struct {
	Subject, ClientID string
	Scope             string    // that it gives
	From, To          time.Time // when it was given
}

// ConsentRecord is what one person allows one client, as an operator sees it.
type ConsentRecord struct {
	ID, Subject, ClientID string
	Client                string // its name
	Disabled              bool   // the client: the consent does nothing
	Scopes                []Scope
	Given, Ends           time.Time
	LastUsed              time.Time // zero: not yet
	Remembered            bool
}

// ConsentPage is a piece of the list of consents, newest first.
type ConsentPage struct {
	Consents     []ConsentRecord
	Newer, Older string // places of the neighbouring pages; empty: there is none
}

// Consents lists consents. Errors: models.ErrNoCursor, ErrRefused.
func (s *Server) Consents(ctx context.Context, by Operator, f ConsentFilter, at models.Place) (ConsentPage, error) {
	if err := by.reads(); err != nil {
		return ConsentPage{}, err
	}
	q := models.OAuthConsentQuery(f)
	page, err := models.ReadPage(s.db, at, fmt.Sprintf("consents|%s|%+v", by.ID, f), models.OAuthConsent.Cursor,
		func(than *models.Cursor, limit int) ([]models.OAuthConsent, error) {
			return s.db.OAuthConsentsOlder(ctx, q, than, limit)
		},
		func(than models.Cursor, limit int) ([]models.OAuthConsent, error) {
			return s.db.OAuthConsentsNewer(ctx, q, than, limit)
		})
	if err != nil {
		return ConsentPage{}, fmt.Errorf("list consents: %w", err)
	}
	records, err := s.consentRecords(ctx, page.Rows)
	return ConsentPage{records, page.Newer, page.Older}, err
}

func (s *Server) consentRecords(ctx context.Context, rows []models.OAuthConsent) ([]ConsentRecord, error) {
	uses, err := s.db.OAuthLastUses(ctx, rows)
	if err != nil {
		return nil, fmt.Errorf("look up last uses: %w", err)
	}
	var ids []string
	for _, row := range rows {
		ids = append(ids, row.ClientID)
	}
	clients, err := s.db.OAuthClientsByID(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("list clients: %w", err)
	}
	records := make([]ConsentRecord, 0, len(rows))
	for _, row := range rows {
		record := ConsentRecord{
			ID: row.ID, Subject: row.Subject, ClientID: row.ClientID, Given: row.CreatedAt, Ends: row.ExpiresAt,
			LastUsed: uses[row.ID], Remembered: row.Remembered,
		}
		if client := clients[row.ClientID]; client != nil {
			record.Client, record.Disabled, record.Scopes = shownName(client), !client.Enabled(), s.scopesOf(client, row.Scopes)
		}
		records = append(records, record)
	}
	return records, nil
}

// ConsentPreview is one consent and what lives under it, which ends when it is revoked.
type ConsentPreview struct {
	ConsentRecord
	Reach   models.OAuthReach
	Version string
}

// OpenConsent reads a consent for its record, expired or not, and for the page that asks about revoking it. Errors: models.ErrNotFound, ErrRefused.
func (s *Server) OpenConsent(ctx context.Context, by Operator, id string) (ConsentPreview, error) {
	if err := by.reads(); err != nil {
		return ConsentPreview{}, err
	}
	row, err := s.db.OAuthConsentByID(ctx, id)
	if err != nil {
		return ConsentPreview{}, fmt.Errorf("load consent: %w", err)
	}
	records, err := s.consentRecords(ctx, []models.OAuthConsent{*row})
	if err != nil {
		return ConsentPreview{}, err
	}
	preview := ConsentPreview{ConsentRecord: records[0]}
	var state any
	if preview.Reach, state, err = s.consentState(ctx, s.db, row); err != nil {
		return ConsentPreview{}, err
	}
	preview.Version, err = models.Version(state)
	return preview, err
}

// consentState is what revoking a consent is decided on.
func (s *Server) consentState(ctx context.Context, db *models.DB, row *models.OAuthConsent) (models.OAuthReach, any, error) {
	reach, err := db.OAuthReachOfApp(ctx, row.Subject, row.ClientID)
	if err != nil {
		return reach, nil, fmt.Errorf("count what a consent allows: %w", err)
	}
	return reach, map[string]any{
		"scopes": row.Scopes, "given": row.CreatedAt.UnixMicro(), "reach": []int{about(reach.SignIns), about(reach.AccessTokens)},
	}, nil
}

// RevokeConsent takes back what a person allowed a client: the sign-ins and tokens of it end in the same transaction.
// Errors: models.ErrNotFound, ErrChanged, ErrRefused, Invalid.
func (s *Server) RevokeConsent(ctx context.Context, by Operator, id string) error {
	event := models.AuditEvent{Action: eventConsentEnd, TargetKind: "consent", TargetID: id}
	return s.operate(ctx, by, RightRevokeAccess, event, func(tx *models.Tx, event *models.AuditEvent) error {
		row, err := tx.LockOAuthConsent(tx.Context(), id)
		if err != nil {
			return fmt.Errorf("load consent: %w", err)
		}
		event.SubjectID, event.ClientID = row.Subject, row.ClientID
		if err := by.mayTouch(tx.Context(), row.Subject); err != nil {
			return err
		}
		_, state, err := s.consentState(tx.Context(), tx.DB, row)
		if err != nil {
			return err
		}
		if err := by.saw(state); err != nil {
			return err
		}
		ended, _, err := takeBack(tx, row.Subject, row.ClientID)
		if err != nil {
			return err
		}
		event.Meta = map[string]any{"grants_ended": ended}
		event.Changes = map[string]models.Change{"scopes": {Old: row.Scopes}}
		return nil
	})
}
