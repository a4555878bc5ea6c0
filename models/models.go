package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Expected outcomes of a query. Anything else is a fault of the machine.
var (
	ErrNotFound = errors.New("not found")
	ErrTaken    = errors.New("already taken")   // a unique column holds this value
	ErrSpent    = errors.New("already used up") // a guarded UPDATE met no row: used, expired or replaced
)

// Options says which database to open and how.
type Options struct {
	URL  string           // sqlite:PATH[?synchronous=full] or postgres://…
	Keys *KeyRing         // seals columns and mail jobs
	Now  func() time.Time // nil: time.Now

	// Observe is told of every statement: its SQL without values' meaning changed, the rows it met,
	// its duration and its error. It runs on the caller's goroutine. Nil: nobody listens.
	Observe func(ctx context.Context, sql string, rows int64, took time.Duration, err error)
}

// DB is the database: a writer, a reader (the same pool on PostgreSQL), the key ring and the clock.
// Its methods are the queries of every table. Inside InTx the *Tx is a DB bound to the transaction.
type DB struct {
	dialect string
	url     string
	writer  *gorm.DB
	reader  *gorm.DB
	pool    *pgxpool.Pool // PostgreSQL only
	keys    *KeyRing
	audit   []auditKey // of digests and seals, the current one first
	cursors []byte     // keys what SealCursor makes
	now     func() time.Time
	queue   queue
	tx      *Tx // set on the DB inside a transaction
}

// Open connects to the database of o.URL; it does not migrate.
func Open(ctx context.Context, o Options) (*DB, error) {
	db := &DB{url: o.URL, keys: o.Keys, now: o.Now}
	if db.now == nil {
		db.now = time.Now
	}
	if db.keys == nil {
		return nil, errors.New("open database: no key ring")
	}
	db.audit = auditKeys(db.keys)
	db.cursors = db.keys.Derive("cursor")[0]
	config := &gorm.Config{
		SkipDefaultTransaction: true,
		TranslateError:         true,
		NowFunc:                db.Now,
		Logger:                 observer(o.Observe),
	}
	var err error
	switch {
	case strings.HasPrefix(o.URL, "sqlite:"):
		err = db.openSQLite(config)
	case strings.HasPrefix(o.URL, "postgres://"), strings.HasPrefix(o.URL, "postgresql://"):
		err = db.openPostgres(ctx, config)
	default:
		err = errors.New("the URL must begin with sqlite: or postgres://")
	}
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return db, nil
}

// Close ends all connections.
func (db *DB) Close() error {
	var errs []error
	for _, pool := range db.sqlPools() {
		errs = append(errs, pool.Close())
	}
	if db.pool != nil {
		db.pool.Close()
	}
	return errors.Join(errs...)
}

// Dialect is "sqlite" or "postgres".
func (db *DB) Dialect() string { return db.dialect }

// Keys is the key ring the database was opened with.
func (db *DB) Keys() *KeyRing { return db.keys }

// Now is the time in UTC, cut to the microseconds that both databases keep.
func (db *DB) Now() time.Time { return db.now().UTC().Truncate(time.Microsecond) }

// Ping tells whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	for _, pool := range db.sqlPools() {
		if err := pool.PingContext(ctx); err != nil {
			return fmt.Errorf("ping database: %w", err)
		}
	}
	return nil
}

func (db *DB) sqlPools() []*sql.DB {
	var pools []*sql.DB
	for _, handle := range []*gorm.DB{db.writer, db.reader} {
		pool, err := handle.DB()
		if err == nil && (len(pools) == 0 || pools[0] != pool) {
			pools = append(pools, pool)
		}
	}
	return pools
}

// read is where SELECTs go: the reader pool, or the transaction when there is one.
func (db *DB) read(ctx context.Context) *gorm.DB { return db.reader.WithContext(db.withKeys(ctx)) }

// write is where INSERT, UPDATE and DELETE go, and a SELECT that must see the writer's last word.
func (db *DB) write(ctx context.Context) *gorm.DB { return db.writer.WithContext(db.withKeys(ctx)) }

// one maps the outcome of a query for one row to this package's errors.
func one(err error) error {
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return ErrNotFound
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return ErrTaken
	}
	return err
}

// spent maps the outcome of a guarded UPDATE: no row met is ErrSpent.
func spent(result *gorm.DB) error {
	if result.Error != nil {
		return one(result.Error)
	}
	if result.RowsAffected == 0 {
		return ErrSpent
	}
	return nil
}

// counted is how many rows a statement met that may meet any number of them.
func counted(result *gorm.DB) (int64, error) { return result.RowsAffected, result.Error }

// sweep deletes at most limit rows that a constant condition holds for, and says how many went. No table is swept in
// one statement: it would hold the writer for as long as there is much to delete.
func (db *DB) sweep(ctx context.Context, row any, limit int, where string, args ...any) (int64, error) {
	old := db.write(ctx).Model(row).Select("id").Where(where, args...).Limit(limit)
	return counted(db.write(ctx).Where("id IN (?)", old).Delete(row))
}

// observer is GORM's logger reduced to telling Options.Observe; errors travel as return values.
type observer func(ctx context.Context, sql string, rows int64, took time.Duration, err error)

func (o observer) LogMode(logger.LogLevel) logger.Interface      { return o }
func (o observer) Info(context.Context, string, ...interface{})  {}
func (o observer) Warn(context.Context, string, ...interface{})  {}
func (o observer) Error(context.Context, string, ...interface{}) {}

func (o observer) Trace(ctx context.Context, begin time.Time, statement func() (string, int64), err error) {
	if o == nil {
		return
	}
	text, rows := statement()
	o(ctx, text, rows, time.Since(begin), err)
}

// ParamsFilter keeps values out of the observed SQL: they may be secrets.
func (o observer) ParamsFilter(_ context.Context, sql string, _ ...interface{}) (string, []interface{}) {
	return sql, nil
}

// URL is the address the database was opened with.
func (db *DB) URL() string { return db.url }

// ServerTime is what the database's own clock says.
func (db *DB) ServerTime(ctx context.Context) (time.Time, error) {
	if db.dialect == "postgres" {
		var now time.Time
		return now, db.read(ctx).Raw("SELECT now()").Scan(&now).Error
	}
	var text string
	if err := db.read(ctx).Raw("SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now')").Scan(&text).Error; err != nil {
		return time.Time{}, err
	}
	return time.Parse(time.RFC3339, text)
}
