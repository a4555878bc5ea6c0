package models

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"
)

// Storage is how much a database takes, in bytes.
type Storage struct {
	Size int64
	Log  int64 // of it that is not written back yet: the write-ahead log of SQLite
}

// File is where an SQLite database is kept; empty: it is a server's.
func (db *DB) File() string {
	if db.dialect != "sqlite" {
		return ""
	}
	path, _, _ := strings.Cut(strings.TrimPrefix(db.url, "sqlite:"), "?")
	return path
}

// Storage asks the database how much it takes.
func (db *DB) Storage(ctx context.Context) (s Storage, err error) {
	if db.dialect == "postgres" {
		err = db.read(ctx).Raw("SELECT pg_database_size(current_database())").Scan(&s.Size).Error
		return s, err
	}
	if err := db.read(ctx).Raw("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()").Scan(&s.Size).Error; err != nil {
		return s, err
	}
	log, err := os.Stat(db.File() + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("look at the log of the database: %w", err)
	}
	s.Log = log.Size()
	return s, nil
}

// Connections are those of this process to the database.
type Connections struct {
	InUse, Most int
	Waits       int64         // how often somebody waited for one since the start
	Waited      time.Duration // and how long, together
}

// Connections counts them; on SQLite the one that writes is among them.
func (db *DB) Connections() (c Connections) {
	if db.pool != nil {
		s := db.pool.Stat()
		return Connections{InUse: int(s.AcquiredConns()), Most: int(s.MaxConns()), Waits: s.EmptyAcquireCount(), Waited: s.EmptyAcquireWaitTime()}
	}
	for _, pool := range db.sqlPools() {
		s := pool.Stats()
		c.InUse, c.Most = c.InUse+s.InUse, c.Most+s.MaxOpenConnections
		c.Waits, c.Waited = c.Waits+s.WaitCount, c.Waited+s.WaitDuration
	}
	return c
}

// SchemaVersion is the newest migration that was applied.
func (db *DB) SchemaVersion(ctx context.Context) (version int64, err error) {
	return version, db.read(ctx).Raw("SELECT version_id FROM goose_db_version WHERE is_applied ORDER BY id DESC LIMIT 1").Scan(&version).Error
}

// QueueDepth is how much work waits.
type QueueDepth struct {
	Waiting, Retrying, GivenUp int       // counted no further than QueueMost
	Oldest                     time.Time // since when the first of those waiting could run; zero: none waits
}

// QueueMost is how far jobs are counted.
const QueueMost = 10_001

// QueueDepth counts the jobs that wait, that are tried again later and that were given up.
func (db *DB) QueueDepth(ctx context.Context) (q QueueDepth, err error) {
	for state, into := range map[string]*int{"available": &q.Waiting, "retryable": &q.Retrying, "discarded": &q.GivenUp} {
		if err := db.read(ctx).Raw(countJobs, state, QueueMost).Scan(into).Error; err != nil {
			return q, fmt.Errorf("count jobs: %w", err)
		}
	}
	var oldest []struct{ ScheduledAt time.Time }
	if err := db.read(ctx).Raw(oldestJob, "available", "default", 1).Scan(&oldest).Error; err != nil {
		return q, fmt.Errorf("find the oldest job: %w", err)
	}
	if len(oldest) > 0 {
		q.Oldest = oldest[0].ScheduledAt.UTC()
	}
	return q, nil
}

const (
	countJobs = "SELECT count(*) FROM (SELECT 1 FROM river_job WHERE state = ? LIMIT ?) AS few"
	oldestJob = "SELECT scheduled_at FROM river_job WHERE state = ? AND queue = ? AND priority = ? ORDER BY scheduled_at, id LIMIT 1"
)
