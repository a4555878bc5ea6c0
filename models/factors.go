package models

import (
	"context"
	"time"
)

// Factors is what an account can prove in a second step, counted.
type Factors struct {
	Authenticators int
	Passkeys       int // made for the host that was asked about
}

// Any tells whether there is something to ask for.
func (f Factors) Any() bool { return f.Authenticators+f.Passkeys > 0 }

const countFactors = `(SELECT count(*) FROM authenticators WHERE authenticators.user_id = users.id) AS authenticators,
	(SELECT count(*) FROM passkeys WHERE passkeys.user_id = users.id AND passkeys.rp_id = ?) AS passkeys`

// FactorsOf counts a person's factors as they are now; of passkeys, those made for a host. ErrNotFound: there is no such
// person.
func (db *DB) FactorsOf(ctx context.Context, userID, rpID string) (Factors, error) {
	var f Factors
	return f, one(db.read(ctx).Raw("SELECT "+countFactors+" FROM users WHERE users.id = ?", rpID, userID).Take(&f).Error)
}

// UserAndFactors finds the person with an address in its normal form and counts their factors (see FactorsOf), in one
// statement.
func (db *DB) UserAndFactors(ctx context.Context, email, rpID string) (User, Factors, error) {
	var row struct {
		User    User    `gorm:"embedded"`
		Factors Factors `gorm:"embedded"`
	}
	err := one(db.read(ctx).Raw("SELECT users.*, "+countFactors+" FROM users WHERE users.email = ?", rpID, email).Take(&row).Error)
	return row.User, row.Factors, err
}

// SetSecondFactorDue notes until when a person may do without a second factor. ErrSpent: it was noted before.
func (db *DB) SetSecondFactorDue(ctx context.Context, userID string, at time.Time) error {
	return spent(db.write(ctx).Model(&User{}).Where("id = ? AND second_factor_due_at IS NULL", userID).Update("second_factor_due_at", at))
}

// ForgetSecondFactorDue lets the time run anew that a person may do without a second factor.
func (db *DB) ForgetSecondFactorDue(ctx context.Context, userID string) error {
	return db.setUser(ctx, userID, map[string]any{"second_factor_due_at": nil})
}

// DeleteFactorsOf takes every factor but the password from a person, the recovery codes too. Trust in browsers goes with the
// epoch.
func (tx *Tx) DeleteFactorsOf(ctx context.Context, userID string) error {
	if err := tx.write(ctx).Where("user_id = ?", userID).Delete(&Authenticator{}).Error; err != nil {
		return err
	}
	if err := tx.write(ctx).Where("user_id = ?", userID).Delete(&Passkey{}).Error; err != nil {
		return err
	}
	return tx.DeleteRecoveryCodes(ctx, userID)
}

// CountWithoutFactors counts the people who have nothing for a second step (see FactorsOf): operators, or members. It looks at
// no more than most of them, those who joined last.
func (db *DB) CountWithoutFactors(ctx context.Context, rpID string, operators bool, most int) (n int, err error) {
	newest := db.read(ctx).Model(&User{}).Select("id").Order("created_at DESC, id DESC").Limit(most)
	if operators {
		newest = newest.Where("role <> ''")
	} else {
		newest = newest.Where("role = ''")
	}
	return n, db.read(ctx).Raw(`SELECT count(*) FROM (?) AS users
		WHERE NOT EXISTS (SELECT 1 FROM authenticators WHERE authenticators.user_id = users.id)
		AND NOT EXISTS (SELECT 1 FROM passkeys WHERE passkeys.user_id = users.id AND passkeys.rp_id = ?)`, newest, rpID).Scan(&n).Error
}
