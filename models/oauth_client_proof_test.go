package models_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestClientProof: one statement brings the client, the secrets that work and the failures, and of the token asked about
// what its own look-up brings, down to the last column. Who asks, or what is asked about, may be unknown.
func TestClientProof(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		r := newResident(t, db)
		prepareOAuthChanges(t, db, r)
		now, ended, limit := db.Now(), db.Now().Add(-time.Second), models.AttemptKey{Rule: "rule", Subject: "subject"}
		must(t, db.CreateOAuthClient(t.Context(), &models.OAuthClient{ID: "asking", Name: "API", Kind: "resource_server", Resources: models.Strings{"a", "b"}, CreatedAt: now, UpdatedAt: now}))
		must(t, db.CreateOAuthClientSecret(t.Context(), &models.OAuthClientSecret{ID: "old", ClientID: "asking", Hash: []byte("old"), CreatedAt: now.Add(-time.Hour), ExpiresAt: &ended}))
		for _, id := range []string{"first", "second"} {
			must(t, db.CreateOAuthClientSecret(t.Context(), &models.OAuthClientSecret{ID: id, ClientID: "asking", Hash: []byte(id), CreatedAt: now}))
		}
		if _, err := db.CountAttempts(t.Context(), models.Counting{AttemptKey: limit, Window: time.Hour}); err != nil {
			t.Fatal(err)
		}
		if _, err := modelstest.SQL(t, db).ExecContext(t.Context(), `UPDATE oauth_grants SET scopes = '["openid"]', amr = '["pwd"]', retries = 2, label = 'Mine', revoked_at = created_at`); err != nil {
			t.Fatal(err)
		}
		token, err := db.OAuthAccessTokenByHash(t.Context(), []byte("access"))
		must(t, err)
		grant, err := db.OAuthGrantByID(t.Context(), grantOfTest)
		must(t, err)
		for what, asked := range map[string]struct {
			key     models.OAuthTokenKey
			token   *models.OAuthAccessToken
			grant   *models.OAuthGrant
			current bool
		}{
			"nothing":                        {},
			"an access token":                {models.OAuthTokenKey{Hash: []byte("access")}, token, grant, false},
			"a refresh token":                {models.OAuthTokenKey{Hash: []byte("refresh"), GrantID: grantOfTest}, nil, grant, true},
			"one that says not of whom":      {models.OAuthTokenKey{Hash: []byte("refresh")}, nil, grant, true},
			"one that was replaced":          {models.OAuthTokenKey{Hash: []byte("older"), GrantID: grantOfTest}, nil, grant, false},
			"what is not known":              {models.OAuthTokenKey{Hash: []byte("x"), GrantID: "x"}, nil, nil, false},
			"what is not known, nor of whom": {models.OAuthTokenKey{Hash: []byte("x")}, nil, nil, false},
		} {
			for _, id := range []string{"asking", "nobody"} {
				ctx, statements := modelstest.Count(t.Context())
				proof, err := db.OAuthClientProof(ctx, id, limit, asked.key)
				must(t, err)
				if statements.Load() != 1 || proof.Failures.Hits != 1 {
					t.Errorf("%s of %s: %d statements, %d failures", id, what, statements.Load(), proof.Failures.Hits)
				}
				if known := proof.Client != nil && reflect.DeepEqual(proof.Client.Resources, models.Strings{"a", "b"}) && len(proof.Secrets) == 2; known != (id == "asking") {
					t.Errorf("%s of %s: client %+v, secrets %+v", id, what, proof.Client, proof.Secrets)
				}
				if !reflect.DeepEqual(proof.Token, asked.token) || !reflect.DeepEqual(proof.Grant, asked.grant) || proof.Current != asked.current {
					t.Errorf("%s of %s: token %+v, grant %+v, current %v", id, what, proof.Token, proof.Grant, proof.Current)
				}
			}
		}
	})
}

// TestClientProofUsesIndexes: of millions of tokens and families, none is read but the one asked about.
func TestClientProofUsesIndexes(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		explain, unindexed := "EXPLAIN QUERY PLAN ", "SCAN "
		conn, err := modelstest.SQL(t, db).Conn(t.Context())
		must(t, err)
		defer conn.Close()
		if db.Dialect() == "postgres" { // an empty table is cheapest to read whole: only what cannot be done otherwise is to show
			explain, unindexed = "EXPLAIN ", "Seq Scan"
			_, err := conn.ExecContext(t.Context(), "SET enable_seqscan = off")
			must(t, err)
		}
		statement := db.OAuthProofStatement()
		rows, err := conn.QueryContext(t.Context(), explain+statement.SQL.String(), statement.Vars...)
		must(t, err)
		plan := planOf(t, rows)
		if asked := strings.NewReplacer("SCAN CONSTANT ROW", "", "SCAN asked", "").Replace(plan); strings.Contains(asked, unindexed) || !strings.Contains(plan, "oauth_grants") {
			t.Errorf("%s\n%s", statement.SQL.String(), plan)
		}
	})
}
