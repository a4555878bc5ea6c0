package models

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"
)

// The session of a cookie is looked up for every page. Building and scanning that one statement with GORM took
// longer than running it, so it is written for database/sql: its columns, and where each goes.

// liveColumns are what pages ask of the session they are drawn for and of its person. That the account is not
// switched off, the condition says.
var liveColumns = []struct {
	name string
	into func(*LiveSession) any
}{
	{"s.id", func(l *LiveSession) any { return &l.Session.ID }},
	{"s.token_hash", func(l *LiveSession) any { return &l.Session.TokenHash }},
	{"s.user_id", func(l *LiveSession) any { return &l.Session.UserID }},
	{"s.epoch", func(l *LiveSession) any { return &l.Session.Epoch }},
	{"s.proofs", func(l *LiveSession) any { return fromJSON{&l.Session.Proofs} }},
	{"s.acr", func(l *LiveSession) any { return &l.Session.ACR }},
	{"s.auth_time", func(l *LiveSession) any { return &l.Session.AuthTime }},
	{"s.remember", func(l *LiveSession) any { return &l.Session.Remember }},
	{"s.last_seen_at", func(l *LiveSession) any { return &l.Session.LastSeenAt }},
	{"s.absolute_until", func(l *LiveSession) any { return &l.Session.AbsoluteUntil }},
	{"u.id", func(l *LiveSession) any { return &l.Person.ID }},
	{"u.email", func(l *LiveSession) any { return &l.Person.Email }},
	{"u.name", func(l *LiveSession) any { return &l.Person.Name }},
	{"u.password_hash", func(l *LiveSession) any { return &l.Person.PasswordHash }},
	{"u.password_changed_at", func(l *LiveSession) any { return &l.Person.PasswordChangedAt }},
	{"u.password_breached_at", func(l *LiveSession) any { return &l.Person.PasswordBreachedAt }},
	{"u.email_verified_at", func(l *LiveSession) any { return &l.Person.EmailVerifiedAt }},
	{"u.role", func(l *LiveSession) any { return &l.Person.Role }},
	{"u.epoch", func(l *LiveSession) any { return &l.Person.Epoch }},
	{"u.access_epoch", func(l *LiveSession) any { return &l.Person.AccessEpoch }},
	{"u.created_at", func(l *LiveSession) any { return &l.Person.CreatedAt }},
	{"u.second_factor_due_at", func(l *LiveSession) any { return &l.Person.SecondFactorDueAt }},
	{"u.factor_recovery_at", func(l *LiveSession) any { return &l.Person.FactorRecoveryAt }},
	{twoStep, func(l *LiveSession) any { return &l.TwoStep }},
}

const twoStep = `(EXISTS (SELECT 1 FROM authenticators a WHERE a.user_id = u.id)
	OR EXISTS (SELECT 1 FROM passkeys p WHERE p.user_id = u.id AND p.rp_id = ?))`

// liveByToken is the statement with SQLite's placeholders and with PostgreSQL's.
var liveByToken = func() map[string]string {
	names := make([]string, len(liveColumns))
	for i, column := range liveColumns {
		names[i] = column.name
	}
	query := "SELECT " + strings.Join(names, ", ") + fromLiveSessions + " AND s.token_hash = ?"
	return map[string]string{"sqlite": query, "postgres": numbered(query)}
}()

// numbered writes $1, $2 … for each question mark.
func numbered(query string) string {
	parts := strings.Split(query, "?")
	for i := range parts[:len(parts)-1] {
		parts[i] += fmt.Sprintf("$%d", i+1)
	}
	return strings.Join(parts, "")
}

// LiveSessionByToken finds the session of a cookie, in one statement; passkeys count as a second factor when they were made
// for the host rpID. Columns that pages do not ask for stay empty.
func (db *DB) LiveSessionByToken(ctx context.Context, token, rpID string, unverified bool) (LiveSession, error) {
	var live LiveSession
	into := make([]any, len(liveColumns))
	for i, column := range liveColumns {
		into[i] = column.into(&live)
	}
	began, query := time.Now(), liveByToken[db.dialect]
	err := db.read(ctx).Statement.ConnPool.QueryRowContext(ctx, query, append([]any{rpID}, db.liveNow(unverified, Digest(token))...)...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		err = gorm.ErrRecordNotFound
	}
	db.reader.Logger.Trace(ctx, began, func() (string, int64) { return query, 1 }, err)
	return live, one(err)
}

// fromJSON scans a column of JSON into what it points at.
type fromJSON struct{ into any }

// Scan implements sql.Scanner.
func (f fromJSON) Scan(value any) error {
	switch v := value.(type) {
	case string:
		return json.Unmarshal([]byte(v), f.into)
	case []byte:
		return json.Unmarshal(v, f.into)
	}
	return fmt.Errorf("a column of JSON cannot hold %T", value)
}
