package models

import (
	"context"
	"time"

	"gorm.io/gorm/clause"
)

// OAuthConsent is what a person last allowed a client, one row for the pair.
type OAuthConsent struct {
	ID           string
	Subject      string
	ClientID     string
	Scopes       Strings
	Resources    Strings
	Claims       string
	MetadataHash []byte // of the client as it was then
	Remembered   bool   // may answer for the person next time
	CreatedAt    time.Time
	ExpiresAt    time.Time
}

// TableName is oauth_consents.
func (OAuthConsent) TableName() string { return "oauth_consents" }

// OAuthConsentOf returns what subject last allowed the client, while it has not expired.
func (db *DB) OAuthConsentOf(ctx context.Context, subject, clientID string) (*OAuthConsent, error) {
	var c OAuthConsent
	err := db.read(ctx).Take(&c, "subject = ? AND client_id = ? AND expires_at > ?", subject, clientID, db.Now()).Error
	if err != nil {
		return nil, one(err)
	}
	return &c, nil
}

// OAuthConsentByID returns a consent, expired or not.
func (db *DB) OAuthConsentByID(ctx context.Context, id string) (*OAuthConsent, error) {
	var c OAuthConsent
	if err := db.read(ctx).Take(&c, "id = ?", id).Error; err != nil {
		return nil, one(err)
	}
	return &c, nil
}

// LockOAuthConsent is OAuthConsentByID and holds the row until the transaction ends.
func (tx *Tx) LockOAuthConsent(ctx context.Context, id string) (*OAuthConsent, error) {
	var c OAuthConsent
	if err := tx.forUpdate(ctx).Take(&c, "id = ?", id).Error; err != nil {
		return nil, one(err)
	}
	return &c, nil
}

// PutOAuthConsent writes the one row of a person and a client.
func (db *DB) PutOAuthConsent(ctx context.Context, c *OAuthConsent) error {
	return db.write(ctx).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "subject"}, {Name: "client_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"scopes", "resources", "claims", "metadata_hash", "remembered", "created_at", "expires_at"}),
	}).Create(c).Error
}

// DeleteOAuthConsent forgets what a person allowed a client and says whether there was anything.
func (db *DB) DeleteOAuthConsent(ctx context.Context, subject, clientID string) (bool, error) {
	result := db.write(ctx).Where("subject = ? AND client_id = ?", subject, clientID).Delete(&OAuthConsent{})
	return result.RowsAffected > 0, result.Error
}

// DeleteOAuthConsentsOf forgets everything a person allowed.
func (db *DB) DeleteOAuthConsentsOf(ctx context.Context, subject string) error {
	return db.write(ctx).Where("subject = ?", subject).Delete(&OAuthConsent{}).Error
}

// SweepOAuthConsents deletes at most limit expired consents.
func (db *DB) SweepOAuthConsents(ctx context.Context, before time.Time, limit int) (int64, error) {
	return db.sweep(ctx, &OAuthConsent{}, limit, "expires_at < ?", before)
}
