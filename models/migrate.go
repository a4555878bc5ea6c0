package models

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed migrations
var migrationFiles embed.FS

// jobsVersion is the migration that makes the job queue's tables; they come from River, not from a file.
const jobsVersion = 3

// Migration is one version of the schema and when it was applied (zero: pending).
type Migration struct {
	Version   int64     `json:"version"`
	Name      string    `json:"name"`
	AppliedAt time.Time `json:"applied_at,omitzero"`
}

// Migrate brings the schema up to date. Several processes may start at once: PostgreSQL's advisory
// lock, or on SQLite a lock file beside the database, lets one of them do the work.
func (db *DB) Migrate(ctx context.Context) error {
	if db.dialect == "sqlite" {
		unlock, err := db.lockSQLiteMigrations(ctx)
		if err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		defer unlock()
	}
	return db.withMigrations(ctx, func(p *goose.Provider) error {
		_, err := p.Up(ctx)
		return err
	})
}

// refuseNewer is an error when a newer program has migrated this database: an older one would read and write what it
// does not understand.
func refuseNewer(ctx context.Context, p *goose.Provider) error {
	has, known, err := p.GetVersions(ctx)
	if err == nil && has > known {
		return fmt.Errorf("the database has schema version %d, and this program knows versions up to %d: start the newer program", has, known)
	}
	return err
}

// MigrateDown takes the newest applied migration back.
func (db *DB) MigrateDown(ctx context.Context) error {
	return db.withMigrations(ctx, func(p *goose.Provider) error {
		_, err := p.Down(ctx)
		return err
	})
}

// Migrations lists every known migration, oldest first.
func (db *DB) Migrations(ctx context.Context) ([]Migration, error) {
	var list []Migration
	err := db.withMigrations(ctx, func(p *goose.Provider) error {
		states, err := p.Status(ctx)
		for _, s := range states {
			list = append(list, Migration{Version: s.Source.Version, Name: migrationName(s.Source), AppliedAt: s.AppliedAt})
		}
		return err
	})
	return list, err
}

// PendingMigrations counts the migrations not applied yet.
func (db *DB) PendingMigrations(ctx context.Context) (int, error) {
	list, err := db.Migrations(ctx)
	pending := 0
	for _, m := range list {
		if m.AppliedAt.IsZero() {
			pending++
		}
	}
	return pending, err
}

// MigrationDigest is the SHA-256 of all migration files, in hex: equal digests mean equal schemas.
func MigrationDigest() string {
	sum := sha256.New()
	err := fs.WalkDir(migrationFiles, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := migrationFiles.ReadFile(path)
		fmt.Fprintf(sum, "%s %d\n%s", path, len(text), text)
		return err
	})
	if err != nil {
		panic(err) // embedded files are always readable
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func migrationName(s *goose.Source) string {
	if s.Version == jobsVersion {
		return "jobs"
	}
	return s.Path
}

// withMigrations gives the migrations of this database, unless a newer program has migrated it.
func (db *DB) withMigrations(ctx context.Context, f func(*goose.Provider) error) error {
	pool, dialect, options, err := db.migrationPool()
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	defer pool.Close()
	files, err := fs.Sub(migrationFiles, "migrations/"+db.dialect)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	provider, err := goose.NewProvider(dialect, pool, files, options...)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if err = refuseNewer(ctx, provider); err == nil {
		err = f(provider)
	}
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// migrationPool opens connections of its own: goose keeps one while River's step needs another, and
// the SQLite writer has only one to give.
func (db *DB) migrationPool() (*sql.DB, goose.Dialect, []goose.ProviderOption, error) {
	if db.dialect == "postgres" {
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
		if err != nil {
			return nil, "", nil, err
		}
		jobs := goose.WithGoMigrations(jobMigration(riverpgxv5.New(db.pool)))
		return stdlib.OpenDBFromPool(db.pool), goose.DialectPostgres, []goose.ProviderOption{jobs, goose.WithSessionLocker(locker)}, nil
	}
	dsn, _, err := sqliteDSNs(db.url)
	if err != nil {
		return nil, "", nil, err
	}
	pool, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, "", nil, err
	}
	return pool, goose.DialectSQLite3, []goose.ProviderOption{goose.WithGoMigrations(jobMigration(riversqlite.New(pool)))}, nil
}

func jobMigration[TTx any](driver riverdriver.Driver[TTx]) *goose.Migration {
	step := func(direction rivermigrate.Direction, opts *rivermigrate.MigrateOpts) *goose.GoFunc {
		return &goose.GoFunc{RunDB: func(ctx context.Context, _ *sql.DB) error {
			migrator, err := rivermigrate.New(driver, nil)
			if err != nil {
				return err
			}
			_, err = migrator.Migrate(ctx, direction, opts)
			return err
		}}
	}
	return goose.NewGoMigration(jobsVersion,
		step(rivermigrate.DirectionUp, nil),
		step(rivermigrate.DirectionDown, &rivermigrate.MigrateOpts{TargetVersion: -1}))
}
