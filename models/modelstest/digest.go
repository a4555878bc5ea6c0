package modelstest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"latchkey/models"
)

// SQL opens the tested database beside models, to look at what was really stored.
func SQL(t *testing.T, db *models.DB) *sql.DB {
	t.Helper()
	driver, address := "pgx", db.URL()
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		driver, address = "sqlite", "file:"+path+"?_pragma=busy_timeout(5000)"
	}
	pool, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	return pool
}

// Tables is what every table held at one moment: a digest of its rows, by its name.
type Tables map[string]string

// Digest reads every table. What any request may leave behind is left out: counted tries, audit events, when a
// session was last seen, and the queue's own books. Two digests that are equal mean that nothing else changed.
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
		if (own || name == "river_job") && name != "attempts" && name != "audit_events" {
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
	rows, err := pool.QueryContext(context.Background(), "SELECT * FROM "+table)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for rows.Next() {
		values, places := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			places[i] = &values[i]
		}
		if err := rows.Scan(places...); err != nil {
			t.Fatal(err)
		}
		var line strings.Builder
		for i, column := range columns {
			if !slices.Contains(passing, column) {
				fmt.Fprintf(&line, "%s=%v\n", column, values[i])
			}
		}
		lines = append(lines, line.String())
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(lines, cmp.Compare[string])
	return fmt.Sprintf("%d rows, %x", len(lines), sha256.Sum256([]byte(strings.Join(lines, "\x00"))))
}
