package models

import (
	"context"

	"gorm.io/gorm"
)

// ReviewStatements are the list of what needs a person in a state, in one direction and in the other, and its number.
func (db *DB) ReviewStatements(ctx context.Context, state string, place Cursor) (list []Statement) {
	for _, query := range []*gorm.DB{
		reviewOlder(db.reviewIn(ctx, state), nil, 26), reviewOlder(db.reviewIn(ctx, state), &place, 26), reviewNewer(db.reviewIn(ctx, state), place, 26),
		db.reviewIn(ctx, state).Select("1").Limit(100),
	} {
		made := query.Session(&gorm.Session{DryRun: true}).Find(&[]ReviewItem{}).Statement
		list = append(list, Statement{made.SQL.String(), made.Vars})
	}
	return list
}

// VerifyRest is the end of a check that has counted so many seals.
func (db *DB) VerifyRest(ctx context.Context, last int64) error {
	v := auditVerifier{db: db, keys: db.audit}
	return v.rest(ctx, last)
}
