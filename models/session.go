package models

import (
	"context"
	"strings"
	"sync"
	"time"

	"gorm.io/gorm/schema"
)

// Session is one browser where a person is signed in.
type Session struct {
	ID            string // public: shown in pages and addresses
	TokenHash     []byte // Digest of the cookie
	UserID        string
	Epoch         int64
	Proofs        []Proof `gorm:"serializer:json"`
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
}

// LiveSession is a session that has not ended, with its person: of the columns of users, those in personColumns.
type LiveSession struct {
	Session Session `gorm:"embedded"`
	Person  User    `gorm:"embedded;embeddedPrefix:person_"`
	TwoStep bool    `gorm:"-"` // LiveSessionByToken only: the person has a second factor
}

// Every look-up of a session ends in fromLiveSessions, so that a limit, an epoch or a switched-off account cannot
// be forgotten by one of them.
var selectLiveSessions = "SELECT s.*, " + prefixed("u", "person_", personColumns) + fromLiveSessions

const fromLiveSessions = " FROM sessions s JOIN users u ON u.id = s.user_id" + whereLive

const whereLive = `
	WHERE s.idle_until > ? AND s.absolute_until > ? AND s.epoch = u.epoch
	AND (u.disabled_at IS NULL OR u.disabled_until <= ?)
	AND (? OR u.email_verified_at IS NOT NULL)`

// personColumns are what is asked of who is signed in. That the account is not switched off, the condition says.
var personColumns = []string{
	"id", "email", "name", "password_hash", "password_changed_at", "password_breached_at", "email_verified_at",
	"role", "epoch", "access_epoch", "created_at",
}

// columnsOf are all columns of a table's struct.
func columnsOf(row any) []string {
	parsed, err := schema.Parse(row, &sync.Map{}, schema.NamingStrategy{})
	if err != nil {
		panic(err) // a struct of this package
	}
	return parsed.DBNames
}

func prefixed(table, prefix string, columns []string) string {
	parts := make([]string, len(columns))
	for i, column := range columns {
		parts[i] = table + "." + column + " AS " + prefix + column
	}
	return strings.Join(parts, ", ")
}

// liveNow are the values of fromLiveSessions, and more after them. unverified also admits people whose address is
// not proven.
func (db *DB) liveNow(unverified bool, more ...any) []any {
	now := db.Now()
	return append([]any{now, now, now, unverified}, more...)
}

// LiveSessionByID finds a session by its public id.
func (db *DB) LiveSessionByID(ctx context.Context, id string, unverified bool) (LiveSession, error) {
	var live LiveSession
	return live, one(db.read(ctx).Raw(selectLiveSessions+" AND s.id = ?", db.liveNow(unverified, id)...).Take(&live).Error)
}

// UserAndSession returns a person, and whether a session of theirs with that public id lives, in one statement.
// ErrNotFound: there is no such person.
func (db *DB) UserAndSession(ctx context.Context, userID, sessionID string, unverified bool) (u User, live bool, err error) {
	var row struct {
		Person User `gorm:"embedded"`
		Live   bool
	}
	values := append(db.liveNow(unverified, sessionID, userID), userID)
	err = one(db.read(ctx).Raw("SELECT users.*, EXISTS (SELECT 1"+fromLiveSessions+" AND s.id = ? AND s.user_id = ?) AS live"+
		" FROM users WHERE users.id = ?", values...).Take(&row).Error)
	return row.Person, row.Live, err
}

// LiveSessionsOf lists a person's sessions, the most recently used first, at most limit.
func (db *DB) LiveSessionsOf(ctx context.Context, userID string, unverified bool, limit int) ([]LiveSession, error) {
	var list []LiveSession
	return list, db.read(ctx).Raw(selectLiveSessions+" AND s.user_id = ? ORDER BY s.last_seen_at DESC, s.id LIMIT ?",
		db.liveNow(unverified, userID, limit)...).Find(&list).Error
}

// CountLiveSessions counts a person's sessions.
func (db *DB) CountLiveSessions(ctx context.Context, userID string, unverified bool) (n int, err error) {
	return n, db.read(ctx).Raw("SELECT count(*)"+fromLiveSessions+" AND s.user_id = ?", db.liveNow(unverified, userID)...).Scan(&n).Error
}

// CreateSession stores a session.
func (db *DB) CreateSession(ctx context.Context, s *Session) error {
	return one(db.write(ctx).Create(s).Error)
}

// TouchSession notes activity, at most once between since and now, and says whether it was this time. The row of an ended
// session stays gone: only an UPDATE is made.
func (db *DB) TouchSession(ctx context.Context, id string, since, idleUntil time.Time) (touched bool, err error) {
	n, err := counted(db.write(ctx).Model(&Session{}).Where("id = ? AND last_seen_at <= ?", id, since).
		Updates(map[string]any{"last_seen_at": db.Now(), "idle_until": idleUntil}))
	return n > 0, err
}

// RenewSession gives a session a new cookie after a new proof; the old cookie is dead at once. ErrSpent:
// the session ended, or another renewal came first.
func (db *DB) RenewSession(ctx context.Context, s Session, oldHash []byte) error {
	return spent(db.write(ctx).Model(&Session{}).Where("id = ? AND token_hash = ?", s.ID, oldHash).
		Select("TokenHash", "Epoch", "Proofs", "ACR", "AuthTime", "LastSeenAt", "IdleUntil").Updates(&s))
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

// SessionsOf lists all sessions of a person, ended by time or not.
func (db *DB) SessionsOf(ctx context.Context, userID string) ([]Session, error) {
	var list []Session
	return list, db.read(ctx).Where("user_id = ?", userID).Order("created_at, id").Find(&list).Error
}
