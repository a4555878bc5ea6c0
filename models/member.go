package models

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
)

// The states that people are listed by.
const (
	MemberActive        = "active"
	MemberUnverified    = "unverified"
	MemberLocked        = "locked"
	MemberSuspended     = "suspended"
	MemberResetRequired = "reset-required"
	MemberOperator      = "operator"
)

// MemberStates are those that are counted on pages; the active are the rest.
var MemberStates = []string{MemberUnverified, MemberLocked, MemberSuspended, MemberResetRequired, MemberOperator}

// What proves who somebody is, besides a password, as people are listed by it.
const (
	FactorNone     = "none"
	FactorApp      = "app"
	FactorPasskey  = "passkey"
	FactorCodesLow = "codes-low" // a second factor, and at most 3 unused recovery codes
)

// MemberFactors are all of them.
var MemberFactors = []string{FactorNone, FactorApp, FactorPasskey, FactorCodesLow}

// MemberFilter selects people; zero values select all. Each walk has an index for one of them and compares the others row by
// row, so who lists decides what may go together.
type MemberFilter struct {
	State  string // MemberActive or one of MemberStates
	Role   string // of an operator
	Factor string // one of MemberFactors
	Term   string // the start of an address, of a domain, of a word of the name, or an id
	Review string // the kind of an item of the review that is open about them, of which there are few
	Client string // that they use or used // oauth

	JoinedFrom, JoinedTo time.Time // JoinedTo is the first moment that is too late; zero: open
	SeenFrom, SeenTo     time.Time // when they were last seen; who never was counts as seen when they joined
}

// MemberFacts are what the database keeps about each person for lists, by triggers.
type MemberFacts struct {
	UserID     string `gorm:"primaryKey"`
	LastSeenAt time.Time
	Apps       int // authenticators
	Passkeys   int // for whatever host
	Codes      int // recovery codes that are not used
}

// Member is a person with what a list says of them.
type Member struct {
	User     User
	Facts    MemberFacts
	Sessions int // that live
}

// LastSeen is when somebody was last seen; zero: never.
func (m Member) LastSeen() time.Time {
	if m.Facts.LastSeenAt.After(m.User.CreatedAt) {
		return m.Facts.LastSeenAt
	}
	return time.Time{}
}

// MemberFactsOf are the facts of one person. ErrNotFound: there are none.
func (db *DB) MemberFactsOf(ctx context.Context, userID string) (MemberFacts, error) {
	var f MemberFacts
	return f, one(db.read(ctx).Where("user_id = ?", userID).Take(&f).Error)
}

// inState narrows a list of users to a state. Each condition is that of a partial index, word for word, so that the database
// may use it.
func (db *DB) inState(list *gorm.DB, state string) *gorm.DB {
	switch state {
	case MemberActive:
		return list.Where("users.email_verified_at IS NOT NULL AND users.locked_at IS NULL AND users.refused_password_hash = ''").
			Where("(users.disabled_at IS NULL OR users.disabled_until IS NOT NULL)").Where("(users.disabled_at IS NULL OR users.disabled_until <= ?)", db.Now())
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

// factorConditions are those of partial indexes, too.
var factorConditions = map[string]string{
	FactorNone: "apps = 0 AND passkeys = 0", FactorApp: "apps > 0", FactorPasskey: "passkeys > 0", FactorCodesLow: "codes <= 3 AND (apps > 0 OR passkeys > 0)",
}

// few tells whether a filter leaves so few that the rest of it may be compared, whatever it is.
func (f MemberFilter) few() bool { return f.Role+f.Review != "" }

// between narrows a list to a span of a column.
func between(list *gorm.DB, column string, from, to time.Time) *gorm.DB {
	if !from.IsZero() {
		list = list.Where(column+" >= ?", from)
	}
	if !to.IsZero() {
		list = list.Where(column+" < ?", to)
	}
	return list
}

// CountMembers counts the people in a state (empty: all), but no further than most.
func (db *DB) CountMembers(ctx context.Context, state string, most int) (n int, err error) {
	return db.countFew(ctx, db.inState(db.read(ctx), state).Model(&User{}).Limit(most))
}

// MembersByIDs are those of the people who are there, in the order of the ids, with what a list says of them.
func (db *DB) MembersByIDs(ctx context.Context, ids []string) ([]Member, error) {
	users, err := db.UsersByIDs(ctx, ids)
	if err != nil || len(users) == 0 {
		return nil, err
	}
	var facts []MemberFacts
	if err := db.read(ctx).Where("user_id IN ?", ids).Find(&facts).Error; err != nil {
		return nil, fmt.Errorf("read facts of members: %w", err)
	}
	var live []struct {
		UserID string
		N      int
	}
	query := "SELECT s.user_id, count(*) AS n" + fromLiveSessions + " AND s.user_id IN ? GROUP BY s.user_id"
	if err := db.read(ctx).Raw(query, db.liveNow(true, ids)...).Find(&live).Error; err != nil {
		return nil, fmt.Errorf("count sessions of members: %w", err)
	}
	found := make(map[string]*Member, len(users))
	for _, u := range users {
		found[u.ID] = &Member{User: u}
	}
	for _, f := range facts {
		if m := found[f.UserID]; m != nil {
			m.Facts = f
		}
	}
	for _, l := range live {
		if m := found[l.UserID]; m != nil {
			m.Sessions = l.N
		}
	}
	list := make([]Member, 0, len(users))
	for _, id := range ids {
		if m := found[id]; m != nil {
			list = append(list, *m)
		}
	}
	return list, nil
}

// MemberState tells whether people are listed by a word.
func MemberState(word string) bool {
	return word == MemberActive || slices.Contains(MemberStates, word)
}
