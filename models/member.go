package models

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
)

// The states that people are listed by.
const (
	MemberUnverified    = "unverified"
	MemberLocked        = "locked"
	MemberSuspended     = "suspended"
	MemberResetRequired = "reset-required"
	MemberOperator      = "operator"
)

// MemberStates are all of them.
var MemberStates = []string{MemberUnverified, MemberLocked, MemberSuspended, MemberResetRequired, MemberOperator}

// MemberFilter selects people; zero values select all.
type MemberFilter struct {
	State string // one of MemberStates
	Term  string // the start of an address, of a domain, of a word of the name, or an id
}

// Member is a person with what a list says of their sessions.
type Member struct {
	User     User
	Sessions int       // that live
	LastSeen time.Time // in one of them; zero: there is none
}

// members narrows the list to a state. Each condition is that of a partial index, word for word, so that the
// database may use it.
func (db *DB) members(ctx context.Context, state string) *gorm.DB {
	list := db.read(ctx)
	switch state {
	case MemberUnverified:
		return list.Where("users.email_verified_at IS NULL")
	case MemberLocked:
		return list.Where("users.locked_at IS NOT NULL")
	case MemberSuspended:
		return list.Where("users.disabled_at IS NOT NULL AND (users.disabled_until IS NULL OR users.disabled_until > ?)", db.Now())
	case MemberResetRequired:
		return list.Where("users.refused_password_hash <> ''")
	case MemberOperator:
		return list.Where("users.role <> ''")
	}
	return list
}

// MembersOlder lists the people who come after a place in the list, those who joined last first; a nil place is the top.
func (db *DB) MembersOlder(ctx context.Context, f MemberFilter, than *Cursor, limit int) ([]Member, error) {
	var users []User
	if err := older(db.members(ctx, f.State), than, limit).Find(&users).Error; err != nil {
		return nil, err
	}
	return db.withSessions(ctx, users)
}

// MembersNewer lists the people who come before a place in the list, the nearest to it first.
func (db *DB) MembersNewer(ctx context.Context, f MemberFilter, than Cursor, limit int) ([]Member, error) {
	var users []User
	if err := newer(db.members(ctx, f.State), than, limit).Find(&users).Error; err != nil {
		return nil, err
	}
	return db.withSessions(ctx, users)
}

// CountMembers counts the people in a state (empty: all), but no further than most.
func (db *DB) CountMembers(ctx context.Context, state string, most int) (n int, err error) {
	few := db.members(ctx, state).Model(&User{}).Select("1").Limit(most)
	return n, db.read(ctx).Raw("SELECT count(*) FROM (?) AS few", few).Scan(&n).Error
}

// Found is a person that a search found, by the term that matched.
type Found struct {
	Member Member
	Term   string
}

// Cursor is the place of this person in the list of a search.
func (f Found) Cursor() TermCursor { return TermCursor{f.Term, f.Member.User.ID} }

// FindMembersAfter lists the people whose terms begin with f.Term, by term, after a place; a zero place is the top. Who
// matches by two terms comes twice, once for each.
func (db *DB) FindMembersAfter(ctx context.Context, f MemberFilter, place TermCursor, limit int) ([]Found, error) {
	return db.findMembers(ctx, db.matching(ctx, f).Where("(term, ref) > (?, ?)", place.Term, place.Ref).Order("term, ref").Limit(limit))
}

// FindMembersBefore lists those before a place, the nearest to it first.
func (db *DB) FindMembersBefore(ctx context.Context, f MemberFilter, place TermCursor, limit int) ([]Found, error) {
	return db.findMembers(ctx, db.matching(ctx, f).Where("(term, ref) < (?, ?)", place.Term, place.Ref).Order("term DESC, ref DESC").Limit(limit))
}

// matching are the terms that begin with f.Term: a range of the index, so that % and _ mean themselves.
func (db *DB) matching(ctx context.Context, f MemberFilter) *gorm.DB {
	prefix := strings.ToLower(strings.TrimSpace(f.Term))
	return db.members(ctx, f.State).Model(&SearchTerm{}).Joins("JOIN users ON users.id = search_terms.ref").
		Where("kind = ? AND term >= ? AND term < ?", searchMember, prefix, pastPrefix(prefix))
}

func (db *DB) findMembers(ctx context.Context, terms *gorm.DB) ([]Found, error) {
	var rows []struct {
		Term string
		User User `gorm:"embedded"`
	}
	if err := terms.Select("search_terms.term, users.*").Find(&rows).Error; err != nil {
		return nil, err
	}
	users := make([]User, len(rows))
	for i, row := range rows {
		users[i] = row.User
	}
	members, err := db.withSessions(ctx, users)
	if err != nil {
		return nil, err
	}
	found := make([]Found, len(rows))
	for i, row := range rows {
		found[i] = Found{members[i], row.Term}
	}
	return found, nil
}

// withSessions adds what the list says of sessions, in one statement for all.
func (db *DB) withSessions(ctx context.Context, users []User) ([]Member, error) {
	ids := make([]string, len(users))
	for i, u := range users {
		ids[i] = u.ID
	}
	var sessions []Session
	query := "SELECT s.user_id, s.last_seen_at" + fromLiveSessions + " AND s.user_id IN ?"
	if err := db.read(ctx).Raw(query, db.liveNow(true, ids)...).Find(&sessions).Error; err != nil {
		return nil, fmt.Errorf("read sessions of members: %w", err)
	}
	list := make([]Member, len(users))
	for i, u := range users {
		list[i] = memberOf(u, sessions)
	}
	return list, nil
}

func memberOf(u User, sessions []Session) Member {
	m := Member{User: u}
	for _, session := range sessions {
		if session.UserID != u.ID {
			continue
		}
		m.Sessions++
		if session.LastSeenAt.After(m.LastSeen) {
			m.LastSeen = session.LastSeenAt
		}
	}
	return m
}

// MemberState tells whether a word is one of MemberStates.
func MemberState(word string) bool { return slices.Contains(MemberStates, word) }
