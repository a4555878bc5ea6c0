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
	RefreshHash          []byte // of the one refresh token that works
	PreviousHash         []byte // of its predecessor
	RotatedAt            *time.Time
	SealedAnswer         []byte    // for a retry, under a key that only the predecessor's holder has
	Retries              int       // answered since the last rotation
	Refreshes            Refreshes // the last 20
	RefreshIdleUntil     *time.Time
	RefreshAbsoluteUntil *time.Time
	Label                string
	EndsAt               time.Time // unless it is ended before: when nothing of it works any more
	LastUsedAt           *time.Time
	RevokedAt            *time.Time
	RevokedReason        string
	CreatedAt            time.Time
}

// Refresh is one use of a refresh token.
type Refresh struct {
	At      time.Time `json:"at"`
	Address string    `json:"address,omitempty"`
}

// Refreshes are the uses of a refresh token, newest last.
type Refreshes = List[Refresh]

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

// OAuthGrantByRefresh returns the grant whose refresh token has this hash now.
func (db *DB) OAuthGrantByRefresh(ctx context.Context, hash []byte) (*OAuthGrant, error) {
	var grant OAuthGrant
	if err := db.read(ctx).Take(&grant, "refresh_hash = ?", hash).Error; err != nil {
		return nil, one(err)
	}
	return &grant, nil
}

// BeginOAuthGrant notes that a code was redeemed, with the family's first refresh token (nil: none).
// ErrSpent when the grant has ended.
func (db *DB) BeginOAuthGrant(ctx context.Context, grant *OAuthGrant) error {
	return spent(db.write(ctx).Model(&OAuthGrant{}).Where("id = ? AND revoked_at IS NULL", grant.ID).Updates(map[string]any{
		"refresh_hash": grant.RefreshHash, "refresh_idle_until": grant.RefreshIdleUntil,
		"refresh_absolute_until": grant.RefreshAbsoluteUntil, "ends_at": grant.EndsAt, "last_used_at": grant.LastUsedAt,
	}))
}

// RotateOAuthGrant puts a new refresh token in the place of the presented one. ErrSpent when that is no
// longer the current one, or the grant has ended.
func (db *DB) RotateOAuthGrant(ctx context.Context, grant *OAuthGrant, presented []byte) error {
	return spent(db.write(ctx).Model(&OAuthGrant{}).Where("id = ? AND refresh_hash = ? AND revoked_at IS NULL", grant.ID, presented).
		Updates(map[string]any{
			"refresh_hash": grant.RefreshHash, "previous_hash": presented, "rotated_at": grant.RotatedAt,
			"sealed_answer": grant.SealedAnswer, "retries": 0, "refreshes": grant.Refreshes,
			"refresh_idle_until": grant.RefreshIdleUntil, "ends_at": grant.EndsAt, "last_used_at": grant.LastUsedAt,
		}))
}

// CountOAuthRetry counts one repeated answer to the predecessor. ErrSpent when its successor was used
// meanwhile, or most answers were given.
func (db *DB) CountOAuthRetry(ctx context.Context, id string, previous []byte, most int) error {
	return spent(db.write(ctx).Model(&OAuthGrant{}).
		Where("id = ? AND previous_hash = ? AND retries < ? AND revoked_at IS NULL", id, previous, most).
		UpdateColumn("retries", gorm.Expr("retries + 1")))
}

// EndOAuthGrant ends one family, whoever it belongs to; ErrSpent when it has ended.
func (db *DB) EndOAuthGrant(ctx context.Context, id, reason string) error {
	return spent(db.revokeGrants(ctx, reason, "id = ?", id))
}

// OAuthGrantsBeyond names the redeemed families of a person and a client that can still be used, but
// for the keep most recently used.
func (db *DB) OAuthGrantsBeyond(ctx context.Context, subject, clientID string, keep int) ([]string, error) {
	var ids []string
	now := db.Now()
	return ids, db.read(ctx).Model(&OAuthGrant{}).
		Where("subject = ? AND client_id = ? AND revoked_at IS NULL AND last_used_at IS NOT NULL", subject, clientID).
		Where("(refresh_idle_until IS NULL OR refresh_idle_until > ?) AND (refresh_absolute_until IS NULL OR refresh_absolute_until > ?)", now, now).
		Order("last_used_at DESC, created_at DESC, id").Offset(keep).Limit(1000).Pluck("id", &ids).Error
}

// WipeOAuthAnswers forgets at most limit sealed answers that were kept for a retry until before.
func (db *DB) WipeOAuthAnswers(ctx context.Context, before time.Time, limit int) (int64, error) {
	old := db.write(ctx).Model(&OAuthGrant{}).Select("id").Where("sealed_answer IS NOT NULL AND rotated_at < ?", before).Limit(limit)
	return counted(db.write(ctx).Model(&OAuthGrant{}).Where("id IN (?)", old).UpdateColumn("sealed_answer", nil))
}

// SweepUnredeemedOAuthGrants deletes at most limit grants whose code was never redeemed.
func (db *DB) SweepUnredeemedOAuthGrants(ctx context.Context, before time.Time, limit int) (int64, error) {
	return db.sweep(ctx, &OAuthGrant{}, limit, "subject <> '' AND last_used_at IS NULL AND created_at < ?", before)
}

// SweepOAuthGrants deletes at most limit grants that ended, or whose refresh token ran out, before.
func (db *DB) SweepOAuthGrants(ctx context.Context, before time.Time, limit int) (int64, error) {
	return db.sweep(ctx, &OAuthGrant{}, limit, `revoked_at < ? OR refresh_idle_until < ? OR refresh_absolute_until < ?
		OR (subject <> '' AND refresh_idle_until IS NULL AND last_used_at < ?)`, before, before, before, before)
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
