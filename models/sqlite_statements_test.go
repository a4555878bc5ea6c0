package models

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
)

// keptPool is one connection to an empty database, and how many statements it keeps idle.
func keptPool(t *testing.T) (pool *sql.DB, kept func() int) {
	t.Helper()
	pool, err := openSQLiteDriver("file:" + t.TempDir() + "/kept.db")
	if err != nil {
		t.Fatal(err)
	}
	pool.SetMaxOpenConns(1)
	t.Cleanup(func() {
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
	})
	return pool, func() (count int) {
		conn, err := pool.Conn(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.Raw(func(raw any) error { count = len(raw.(*keepingConn).idle); return nil })
		return count
	}
}

func run(t *testing.T, on interface {
	Exec(query string, args ...any) (sql.Result, error)
}, query string, args ...any) {
	t.Helper()
	if _, err := on.Exec(query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// TestKeptStatements: a statement is parsed once and kept; one whose rows are still open is not given out again; an
// error, a changed table and a full store leave the connection sound.
func TestKeptStatements(t *testing.T) {
	pool, kept := keptPool(t)
	run(t, pool, "CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)")
	before := kept()
	for _, name := range []string{"a", "b", "c"} {
		run(t, pool, "INSERT INTO things (name) VALUES (?)", name)
	}
	if got := kept() - before; got != 1 {
		t.Errorf("three runs of one statement keep %d", got)
	}
	if _, err := pool.Exec("INSERT INTO things (name) VALUES (?)", "a"); err == nil {
		t.Error("the second a is no error")
	}
	run(t, pool, "INSERT INTO things (name) VALUES (?)", "d")

	tx, err := pool.Begin()
	if err != nil {
		t.Fatal(err)
	}
	const list = "SELECT name FROM things ORDER BY name"
	if outer, inner := names(t, tx, list, func() { names(t, tx, list, nil) }), names(t, tx, list, nil); outer != "abcd" || inner != "abcd" {
		t.Errorf("rows within rows: %q, and after them %q", outer, inner)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}

	run(t, pool, "ALTER TABLE things ADD COLUMN kind TEXT NOT NULL DEFAULT 'x'")
	if got := names(t, pool, list, nil); got != "abcd" {
		t.Errorf("after a change of the table: %q", got)
	}
	for i := range keptStatements + 10 {
		run(t, pool, fmt.Sprintf("UPDATE things SET kind = 'y' WHERE id = %d", i))
	}
	if got := kept(); got != keptStatements {
		t.Errorf("%d statements are kept, want %d", got, keptStatements)
	}
}

// names joins the first column of all rows; meanwhile runs after the first row.
func names(t *testing.T, on interface {
	Query(query string, args ...any) (*sql.Rows, error)
}, query string, meanwhile func()) (joined string) {
	t.Helper()
	rows, err := on.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		if joined == "" && meanwhile != nil {
			meanwhile()
		}
		joined += name
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return joined
}
