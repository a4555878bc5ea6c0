package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// Cursor is the place of this item in its list.
func (item ReviewItem) Cursor() Cursor { return Cursor{item.LastAt, item.ID} }

// Version names the state that a decision is about.
func (item ReviewItem) Version() (string, error) {
	return Version([]any{item.ID, item.State, item.Times, item.LastAt.UnixMicro()})
}

func (db *DB) reviewIn(ctx context.Context, state string) *gorm.DB {
	return db.read(ctx).Where("state = ?", state)
}

func reviewOlder(list *gorm.DB, than *Cursor, limit int) *gorm.DB {
	if than != nil {
		list = list.Where("(last_at, id) < (?, ?)", than.CreatedAt, than.ID)
	}
	return list.Order("last_at DESC, id DESC").Limit(limit)
}

func reviewNewer(list *gorm.DB, than Cursor, limit int) *gorm.DB {
	return list.Where("(last_at, id) > (?, ?)", than.CreatedAt, than.ID).Order("last_at, id").Limit(limit)
}

// ReviewOlder lists what is in a state after a place, what happened last first; a nil place is the top.
func (db *DB) ReviewOlder(ctx context.Context, state string, than *Cursor, limit int) (list []ReviewItem, err error) {
	return list, reviewOlder(db.reviewIn(ctx, state), than, limit).Find(&list).Error
}

// ReviewNewer lists what is in a state before a place, the nearest to it first.
func (db *DB) ReviewNewer(ctx context.Context, state string, than Cursor, limit int) (list []ReviewItem, err error) {
	return list, reviewNewer(db.reviewIn(ctx, state), than, limit).Find(&list).Error
}

// CountReview counts what is open, but no further than most.
func (db *DB) CountReview(ctx context.Context, most int) (n int, err error) {
	return db.countFew(ctx, db.reviewIn(ctx, ReviewOpen).Model(&ReviewItem{}).Limit(most))
}

// ReviewItemByID finds one. Errors: ErrNotFound.
func (db *DB) ReviewItemByID(ctx context.Context, id string) (ReviewItem, error) {
	var item ReviewItem
	return item, one(db.read(ctx).Take(&item, "id = ?", id).Error)
}

// LockReviewItem finds one and keeps others from changing it. Errors: ErrNotFound.
func (tx *Tx) LockReviewItem(ctx context.Context, id string) (ReviewItem, error) {
	var item ReviewItem
	return item, one(tx.forUpdate(ctx).Take(&item, "id = ?", id).Error)
}

// SetReviewAside acknowledges an item, or with a moment snoozes it until then.
func (tx *Tx) SetReviewAside(ctx context.Context, id, operatorID string, until *time.Time) error {
	state := ReviewAcknowledged
	if until != nil {
		state = ReviewSnoozed
	}
	return spent(tx.write(ctx).Model(&ReviewItem{}).Where("id = ?", id).
		Updates(map[string]any{"state": state, "decided_by": operatorID, "decided_at": tx.Now(), "until_at": until}))
}
