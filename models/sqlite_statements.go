package models

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"modernc.org/sqlite"
)

// Parsing took SQLite longer than running, for the short statements that most are. So each connection keeps what it
// has parsed. GORM's own cache would hang a writer of one connection: a statement being prepared outside a transaction
// waits for the connection, and a transaction that holds it waits for that statement.

// keptStatements is how many a connection keeps; the program has about as many.
const keptStatements = 256

func openSQLiteDriver(dsn string) (*sql.DB, error) {
	connector, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(keepingConnector{connector}), nil
}

type keepingConnector struct{ driver.Connector }

// Connect implements driver.Connector.
func (c keepingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &keepingConn{sqliteConn: conn.(sqliteConn), idle: map[string]sqliteStmt{}}, nil
}

// sqliteConn, sqliteStmt and sqliteRows are what database/sql asks a connection, a statement and rows for.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type sqliteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type sqliteRows interface {
	driver.Rows
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeLength
	driver.RowsColumnTypeNullable
	driver.RowsColumnTypePrecisionScale
	driver.RowsColumnTypeScanType
}

// keepingConn is used by one goroutine at a time: database/sql sees to that, for rows that are still open as well.
type keepingConn struct {
	sqliteConn
	idle map[string]sqliteStmt
}

// take gives a statement out; until it is back, another one like it is parsed anew.
func (c *keepingConn) take(ctx context.Context, query string) (sqliteStmt, error) {
	if stmt, found := c.idle[query]; found {
		delete(c.idle, query)
		return stmt, nil
	}
	stmt, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.(sqliteStmt), nil
}

// giveBack keeps a statement that did its work.
func (c *keepingConn) giveBack(query string, stmt sqliteStmt) error {
	if _, twice := c.idle[query]; twice || len(c.idle) == keptStatements {
		return stmt.Close()
	}
	c.idle[query] = stmt
	return nil
}

// ExecContext implements driver.ExecerContext.
func (c *keepingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	stmt, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := stmt.ExecContext(ctx, args)
	if err != nil {
		return nil, errors.Join(err, stmt.Close())
	}
	return result, c.giveBack(query, stmt)
}

// QueryContext implements driver.QueryerContext.
func (c *keepingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	stmt, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := stmt.QueryContext(ctx, args)
	if err != nil {
		return nil, errors.Join(err, stmt.Close())
	}
	return &keepingRows{rows.(sqliteRows), func() error { return c.giveBack(query, stmt) }}, nil
}

// Close implements driver.Conn.
func (c *keepingConn) Close() error {
	var errs []error
	for _, stmt := range c.idle {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, c.sqliteConn.Close())...)
}

type keepingRows struct {
	sqliteRows
	giveBack func() error
}

// Close implements driver.Rows; database/sql calls it once.
func (r *keepingRows) Close() error { return errors.Join(r.sqliteRows.Close(), r.giveBack()) }
