package models

import (
	"context"
	"time"
)

// Passkey is a key pair of WebAuthn: the private half stays with the person, this is the public one.
type Passkey struct {
	ID             string
	UserID         string
	CredentialID   []byte // what authenticators call it; unique
	PublicKey      []byte
	SignCount      int64    // at the last use; 0 where the authenticator does not count
	AAGUID         string   `gorm:"column:aaguid"` // the make of the authenticator, or of the program that keeps the key
	Transports     []string `gorm:"serializer:json"`
	BackupEligible bool     // may be synced between a person's machines
	BackedUp       bool     // is synced now
	Discoverable   bool     // found by the authenticator without our naming it
	Verified       bool     // has verified the person, by a PIN or a finger
	RPID           string   `gorm:"column:rp_id"` // the host it was made for; it works there only
	Name           string
	LastUsedAt     *time.Time
	CreatedAt      time.Time
}

// CreatePasskey stores one. ErrTaken: it belongs to an account already.
func (db *DB) CreatePasskey(ctx context.Context, p *Passkey) error {
	return one(db.write(ctx).Create(p).Error)
}

// PasskeysOf lists a person's passkeys, the oldest first.
func (db *DB) PasskeysOf(ctx context.Context, userID string) ([]Passkey, error) {
	var list []Passkey
	return list, db.read(ctx).Where("user_id = ?", userID).Order("created_at, id").Find(&list).Error
}

// PasskeyOf finds one of a person.
func (db *DB) PasskeyOf(ctx context.Context, userID, id string) (Passkey, error) {
	var p Passkey
	return p, one(db.read(ctx).Take(&p, "id = ? AND user_id = ?", id, userID).Error)
}

// PasskeyByCredential finds the one that an authenticator names, whosever it is, if it was made for the host.
func (db *DB) PasskeyByCredential(ctx context.Context, credentialID []byte, rpID string) (Passkey, error) {
	var p Passkey
	return p, one(db.read(ctx).Take(&p, "credential_id = ? AND rp_id = ?", credentialID, rpID).Error)
}

var selectPasskeyAndOwner = "SELECT k.*, " + prefixed("u", "person_", columnsOf(&User{})) +
	" FROM passkeys k JOIN users u ON u.id = k.user_id WHERE k.credential_id = ? AND k.rp_id = ?"

// PasskeyAndOwner is PasskeyByCredential with the person whose it is, in one statement.
func (db *DB) PasskeyAndOwner(ctx context.Context, credentialID []byte, rpID string) (Passkey, User, error) {
	var row struct {
		Passkey Passkey `gorm:"embedded"`
		Owner   User    `gorm:"embedded;embeddedPrefix:person_"`
	}
	err := one(db.read(ctx).Raw(selectPasskeyAndOwner, credentialID, rpID).Take(&row).Error)
	return row.Passkey, row.Owner, err
}

// UsePasskey stores what a use of one has shown, in place of what was read from it before. ErrSpent: it was used or
// removed meanwhile.
func (db *DB) UsePasskey(ctx context.Context, before, after Passkey) error {
	return spent(db.write(ctx).Model(&Passkey{}).Where("id = ? AND sign_count = ?", before.ID, before.SignCount).
		Select("SignCount", "BackupEligible", "BackedUp", "Discoverable", "Verified", "LastUsedAt").Updates(&after))
}

// RenamePasskey changes what a person calls one of theirs. ErrSpent: there is none of that id.
func (db *DB) RenamePasskey(ctx context.Context, userID, id, name string) error {
	return spent(db.write(ctx).Model(&Passkey{}).Where("id = ? AND user_id = ?", id, userID).Update("name", name))
}

// DeletePasskey removes one of a person. ErrSpent: there is none of that id.
func (db *DB) DeletePasskey(ctx context.Context, userID, id string) error {
	return spent(db.write(ctx).Where("id = ? AND user_id = ?", id, userID).Delete(&Passkey{}))
}

// DeletePasskeysSince removes those that a person got at a moment or later and says how many went.
func (db *DB) DeletePasskeysSince(ctx context.Context, userID string, since time.Time) (int64, error) {
	return counted(db.write(ctx).Where("user_id = ? AND created_at >= ?", userID, since).Delete(&Passkey{}))
}

// GivePasskeyHandle gives a person the handle by which authenticators know them. ErrSpent: they have one.
func (db *DB) GivePasskeyHandle(ctx context.Context, userID string, handle []byte) error {
	return spent(db.write(ctx).Model(&User{}).Where("id = ? AND passkey_handle IS NULL", userID).Update("passkey_handle", handle))
}
