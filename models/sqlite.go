package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	gormsqlite "gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// sqliteReaders is how many connections read beside the one that writes.
const sqliteReaders = 4

func (db *DB) openSQLite(config *gorm.Config) error {
	writerDSN, readerDSN, err := sqliteDSNs(db.url)
	if err != nil {
		return err
	}
	db.dialect = "sqlite"
	if db.writer, err = openSQLitePool(writerDSN, 1, config); err != nil {
		return err
	}
	if db.reader, err = openSQLitePool(readerDSN, sqliteReaders, config); err != nil {
		return err
	}
	pool, err := db.writer.DB()
	if err != nil {
		return err
	}
	client, err := river.NewClient(riversqlite.New(pool), &river.Config{})
	if err != nil {
		return fmt.Errorf("job queue: %w", err)
	}
	db.queue = sqliteQueue{client}
	return nil
}

func openSQLitePool(dsn string, connections int, config *gorm.Config) (*gorm.DB, error) {
	pool, err := openSQLiteDriver(dsn)
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	own := *config // GORM keeps the config it is given
	return gorm.Open(sqliteDialector{gormsqlite.Dialector{Conn: pool}}, &own)
}

// sqliteDSNs turns sqlite:PATH[?synchronous=full] into the DSN of the writer and of the readers, and
// makes PATH's folder. Transactions of the writer take the lock at once: one that read first and then
// wrote would fail with BUSY_SNAPSHOT whatever the time-out.
func sqliteDSNs(databaseURL string) (writer, reader string, err error) {
	path, query, _ := strings.Cut(strings.TrimPrefix(databaseURL, "sqlite:"), "?")
	if path == "" || strings.Contains(path, ":memory:") {
		return "", "", errors.New("sqlite: needs the path of a file")
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return "", "", fmt.Errorf("sqlite: %w", err)
	}
	synchronous := "NORMAL"
	if strings.EqualFold(values.Get("synchronous"), "full") {
		synchronous = "FULL"
	}
	if err := makePrivateFile(path); err != nil {
		return "", "", err
	}
	shared := "file:" + uriPath(path) + "?_pragma=busy_timeout(" + lockPatience + ")&_pragma=journal_mode(WAL)&_pragma=synchronous(" + synchronous + ")" +
		"&_pragma=foreign_keys(1)&_time_format=sqlite&_timezone=UTC"
	return shared + "&_txlock=immediate", shared + "&_pragma=query_only(1)", nil
}

// uriPath writes a path so that SQLite's URI reads it as it is.
func uriPath(path string) string { return strings.NewReplacer("%", "%25", "#", "%23").Replace(path) }

// makePrivateFile makes the database file for its owner alone; SQLite gives the log beside it the same mode.
func makePrivateFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return file.Close()
}

// lockSQLiteMigrations waits until no other process migrates this file. The lock is a transaction on a
// second, empty database: the kernel drops it with the process that held it.
func (db *DB) lockSQLiteMigrations(ctx context.Context) (unlock func(), err error) {
	path, _, _ := strings.Cut(strings.TrimPrefix(db.url, "sqlite:"), "?")
	path += ".migrate-lock"
	if err := makePrivateFile(path); err != nil {
		return nil, err
	}
	pool, err := sql.Open("sqlite", "file:"+uriPath(path)+"?_pragma=busy_timeout(60000)&_txlock=exclusive")
	if err != nil {
		return nil, err
	}
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return func() {
		_ = tx.Rollback() // nothing was written
		_ = pool.Close()
	}, nil
}

func (db *DB) beginSQLite(ctx context.Context, f func(*gorm.DB, jobTx) error) error {
	return db.write(ctx).Transaction(func(handle *gorm.DB) error {
		return f(handle, riverTx[*sql.Tx]{db.queue.(sqliteQueue).client, func(_ context.Context, do func(*sql.Tx) error) error {
			tx, err := sqliteTx(handle)
			if err != nil {
				return err
			}
			return do(tx)
		}})
	})
}

// sqliteTx finds the *sql.Tx under a GORM transaction, so that River can write in it.
func sqliteTx(handle *gorm.DB) (*sql.Tx, error) {
	if pool, ok := handle.Statement.ConnPool.(*sql.Tx); ok {
		return pool, nil
	}
	return nil, fmt.Errorf("no transaction under %T", handle.Statement.ConnPool)
}

// sqliteDialector is GORM's dialect over the driver without cgo: it knows that driver's error codes.
type sqliteDialector struct{ gormsqlite.Dialector }

// Explain leaves a statement as it is: what is observed has no values, so there are none to write into it.
func (sqliteDialector) Explain(sql string, _ ...any) string { return sql }

func (sqliteDialector) Translate(err error) error {
	var fault *sqlite.Error
	if !errors.As(err, &fault) {
		return err
	}
	switch fault.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return gorm.ErrDuplicatedKey
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return gorm.ErrForeignKeyViolated
	case sqlite3.SQLITE_CONSTRAINT_CHECK:
		return gorm.ErrCheckConstraintViolated
	}
	return err
}
