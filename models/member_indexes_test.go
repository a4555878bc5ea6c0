package models_test

import (
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestListsUseIndexes_Members (D-08): every state of the list of members walks the index that is named here, in its order, and a
// search walks the terms.
func TestListsUseIndexes_Members(t *testing.T) {
	modelstest.EachInSteps(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		place := models.Cursor{CreatedAt: time.Date(2026, 1, 1, 4, 0, 0, 0, time.UTC), ID: "U14400"}
		manyMembers(t, db)
		plans := newPlanner(t, db)
		for state, want := range map[string]string{
			"": "users_joined", models.MemberUnverified: "users_unproven", models.MemberLocked: "users_locked", models.MemberSuspended: "users_suspended",
			models.MemberResetRequired: "users_reset_required", models.MemberOperator: "users_operators",
		} {
			for _, s := range db.MemberStatements(t.Context(), models.MemberFilter{State: state}, place) {
				if index, plan := plans.of(s); index != want {
					t.Errorf("%q walks %q\n%s\n%s", state, index, s.SQL, plan)
				}
			}
		}
		for _, s := range db.MemberStatements(t.Context(), models.MemberFilter{Term: "member14"}, place) {
			s.SQL = strings.Replace(s.SQL, `JOIN users ON users.id = search_terms.ref `, "", 1) // one row for each, by its id
			if index, plan := plans.of(s); !strings.HasPrefix(index, "search_terms_pkey") && index != "PRIMARY" {
				t.Errorf("a search walks %q\n%s\n%s", index, s.SQL, plan)
			}
		}
	})
}

// manyMembers makes as many people as make a planner think.
func manyMembers(t *testing.T, db *models.DB) {
	t.Helper()
	numbers, at := "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 30000)", "datetime('2026-01-01', '+' || n || ' seconds') || '+00:00'"
	if db.Dialect() == "postgres" {
		at = "timestamptz '2026-01-01 00:00:00Z' + n * interval '1 second'"
	}
	rare := func(every string) string { return "CASE WHEN n % " + every + " = 0 THEN " + at + " END" }
	sayer(t, db)(
		numbers+" INSERT INTO users (id, email, email_verified_at, locked_at, disabled_at, role, refused_password_hash, created_at, updated_at) SELECT 'U' || n, 'member' || n || '@example.test', "+
			"CASE WHEN n % 40 <> 0 THEN "+at+" END, "+rare("300")+", "+rare("400")+", CASE WHEN n % 5000 = 0 THEN 'support' ELSE '' END, CASE WHEN n % 900 = 0 THEN 'x' ELSE '' END, "+at+", "+at+" FROM numbers",
		"INSERT INTO search_terms (kind, term, ref) SELECT 'member', email, id FROM users", "ANALYZE")
}
