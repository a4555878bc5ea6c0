package modelstest

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"latchkey/models"
)

// SQL opens the tested database beside models, to look at what was really stored.
func SQL(t testing.TB, db *models.DB) *sql.DB {
	t.Helper()
	driver, address := "pgx", db.URL()
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		driver, address = "sqlite", "file:"+strings.NewReplacer("%", "%25", "#", "%23").Replace(path)+"?_pragma=busy_timeout(5000)"
	}
	pool, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	return pool
}

// Cell is one value of a row, as the driver gives it.
type Cell struct {
	Column string
	Value  any
}

// String is "column=value"; bytes stand as they are.
func (c Cell) String() string {
	if raw, isBytes := c.Value.([]byte); isBytes {
		return c.Column + "=" + string(raw)
	}
	return fmt.Sprintf("%s=%v", c.Column, c.Value)
}

// Rows is all that a table holds, its columns in order.
func Rows(t testing.TB, pool *sql.DB, table string) (list [][]Cell) {
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
	for rows.Next() {
		row, places := make([]Cell, len(columns)), make([]any, len(columns))
		for i, column := range columns {
			row[i].Column, places[i] = column, &row[i].Value
		}
		if err := rows.Scan(places...); err != nil {
			t.Fatal(err)
		}
		list = append(list, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}
