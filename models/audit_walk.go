package models

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"
)

// AuditOlder lists the events that come after a place in the list, newest first; a nil place is the top. Errors:
// ErrWideNetwork.
func (db *DB) AuditOlder(ctx context.Context, f AuditFilter, than *Cursor, limit int) ([]AuditEvent, error) {
	return db.auditPage(ctx, f, limit, func(list *gorm.DB, place *Cursor) *gorm.DB {
		if place == nil {
			place = than
		}
		return older(list, place, limit)
	}, newestFirst)
}

// AuditNewer lists the events that come before a place in the list, nearest to it first. Errors: ErrWideNetwork.
func (db *DB) AuditNewer(ctx context.Context, f AuditFilter, than Cursor, limit int) ([]AuditEvent, error) {
	return db.auditPage(ctx, f, limit, func(list *gorm.DB, place *Cursor) *gorm.DB {
		if place == nil {
			place = &than
		}
		return newer(list, *place, limit)
	}, func(a, b Cursor) int { return newestFirst(b, a) })
}

func (db *DB) auditPage(ctx context.Context, f AuditFilter, limit int, step func(*gorm.DB, *Cursor) *gorm.DB, order func(a, b Cursor) int) ([]AuditEvent, error) {
	walk, err := db.auditWalk(ctx, f, step, order)
	if err != nil {
		return nil, err
	}
	rows, _, err := walk.take(ctx, limit)
	return rows, err
}

// newestFirst is the order of the list.
func newestFirst(a, b Cursor) int {
	return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID))
}

// auditWalk merges walks along indexes into one list. An event that several of them meet is in it once.
type auditWalk struct {
	db       *DB
	branches []*auditBranch
	order    func(a, b Cursor) int
}

// auditBranch is one walk: the places it has seen and the list has not.
type auditBranch struct {
	list  *gorm.DB
	step  func(list *gorm.DB, place *Cursor) *gorm.DB
	place *Cursor // nil: not begun
	ahead []Cursor
	ended bool
}

func (db *DB) auditWalk(ctx context.Context, f AuditFilter, step func(*gorm.DB, *Cursor) *gorm.DB, order func(a, b Cursor) int) (*auditWalk, error) {
	lists, err := db.auditBranches(ctx, f)
	if err != nil {
		return nil, err
	}
	return newAuditWalk(db, lists, step, order), nil
}

func newAuditWalk(db *DB, lists []*gorm.DB, step func(*gorm.DB, *Cursor) *gorm.DB, order func(a, b Cursor) int) *auditWalk {
	walk := &auditWalk{db: db, order: order}
	for _, list := range lists {
		walk.branches = append(walk.branches, &auditBranch{list: list, step: step})
	}
	return walk
}

// take reads the next events, at most n, and tells whether there may be more. Only places are merged; the rows are read
// once it is known which. One that retention removed in between is not among them.
func (w *auditWalk) take(ctx context.Context, n int) (rows []AuditEvent, more bool, err error) {
	var ids []string
	for len(ids) < n {
		next, err := w.next()
		if err != nil {
			return nil, false, fmt.Errorf("search audit log: %w", err)
		}
		if next == nil {
			break
		}
		ids = append(ids, next.ID)
	}
	if err := w.db.read(ctx).Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, false, fmt.Errorf("search audit log: %w", err)
	}
	slices.SortFunc(rows, func(a, b AuditEvent) int { return w.order(a.Cursor(), b.Cursor()) })
	return rows, len(ids) == n, nil
}

// next is the next place of all branches, which each of them leaves behind; nil at the end.
func (w *auditWalk) next() (next *Cursor, err error) {
	for _, b := range w.branches {
		if err := b.look(w.order); err != nil {
			return nil, err
		}
		if len(b.ahead) > 0 && (next == nil || w.order(b.ahead[0], *next) < 0) {
			next = &b.ahead[0]
		}
	}
	if next == nil {
		return nil, nil
	}
	for _, b := range w.branches {
		if len(b.ahead) > 0 && w.order(b.ahead[0], *next) == 0 {
			b.ahead = b.ahead[1:]
		}
	}
	return next, nil
}

// look sees to it that something is ahead, unless the branch has ended. A row whose time is spelled as the program spells
// none can come again and again: what does not lead on is the end.
func (b *auditBranch) look(order func(a, b Cursor) int) error {
	if len(b.ahead) > 0 || b.ended {
		return nil
	}
	var rows []AuditEvent
	if err := b.step(b.list.Select("id", "created_at"), b.place).Find(&rows).Error; err != nil {
		return err
	}
	for _, row := range rows {
		if place := row.Cursor(); b.place == nil || order(*b.place, place) < 0 {
			b.ahead, b.place = append(b.ahead, place), &place
		}
	}
	b.ended = len(b.ahead) == 0
	return nil
}
