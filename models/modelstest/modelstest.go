// Package modelstest opens databases for tests: empty, migrated, gone when the test ends. Each runs a
// test on SQLite and, where TEST_POSTGRES_URL is set, on PostgreSQL.
package modelstest

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/models"
)

// Each runs f on every database this machine has.
func Each(t *testing.T, f func(t *testing.T, db *models.DB)) {
	t.Helper()
	EachWithClock(t, func(t *testing.T, db *models.DB, _ *Clock) { f(t, db) })
}

// EachWithClock is Each with a clock that the test sets.
func EachWithClock(t *testing.T, f func(t *testing.T, db *models.DB, clock *Clock)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		db, clock := OpenWithClock(t)
		f(t, db, clock)
	})
	t.Run("postgres", func(t *testing.T) {
		db, clock := openPostgres(t)
		f(t, db, clock)
	})
}

// URLs gives the address of an empty, migrated database of each kind, for tests that open it themselves.
func URLs(t *testing.T, f func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, SQLiteURL(t)) })
	t.Run("postgres", func(t *testing.T) { f(t, PostgresURL(t)) })
}

// EachInSteps is EachWithClock for tests that do one thing after another. Under the race detector they run on SQLite
// alone: it looks for what goroutines share, which is the same over every database, and makes each run several times
// as long. Tests that race on purpose use EachWithClock.
func EachInSteps(t *testing.T, f func(t *testing.T, db *models.DB, clock *Clock)) {
	t.Helper()
	if !watched {
		EachWithClock(t, f)
		return
	}
	t.Run("sqlite", func(t *testing.T) {
		db, clock := OpenWithClock(t)
		f(t, db, clock)
	})
}

// URLsInSteps is URLs, as EachInSteps is EachWithClock.
func URLsInSteps(t *testing.T, f func(t *testing.T, url string)) {
	t.Helper()
	if !watched {
		URLs(t, f)
		return
	}
	t.Run("sqlite", func(t *testing.T) { f(t, SQLiteURL(t)) })
}

// Open is an empty SQLite database.
func Open(t testing.TB) *models.DB {
	t.Helper()
	db, _ := OpenWithClock(t)
	return db
}

// OpenWithClock is an empty SQLite database and its clock, which stands at the present second until
// the test moves it.
func OpenWithClock(t testing.TB) (*models.DB, *Clock) {
	t.Helper()
	return open(t, SQLiteURL(t))
}

// OpenURL opens a database of URLs.
func OpenURL(t testing.TB, url string) (*models.DB, *Clock) {
	t.Helper()
	return open(t, url)
}

func openPostgres(t testing.TB) (*models.DB, *Clock) {
	t.Helper()
	return open(t, PostgresURL(t))
}

func open(t testing.TB, url string) (*models.DB, *Clock) {
	t.Helper()
	clock := NewClock()
	db, err := models.Open(context.Background(), models.Options{URL: url, Keys: Keys(t), Now: clock.Now, Observe: count})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db, clock
}

// Keys is a key ring of one fixed key.
func Keys(t testing.TB) *models.KeyRing {
	t.Helper()
	ring, err := models.NewKeyRing([][]byte{bytes.Repeat([]byte{7}, 32)})
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// Clock is a time that only the test moves.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock stands at the present second.
func NewClock() *Clock { return &Clock{now: time.Now().UTC().Truncate(time.Second)} }

// Now is the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Add moves the clock.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

type countKey struct{}

// Count counts the SQL statements run under the returned context.
func Count(ctx context.Context) (context.Context, *atomic.Int64) {
	n := new(atomic.Int64)
	return context.WithValue(ctx, countKey{}, n), n
}

func count(ctx context.Context, _ string, _ int64, _ time.Duration, _ error) {
	if n, ok := ctx.Value(countKey{}).(*atomic.Int64); ok {
		n.Add(1)
	}
}

// Race runs f in n goroutines that start together and returns how many gave nil and the other errors.
func Race(n int, f func(i int) error) (won int, lost []error) {
	start, results := make(chan struct{}), make(chan error, n)
	for i := range n {
		go func() {
			<-start
			results <- f(i)
		}()
	}
	close(start)
	for range n {
		if err := <-results; err != nil {
			lost = append(lost, err)
		} else {
			won++
		}
	}
	return won, lost
}

var sqliteTemplate = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "modelstest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "template.db")
	ring, err := models.NewKeyRing([][]byte{bytes.Repeat([]byte{7}, 32)})
	if err != nil {
		return nil, err
	}
	db, err := models.Open(context.Background(), models.Options{URL: "sqlite:" + path, Keys: ring})
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(context.Background()); err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil { // the last connection folds the log into the file
		return nil, err
	}
	return os.ReadFile(path)
})

// SQLiteURL is the address of an empty, migrated SQLite file, a copy of one: migrating takes much longer.
func SQLiteURL(t testing.TB) string {
	t.Helper()
	template, err := sqliteTemplate()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "test.db")
	if err := os.WriteFile(path, template, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}
