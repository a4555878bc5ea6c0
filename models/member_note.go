package models

import (
	"context"
	"time"
)

// MemberNote is what an operator wrote down about a member, for other operators.
type MemberNote struct {
	ID        string
	MemberID  string
	AuthorID  string // an operator's, who may be none any more
	Body      string
	CreatedAt time.Time
}

// Cursor is the place of this note.
func (n MemberNote) Cursor() Cursor { return Cursor{n.CreatedAt, n.ID} }

// CreateMemberNote stores a note and fills in its id and time.
func (db *DB) CreateMemberNote(ctx context.Context, n *MemberNote) error {
	n.ID, n.CreatedAt = NewID(), db.Now()
	return one(db.write(ctx).Create(n).Error)
}

// MemberNoteByID finds a note about a member.
func (db *DB) MemberNoteByID(ctx context.Context, memberID, id string) (MemberNote, error) {
	var n MemberNote
	return n, one(db.read(ctx).Where("id = ? AND member_id = ?", id, memberID).Take(&n).Error)
}

// DeleteMemberNote removes a note. ErrSpent: it is gone.
func (db *DB) DeleteMemberNote(ctx context.Context, id string) error {
	return spent(db.write(ctx).Where("id = ?", id).Delete(&MemberNote{}))
}

// MemberNotesOlder lists the notes about a member that come after a place, the newest first; a nil place is the top.
func (db *DB) MemberNotesOlder(ctx context.Context, memberID string, than *Cursor, limit int) ([]MemberNote, error) {
	var list []MemberNote
	return list, older(db.read(ctx).Where("member_id = ?", memberID), than, limit).Find(&list).Error
}

// MemberNotesNewer lists those that come before a place, the nearest to it first.
func (db *DB) MemberNotesNewer(ctx context.Context, memberID string, than Cursor, limit int) ([]MemberNote, error) {
	var list []MemberNote
	return list, newer(db.read(ctx).Where("member_id = ?", memberID), than, limit).Find(&list).Error
}
