package modelstest

import (
	"cmp"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// Tables is what every table held at one moment: a digest of its rows, by its name.
type Tables map[string]string

// Digest reads every table. What any request may leave behind is left out: counted tries, audit events, when a
// session was last seen, what is counted day by day, and the queue's own books. Two digests that are equal mean that nothing else changed.
func Digest(t *testing.T, pool *sql.DB) Tables {
	t.Helper()
	digest := Tables{}
	for _, table := range tableNames(t, pool) {
		digest[table] = digestOf(t, pool, table)
	}
	if len(digest) < 5 {
		t.Fatalf("only %d tables were found", len(digest))
	}
	return digest
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

// counted are the tables that the program, or the database, counts in by itself, beside whatever is asked of it.
var counted = []string{"daily_stats", "daily_progress", "active_people", "member_facts"}

// passing are the columns that mark activity.
var passing = []string{"last_seen_at", "idle_until", "last_used_at"}

func tableNames(t *testing.T, pool *sql.DB) (names []string) {
	t.Helper()
	rows, err := pool.QueryContext(t.Context(), "SELECT name FROM sqlite_master WHERE type = 'table'")
	if err != nil {
		rows, err = pool.QueryContext(t.Context(), "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		own := !strings.HasPrefix(name, "sqlite_") && !strings.HasPrefix(name, "goose_") && !strings.HasPrefix(name, "river_")
		if (own || name == "river_job") && name != "attempts" && name != "audit_events" && name != "audit_seals" && !slices.Contains(counted, name) {
			names = append(names, name)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return names
}

func digestOf(t *testing.T, pool *sql.DB, table string) string {
	t.Helper()
	var lines []string
	for _, row := range Rows(t, pool, table) {
		var line strings.Builder
		for _, cell := range row {
			if !slices.Contains(passing, cell.Column) {
				fmt.Fprintln(&line, cell)
			}
		}
		lines = append(lines, line.String())
	}
	slices.SortFunc(lines, cmp.Compare[string])
	return fmt.Sprintf("%d rows, %x", len(lines), sha256.Sum256([]byte(strings.Join(lines, "\x00"))))
}
