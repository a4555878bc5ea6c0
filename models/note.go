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

// NoteCursor is a place between two notes of a list.
type NoteCursor struct {
	CreatedAt time.Time
	ID        string
}

// Cursor is the place of this note.
func (n Note) Cursor() NoteCursor { return NoteCursor{n.CreatedAt, n.ID} }

// CreateNote stores a note and fills in its id and time.
func (db *DB) CreateNote(ctx context.Context, n *Note) error {
	n.ID, n.CreatedAt = NewID(), db.Now()
	return one(db.write(ctx).Create(n).Error)
}

// NotesOlder lists a person's notes that come after a place in the list, newest first; a nil place is
// the top of the list.
func (db *DB) NotesOlder(ctx context.Context, userID string, than *NoteCursor, limit int) ([]Note, error) {
	query := db.read(ctx).Where("user_id = ?", userID).Order("created_at DESC, id DESC").Limit(limit)
	if than != nil {
		query = query.Where("(created_at, id) < (?, ?)", than.CreatedAt, than.ID)
	}
	var list []Note
	return list, query.Find(&list).Error
}

// NotesNewer lists the notes that come before a place in the list, nearest to it first.
func (db *DB) NotesNewer(ctx context.Context, userID string, than NoteCursor, limit int) ([]Note, error) {
	var list []Note
	err := db.read(ctx).Where("user_id = ? AND (created_at, id) > (?, ?)", userID, than.CreatedAt, than.ID).
		Order("created_at, id").Limit(limit).Find(&list).Error
	return list, err
}
