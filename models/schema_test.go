package models_test

import (
	"slices"
	"strings"
	"testing"

	"latchkey/models"
	"latchkey/models/modelstest"
)

func tableNames(t *testing.T, db *models.DB) []string {
	t.Helper()
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose_%'"
	if db.Dialect() == "postgres" {
		query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'goose_%'"
	}
	return column(t, db, query)
}

func column(t *testing.T, db *models.DB, query string) []string {
	t.Helper()
	rows, err := modelstest.SQL(t, db).Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		list = append(list, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(list)
	return list
}

func jobsAndEvents(t *testing.T, db *models.DB) (jobs, events int) {
	t.Helper()
	pool := modelstest.SQL(t, db)
	if err := pool.QueryRow("SELECT count(*) FROM river_job").Scan(&jobs); err != nil {
		t.Fatal(err)
	}
	if err := pool.QueryRow("SELECT count(*) FROM audit_events").Scan(&events); err != nil {
		t.Fatal(err)
	}
	return jobs, events
}

// TestSchema_SameOnBothDatabases compares the columns that the two sets of migrations make.
func TestSchema_SameOnBothDatabases(t *testing.T) {
	var found [][]string
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		var columns []string
		for _, table := range tableNames(t, db) {
			if strings.HasPrefix(table, "river_") {
				continue
			}
			query := "SELECT name FROM pragma_table_info('" + table + "')"
			if db.Dialect() == "postgres" {
				query = "SELECT column_name FROM information_schema.columns WHERE table_name = '" + table + "'"
			}
			for _, name := range column(t, db, query) {
				columns = append(columns, table+"."+name)
			}
		}
		if len(columns) < 50 {
			t.Fatalf("only %d columns found", len(columns))
		}
		found = append(found, columns)
	})
	if len(found) == 2 && !slices.Equal(found[0], found[1]) {
		t.Errorf("the schemas differ:\nsqlite   %v\npostgres %v", found[0], found[1])
	}
}
