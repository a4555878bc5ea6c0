package models

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"
)

// scanEach runs a SELECT and calls row after each row was put into dest. It is for millions of rows: GORM looks up each field
// by reflection, and database/sql keeps each value twice, which PostgreSQL's own driver does not.
func (db *DB) scanEach(ctx context.Context, list *gorm.DB, dest []any, row func() error) error {
	list = list.WithContext(ctx)
	if db.pool != nil {
		query := list.Session(&gorm.Session{DryRun: true}).Find(&[]map[string]any{}).Statement
		rows, err := db.pool.Query(ctx, query.SQL.String(), query.Vars...)
		if err != nil {
			return err
		}
		_, err = pgx.ForEachRow(rows, dest, row)
		return err
	}
	rows, err := list.Rows()
	if err != nil {
		return err
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return errors.Join(err, rows.Close())
		}
		if err := row(); err != nil {
			return errors.Join(err, rows.Close())
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}
