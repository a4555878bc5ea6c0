package models

import (
	"context"
	"fmt"
)

// OpenRowsMax is how far rows without a seal are counted.
const OpenRowsMax = 10_000

// AuditChain is how far the audit log is sealed.
type AuditChain struct {
	Last *AuditSeal // nil: there is none
	Open int        // rows that no seal covers yet, at most OpenRowsMax + 1
}

// AuditChain looks at the newest seal and counts what it does not cover. It checks nothing: VerifyAudit does.
func (db *DB) AuditChain(ctx context.Context) (chain AuditChain, err error) {
	var last []AuditSeal
	if err := db.read(ctx).Order("number DESC").Limit(1).Find(&last).Error; err != nil {
		return chain, fmt.Errorf("look at the newest seal: %w", err)
	}
	if len(last) > 0 {
		chain.Last = &last[0]
	}
	open := db.read(ctx).Model(&AuditEvent{}).Select("id").Where("seal IS NULL").Limit(OpenRowsMax + 1)
	var n int64
	if err := db.read(ctx).Table("(?) AS open_rows", open).Count(&n).Error; err != nil {
		return chain, fmt.Errorf("count rows without a seal: %w", err)
	}
	chain.Open = int(n)
	return chain, nil
}

// AuditSealByNumber finds a seal. Errors: ErrNotFound.
func (db *DB) AuditSealByNumber(ctx context.Context, number int64) (AuditSeal, error) {
	var seal AuditSeal
	return seal, one(db.read(ctx).Take(&seal, "number = ?", number).Error)
}
