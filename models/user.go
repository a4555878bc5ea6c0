package models

import (
	"cmp"
	"context"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// User is one person.
type User struct {
	ID                  string
	Email               string // in its normal form; unique
	Name                string // may be empty
	PasswordHash        string // empty: no password
	PasswordChangedAt   *time.Time
	PasswordBreachedAt  *time.Time // the password was found in a public list of stolen ones
	MustChangePassword  bool
	RefusedPasswordHash string // the password that an operator refused; out of reach here, and back when they accept it
	EmailVerifiedAt     *time.Time
	Role                string // of an operator: auth.Role; empty: a member like others
	Epoch               int64  // raised to end sessions, pending logins and mail tokens
	AccessEpoch         int64  // raised to end what programs were given
	LockedAt            *time.Time
	DisabledAt          *time.Time
	DisabledUntil       *time.Time // nil with DisabledAt: until an operator enables the account
	DisabledReason      string
	LastSignUpAt        *time.Time // nil: made by an operator, never swept
	SecondFactorDueAt   *time.Time // until when REQUIRE_MFA waits for a second factor; nil: it never asked
	PasskeyHandle       []byte     // what authenticators know the person by; nil until there is a passkey
	CreatedAt           time.Time
	UpdatedAt           time.Time

	FactorRecoveryAt     *time.Time // when a running factor recovery may be finished; nil: none runs
	FactorRecoveryMailAt *time.Time // when its next mail is due; after the last one, when it lapses
}

// Verified tells whether the address is proven.
func (u User) Verified() bool { return u.EmailVerifiedAt != nil }

// Cursor is the place of this person in a list by time.
func (u User) Cursor() Cursor { return Cursor{u.CreatedAt, u.ID} }

// Operator tells whether the person has a role in the operator's area.
func (u User) Operator() bool { return u.Role != "" }

// Disabled tells whether the account is switched off at that moment; a suspension lifts itself.
func (u User) Disabled(now time.Time) bool {
	return u.DisabledAt != nil && (u.DisabledUntil == nil || u.DisabledUntil.After(now))
}

// CreateUser adds a person, with a new ID unless it has one. ErrTaken: the address has an account.
func (db *DB) CreateUser(ctx context.Context, u *User) error {
	u.ID = cmp.Or(u.ID, NewID())
	u.Epoch, u.AccessEpoch = max(u.Epoch, 1), max(u.AccessEpoch, 1)
	u.CreatedAt = db.Now()
	return db.InTx(ctx, func(tx *Tx) error {
		if err := one(tx.write(ctx).Create(u).Error); err != nil {
			return err
		}
		return tx.indexMember(ctx, *u)
	})
}

// UserByID finds a person.
func (db *DB) UserByID(ctx context.Context, id string) (User, error) {
	var u User
	return u, one(db.read(ctx).Take(&u, "id = ?", id).Error)
}

// UsersByIDs finds those of the people who are there, in no order.
func (db *DB) UsersByIDs(ctx context.Context, ids []string) ([]User, error) {
	var list []User
	if len(ids) == 0 {
		return nil, nil
	}
	return list, db.read(ctx).Where("id IN ?", ids).Find(&list).Error
}

// UserByEmail finds the person with an address in its normal form.
func (db *DB) UserByEmail(ctx context.Context, email string) (User, error) {
	var u User
	return u, one(db.read(ctx).Take(&u, "email = ?", email).Error)
}

// LockUser reads a person and holds the row until the transaction ends, so that what is decided from
// it stays true. SQLite has one writer and needs no lock.
func (tx *Tx) LockUser(ctx context.Context, id string) (User, error) {
	var u User
	return u, one(tx.forUpdate(ctx).Take(&u, "id = ?", id).Error)
}

// LockUserByEmail is LockUser by address.
func (tx *Tx) LockUserByEmail(ctx context.Context, email string) (User, error) {
	var u User
	return u, one(tx.forUpdate(ctx).Take(&u, "email = ?", email).Error)
}

func (tx *Tx) forUpdate(ctx context.Context) *gorm.DB {
	return tx.write(ctx).Clauses(clause.Locking{Strength: "UPDATE"})
}

// ListUsers lists people by address, at most limit of those after the address given.
func (db *DB) ListUsers(ctx context.Context, after string, limit int) ([]User, error) {
	var list []User
	return list, db.read(ctx).Where("email > ?", after).Order("email").Limit(limit).Find(&list).Error
}

// SetUserName changes what a person is called. ErrNotFound: nobody has the id.
func (db *DB) SetUserName(ctx context.Context, id, name string) error {
	return db.InTx(ctx, func(tx *Tx) error {
		if err := tx.setUser(ctx, id, map[string]any{"name": name}); err != nil {
			return err
		}
		u, err := tx.LockUser(ctx, id)
		if err != nil {
			return err
		}
		if err := tx.unindexMember(ctx, id); err != nil {
			return err
		}
		return tx.indexMember(ctx, u)
	})
}

// PasswordChange says what goes with a new password.
type PasswordChange struct {
	UserID    string
	Hash      string
	Epoch     int64 // the epoch under which the change was decided
	EndAccess bool  // programs lose what they were given, too
	Reset     bool  // by mail: the address is proven and a lock is lifted
}

// ChangePassword stores a new password and raises the epoch, which ends every session, pending login
// and mail token of the old one. ErrSpent: the epoch has moved meanwhile.
func (db *DB) ChangePassword(ctx context.Context, c PasswordChange) error {
	set := map[string]any{
		"password_hash": c.Hash, "password_changed_at": db.Now(), "password_breached_at": nil,
		"must_change_password": false, "refused_password_hash": "", "epoch": gorm.Expr("epoch + 1"),
	}
	if c.EndAccess {
		set["access_epoch"] = gorm.Expr("access_epoch + 1")
	}
	if c.Reset {
		set["locked_at"] = nil
		set["email_verified_at"] = gorm.Expr("COALESCE(email_verified_at, ?)", db.Now())
	}
	return spent(db.write(ctx).Model(&User{}).Where("id = ? AND epoch = ?", c.UserID, c.Epoch).Updates(set))
}

// RemovePassword takes the password away, makes the person choose another before the next session, and raises both
// epochs: nothing that was open stays open.
func (db *DB) RemovePassword(ctx context.Context, id string) error {
	return db.setUser(ctx, id, map[string]any{
		"password_hash": "", "password_changed_at": db.Now(), "password_breached_at": nil, "must_change_password": true, "refused_password_hash": "",
		"epoch": gorm.Expr("epoch + 1"), "access_epoch": gorm.Expr("access_epoch + 1"),
	})
}

// RefusePassword puts the password out of reach and raises both epochs: the person chooses another by mail. ErrSpent: there is
// none, or it was refused before.
func (db *DB) RefusePassword(ctx context.Context, id string) error {
	return spent(db.write(ctx).Model(&User{}).Where("id = ? AND password_hash <> '' AND refused_password_hash = ''", id).Updates(map[string]any{
		"refused_password_hash": gorm.Expr("password_hash"), "password_hash": "", "must_change_password": true,
		"epoch": gorm.Expr("epoch + 1"), "access_epoch": gorm.Expr("access_epoch + 1"),
	}))
}

// AcceptPassword puts a refused password back. ErrSpent: none is refused.
func (db *DB) AcceptPassword(ctx context.Context, id string) error {
	return spent(db.write(ctx).Model(&User{}).Where("id = ? AND refused_password_hash <> ''", id).Updates(map[string]any{
		"password_hash": gorm.Expr("refused_password_hash"), "refused_password_hash": "", "must_change_password": false,
	}))
}

// SetUserRole makes an operator of a person, or a member again (empty). ErrSpent: the role was not old any more.
func (db *DB) SetUserRole(ctx context.Context, id, old, role string) error {
	return spent(db.write(ctx).Model(&User{}).Where("id = ? AND role = ?", id, old).Update("role", role))
}

// LockWithOperators reads a person and everybody with a role, and holds their rows, in one order for all who do so: who takes
// a right from an operator goes through here, so that two cannot take the last one from each other. ErrNotFound: there is no
// such person.
func (tx *Tx) LockWithOperators(ctx context.Context, id string) (member User, operators []User, err error) {
	if err := tx.forUpdate(ctx).Where("role <> '' OR id = ?", id).Order("id").Find(&operators).Error; err != nil {
		return member, nil, err
	}
	at := slices.IndexFunc(operators, func(u User) bool { return u.ID == id })
	if at < 0 {
		return member, nil, ErrNotFound
	}
	return operators[at], operators, nil
}

// UsersWithRole lists the people who have a role.
func (db *DB) UsersWithRole(ctx context.Context, role string) ([]User, error) {
	var list []User
	return list, db.read(ctx).Where("role <> '' AND role = ?", role).Order("id").Find(&list).Error
}

// RehashPassword replaces a hash by a stronger one of the same password, unless it changed meanwhile.
func (db *DB) RehashPassword(ctx context.Context, id, old, hash string) error {
	return db.write(ctx).Model(&User{}).Where("id = ? AND password_hash = ?", id, old).
		Update("password_hash", hash).Error
}

// MarkPasswordBreached notes that the password is publicly known; force makes the person choose
// another before the next session.
func (db *DB) MarkPasswordBreached(ctx context.Context, id string, force bool) error {
	set := map[string]any{"password_breached_at": db.Now()}
	if force {
		set["must_change_password"] = true
	}
	return db.setUser(ctx, id, set)
}

// RequirePasswordChange makes the person choose a new password at the next sign-in.
func (db *DB) RequirePasswordChange(ctx context.Context, id string) error {
	return db.setUser(ctx, id, map[string]any{"must_change_password": true})
}

// VerifyUser notes that the address is proven. ErrSpent: it was already.
func (db *DB) VerifyUser(ctx context.Context, id string) error {
	return spent(db.write(ctx).Model(&User{}).Where("id = ? AND email_verified_at IS NULL", id).
		Update("email_verified_at", db.Now()))
}

// LockAccount refuses passwords from unknown browsers until the lock is lifted. ErrSpent: it was locked.
func (db *DB) LockAccount(ctx context.Context, id string) error {
	return spent(db.write(ctx).Model(&User{}).Where("id = ? AND locked_at IS NULL", id).Update("locked_at", db.Now()))
}

// UnlockAccount lifts the lock.
func (db *DB) UnlockAccount(ctx context.Context, id string) error {
	return db.setUser(ctx, id, map[string]any{"locked_at": nil})
}

// DisableUser switches an account off and raises both epochs. A nil until is for good. A running factor recovery ends: its
// wait protects only a person who could stop it.
func (db *DB) DisableUser(ctx context.Context, id, reason string, until *time.Time) error {
	return db.setUser(ctx, id, map[string]any{
		"disabled_at": db.Now(), "disabled_until": until, "disabled_reason": reason,
		"factor_recovery_at": nil, "factor_recovery_mail_at": nil,
		"epoch": gorm.Expr("epoch + 1"), "access_epoch": gorm.Expr("access_epoch + 1"),
	})
}

// EnableUser switches an account on again.
func (db *DB) EnableUser(ctx context.Context, id string) error {
	return db.setUser(ctx, id, map[string]any{"disabled_at": nil, "disabled_until": nil, "disabled_reason": ""})
}

// DeleteUnverifiedUser erases an account whose address was never proven, with all its rows. ErrSpent:
// there is none, or it is proven by now.
func (db *DB) DeleteUnverifiedUser(ctx context.Context, id string) error {
	return db.InTx(ctx, func(tx *Tx) error {
		if err := spent(tx.write(ctx).Where("id = ? AND email_verified_at IS NULL", id).Delete(&User{})); err != nil {
			return err
		}
		return tx.unindexMember(ctx, id)
	})
}

// ExpiredSignUps lists people who signed up before the time given and never proved their address.
func (db *DB) ExpiredSignUps(ctx context.Context, before time.Time, limit int) ([]User, error) {
	var list []User
	return list, db.read(ctx).Where("email_verified_at IS NULL AND last_sign_up_at < ?", before).
		Order("last_sign_up_at").Limit(limit).Find(&list).Error
}

// CountExpiredSignUps counts the people of ExpiredSignUps, up to one more than most.
func (db *DB) CountExpiredSignUps(ctx context.Context, before time.Time, most int) (n int, err error) {
	return db.countFew(ctx, db.read(ctx).Model(&User{}).Where("email_verified_at IS NULL AND last_sign_up_at < ?", before).Limit(most+1))
}

func (db *DB) setUser(ctx context.Context, id string, set map[string]any) error {
	result := db.write(ctx).Model(&User{}).Where("id = ?", id).Updates(set)
	if result.Error == nil && result.RowsAffected == 0 {
		return ErrNotFound
	}
	return one(result.Error)
}
