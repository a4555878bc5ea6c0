// Package models holds the tables and is the only code that speaks to the database.
//
// One file per table: the row struct and the queries on it, as methods of *DB. Open gives the same
// behaviour on SQLite and PostgreSQL; what differs between the two is in sqlite.go and postgres.go.
//
//   - InTx is the only way to write more than one row. Inside it, tx.Audit writes the audit log,
//     tx.Enqueue the job queue and tx.SendMail a mail, all or nothing with the rows.
//   - What may be used once is used by a guarded UPDATE whose affected rows are counted (ErrSpent).
//   - Random tokens are stored as Digest, columns that must be read back are sealed by the KeyRing.
//   - Times are UTC with microseconds. Lists page by keyset, never by offset.
//
// The package knows nothing of people's factors, OAuth, HTML or HTTP.
package models
