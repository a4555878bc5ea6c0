package models_test

import (
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestListsUseIndexes_Members (D-08): every filter and order of the list of members walks the index that is named here, and a
// search walks the terms.
func TestListsUseIndexes_Members(t *testing.T) {
	modelstest.EachInSteps(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		at := time.Date(2026, 1, 1, 4, 0, 0, 0, time.UTC)
		place := models.MemberPlace{At: at, Text: "member14400@example.test", ID: "U14400"}
		manyMembers(t, db)
		plans := newPlanner(t, db)
		walks := func(want string, f models.MemberFilter, sort models.MemberSort) {
			t.Helper()
			for _, s := range db.MemberStatements(t.Context(), f, sort, place) {
				if index, plan := plans.of(s); !strings.HasPrefix(index, want) {
					t.Errorf("%+v by %q walks %q\n%s\n%s", f, sort, index, s.SQL, plan)
				}
			}
		}
		for state, want := range map[string]string{
			"": "users_joined", models.MemberActive: "users_active", models.MemberUnverified: "users_unproven", models.MemberLocked: "users_locked",
			models.MemberSuspended: "users_suspended", models.MemberResetRequired: "users_reset_required", models.MemberOperator: "users_operators",
		} {
			walks(want, models.MemberFilter{State: state}, models.MembersByJoining)
			if state != models.MemberActive { // most are: the index of everybody will do
				walks(want, models.MemberFilter{State: state, JoinedFrom: at.Add(-time.Hour), JoinedTo: at.Add(2 * time.Hour)}, models.MembersByJoining)
			}
		}
		for factor, want := range map[string]string{
			models.FactorNone: "member_facts_none", models.FactorApp: "member_facts_app", models.FactorPasskey: "member_facts_passkey", models.FactorCodesLow: "member_facts_codes",
		} {
			walks(want, models.MemberFilter{Factor: factor}, models.MembersByJoining)
			walks(want, models.MemberFilter{Factor: factor, JoinedFrom: at.Add(-time.Hour), JoinedTo: at.Add(2 * time.Hour)}, models.MembersByJoining)
		}
		walks("users_operators", models.MemberFilter{Role: "support"}, models.MembersByJoining)
		walks("member_facts_seen", models.MemberFilter{}, models.MembersByLastSeen)
		walks("member_facts_seen", models.MemberFilter{SeenFrom: at.Add(-time.Hour), SeenTo: at.Add(2 * time.Hour)}, models.MembersByLastSeen)
		walks(map[string]string{"sqlite": "sqlite_autoindex_users_2", "postgres": "users_email_key"}[db.Dialect()], models.MemberFilter{}, models.MembersByAddress)
		walks(map[string]string{"sqlite": "PRIMARY", "postgres": "search_terms_pkey"}[db.Dialect()], models.MemberFilter{Term: "member14"}, models.MembersByJoining)
	})
}

// TestListsUseIndexes_MembersInReview (D-08): who needs review is read from the items about members, of which there are few, and
// then one by one: that alone is sorted.
func TestListsUseIndexes_MembersInReview(t *testing.T) {
	modelstest.EachInSteps(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		manyMembers(t, db)
		sayer(t, db)("INSERT INTO review_items (id, kind, subject, detail, severity, times, first_at, last_at, state) SELECT 'R' || id, 'test', id, '', 'alert', 1, created_at, created_at, 'open' FROM users WHERE role <> ''",
			"INSERT INTO review_items (id, kind, subject, detail, severity, times, first_at, last_at, state) SELECT 'X' || id, 'others', id, '', 'alert', 1, created_at, created_at, 'open' FROM users WHERE locked_at IS NOT NULL", "ANALYZE")
		plans := newPlanner(t, db)
		if db.Dialect() == "postgres" {
			for _, way := range []string{"seqscan", "bitmapscan", "sort", "incremental_sort"} { // as it is at work
				if _, err := plans.conn.ExecContext(t.Context(), "RESET enable_"+way); err != nil {
					t.Fatal(err)
				}
			}
		}
		key := map[string]string{"sqlite": "SEARCH review_items USING INDEX review_items_thing (kind=?)\nSEARCH users USING INDEX sqlite_autoindex_users_1 (id=?)", "postgres": "users_pkey on users"}[db.Dialect()]
		for _, f := range []models.MemberFilter{{Review: "test"}, {Review: "test", State: models.MemberActive, Factor: models.FactorNone}} {
			for _, s := range db.MemberStatements(t.Context(), f, models.MembersByJoining, models.MemberPlace{At: time.Date(2026, 1, 1, 4, 0, 0, 0, time.UTC), ID: "U14400"}) {
				if _, plan := plans.of(s); !strings.Contains(plan, key) {
					t.Errorf("%+v is found by\n%s\n%s", f, plan, s.SQL)
				}
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
		"INSERT INTO search_terms (kind, term, ref) SELECT 'member', email, id FROM users",
		numbers+" UPDATE member_facts SET apps = CASE WHEN n % 70 = 0 THEN 1 ELSE 0 END, passkeys = CASE WHEN n % 110 = 0 THEN 2 ELSE 0 END, codes = CASE WHEN n % 140 = 0 THEN 2 ELSE 10 END FROM numbers WHERE user_id = 'U' || n", "ANALYZE")
}
