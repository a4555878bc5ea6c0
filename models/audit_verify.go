package models

import (
	"bytes"
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"slices"
	"time"
)

// AuditBreak is the first place where the audit log is not what the program wrote.
type AuditBreak struct {
	Seal            int64     // 0: no seal covers the row yet
	EventID         string    // of a row that was changed, or that the program did not write; empty: the fault is the seal's
	FirstAt, LastAt time.Time // the range of the seal
	Finding         string    // a sentence without its stop
}

func (b AuditBreak) Error() string {
	if b.Seal == 0 {
		return b.Finding
	}
	return fmt.Sprintf("seal %d: %s", b.Seal, b.Finding)
}

// AuditCheck is what a verification has seen.
type AuditCheck struct {
	Seals, Events int
	Unsealed      int       // rows that no seal covers yet
	SealedUntil   time.Time // the newest row under a seal; zero: there is none
	Head          []byte    // the newest seal. Kept elsewhere, it also shows that the end was not cut off
}

// VerifyAudit checks the newest seals, or with 0 all, in the order of time, and then the rows without a seal. The error is
// an AuditBreak, the first there is, or a fault of the database.
func (db *DB) VerifyAudit(ctx context.Context, newest int64) (AuditCheck, error) {
	v := auditVerifier{db: db, keys: db.audit}
	if err := v.verify(ctx, newest); err != nil {
		return v.check, fmt.Errorf("verify audit log: %w", err)
	}
	return v.check, nil
}

type auditVerifier struct {
	db    *DB
	keys  []auditKey
	check AuditCheck
}

func (v *auditVerifier) verify(ctx context.Context, newest int64) error {
	last, err := v.lastNumber(ctx)
	if err != nil {
		return err
	}
	first := int64(1)
	if newest > 0 {
		first = max(1, last-newest+1)
	}
	var before *AuditSeal
	for number := first; number <= last; number++ {
		if before, err = v.seal(ctx, number, before); err != nil {
			return err
		}
	}
	return v.rest(ctx, last)
}

func (v *auditVerifier) lastNumber(ctx context.Context) (int64, error) {
	var last []AuditSeal
	if err := v.db.read(ctx).Select("number").Order("number DESC").Limit(1).Find(&last).Error; err != nil || len(last) == 0 {
		return 0, err
	}
	return last[0].Number, nil
}

// seal checks one seal, its rows, and that it continues the one before it.
func (v *auditVerifier) seal(ctx context.Context, number int64, before *AuditSeal) (*AuditSeal, error) {
	var seal AuditSeal
	err := one(v.db.read(ctx).Take(&seal, "number = ?", number).Error)
	if errors.Is(err, ErrNotFound) {
		return nil, AuditBreak{Seal: number, Finding: "it is missing"}
	}
	if err != nil {
		return nil, err
	}
	if before != nil && !bytes.Equal(seal.Previous, before.Seal) || number == 1 && len(seal.Previous) > 0 {
		return nil, seal.broken("it does not continue the one before it")
	}
	rows, err := v.rows(ctx, number)
	if err != nil {
		return nil, err
	}
	check := v.cover
	if seal.Stub != nil {
		check = v.stub
	}
	if err := check(seal, rows); err != nil {
		return nil, err
	}
	v.check.Seals, v.check.Events, v.check.SealedUntil, v.check.Head = v.check.Seals+1, v.check.Events+len(rows), seal.LastAt, seal.Seal
	return &seal, nil
}

func (v *auditVerifier) rows(ctx context.Context, number int64) (rows []AuditEvent, err error) {
	return rows, v.db.read(ctx).Where("seal = ?", number).Order("created_at, id").Find(&rows).Error
}

func (s AuditSeal) broken(finding string) AuditBreak {
	return AuditBreak{Seal: s.Number, FirstAt: s.FirstAt, LastAt: s.LastAt, Finding: finding}
}

// stub checks a seal whose rows retention removed. Which key made the stub is not written down; there are few.
func (v *auditVerifier) stub(seal AuditSeal, rows []AuditEvent) error {
	made := slices.ContainsFunc(v.keys, func(k auditKey) bool { return hmac.Equal(seal.Stub, seal.stubbed(k)) })
	if !made || len(rows) > 0 {
		return seal.broken("its rows were not removed by retention")
	}
	return nil
}

// cover checks a seal against the rows that name it: first each row for itself, then that these are the rows.
func (v *auditVerifier) cover(seal AuditSeal, rows []AuditEvent) error {
	digests := make([][]byte, len(rows))
	for i, row := range rows {
		if !row.digested(v.keys) {
			changed := seal.broken("row " + row.ID + " is not what the program wrote")
			changed.EventID = row.ID
			return changed
		}
		digests[i] = row.Digest
	}
	if len(rows) != seal.Events {
		return seal.broken(fmt.Sprintf("it covers %d rows, and %d are there", seal.Events, len(rows)))
	}
	i := slices.IndexFunc(v.keys, func(k auditKey) bool { return k.ID == seal.KeyID })
	if i < 0 {
		return seal.broken("no key of SECRET_KEY made it")
	}
	if !hmac.Equal(seal.Seal, seal.sealed(v.keys[i], digests)) {
		return seal.broken("its rows or their order are not what was sealed")
	}
	return nil
}

// rest checks the rows that no seal covers yet, and that none names a seal to come.
func (v *auditVerifier) rest(ctx context.Context, last int64) error {
	var strays []AuditEvent
	// A seal that was put since the last was counted is there.
	if err := v.db.read(ctx).Where("(seal > ? OR seal < 1) AND NOT EXISTS (SELECT 1 FROM audit_seals WHERE audit_seals.number = audit_events.seal)", last).Order("created_at, id").Limit(1).Find(&strays).Error; err != nil {
		return err
	}
	if len(strays) > 0 {
		return AuditBreak{Seal: *strays[0].Seal, EventID: strays[0].ID, Finding: "row " + strays[0].ID + " names it, and it is not there"}
	}
	adopting, err := v.db.adopting(ctx)
	if err != nil {
		return err
	}
	for place := (Cursor{}); ; {
		var rows []AuditEvent
		if err := newer(v.db.read(ctx).Where("seal IS NULL"), place, sealRows).Find(&rows).Error; err != nil {
			return err
		}
		for _, row := range rows {
			waits := adopting && row.Digest == nil // from before there were digests
			if !waits && !row.digested(v.keys) {
				return AuditBreak{EventID: row.ID, Finding: "row " + row.ID + " is not what the program wrote"}
			}
		}
		if v.check.Unsealed += len(rows); len(rows) < sealRows {
			return nil
		}
		place = rows[len(rows)-1].Cursor()
	}
}
