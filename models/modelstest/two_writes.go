package modelstest

import (
	"testing"
	"time"

	gormsqlite "gorm.io/driver/sqlite"
	"gorm.io/gorm"

	"latchkey/models"
	_ "modernc.org/sqlite" // the driver
)

// TwoWrites is one transaction of two rows like an access token's, on SQLite with the settings of the product:
// what a request that writes can be measured against.
func TwoWrites(t *testing.T) func() error {
	t.Helper()
	dsn := "file:" + t.TempDir() + "/bare.db?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_txlock=immediate"
	db, err := gorm.Open(gormsqlite.Dialector{DriverName: "sqlite", DSN: dsn}, &gorm.Config{SkipDefaultTransaction: true})
	if err != nil {
		t.Fatal(err)
	}
	pool, err := db.DB()
	if err != nil {
		t.Fatal(err)
	}
	pool.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = pool.Close() })
	if err := db.Exec(`CREATE TABLE bare_tokens (id TEXT PRIMARY KEY, hash BLOB NOT NULL UNIQUE, grant_id TEXT NOT NULL,
		scopes TEXT NOT NULL, created_at DATETIME NOT NULL, expires_at DATETIME NOT NULL);
		CREATE INDEX bare_tokens_grant ON bare_tokens (grant_id);
		CREATE INDEX bare_tokens_expiry ON bare_tokens (expires_at)`).Error; err != nil {
		t.Fatal(err)
	}
	return func() error {
		return db.Transaction(func(tx *gorm.DB) error {
			for range 2 {
				id, now := models.NewID(), time.Now()
				row := bareToken{id, models.Digest(id), "01arz3ndektsv4rrffq69g5fav", `["notes:read"]`, now, now.Add(time.Hour)}
				if err := tx.Create(&row).Error; err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// bareToken is a row like an access token's: as wide, with as many indexes.
type bareToken struct {
	ID        string
	Hash      []byte
	GrantID   string
	Scopes    string
	CreatedAt time.Time
	ExpiresAt time.Time
}
