package oauthserver

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// BenchmarkSweepSoak makes, lets expire and sweeps 5,000 access tokens a round; 200 rounds are a million:
//
//	go test -run '^$' -bench SweepSoak -benchtime 200x ./oauthserver
//
// rows-left is what stays after a round and has to stay flat; late/early is how much longer the last
// rounds' sweeps took than the first ones'.
func BenchmarkSweepSoak(b *testing.B) {
	ctx, clock := context.Background(), modelstest.NewClock()
	ring, err := models.NewKeyRing([][]byte{bytes.Repeat([]byte{7}, 32)})
	if err != nil {
		b.Fatal(err)
	}
	db, err := models.Open(ctx, models.Options{URL: "sqlite:" + b.TempDir() + "/soak.db", Keys: ring, Now: clock.Now})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(ctx); err != nil {
		b.Fatal(err)
	}
	s, err := New(Config{DB: db, Accounts: newStub(clock.Now), Issuer: testIssuer, Now: clock.Now})
	if err != nil {
		b.Fatal(err)
	}
	robot, _, err := s.CreateClient(ctx, byTest, models.OAuthClient{ID: "robot", Name: "Robot", Kind: "service", Grants: models.Strings{"client_credentials"}})
	if err != nil {
		b.Fatal(err)
	}
	grant := &models.OAuthGrant{ID: models.NewID(), ClientID: robot.ID, CreatedAt: s.now()}
	if err := db.CreateOAuthGrant(ctx, grant); err != nil {
		b.Fatal(err)
	}
	var sweeps []time.Duration
	for b.Loop() {
		b.StopTimer()
		err := db.InTx(ctx, func(tx *models.Tx) error {
			for range 5000 {
				token := &models.OAuthAccessToken{
					ID: models.NewID(), Hash: models.Digest(models.NewToken()), GrantID: grant.ID, ClientID: robot.ID, CreatedAt: s.now(), ExpiresAt: s.now().Add(time.Hour),
				}
				if err := tx.CreateOAuthAccessToken(tx.Context(), token); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		clock.Add(3 * time.Hour)
		b.StartTimer()
		began := time.Now()
		if err := s.Sweep(ctx); err != nil {
			b.Fatal(err)
		}
		sweeps = append(sweeps, time.Since(began))
	}
	left, err := db.SweepOAuthAccessTokens(ctx, s.now().Add(day), 1<<30)
	if err != nil {
		b.Fatal(err)
	}
	median := func(list []time.Duration) float64 {
		return float64(slices.Sorted(slices.Values(list))[len(list)/2])
	}
	tenth := max(1, len(sweeps)/10)
	b.ReportMetric(float64(left), "rows-left")
	b.ReportMetric(median(sweeps[len(sweeps)-tenth:])/median(sweeps[:tenth]), "late/early")
}
