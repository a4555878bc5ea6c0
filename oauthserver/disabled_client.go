package oauthserver

import (
	"context"
	"time"

	"latchkey/models"
)

// clientAtBrowser is clientByID for a request that comes with a browser. That a disabled client goes on sending people here is kept in
// the audit log, up to a limit for each: anybody can ask in its name, as often as they like.
func (s *Server) clientAtBrowser(ctx context.Context, id string) (*models.OAuthClient, error) {
	client, err := s.db.Joined(ctx).OAuthClientByID(ctx, id)
	if err != nil || client.Enabled() {
		return client, err
	}
	s.observe("oauth_security_events_total", 1, "event", string(eventClientTurnedAway))
	if s.limits.hit(limitDisabledClient, client.ID, s.now()) == 0 {
		origin := models.OriginOf(ctx)
		s.notes.Go(func() { s.noteTurnedAway(origin, client.ID) })
	}
	return nil, models.ErrNotFound
}

// noteTurnedAway writes beside the request: an unknown client is answered as fast as a disabled one, or the two were told apart.
func (s *Server) noteTurnedAway(origin models.Origin, clientID string) {
	ctx, cancel := context.WithTimeout(models.WithOrigin(context.Background(), origin), 10*time.Second)
	defer cancel()
	if err := s.db.Audit(ctx, models.AuditEvent{
		Action: eventClientTurnedAway, Outcome: models.OutcomeFailure, Reason: reasonDisabledClient, ActorKind: "anonymous",
		ClientID: clientID, TargetKind: "client", TargetID: clientID,
	}); err != nil {
		s.log().ErrorContext(ctx, "note a disabled client", "client", clientID, "error", err)
	}
}

// Close waits until what is written beside requests is written. No request may come after it.
func (s *Server) Close() { s.notes.Wait() }
