package modelstest

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Tables is what every table held at one moment: its rows, by its name.
type Tables map[string]string

// Digest reads every table, in one statement. What any request may leave behind is left out: counted tries, audit events, when a
// session was last seen, what is counted day by day, and the queue's own books. Two digests that are equal mean that nothing else changed.
func Digest(t *testing.T, pool *sql.DB) Tables {
	t.Helper()
	rows, err := digestStatement(t, pool).QueryContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	digest := Tables{}
	for rows.Next() {
		var table, content string
		if err := rows.Scan(&table, &content); err != nil {
			t.Fatal(err)
		}
		digest[table] = content
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if len(digest) < 5 {
		t.Fatalf("only %d tables were found", len(digest))
	}
	return digest
}

// prepared are the statements of Digest, by their *sql.DB: one that names every table takes a while to read.
var prepared sync.Map

func digestStatement(t *testing.T, pool *sql.DB) *sql.Stmt {
	t.Helper()
	if known, ok := prepared.Load(pool); ok {
		return known.(*sql.Stmt)
	}
	statement, err := pool.PrepareContext(context.Background(), digestQuery(t, pool))
	if err != nil {
		t.Fatal(err)
	}
	prepared.Store(pool, statement)
	t.Cleanup(func() {
		prepared.Delete(pool)
		_ = statement.Close()
	})
	return statement
}

// digestQuery selects, of each table, its name and its rows, each as one line and in the order of these.
func digestQuery(t *testing.T, pool *sql.DB) string {
	t.Helper()
	const ofSQLite = "SELECT '%s', coalesce(group_concat(line, char(10)), '') FROM (SELECT quote(%s) AS line FROM %s ORDER BY line)"
	const ofPostgres = `SELECT '%s', coalesce(string_agg(line, chr(10) ORDER BY line COLLATE "C"), '') FROM (SELECT row(%s)::text AS line FROM %s) AS lines`
	selection, between := ofSQLite, ") || ',' || quote("
	rows, err := pool.QueryContext(t.Context(), "SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'")
	if err != nil {
		selection, between = ofPostgres, ", "
		rows, err = pool.QueryContext(t.Context(), "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()")
	}
	if err != nil {
		t.Fatal(err)
	}
	columns := columnsIn(t, rows)
	var parts []string
	for _, table := range slices.Sorted(maps.Keys(columns)) {
		parts = append(parts, fmt.Sprintf(selection, table, strings.Join(columns[table], between), table))
	}
	return strings.Join(parts, " UNION ALL ")
}

// columnsIn are the columns that count, by their table.
func columnsIn(t *testing.T, rows *sql.Rows) map[string][]string {
	t.Helper()
	defer func() { _ = rows.Close() }()
	columns := map[string][]string{}
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			t.Fatal(err)
		}
		own := !strings.HasPrefix(table, "sqlite_") && !strings.HasPrefix(table, "goose_") && !strings.HasPrefix(table, "river_")
		if (own || table == "river_job") && !slices.Contains(counted, table) && !slices.Contains(passing, column) {
			columns[table] = append(columns[table], `"`+column+`"`)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return columns
}

// Changed names the tables that differ.
func (before Tables) Changed(after Tables) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if before[name] != after[name] {
			names = append(names, name)
		}
	}
	return names
}

// counted are the tables that the program, or the database, writes in by itself, beside whatever is asked of it.
var counted = []string{"attempts", "audit_events", "audit_seals", "daily_stats", "daily_progress", "active_people", "member_facts"}

// passing are the columns that mark activity.
var passing = []string{"last_seen_at", "idle_until", "last_used_at"}
