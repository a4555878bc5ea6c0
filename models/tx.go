package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"gorm.io/gorm"
)

// Tx is a DB bound to one transaction. It lives as long as the function given to InTx.
type Tx struct {
	*DB
	ctx  context.Context
	jobs jobTx
}

type txKey struct{}

// InTx runs f in a transaction: committed when f returns nil, rolled back otherwise. When ctx carries
// a transaction already (tx.Context), f joins it and the outer InTx commits. Inside f use tx, never
// the outer DB: on SQLite there is one writer, and it is taken.
func (db *DB) InTx(ctx context.Context, f func(tx *Tx) error) error {
	if tx := carried(ctx); tx != nil {
		return f(tx)
	}
	if db.tx != nil {
		return f(db.tx)
	}
	err := db.begin(ctx, func(handle *gorm.DB, jobs jobTx) error {
		bound := *db
		bound.writer, bound.reader = handle, handle
		tx := &Tx{DB: &bound, jobs: jobs}
		tx.ctx = context.WithValue(ctx, txKey{}, tx)
		bound.tx = tx
		return f(tx)
	})
	// The caller went away before COMMIT: database/sql rolls back by itself, and COMMIT finds no transaction.
	if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil {
		return fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return err
}

// Joined is the DB bound to the transaction that ctx carries, or db itself.
func (db *DB) Joined(ctx context.Context) *DB {
	if tx := carried(ctx); tx != nil {
		return tx.DB
	}
	return db
}

// Context carries the transaction, for callees that begin with InTx or Joined themselves.
func (tx *Tx) Context() context.Context { return tx.ctx }

func carried(ctx context.Context) *Tx {
	tx, _ := ctx.Value(txKey{}).(*Tx)
	return tx
}

func (db *DB) begin(ctx context.Context, f func(handle *gorm.DB, jobs jobTx) error) error {
	if db.dialect == "postgres" {
		return db.beginPostgres(ctx, f)
	}
	return db.beginSQLite(ctx, f)
}
