package models

import (
	"context"

	"gorm.io/gorm"
)

// JobStatements are the walks of a filter of the queue, in one direction and in the other, from the top and from a place on.
func (db *DB) JobStatements(ctx context.Context, f JobFilter, than int64) (list []Statement) {
	for _, state := range riverStates[f.State] {
		for _, jobs := range []*gorm.DB{
			jobsBelow(db.jobsIn(ctx, f, state), 0, 26), jobsBelow(db.jobsIn(ctx, f, state), than, 26), jobsAbove(db.jobsIn(ctx, f, state), than, 26),
		} {
			made := jobs.Session(&gorm.Session{DryRun: true}).Select("id").Find(&[]int64{}).Statement
			list = append(list, Statement{made.SQL.String(), made.Vars})
		}
	}
	return list
}

// BatchStatements are the walks of the list of batches.
func (db *DB) BatchStatements(ctx context.Context, place Cursor) (list []Statement) {
	for _, query := range []*gorm.DB{older(db.read(ctx), nil, 26), older(db.read(ctx), &place, 26), newer(db.read(ctx), place, 26)} {
		made := query.Session(&gorm.Session{DryRun: true}).Find(&[]Batch{}).Statement
		list = append(list, Statement{made.SQL.String(), made.Vars})
	}
	return list
}
