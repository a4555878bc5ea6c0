package modelstest

import (
	"testing"

	gormsqlite "gorm.io/driver/sqlite"
	"gorm.io/gorm"
	_ "modernc.org/sqlite" // the driver
)

// TwoWrites is one transaction of two inserts with nothing around it, on SQLite with the settings of the product:
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
	if err := db.Exec("CREATE TABLE bare_lines (id INTEGER PRIMARY KEY, text TEXT NOT NULL)").Error; err != nil {
		t.Fatal(err)
	}
	return func() error {
		return db.Transaction(func(tx *gorm.DB) error {
			for range 2 {
				if err := tx.Create(&bareLine{Text: "about as much as a token's row holds: ids, a hash, scopes and times, some two hundred bytes"}).Error; err != nil {
					return err
				}
			}
			return nil
		})
	}
}

type bareLine struct {
	ID   int64
	Text string
}
