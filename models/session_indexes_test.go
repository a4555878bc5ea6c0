package models_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestListsUseIndexes_Sessions (D-22, D-08): every filter of the list of sessions walks the index that is named here, in its order;
// of two filters the one that leaves fewer rows leads.
func TestListsUseIndexes_Sessions(t *testing.T) {
	at := time.Date(2026, 1, 1, 4, 0, 0, 0, time.UTC)
	network := netip.MustParsePrefix("192.0.2.0/29")
	modelstest.EachInSteps(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		manyMembers(t, db)
		manySessions(t, db)
		plans := newPlanner(t, db)
		for name, f := range map[string]struct {
			index string
			models.SessionFilter
		}{
			"all":              {"sessions_started", models.SessionFilter{Kind: models.SessionOfPerson}},
			"days":             {"sessions_started", models.SessionFilter{Kind: models.SessionOfPerson, From: at.Add(-time.Hour), To: at.Add(time.Hour)}},
			"member":           {"sessions_member", models.SessionFilter{Kind: models.SessionOfPerson, Members: []string{"U70", "U71"}}},
			"address":          {"sessions_network", models.SessionFilter{Kind: models.SessionOfPerson, Network: netip.MustParsePrefix("192.0.2.1/32")}},
			"range":            {"sessions_network", models.SessionFilter{Kind: models.SessionOfPerson, Network: network}},
			"strength":         {"sessions_strength", models.SessionFilter{Kind: models.SessionOfPerson, Strength: "phr"}},
			"strength, range":  {"sessions_network", models.SessionFilter{Kind: models.SessionOfPerson, Strength: "phr", Network: network, From: at}},
			"all of a member":  {"sessions_member", models.SessionFilter{Kind: models.SessionOfPerson, Members: []string{"U70"}, Strength: "phr", Network: network}},
			"views":            {"member_views_running", models.SessionFilter{Kind: models.SessionOfView}},
			"views of a range": {"member_views_running", models.SessionFilter{Kind: models.SessionOfView, Network: network, Members: []string{"U70"}, From: at}},
		} {
			statements, err := db.SessionStatements(t.Context(), f.SessionFilter, models.Cursor{CreatedAt: at, ID: "S14400"})
			if err != nil || len(statements) == 0 {
				t.Errorf("%s: %d statements, %v", name, len(statements), err)
			}
			for _, s := range statements {
				_, plan := plans.of(s)
				sorted := strings.Contains(plan, "TEMP B-TREE") || strings.Contains(plan, "Sort") || strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "SCAN u")
				if sorted || !strings.Contains(plan, f.index) {
					t.Errorf("%s walks not %s alone\n%s\n%s", name, f.index, s.SQL, plan)
				}
			}
		}
	})
}

// manySessions makes sessions of the people of manyMembers, one each from many addresses, and some views.
func manySessions(t *testing.T, db *models.DB) {
	t.Helper()
	address, at, json := "'192.0.' || (n % 250) || '.' || (n % 7)", "datetime('2026-01-01', '+' || n || ' seconds') || '+00:00'", "'[]'"
	blob := "CAST('token' || n AS BLOB)"
	if db.Dialect() == "postgres" {
		at, blob = "timestamptz '2026-01-01 00:00:00Z' + n * interval '1 second'", "convert_to('token' || n, 'UTF8')"
	}
	numbers := "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 30000) "
	sayer(t, db)(
		numbers+"INSERT INTO sessions (id, token_hash, user_id, epoch, proofs, acr, auth_time, remember, address, user_agent, created_at, last_seen_at, idle_until, absolute_until) "+
			"SELECT 'S' || n, "+blob+", 'U' || n, 0, "+json+", CASE WHEN n % 50 = 0 THEN 'phr' ELSE 'aal1' END, "+at+", false, "+address+", '', "+at+", "+at+", "+later(db)+", "+later(db)+" FROM numbers",
		numbers+"INSERT INTO member_views (id, token_hash, member_id, operator_id, operator_session_id, role, reason, public_reason, writes, started_at, last_seen_at, ends_at, ended_at) "+
			"SELECT 'V' || n, "+blob+", 'U' || n, 'U5000', 'S5000', 'support', 'r', 'r', false, "+at+", "+at+", "+at+", CASE WHEN n % 3000 <> 0 THEN "+at+" END FROM numbers", "ANALYZE")
}

// later is a moment that no test reaches.
func later(db *models.DB) string {
	if db.Dialect() == "postgres" {
		return "timestamptz '2099-01-01 00:00:00Z'"
	}
	return "'2099-01-01 00:00:00+00:00'"
}
