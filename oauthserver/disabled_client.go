package oauthserver

import (
	"context"

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
		err = s.db.Audit(ctx, models.AuditEvent{
			Action: eventClientTurnedAway, Outcome: models.OutcomeFailure, Reason: reasonDisabledClient, ActorKind: "anonymous",
			ClientID: client.ID, TargetKind: "client", TargetID: client.ID,
		})
	}
	if err != nil {
		return nil, err
	}
	return nil, models.ErrNotFound
}
