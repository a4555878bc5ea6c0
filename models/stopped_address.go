package models

import (
	"context"
	"time"
)

// StoppedAddress is one that nothing is sent to.
type StoppedAddress struct {
	ID        string
	Address   string
	Reason    string
	StoppedBy string // the operator's id; empty: the command line
	CreatedAt time.Time
}

// Cursor is the place of this address in the list of all.
func (s StoppedAddress) Cursor() Cursor { return Cursor{s.CreatedAt, s.ID} }

// StopAddress keeps mails from an address, and fills in id and time. ErrTaken: they are already.
func (db *DB) StopAddress(ctx context.Context, s *StoppedAddress) error {
	s.ID, s.CreatedAt = NewID(), db.Now()
	return one(db.write(ctx).Create(s).Error)
}

// AllowAddress lets mails go to an address again. ErrSpent: they do.
func (db *DB) AllowAddress(ctx context.Context, id string) error {
	return spent(db.write(ctx).Where("id = ?", id).Delete(&StoppedAddress{}))
}

// StoppedAddressOf finds the row of an address. ErrNotFound: mails go to it.
func (db *DB) StoppedAddressOf(ctx context.Context, address string) (StoppedAddress, error) {
	var s StoppedAddress
	return s, one(db.read(ctx).Where("address = ?", address).Take(&s).Error)
}

// StoppedOlder lists the addresses that come after a place, the newest first; a nil place is the top.
func (db *DB) StoppedOlder(ctx context.Context, than *Cursor, limit int) ([]StoppedAddress, error) {
	var list []StoppedAddress
	return list, older(db.read(ctx), than, limit).Find(&list).Error
}

// StoppedNewer lists those that come before a place, the nearest to it first.
func (db *DB) StoppedNewer(ctx context.Context, than Cursor, limit int) ([]StoppedAddress, error) {
	var list []StoppedAddress
	return list, newer(db.read(ctx), than, limit).Find(&list).Error
}
