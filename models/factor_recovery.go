package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// StartFactorRecovery notes when a person's factors may be removed and when the first reminder is due. ErrSpent: one runs
// already.
func (db *DB) StartFactorRecovery(ctx context.Context, userID string, at, mailAt time.Time) error {
	return spent(db.write(ctx).Model(&User{}).Where("id = ? AND factor_recovery_at IS NULL", userID).
		Updates(map[string]any{"factor_recovery_at": at, "factor_recovery_mail_at": mailAt}))
}

// FactorRecoveriesDue lists the people whose recovery has a mail due, or has lapsed, at most limit.
func (db *DB) FactorRecoveriesDue(ctx context.Context, limit int) ([]User, error) {
	var list []User
	return list, db.read(ctx).Where("factor_recovery_mail_at <= ?", db.Now()).Order("factor_recovery_mail_at").Limit(limit).Find(&list).Error
}

// PutOffFactorRecovery notes when the mail after the one that is due comes, and when the recovery may be finished. ErrSpent:
// it was stopped, or somebody else sent that mail.
func (db *DB) PutOffFactorRecovery(ctx context.Context, userID string, due, at, mailAt time.Time) error {
	return spent(db.write(ctx).Model(&User{}).Where("id = ? AND factor_recovery_mail_at = ?", userID, due).
		Updates(map[string]any{"factor_recovery_at": at, "factor_recovery_mail_at": mailAt}))
}

// StopFactorRecovery ends the one that runs. ErrSpent: none does.
func (db *DB) StopFactorRecovery(ctx context.Context, userID string) error {
	return spent(db.write(ctx).Model(&User{}).Where("id = ? AND factor_recovery_at IS NOT NULL", userID).
		Updates(map[string]any{"factor_recovery_at": nil, "factor_recovery_mail_at": nil}))
}

// FinishFactorRecovery ends the one whose wait is over, takes every factor but the password, and raises both epochs:
// nothing that was open stays open. ErrSpent: none runs, or it must wait.
func (tx *Tx) FinishFactorRecovery(ctx context.Context, userID string) error {
	err := spent(tx.write(ctx).Model(&User{}).Where("id = ? AND factor_recovery_at <= ?", userID, tx.Now()).Updates(map[string]any{
		"factor_recovery_at": nil, "factor_recovery_mail_at": nil,
		"epoch": gorm.Expr("epoch + 1"), "access_epoch": gorm.Expr("access_epoch + 1"),
	}))
	if err != nil {
		return err
	}
	return tx.DeleteFactorsOf(ctx, userID)
}
