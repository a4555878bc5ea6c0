package models_test

import (
	"context"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestOneWinnerOAuth (T-301, T-302, T-304): a code, a refresh token and the answer to a request are used once, however many come at
// the same time.
func TestOneWinnerOAuth(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		r, pool := newResident(t, db), modelstest.SQL(t, db)
		prepareOAuthChanges(t, db, r)
		now := db.Now()
		request := models.OAuthInteraction{
			ID: models.NewID(), Hash: []byte{1}, ClientID: "client", Request: "{}", RequestedAt: now, BrowserHash: []byte{1}, State: models.InteractionWaiting, CreatedAt: now, ExpiresAt: now.Add(time.Hour),
		}
		must(t, db.CreateOAuthInteraction(t.Context(), &request))
		winOnce(t, []single{
			{"a code", again(pool, "UPDATE oauth_codes SET used_at = NULL"), func(ctx context.Context) error { return db.UseOAuthCode(ctx, codeOfTest) }},
			{"a refresh token", func(ctx context.Context) error {
				_, err := pool.ExecContext(ctx, "UPDATE oauth_grants SET refresh_hash = $1", []byte("refresh"))
				return err
			}, func(ctx context.Context) error {
				return db.RotateOAuthGrant(ctx, &models.OAuthGrant{ID: grantOfTest, RefreshHash: []byte("next")}, []byte("refresh"))
			}},
			{"the answer to a request", again(pool, "UPDATE oauth_interactions SET state = 'waiting', done_at = NULL"), func(ctx context.Context) error { return db.FinishOAuthInteraction(ctx, request.ID) }},
			{"the end of a family", again(pool, "UPDATE oauth_grants SET revoked_at = NULL"), func(ctx context.Context) error { return db.EndOAuthGrant(ctx, grantOfTest, "x") }},
			{"the end of a client", again(pool, "UPDATE oauth_clients SET disabled_at = NULL"), func(ctx context.Context) error { return db.DisableOAuthClient(ctx, "client") }},
		})
	})
}
