package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	gormpostgres "gorm.io/driver/postgres"
	"gorm.io/gorm"
)

// openPostgres shares one pool between GORM and River. pgx caches prepared statements per connection,
// so GORM's own cache stays off.
func (db *DB) openPostgres(ctx context.Context, config *gorm.Config) error {
	db.dialect = "postgres"
	settings, err := pgxpool.ParseConfig(db.url)
	if err != nil {
		return err
	}
	if _, chosen := settings.ConnConfig.RuntimeParams["lock_timeout"]; !chosen {
		settings.ConnConfig.RuntimeParams["lock_timeout"] = lockPatience
	}
	pool, err := pgxpool.NewWithConfig(ctx, settings)
	if err != nil {
		return err
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return err
	}
	handle, err := gorm.Open(postgresDialector{&gormpostgres.Dialector{Config: &gormpostgres.Config{Conn: stdlib.OpenDBFromPool(pool)}}}, config)
	if err != nil {
		pool.Close()
		return err
	}
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{})
	if err != nil {
		pool.Close()
		return fmt.Errorf("job queue: %w", err)
	}
	db.pool, db.writer, db.reader = pool, handle, handle
	db.queue = postgresQueue{client}
	return nil
}

// postgresDialector is GORM's dialect; statements are observed without values, so there are none to write into them.
type postgresDialector struct{ *gormpostgres.Dialector }

// Explain leaves a statement as it is.
func (postgresDialector) Explain(sql string, _ ...any) string { return sql }

// beginPostgres pins a connection for the transaction, so that River can write on the same one.
func (db *DB) beginPostgres(ctx context.Context, f func(*gorm.DB, jobTx) error) error {
	return db.write(ctx).Connection(func(pinned *gorm.DB) error {
		conn, ok := pinned.Statement.ConnPool.(*sql.Conn)
		if !ok {
			return fmt.Errorf("no connection under %T", pinned.Statement.ConnPool)
		}
		return pinned.Transaction(func(handle *gorm.DB) error {
			return f(handle, riverTx[pgx.Tx]{db.queue.(postgresQueue).client, func(ctx context.Context, do func(pgx.Tx) error) error {
				return onDriver(ctx, conn, func(driverConn any) error {
					return do(borrowedTx{driverConn.(*stdlib.Conn).Conn()})
				})
			}})
		})
	})
}

// onDriver is conn.Raw for a transaction whose context may end: database/sql rolls it back in a goroutine of its own, which
// may close the connection between the two looks that Raw takes at it, and Raw then meets nil.
func onDriver(ctx context.Context, conn *sql.Conn, f func(driverConn any) error) (err error) {
	begun := false
	defer func() {
		if fault := recover(); fault != nil {
			if begun || ctx.Err() == nil {
				panic(fault)
			}
			err = ctx.Err()
		}
	}()
	return conn.Raw(func(driverConn any) error {
		begun = true
		return f(driverConn)
	})
}

// borrowedTx is a pgx.Tx over a connection on which GORM has begun the transaction: River may write
// and set savepoints, and whoever began it ends it.
type borrowedTx struct{ conn *pgx.Conn }

var errNotYours = errors.New("this transaction is ended by the one who began it")

func (t borrowedTx) Begin(ctx context.Context) (pgx.Tx, error) {
	_, err := t.conn.Exec(ctx, "SAVEPOINT borrowed")
	return savepoint{t}, err
}
func (t borrowedTx) Commit(context.Context) error   { return errNotYours }
func (t borrowedTx) Rollback(context.Context) error { return errNotYours }
func (t borrowedTx) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error) {
	return t.conn.CopyFrom(ctx, table, columns, rows)
}
func (t borrowedTx) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	return t.conn.SendBatch(ctx, b)
}
func (t borrowedTx) LargeObjects() pgx.LargeObjects { return pgx.LargeObjects{} }
func (t borrowedTx) Prepare(ctx context.Context, name, query string) (*pgconn.StatementDescription, error) {
	return t.conn.Prepare(ctx, name, query)
}
func (t borrowedTx) Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error) {
	return t.conn.Exec(ctx, query, args...)
}
func (t borrowedTx) Query(ctx context.Context, query string, args ...any) (pgx.Rows, error) {
	return t.conn.Query(ctx, query, args...)
}
func (t borrowedTx) QueryRow(ctx context.Context, query string, args ...any) pgx.Row {
	return t.conn.QueryRow(ctx, query, args...)
}
func (t borrowedTx) Conn() *pgx.Conn { return t.conn }

type savepoint struct{ borrowedTx }

func (t savepoint) Commit(ctx context.Context) error {
	_, err := t.conn.Exec(ctx, "RELEASE SAVEPOINT borrowed")
	return err
}

func (t savepoint) Rollback(ctx context.Context) error {
	_, err := t.conn.Exec(ctx, "ROLLBACK TO SAVEPOINT borrowed")
	return err
}
