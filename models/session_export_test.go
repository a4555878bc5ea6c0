package models

import (
	"context"

	"gorm.io/gorm"
)

// SessionStatements are the walks of a filter of sessions: from the top, from a place on, and back.
func (db *DB) SessionStatements(ctx context.Context, f SessionFilter, place Cursor) (list []Statement, err error) {
	walks, err := db.sessionWalks(ctx, f)
	for _, w := range walks {
		for _, step := range []func(sessionWalk) (string, []any){afterPlace(nil, 26), afterPlace(&place, 26), beforePlace(place, 26)} {
			condition, values := step(w)
			made := db.read(ctx).Session(&gorm.Session{DryRun: true}).Raw(w.sql+condition, append(w.values, values...)...).Find(&[]Cursor{}).Statement
			list = append(list, Statement{made.SQL.String(), made.Vars})
		}
	}
	return list, err
}
