package models_test

import (
	"database/sql"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestListsUseIndexes_Audit (D-08): every filter of the audit log walks the index that is named here, in its order: nothing
// is read whole and nothing sorted. Of two filters the one that leaves fewer rows leads.
func TestListsUseIndexes_Audit(t *testing.T) {
	moment := time.Date(2026, 1, 1, 4, 0, 0, 0, time.UTC)
	network := netip.MustParsePrefix("192.0.2.0/29")
	filters := []struct {
		name, index string
		models.AuditFilter
	}{
		{"all", "audit_events_time", models.AuditFilter{}},
		{"from to", "audit_events_time", models.AuditFilter{From: moment.Add(-time.Hour), To: moment}},
		{"succeeded", "audit_events_time", models.AuditFilter{Outcome: models.OutcomeSuccess}},
		{"actor", "audit_events_actor", models.AuditFilter{People: []string{"A1"}, Role: models.AuditAsActor}},
		{"effective", "audit_events_effective", models.AuditFilter{People: []string{"A1"}, Role: models.AuditAsEffective}},
		{"target", "audit_events_about audit_events_target", models.AuditFilter{People: []string{"A1"}, Role: models.AuditAsTarget}},
		{"people", "audit_events_actor audit_events_effective audit_events_about audit_events_target", models.AuditFilter{People: []string{"A1", "A2"}}},
		{"actions", "audit_events_action", models.AuditFilter{Actions: []models.Action{"auth.sign_in", "auth.sign_out"}}},
		{"family", "audit_events_action", models.AuditFilter{Families: []string{"auth"}}},
		{"failed", "audit_events_failed", models.AuditFilter{Outcome: models.OutcomeFailure}},
		{"operators", "audit_events_operators", models.AuditFilter{Operators: true}},
		{"viewed as", "audit_events_viewed_as", models.AuditFilter{ViewedAs: true}},
		{"client", "audit_events_client", models.AuditFilter{ClientID: "C1"}},
		{"address", "audit_events_address", models.AuditFilter{Network: netip.MustParsePrefix("192.0.2.1/32")}},
		{"range", "audit_events_address", models.AuditFilter{Network: network}},
		{"request", "audit_events_request", models.AuditFilter{RequestID: "R77"}},
		{"batch", "audit_events_batch", models.AuditFilter{BatchID: "N1"}},

		{"failed actions", "audit_events_action_failed", models.AuditFilter{Actions: []models.Action{"auth.sign_in"}, Outcome: models.OutcomeFailure}},
		{"actions of one person", "audit_events_actor", models.AuditFilter{Families: []string{"auth"}, People: []string{"A1"}, Role: models.AuditAsActor, Outcome: models.OutcomeFailure}},
		{"operators' acts of a family", "audit_events_operators", models.AuditFilter{Families: []string{"auth"}, Operators: true, ClientID: "C1", From: moment.Add(-12 * time.Hour)}},
		{"all of a request", "audit_events_request", models.AuditFilter{RequestID: "R77", Operators: true, ViewedAs: true, People: []string{"A1"}, Network: network}},
	}
	modelstest.EachInSteps(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		place := fullLog(t, db)
		plans := newPlanner(t, db)
		for _, f := range filters {
			statements, err := db.AuditStatements(t.Context(), f.AuditFilter, place)
			if err != nil || len(statements) == 0 {
				t.Fatalf("%s: %d statements, %v", f.name, len(statements), err)
			}
			var met []string
			for _, s := range statements {
				index, plan := plans.of(s)
				if index == "" || !slices.Contains(strings.Fields(f.index), index) {
					t.Errorf("%s walks %q\n%s\n%s", f.name, index, s.SQL, plan)
				}
				met = append(met, index)
			}
			for _, index := range strings.Fields(f.index) {
				if !slices.Contains(met, index) {
					t.Errorf("%s never walks %s", f.name, index)
				}
			}
		}
		about := db.AuditAboutStatement(t.Context(), []string{"A1", "A2", "A3"}, place.CreatedAt)
		if index, plan := plans.of(about); index != "audit_events_about" {
			t.Errorf("what was done to people since walks %q\n%s\n%s", index, about.SQL, plan)
		}
		for _, bad := range []string{"SELECT id FROM audit_events ORDER BY reason", "SELECT id FROM audit_events WHERE reason = 'x'", "SELECT id FROM audit_events WHERE action = 'auth.sign_in' ORDER BY reason"} {
			if index, plan := plans.of(models.Statement{SQL: bad}); index != "" {
				t.Errorf("%s would pass as a walk along %s\n%s", bad, index, plan)
			}
		}
	})
}

// fullLog fills the log with as many rows as make a planner think, of many people, addresses and requests, and gives a place
// in the middle. A statement of its own for each kind of database: the program would write a row at a time.
func fullLog(t *testing.T, db *models.DB) models.Cursor {
	t.Helper()
	numbers, at := "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 30000)", "datetime('2026-01-01', '+' || n || ' seconds') || '+00:00'"
	if db.Dialect() == "postgres" {
		at = "timestamptz '2026-01-01 00:00:00Z' + n * interval '1 second'"
	}
	one := func(every int, name string) string { // the same value in one row of so many
		return fmt.Sprintf("CASE WHEN n %% %d = 0 THEN '%s' || (n %% 7) ELSE '' END", every, name)
	}
	fill := numbers + ` INSERT INTO audit_events (id, created_at, action, outcome, actor_kind, actor_id, subject_id, effective_id, target_id, client_id, address, request_id, batch_id)
		SELECT 'ROW' || n, ` + at + `, CASE n % 40 WHEN 0 THEN 'auth.sign_out' WHEN 1 THEN 'admin.member.suspend' WHEN 2 THEN 'auth.sign_in' ELSE 'app.act' || (n % 9) END,
		CASE n % 30 WHEN 0 THEN 'failure' ELSE 'success' END, CASE n % 50 WHEN 1 THEN 'operator' ELSE 'person' END, 'A' || (n % 400), 'A' || (n % 400),
		` + one(300, "A") + ", " + one(20, "A") + ", " + one(9, "C") + ", '192.0.2.' || (n % 200), 'R' || (n / 3), " + one(90, "N") + " FROM numbers"
	sayer(t, db)(fill, "ANALYZE")
	return models.Cursor{CreatedAt: time.Date(2026, 1, 1, 4, 0, 0, 0, time.UTC), ID: "ROW14400"}
}

// planner asks one connection how it would answer. PostgreSQL may sort the few rows that it expects of one person, or read
// a small table whole: that is forbidden to it here, so that it has to show whether it could do without.
type planner struct {
	*testing.T
	conn *sql.Conn
	ask  string
}

func newPlanner(t *testing.T, db *models.DB) *planner {
	t.Helper()
	conn, err := modelstest.SQL(t, db).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	p := &planner{t, conn, "EXPLAIN QUERY PLAN "}
	if db.Dialect() == "postgres" {
		p.ask = "EXPLAIN "
		for _, way := range []string{"seqscan", "bitmapscan", "sort", "incremental_sort"} {
			if _, err := conn.ExecContext(t.Context(), "SET enable_"+way+" = off"); err != nil {
				t.Fatal(err)
			}
		}
		// Databases are used again, and deleted rows leave their room in an index: a grown one costs more than it would.
		if _, err := conn.ExecContext(t.Context(), "REINDEX SCHEMA public"); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// of is the one index that a statement walks in its order, empty when there is more to do than that.
func (p *planner) of(s models.Statement) (index, plan string) {
	p.Helper()
	rows, err := p.conn.QueryContext(p.Context(), p.ask+s.SQL, s.Vars...)
	if err != nil {
		p.Fatalf("%s: %v", s.SQL, err)
	}
	defer func() { _ = rows.Close() }()
	columns, _ := rows.Columns()
	var lines []string
	for rows.Next() {
		cells := make([]any, len(columns))
		for i := range cells {
			cells[i] = new(any)
		}
		if err := rows.Scan(cells...); err != nil {
			p.Fatal(err)
		}
		lines = append(lines, strings.TrimSpace(textOf(*cells[len(cells)-1].(*any))))
	}
	plan = strings.Join(lines, "\n")
	for _, line := range lines {
		if strings.Contains(line, "Sort") || strings.Contains(line, "TEMP B-TREE") || strings.Contains(line, "Seq Scan") || index != "" && strings.Contains(line, "INDEX") {
			return "", plan
		}
		_, after, found := strings.Cut(strings.NewReplacer(" USING COVERING INDEX ", " USING ", " USING INDEX ", " USING ", " Backward using ", " USING ", " using ", " USING ").Replace(line), " USING ")
		if found {
			index, _, _ = strings.Cut(after, " ")
		}
	}
	return index, plan
}

func textOf(cell any) string {
	if raw, isBytes := cell.([]byte); isBytes {
		return string(raw)
	}
	text, _ := cell.(string)
	return text
}
