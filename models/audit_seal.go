package models

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"
)

// The audit log is a chain that writers do not wait for. They store a digest beside each row, and from time to time one
// seal is put over the rows that have none: over their digests and the seal before it. Both are made under keys that the
// database does not hold. Whoever can write to the tables can add, change or remove a row, but not its digest or its seal.

// sealRows is how many rows a seal covers at most.
const sealRows = 1000

// AuditSeal covers some rows of the audit log and the seal before it.
type AuditSeal struct {
	Number    int64  `gorm:"primaryKey;autoIncrement:false"` // from 1 on, without a gap
	KeyID     string // of the key it was made with
	Events    int    // how many it covers
	FirstAt   time.Time
	LastAt    time.Time
	Previous  []byte // the seal before it; empty in the first
	Seal      []byte
	Stub      []byte // made when retention removed its rows; nil: they are there
	CreatedAt time.Time
}

// sealed is what Seal must be, over the digests of its rows.
func (s AuditSeal) sealed(k auditKey, digests [][]byte) []byte {
	head := []byte("seal")
	for _, n := range []int64{s.Number, int64(s.Events), s.FirstAt.UnixMicro(), s.LastAt.UnixMicro()} {
		head = binary.BigEndian.AppendUint64(head, uint64(n))
	}
	parts := [][]byte{head, binary.BigEndian.AppendUint64(nil, uint64(len(s.Previous))), s.Previous}
	return k.mac(slices.Concat(parts, digests)...)
}

// stubbed is what Stub must be: it stands for the rows that retention removed, which would look stolen otherwise.
func (s AuditSeal) stubbed(k auditKey) []byte {
	return k.mac([]byte("stub"), binary.BigEndian.AppendUint64(nil, uint64(s.Number)), s.Seal)
}

// sealedAtOnce is how many rows one call seals at most.
const sealedAtOnce = 100_000

// SealAudit puts seals over the rows that have none, in the order of time, and says how many rows it sealed. It does not go
// on for as long as others write: as many as were open when it began is enough. Of several nodes at once one does.
func (db *DB) SealAudit(ctx context.Context) (sealed int, err error) {
	open, err := db.countFew(ctx, db.read(ctx).Model(&AuditEvent{}).Where("seal IS NULL").Limit(sealedAtOnce)) // beside the writer: most of the time there is nothing to do
	if err != nil {
		return 0, fmt.Errorf("seal audit log: %w", err)
	}
	if open == 0 {
		return 0, nil
	}
	if err := db.adoptAudit(ctx); err != nil {
		return 0, fmt.Errorf("seal audit log: %w", err)
	}
	for {
		n := 0
		err := db.InTx(ctx, func(tx *Tx) (err error) { n, err = tx.sealNext(ctx); return err })
		if errors.Is(err, ErrTaken) { // another node put the next seal
			return sealed, nil
		}
		if err != nil {
			return sealed, fmt.Errorf("seal audit log: %w", err)
		}
		if sealed += n; n < sealRows || sealed >= open {
			return sealed, nil
		}
	}
}

// sealNext seals at most sealRows rows that have a digest. It takes them as they are: what is wrong with one is for
// VerifyAudit to say, and must not keep the others from being sealed.
func (tx *Tx) sealNext(ctx context.Context) (int, error) {
	var last []AuditSeal
	if err := tx.forUpdate(ctx).Order("number DESC").Limit(1).Find(&last).Error; err != nil {
		return 0, err
	}
	var rows []AuditEvent
	err := tx.write(ctx).Select("id", "created_at", "digest").Where("seal IS NULL AND digest IS NOT NULL").Order("created_at, id").Limit(sealRows).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	key := tx.audit[0]
	next := AuditSeal{
		Number: 1, KeyID: key.ID, Events: len(rows), FirstAt: rows[0].CreatedAt, LastAt: rows[len(rows)-1].CreatedAt,
		Previous: []byte{}, CreatedAt: tx.Now(),
	}
	if len(last) > 0 {
		next.Number, next.Previous = last[0].Number+1, last[0].Seal
	}
	ids, digests := make([]string, len(rows)), make([][]byte, len(rows))
	for i, row := range rows {
		ids[i], digests[i] = row.ID, row.Digest
	}
	next.Seal = next.sealed(key, digests)
	if err := one(tx.write(ctx).Create(&next).Error); err != nil {
		return 0, err
	}
	marked, err := counted(tx.write(ctx).Model(&AuditEvent{}).Where("id IN ? AND seal IS NULL", ids).Update("seal", next.Number))
	if err == nil && int(marked) != len(rows) {
		err = fmt.Errorf("%d of %d rows are still there to be sealed", marked, len(rows))
	}
	return len(rows), err
}

// adoptionTime is how long rows without a digest are taken in after the first seal: nodes of a version that knew none may
// still be at work when the first new one seals.
const adoptionTime = time.Hour

// adopting tells whether rows without a digest are still taken in. Later, such a row was not written by the program.
func (db *DB) adopting(ctx context.Context) (bool, error) {
	var first []AuditSeal
	if err := db.write(ctx).Where("number = 1").Find(&first).Error; err != nil || len(first) == 0 {
		return err == nil, err
	}
	return db.Now().Before(first[0].CreatedAt.Add(adoptionTime)), nil
}

// adoptAudit gives digests to the rows from before there were any.
func (db *DB) adoptAudit(ctx context.Context) error {
	if adopting, err := db.adopting(ctx); err != nil || !adopting {
		return err
	}
	for {
		adopted := 0
		err := db.InTx(ctx, func(tx *Tx) (err error) { adopted, err = tx.adoptSome(ctx); return err })
		if err != nil || adopted == 0 {
			return err
		}
	}
}

func (tx *Tx) adoptSome(ctx context.Context) (int, error) {
	var rows []AuditEvent
	if err := tx.forUpdate(ctx).Where("seal IS NULL AND digest IS NULL").Order("created_at, id").Limit(sealRows).Find(&rows).Error; err != nil {
		return 0, err
	}
	for _, row := range rows {
		digest, err := row.digest(tx.audit[0])
		if err != nil {
			return 0, err
		}
		if err := spent(tx.write(ctx).Model(&AuditEvent{}).Where("id = ? AND digest IS NULL", row.ID).Update("digest", digest)); err != nil {
			return 0, err
		}
	}
	return len(rows), nil
}

// SweepAudit removes the rows of every seal that covers none younger than keep, and says how many went. Seals go whole
// and leave a stub, so that the chain still holds. The error may be an AuditBreak: a seal that does not hold stays, with
// its rows and all that came after it. Otherwise whoever makes a seal look old would have its rows removed by the program.
func (db *DB) SweepAudit(ctx context.Context, keep time.Duration) (removed int64, err error) {
	for {
		var swept bool
		err := db.InTx(ctx, func(tx *Tx) (err error) {
			var rows int64
			swept, rows, err = tx.sweepSeal(ctx, tx.Now().Add(-keep))
			removed += rows
			return err
		})
		if err != nil {
			return removed, fmt.Errorf("sweep audit log: %w", err)
		}
		if !swept {
			return removed, nil
		}
	}
}

// CountAuditBefore counts the rows that are older than a moment, up to one more than most.
func (db *DB) CountAuditBefore(ctx context.Context, before time.Time, most int) (n int, err error) {
	return db.countFew(ctx, db.read(ctx).Model(&AuditEvent{}).Where("created_at < ?", before).Limit(most+1))
}

// sweepSeal removes the rows of the oldest seal whose rows are all older than a moment.
func (tx *Tx) sweepSeal(ctx context.Context, before time.Time) (swept bool, removed int64, err error) {
	var old []AuditSeal
	err = tx.forUpdate(ctx).Where("stub IS NULL AND last_at < ?", before).Order("number").Limit(1).Find(&old).Error
	if err != nil || len(old) == 0 {
		return false, 0, err
	}
	seal, v := old[0], auditVerifier{db: tx.DB, keys: tx.audit}
	rows, err := v.rows(ctx, seal.Number)
	if err != nil {
		return false, 0, err
	}
	if err := v.cover(seal, rows); err != nil {
		return false, 0, err
	}
	if removed, err = counted(tx.write(ctx).Where("seal = ?", seal.Number).Delete(&AuditEvent{})); err != nil {
		return false, 0, err
	}
	stub := seal.stubbed(tx.audit[0])
	return true, removed, spent(tx.write(ctx).Model(&AuditSeal{}).Where("number = ? AND stub IS NULL", seal.Number).Update("stub", stub))
}
