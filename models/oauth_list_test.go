package models_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestListsUseIndexesOAuth: each list of clients, consents and tokens, with each filter and both ways, is read along an index:
// nothing is sorted, and no table is read from end to end.
func TestListsUseIndexesOAuth(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		pool := modelstest.SQL(t, db)
		conn, err := pool.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		explain := "EXPLAIN QUERY PLAN "
		if db.Dialect() == "postgres" { // an empty table is cheapest to read whole: only what cannot be done otherwise is to show
			explain = "EXPLAIN "
			for _, way := range []string{"seqscan", "bitmapscan", "sort"} {
				if _, err := conn.ExecContext(t.Context(), "SET enable_"+way+" = off"); err != nil {
					t.Fatal(err)
				}
			}
		}
		if db.Dialect() == "postgres" {
			fillGrants(t, conn)
		}
		statements := db.OAuthListStatements()
		if len(statements) < 80 {
			t.Fatalf("only %d statements", len(statements))
		}
		for name, statement := range statements {
			rows, err := conn.QueryContext(t.Context(), explain+statement.SQL.String(), statement.Vars...)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			plan := planOf(t, rows)
			for _, bad := range []string{"Seq Scan", "Sort", "TEMP B-TREE"} {
				if strings.Contains(plan, bad) {
					t.Errorf("%s: %s\n%s", name, statement.SQL.String(), plan)
				}
			}
			list, _, _ := strings.Cut(name, ",")
			if index := indexOfList[list]; index == "" || !strings.Contains(plan, index) {
				t.Errorf("%s does not use %s: %s\n%s", name, index, statement.SQL.String(), plan)
			}
		}
	})
}

// fillGrants makes as many grants as show which of several indexes serves a list: of an empty table all are the same to PostgreSQL.
func fillGrants(t *testing.T, conn *sql.Conn) {
	t.Helper()
	for _, statement := range []string{
		"INSERT INTO oauth_clients (id, name, kind, auth_method, created_at, updated_at) SELECT 'client' || i, 'App', 'web', 'none', now(), now() FROM generate_series(1, 20) AS i",
		`INSERT INTO oauth_grants (id, client_id, subject, created_at, revoked_at, revoked_reason)
			SELECT 'grant' || i, 'client' || (1 + abs(i) % 20), 'member' || (abs(i) % 100), now() + i * interval '1 minute',
				CASE WHEN i % 2 = 0 THEN now() + i * interval '1 minute' END, CASE WHEN i % 4 = 0 THEN 'refresh_reuse' ELSE '' END
			FROM generate_series(-5000, 5000) AS i`,
		"REINDEX SCHEMA public", // a database of tests is used again, and an index that grew costs more than it would
		"ANALYZE oauth_grants",
	} {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

// indexOfList is what each list is read along.
var indexOfList = map[string]string{
	"clients: all": "oauth_clients_created", "clients: enabled": "oauth_clients_created", "clients: disabled": "oauth_clients_disabled",
	"clients: kind": "oauth_clients_kind", "clients: origin": "oauth_clients_origin", "clients: authentication": "oauth_clients_auth",
	"clients: unverified": "oauth_clients_unverified", "clients: unused": "oauth_clients_used", "clients: old secret": "oauth_clients_keyed",
	"clients: signing in": "oauth_clients_signing_in", "clients: refreshing": "oauth_clients_refreshing", "clients: themselves": "oauth_clients_themselves",
	"clients: scope": "oauth_client_scopes_list", "clients: scope and kind": "oauth_client_scopes_list", "clients: scope and unused": "oauth_clients_used", "clients: scope and old secret": "oauth_clients_keyed",
	"consents: scope": "oauth_consent_scopes_list", "consents: scope in time": "oauth_consent_scopes_list", "consents: scope of client": "oauth_consent_scopes_client", "consents: scope of member": "oauth_consents_subject",
	"consents: all": "oauth_consents_created", "consents: time": "oauth_consents_created", "consents: member": "oauth_consents_subject",
	"families: all": "oauth_grants_issued", "families: member": "oauth_grants_member", "families: client": "oauth_grants_of_client",
	"families: active": "oauth_grants_ends", "families: over": "oauth_grants_ends", "families: revoked": "oauth_grants_revoked", "families: reused": "oauth_grants_reused",
	"families: client revoked": "oauth_grants_client_revoked", "families: client reused": "oauth_grants_client_reused", "access tokens: family": "oauth_access_tokens_family",
	// where two would do, an empty table does not say which one wins
	"families: both": "oauth_grants_", "families: member active": "oauth_grants_", "families: client active": "oauth_grants_", "families: client over": "oauth_grants_",
	"search: clients":  "search_terms",                                               // its key: see TestListsUseIndexes_Members
	"consents: client": "oauth_consents_client", "consents: both": "oauth_consents_", // one row, by the unique index
}

type anyRows interface {
	Next() bool
	Columns() ([]string, error)
	Scan(...any) error
	Err() error
	Close() error
}

func planOf(t *testing.T, rows anyRows) string {
	t.Helper()
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var plan strings.Builder
	for rows.Next() {
		cells := make([]any, len(columns))
		for i := range cells {
			cells[i] = new(any)
		}
		if err := rows.Scan(cells...); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&plan, *cells[len(cells)-1].(*any))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}

// TestKeyedAt: a client says when its newest secret was made, also one that was there before the column; an edit leaves it.
func TestKeyedAt(t *testing.T) {
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		ctx := context.Background()
		client := models.OAuthClient{ID: "app", Name: "App", CreatedAt: clock.Now(), UpdatedAt: clock.Now()}
		if err := db.CreateOAuthClient(ctx, &client); err != nil {
			t.Fatal(err)
		}
		var newest time.Time
		for i := range 2 {
			clock.Add(time.Hour)
			newest = clock.Now()
			if err := db.CreateOAuthClientSecret(ctx, &models.OAuthClientSecret{ID: models.NewID(), ClientID: "app", Hash: []byte{byte(i)}, CreatedAt: newest}); err != nil {
				t.Fatal(err)
			}
		}
		for _, change := range []func() error{
			func() error { return nil },
			func() error { return db.UpdateOAuthClient(ctx, &client) },
			func() error { return upAndDownTo(t, db, 17) },
		} {
			if err := change(); err != nil {
				t.Fatal(err)
			}
			if found, err := db.OAuthClientByID(ctx, "app"); err != nil || found.KeyedAt == nil || !found.KeyedAt.Equal(newest) {
				t.Errorf("%+v, %v", found, err)
			}
		}
	})
}

// upAndDownTo takes the migrations back to before version and does them again.
func upAndDownTo(t *testing.T, db *models.DB, version int64) error {
	t.Helper()
	list, err := db.Migrations(t.Context())
	if err != nil {
		return err
	}
	for _, m := range list {
		if m.Version >= version {
			if err := db.MigrateDown(t.Context()); err != nil {
				return err
			}
		}
	}
	return db.Migrate(t.Context())
}
