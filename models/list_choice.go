package models

import (
	"context"

	"gorm.io/gorm/clause"
)

// ListChoice is how an operator had a list drawn last.
type ListChoice struct {
	UserID  string `gorm:"primaryKey"`
	List    string `gorm:"primaryKey"`
	Sort    string
	PerPage int
	Columns string // as in the address of the list; empty: all
}

// ListChoiceOf finds what somebody chose for a list. ErrNotFound: nothing yet.
func (db *DB) ListChoiceOf(ctx context.Context, userID, list string) (ListChoice, error) {
	var c ListChoice
	return c, one(db.read(ctx).Take(&c, "user_id = ? AND list = ?", userID, list).Error)
}

// ChooseList keeps what somebody chose for a list, in place of what they chose before.
func (db *DB) ChooseList(ctx context.Context, c ListChoice) error {
	return one(db.write(ctx).Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "user_id"}, {Name: "list"}}, DoUpdates: clause.AssignmentColumns([]string{"sort", "per_page", "columns"}),
	}).Create(&c).Error)
}
