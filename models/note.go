package models

import (
	"context"
	"time"
)

// Note is the example product's row: a person's own short text.
type Note struct {
	ID        string
	UserID    string
	Title     string
	Body      string
	CreatedAt time.Time
}

// Cursor is the place of this note.
func (n Note) Cursor() Cursor { return Cursor{n.CreatedAt, n.ID} }

// CreateNote stores a note and fills in its id and time.
func (db *DB) CreateNote(ctx context.Context, n *Note) error {
	n.ID, n.CreatedAt = NewID(), db.Now()
	return one(db.write(ctx).Create(n).Error)
}

// NotesOlder lists a person's notes that come after a place in the list, newest first; a nil place is
// the top of the list.
func (db *DB) NotesOlder(ctx context.Context, userID string, than *Cursor, limit int) ([]Note, error) {
	var list []Note
	return list, older(db.read(ctx).Where("user_id = ?", userID), than, limit).Find(&list).Error
}

// NotesNewer lists the notes that come before a place in the list, nearest to it first.
func (db *DB) NotesNewer(ctx context.Context, userID string, than Cursor, limit int) ([]Note, error) {
	var list []Note
	return list, newer(db.read(ctx).Where("user_id = ?", userID), than, limit).Find(&list).Error
}
