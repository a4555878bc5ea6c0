package oauthserver

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"latchkey/models"
)

// The kinds of what needs a person that this package finds.
const (
	ReviewTokenReuse     = "token_reuse"
	ReviewDisabledClient = "disabled_client"
	ReviewKeysDue        = "keys_due"
)

// ReuseActions are the actions in the audit log that ReviewTokenReuse counts.
var ReuseActions = []models.Action{eventCodeReplay, eventRefreshReuse}

// keyDue is when a key that signs should make room for another.
const keyDue = 90 * day

const (
	reviewSpan = day  // how far back is looked each time
	reviewMost = 1000 // events that are looked at each time
	reuseKeep  = 30 * day
)

// ReviewFinders look for what needs a person.
func (s *Server) ReviewFinders() []models.ReviewFinder {
	return []models.ReviewFinder{
		{Kind: ReviewTokenReuse, Keep: reuseKeep, Find: s.findReuse},
		{Kind: ReviewDisabledClient, Find: s.findDisabledTries},
		{Kind: ReviewKeysDue, Find: s.findKeysDue},
	}
}

// findReuse finds codes and refresh tokens that came a second time, by the client they were given to.
func (s *Server) findReuse(ctx context.Context) ([]models.ReviewFinding, error) {
	var all []models.AuditEvent
	for _, action := range ReuseActions {
		events, err := s.reviewed(ctx, action)
		if err != nil {
			return nil, err
		}
		all = append(all, events...)
	}
	return s.byClient(ctx, all, models.SeverityAlert, func(*models.OAuthClient) bool { return true })
}

// findDisabledTries finds the disabled clients that have tried to go on within reviewSpan.
func (s *Server) findDisabledTries(ctx context.Context) ([]models.ReviewFinding, error) {
	events, err := s.reviewed(ctx, eventClientAuthFailed)
	if err != nil {
		return nil, err
	}
	turned, err := s.reviewed(ctx, eventClientTurnedAway)
	if err != nil {
		return nil, err
	}
	events = slices.DeleteFunc(append(events, turned...), func(e models.AuditEvent) bool { return e.Reason != reasonDisabledClient })
	return s.byClient(ctx, events, models.SeverityWarning, func(client *models.OAuthClient) bool { return !client.Enabled() })
}

func (s *Server) reviewed(ctx context.Context, action models.Action) ([]models.AuditEvent, error) {
	return s.db.AuditEvents(ctx, models.AuditQuery{Action: action, Since: s.now().Add(-reviewSpan), Limit: reviewMost})
}

// byClient puts together what clients did that are still there and count.
func (s *Server) byClient(ctx context.Context, events []models.AuditEvent, severity models.Severity, counts func(*models.OAuthClient) bool) (found []models.ReviewFinding, err error) {
	at := map[string][]time.Time{}
	for _, e := range events {
		at[e.ClientID] = append(at[e.ClientID], e.CreatedAt)
	}
	clients, err := s.db.OAuthClientsByID(ctx, slices.Collect(maps.Keys(at)))
	if err != nil {
		return nil, fmt.Errorf("load clients: %w", err)
	}
	for id, moments := range at {
		if client := clients[id]; client != nil && counts(client) {
			found = append(found, models.ReviewFinding{Subject: id, Detail: shownName(client), Severity: severity, Happened: moments})
		}
	}
	return found, nil
}

func (s *Server) findKeysDue(ctx context.Context) (found []models.ReviewFinding, err error) {
	rows, err := s.db.OAuthKeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("load signing keys: %w", err)
	}
	for _, key := range rows {
		due := key.ActivatesAt.Add(keyDue)
		replaced := slices.ContainsFunc(rows, func(other models.OAuthKey) bool { return other.Alg == key.Alg && other.State == models.KeyNext })
		if key.State == models.KeyActive && !s.now().Before(due) && !replaced {
			found = append(found, models.ReviewFinding{Subject: key.KID, Detail: key.Alg, Severity: models.SeverityNotice, Since: due})
		}
	}
	return found, nil
}
