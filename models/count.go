package models

import (
	"context"

	"gorm.io/gorm"
)

// countFew counts the rows of a query, which says itself how many are enough: no count walks a whole table.
func (db *DB) countFew(ctx context.Context, few *gorm.DB) (n int, err error) {
	return n, db.read(ctx).Raw("SELECT count(*) FROM (?) AS few", few.Select("1")).Scan(&n).Error
}
