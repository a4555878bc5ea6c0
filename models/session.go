package models

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"
)

// Session is one browser where a person is signed in.
type Session struct {
	ID            string // public: shown in pages and addresses
	TokenHash     []byte // Digest of the cookie
	UserID        string
	Epoch         int64
	Methods       []string `gorm:"serializer:json"` // "password", "email"
	ACR           string
	AuthTime      time.Time // the last proof, never moved by activity
	Remember      bool
	BrowserHash   []byte
	Address       string
	UserAgent     string
	CreatedAt     time.Time
	LastSeenAt    time.Time
	IdleUntil     time.Time
	AbsoluteUntil time.Time
	ActorID       string // an operator who acts as this person
	ActorReason   string
	ActorUntil    *time.Time
}

// LiveSession is a session that has not ended, with its person.
type LiveSession struct {
	Session Session `gorm:"embedded"`
	Person  User    `gorm:"embedded;embeddedPrefix:person_"`
}

var liveSessionColumns = "sessions.*, " + prefixed("users", "person_", userColumns)

func prefixed(table, prefix string, columns []string) string {
	parts := make([]string, len(columns))
	for i, column := range columns {
		parts[i] = table + "." + column + " AS " + prefix + column
	}
	return strings.Join(parts, ", ")
}

// liveSessions holds every condition under which a session is alive. All look-ups start here: a limit,
// an epoch or a switched-off account cannot be forgotten by one of them.
func (db *DB) liveSessions(ctx context.Context, unverified bool) *gorm.DB {
	now := db.Now()
	query := db.read(ctx).Table("sessions").Select(liveSessionColumns).
		Joins("JOIN users ON users.id = sessions.user_id").
		Where("sessions.idle_until > ? AND sessions.absolute_until > ?", now, now).
		Where("sessions.epoch = users.epoch").
		Where("(users.disabled_at IS NULL OR users.disabled_until <= ?)", now).
		Where("(sessions.actor_until IS NULL OR sessions.actor_until > ?)", now)
	if !unverified {
		query = query.Where("users.email_verified_at IS NOT NULL")
	}
	return query
}

// LiveSessionByToken finds the session of a cookie, in one statement. unverified also admits people
// whose address is not proven.
func (db *DB) LiveSessionByToken(ctx context.Context, token string, unverified bool) (LiveSession, error) {
	var live LiveSession
	return live, one(db.liveSessions(ctx, unverified).Where("sessions.token_hash = ?", Digest(token)).Take(&live).Error)
}

// LiveSessionByID finds a session by its public id.
func (db *DB) LiveSessionByID(ctx context.Context, id string, unverified bool) (LiveSession, error) {
	var live LiveSession
	return live, one(db.liveSessions(ctx, unverified).Where("sessions.id = ?", id).Take(&live).Error)
}

// LiveSessionsOf lists a person's sessions, the most recently used first, at most limit.
func (db *DB) LiveSessionsOf(ctx context.Context, userID string, unverified bool, limit int) ([]LiveSession, error) {
	var list []LiveSession
	return list, db.liveSessions(ctx, unverified).Where("sessions.user_id = ?", userID).
		Order("sessions.last_seen_at DESC, sessions.id").Limit(limit).Find(&list).Error
}

// CountLiveSessions counts a person's sessions.
func (db *DB) CountLiveSessions(ctx context.Context, userID string, unverified bool) (int, error) {
	var n int64
	err := db.liveSessions(ctx, unverified).Where("sessions.user_id = ?", userID).Count(&n).Error
	return int(n), err
}

// CreateSession stores a session.
func (db *DB) CreateSession(ctx context.Context, s *Session) error {
	return one(db.write(ctx).Create(s).Error)
}

// TouchSession notes activity, at most once between since and now. The row of an ended session stays
// gone: only an UPDATE is made.
func (db *DB) TouchSession(ctx context.Context, id string, since, idleUntil time.Time) error {
	return db.write(ctx).Model(&Session{}).Where("id = ? AND last_seen_at <= ?", id, since).
		Updates(map[string]any{"last_seen_at": db.Now(), "idle_until": idleUntil}).Error
}

// RenewSession gives a session a new cookie after a new proof; the old cookie is dead at once. ErrSpent:
// the session ended, or another renewal came first.
func (db *DB) RenewSession(ctx context.Context, s Session, oldHash []byte) error {
	return spent(db.write(ctx).Model(&Session{}).Where("id = ? AND token_hash = ?", s.ID, oldHash).
		Select("TokenHash", "Epoch", "Methods", "ACR", "AuthTime", "LastSeenAt", "IdleUntil").Updates(&s))
}

// EndSession removes one session of a person. ErrSpent: there is none of that id.
func (db *DB) EndSession(ctx context.Context, userID, id string) error {
	return spent(db.write(ctx).Where("id = ? AND user_id = ?", id, userID).Delete(&Session{}))
}

// EndSessionsOf removes a person's sessions but one (except may be empty) and returns their ids.
func (db *DB) EndSessionsOf(ctx context.Context, userID, except string) ([]string, error) {
	var ids []string
	err := db.write(ctx).Model(&Session{}).Where("user_id = ? AND id <> ?", userID, except).Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return ids, db.write(ctx).Where("id IN ?", ids).Delete(&Session{}).Error
}

// ExpiredSessions lists sessions past a limit, at most limit of them.
func (db *DB) ExpiredSessions(ctx context.Context, limit int) ([]Session, error) {
	var list []Session
	return list, db.read(ctx).Where("idle_until <= ? OR absolute_until <= ?", db.Now(), db.Now()).Limit(limit).Find(&list).Error
}
