package oauthserver

import (
	"context"
	"fmt"
	"strings"
	"time"

	"latchkey/models"
)

// sweepBatch is how many rows go in one short transaction.
const sweepBatch = 500

// sweeper deletes at most limit rows of one table that ended before the time given, and counts them.
type sweeper struct {
	table string        // and what of it
	keep  time.Duration // after the row's own end
	sweep func(db *models.DB, ctx context.Context, before time.Time, limit int) (int64, error)
}

var sweepers = []sweeper{
	{"oauth_interactions", time.Hour, (*models.DB).SweepOAuthInteractions},
	{"oauth_consents", 0, (*models.DB).SweepOAuthConsents},
	{"oauth_codes", day, (*models.DB).SweepOAuthCodes}, // a replay is noticed that long
	{"oauth_redirect_uses", redirectUsesKept, (*models.DB).SweepOAuthRedirectUses},
	{"oauth_access_tokens", time.Hour, (*models.DB).SweepOAuthAccessTokens},
	{"oauth_grants answers", lifeRetry.most, (*models.DB).WipeOAuthAnswers},
	{"oauth_grants unredeemed", day, (*models.DB).SweepUnredeemedOAuthGrants},
	{"oauth_grants", 30 * day, (*models.DB).SweepOAuthGrants},
	{"oauth_sessions", 30 * day, (*models.DB).SweepOAuthSessions},
}

// Sweep deletes what has ended long enough ago, in batches, until nothing is left or ctx ends. Any
// number of nodes may do so at once. The host calls it every five minutes.
func (s *Server) Sweep(ctx context.Context) error {
	for _, table := range sweepers {
		before := s.now().Add(-table.keep)
		for {
			n, err := table.sweep(s.db, ctx, before, sweepBatch)
			if err != nil {
				return fmt.Errorf("sweep %s: %w", table.table, err)
			}
			name, _, _ := strings.Cut(table.table, " ")
			s.observe("oauth_swept_rows_total", float64(n), "table", name)
			if n < sweepBatch {
				break
			}
		}
	}
	return nil
}
