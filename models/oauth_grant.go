package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// OAuthGrant is what one person allowed one client at one moment: the family that every code, access
// token and refresh token of it belongs to. A token lives only while its grant does.
type OAuthGrant struct {
	ID                   string
	ClientID             string
	Subject              string // empty: the client itself
	SessionID            string // host session it began in
	SID                  string `gorm:"column:sid"`
	Scopes               Strings
	Resources            Strings
	Details              string
	Claims               string
	Nonce                string
	AuthTime             *time.Time
	ACR                  string  `gorm:"column:acr"`
	AMR                  Strings `gorm:"column:amr"`
	CNF                  string  `gorm:"column:cnf"`
	AccessEpoch          int64
	RefreshHash          []byte
	PreviousHash         []byte
	RotatedAt            *time.Time
	SealedAnswer         []byte
	Retries              int
	Refreshes            Strings
	RefreshIdleUntil     *time.Time
	RefreshAbsoluteUntil *time.Time
	Label                string
	LastUsedAt           *time.Time
	RevokedAt            *time.Time
	RevokedReason        string
	CreatedAt            time.Time
}

// TableName is oauth_grants.
func (OAuthGrant) TableName() string { return "oauth_grants" }

// CreateOAuthGrant inserts a grant.
func (db *DB) CreateOAuthGrant(ctx context.Context, grant *OAuthGrant) error {
	return one(db.write(ctx).Create(grant).Error)
}

// OAuthGrantByID returns a grant, living or ended.
func (db *DB) OAuthGrantByID(ctx context.Context, id string) (*OAuthGrant, error) {
	var grant OAuthGrant
	if err := db.read(ctx).Take(&grant, "id = ?", id).Error; err != nil {
		return nil, one(err)
	}
	return &grant, nil
}

// OAuthGrantsOf lists the living grants of a person, newest first.
func (db *DB) OAuthGrantsOf(ctx context.Context, subject string) ([]OAuthGrant, error) {
	var list []OAuthGrant
	return list, db.read(ctx).Order("created_at DESC, id").Find(&list, "subject = ? AND revoked_at IS NULL", subject).Error
}

// RevokeOAuthGrant ends one family of a person; ErrSpent when it has ended, or is not that person's.
func (db *DB) RevokeOAuthGrant(ctx context.Context, subject, id, reason string) error {
	return spent(db.revokeGrants(ctx, reason, "id = ? AND subject = ?", id, subject))
}

// RevokeGrantsOfApp ends all families of one person and one client and counts them.
func (db *DB) RevokeGrantsOfApp(ctx context.Context, subject, clientID, reason string) (int64, error) {
	return counted(db.revokeGrants(ctx, reason, "subject = ? AND client_id = ?", subject, clientID))
}

// RevokeGrantsOfSession ends the families bound to a host session: those without offline_access.
func (db *DB) RevokeGrantsOfSession(ctx context.Context, sessionID, reason string) (int64, error) {
	return counted(db.revokeGrants(ctx, reason, `session_id = ? AND session_id <> '' AND scopes NOT LIKE '%"offline_access"%'`, sessionID))
}

// RevokeGrantsOfSubject ends everything a person allowed.
func (db *DB) RevokeGrantsOfSubject(ctx context.Context, subject, reason string) (int64, error) {
	return counted(db.revokeGrants(ctx, reason, "subject = ? AND subject <> ''", subject))
}

// RevokeGrantsOfClient ends everything a client has, its own grant included.
func (db *DB) RevokeGrantsOfClient(ctx context.Context, clientID, reason string) (int64, error) {
	return counted(db.revokeGrants(ctx, reason, "client_id = ?", clientID))
}

func (db *DB) revokeGrants(ctx context.Context, reason, where string, args ...any) *gorm.DB {
	return db.write(ctx).Model(&OAuthGrant{}).Where(where, args...).Where("revoked_at IS NULL").
		Updates(map[string]any{"revoked_at": db.Now(), "revoked_reason": reason, "refresh_hash": nil, "sealed_answer": nil})
}

func counted(result *gorm.DB) (int64, error) { return result.RowsAffected, result.Error }

// MoveOAuthSession makes the grants and sids of one host session those of another: the same person
// signed in again in the same browser.
func (db *DB) MoveOAuthSession(ctx context.Context, from, to string) error {
	if err := db.write(ctx).Model(&OAuthGrant{}).Where("session_id = ? AND session_id <> ''", from).UpdateColumn("session_id", to).Error; err != nil {
		return err
	}
	// Where the new session has a sid for the client already, that one stays.
	return db.write(ctx).Exec(`UPDATE oauth_sessions SET session_id = ? WHERE session_id = ? AND client_id NOT IN
		(SELECT client_id FROM oauth_sessions WHERE session_id = ?)`, to, from, to).Error
}
