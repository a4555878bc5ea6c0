package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm/clause"
)

// OAuthSession gives a host session the name under which one client knows it. Another client knows it
// under another, so that two of them cannot tell that they serve the same browser.
type OAuthSession struct {
	ID        string
	SessionID string
	ClientID  string
	SID       string `gorm:"column:sid"`
	Subject   string
	CreatedAt time.Time
}

// TableName is oauth_sessions.
func (OAuthSession) TableName() string { return "oauth_sessions" }

// OAuthSID returns the sid of a session for a client and makes it when there is none.
func (db *DB) OAuthSID(ctx context.Context, sessionID, clientID, subject string) (string, error) {
	sid, err := db.oauthSID(ctx, sessionID, clientID)
	if !errors.Is(err, ErrNotFound) {
		return sid, err
	}
	row := &OAuthSession{ID: NewID(), SessionID: sessionID, ClientID: clientID, SID: NewToken(), Subject: subject, CreatedAt: db.Now()}
	if err := db.write(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(row).Error; err != nil {
		return "", err
	}
	return db.oauthSID(ctx, sessionID, clientID) // two at once: the first one's
}

func (db *DB) oauthSID(ctx context.Context, sessionID, clientID string) (string, error) {
	var row OAuthSession
	err := db.write(ctx).Take(&row, "session_id = ? AND client_id = ?", sessionID, clientID).Error
	return row.SID, one(err)
}

// SweepOAuthSessions deletes at most limit rows made before that no living grant uses.
func (db *DB) SweepOAuthSessions(ctx context.Context, before time.Time, limit int) (int64, error) {
	return db.sweep(ctx, &OAuthSession{}, limit, "created_at < ? AND sid NOT IN (SELECT sid FROM oauth_grants WHERE revoked_at IS NULL)", before)
}
