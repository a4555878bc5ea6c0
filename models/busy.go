package models

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// lockPatience is how long a statement waits for what somebody else holds, in milliseconds; on both databases.
const lockPatience = "5000"

// IsBusy tells whether an error says that others had the database: a lock was not free in time, a deadlock had
// to end, all connections were taken, or the request's time ran out while it waited. Its transaction was rolled
// back, so the same request may succeed later. It is not tried again here: locks are taken in one order, and who
// has waited for seconds should not make others wait as well.
func IsBusy(err error) bool {
	var ofPostgres *pgconn.PgError
	if errors.As(err, &ofPostgres) {
		switch ofPostgres.Code {
		case "40001", "40P01", "55P03", "53300": // serialization, deadlock, lock not available, too many connections
			return true
		}
	}
	var ofSQLite *sqlite.Error
	if errors.As(err, &ofSQLite) {
		primary := ofSQLite.Code() & 0xff // the rest of the code says which lock it was
		return primary == sqlite3.SQLITE_BUSY || primary == sqlite3.SQLITE_LOCKED
	}
	return errors.Is(err, context.DeadlineExceeded)
}
