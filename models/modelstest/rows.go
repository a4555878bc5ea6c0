package modelstest

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"testing"

	"latchkey/models"
)

// beside are the pools of SQL, by their *models.DB.
var beside sync.Map

// SQL opens the tested database beside models, to look at what was really stored: one pool for each database, which is
// open until the test that first asked for it ends.
func SQL(t testing.TB, db *models.DB) *sql.DB {
	t.Helper()
	if pool, ok := beside.Load(db); ok {
		return pool.(*sql.DB)
	}
	driver, address := "pgx", db.URL()
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		driver, address = "sqlite", "file:"+strings.NewReplacer("%", "%25", "#", "%23").Replace(path)+"?_pragma=busy_timeout(5000)"
	}
	pool, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	beside.Store(db, pool)
	t.Cleanup(func() {
		beside.Delete(db)
		_ = pool.Close()
	})
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
