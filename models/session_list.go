package models

import (
	"context"
)

// Cursor is the place of this session in the list by its beginning.
func (l LiveSession) Cursor() Cursor { return Cursor{l.Session.CreatedAt, l.Session.ID} }

// sessionsFrom narrows the list to an address; empty: from everywhere.
func sessionsFrom(address string) (condition string, values []any) {
	if address == "" {
		return "", nil
	}
	return " AND s.address = ?", []any{address}
}

// SessionsOlder lists the sessions of everybody, or from one address, that come after a place, those that began last first; a nil
// place is the top.
func (db *DB) SessionsOlder(ctx context.Context, address string, than *Cursor, limit int) ([]LiveSession, error) {
	condition, values := sessionsFrom(address)
	if than != nil {
		condition, values = condition+" AND (s.created_at, s.id) < (?, ?)", append(values, than.CreatedAt, than.ID)
	}
	return db.listSessions(ctx, condition+" ORDER BY s.created_at DESC, s.id DESC LIMIT ?", append(values, limit))
}

// SessionsNewer lists those that come before a place, the nearest to it first.
func (db *DB) SessionsNewer(ctx context.Context, address string, than Cursor, limit int) ([]LiveSession, error) {
	condition, values := sessionsFrom(address)
	return db.listSessions(ctx, condition+" AND (s.created_at, s.id) > (?, ?) ORDER BY s.created_at, s.id LIMIT ?", append(values, than.CreatedAt, than.ID, limit))
}

func (db *DB) listSessions(ctx context.Context, condition string, values []any) ([]LiveSession, error) {
	var list []LiveSession
	return list, db.read(ctx).Raw(selectLiveSessions+condition, db.liveNow(true, values...)...).Find(&list).Error
}
