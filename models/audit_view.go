package models

import (
	"context"
	"time"
)

// AuditView is a search of the audit log that an operator keeps under a name.
type AuditView struct {
	ID        string
	OwnerID   string
	Name      string // one of that name for each owner
	Query     string // of the address
	Shared    bool   // with all operators
	Preferred bool   // what its owner sees first; one at most
	CreatedAt time.Time
}

// AuditViews are an operator's own views and those shared by others, by name.
func (db *DB) AuditViews(ctx context.Context, ownerID string) (own, shared []AuditView, err error) {
	if err := db.read(ctx).Where("owner_id = ?", ownerID).Order("name").Find(&own).Error; err != nil {
		return nil, nil, err
	}
	return own, shared, db.read(ctx).Where("shared AND owner_id <> ?", ownerID).Order("name, id").Find(&shared).Error
}

// PreferredAuditView finds what an operator sees first. Errors: ErrNotFound.
func (db *DB) PreferredAuditView(ctx context.Context, ownerID string) (AuditView, error) {
	var v AuditView
	return v, one(db.read(ctx).Take(&v, "owner_id = ? AND preferred", ownerID).Error)
}

// CountAuditViews counts an operator's own views and those that anybody shares.
func (tx *Tx) CountAuditViews(ctx context.Context, ownerID string) (own, shared int64, err error) {
	if err := tx.write(ctx).Model(&AuditView{}).Where("owner_id = ?", ownerID).Count(&own).Error; err != nil {
		return 0, 0, err
	}
	return own, shared, tx.write(ctx).Model(&AuditView{}).Where("shared").Count(&shared).Error
}

// CreateAuditView keeps a view; a preferred one takes the place of the one before. Errors: ErrTaken: the owner has one of
// that name.
func (tx *Tx) CreateAuditView(ctx context.Context, v *AuditView) error {
	if v.Preferred {
		if err := tx.write(ctx).Model(&AuditView{}).Where("owner_id = ? AND preferred", v.OwnerID).Update("preferred", false).Error; err != nil {
			return err
		}
	}
	v.ID, v.CreatedAt = NewID(), tx.Now()
	return one(tx.write(ctx).Create(v).Error)
}

// RemoveAuditView removes a view of an owner and gives it back. Errors: ErrNotFound.
func (tx *Tx) RemoveAuditView(ctx context.Context, ownerID, id string) (AuditView, error) {
	var v AuditView
	if err := one(tx.write(ctx).Take(&v, "id = ? AND owner_id = ?", id, ownerID).Error); err != nil {
		return v, err
	}
	return v, spent(tx.write(ctx).Delete(&AuditView{}, "id = ? AND owner_id = ?", id, ownerID))
}
