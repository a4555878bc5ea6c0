package models

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// MemberSort is an order of the list of members.
type MemberSort string

// The orders.
const (
	MembersByJoining  MemberSort = "joined"  // who joined last comes first
	MembersByLastSeen MemberSort = "seen"    // who was seen last comes first
	MembersByAddress  MemberSort = "address" // from A to Z
)

// MemberSorts are all of them.
var MemberSorts = []MemberSort{MembersByJoining, MembersByLastSeen, MembersByAddress}

// MemberPlace is the place of somebody in a list of members, in whatever order.
type MemberPlace struct {
	At   time.Time `json:"a,omitzero" gorm:"column:place_at"`
	Text string    `json:"t,omitempty" gorm:"column:place_text"`
	ID   string    `json:"i" gorm:"column:place_id"`
}

// PlaceOf is the place of a member in a list without a search.
func (s MemberSort) PlaceOf(m Member) MemberPlace {
	switch s {
	case MembersByLastSeen:
		return MemberPlace{At: m.Facts.LastSeenAt, ID: m.User.ID}
	case MembersByAddress:
		return MemberPlace{Text: m.User.Email, ID: m.User.ID}
	}
	return MemberPlace{At: m.User.CreatedAt, ID: m.User.ID}
}

// MembersAfter lists the people who come after a place in the list; a nil place is the top.
func (db *DB) MembersAfter(ctx context.Context, f MemberFilter, sort MemberSort, than *MemberPlace, limit int) ([]Member, error) {
	return db.walkedMembers(ctx, db.memberWalk(ctx, f, sort).after(than), limit)
}

// MembersBefore lists the people who come before a place in the list, the nearest to it first.
func (db *DB) MembersBefore(ctx context.Context, f MemberFilter, sort MemberSort, than MemberPlace, limit int) ([]Member, error) {
	return db.walkedMembers(ctx, db.memberWalk(ctx, f, sort).before(than), limit)
}

func (db *DB) walkedMembers(ctx context.Context, places *gorm.DB, limit int) ([]Member, error) {
	var walked []MemberPlace
	if err := places.Limit(limit).Find(&walked).Error; err != nil {
		return nil, fmt.Errorf("walk members: %w", err)
	}
	ids := make([]string, len(walked))
	for i, place := range walked {
		ids[i] = place.ID
	}
	return db.MembersByIDs(ctx, ids)
}

// memberWalk is a walk along one index: a list of places, and the columns of a place.
type memberWalk struct {
	list    *gorm.DB
	key, id string
	text    bool // the key is a text, which names the row by itself and goes upwards
}

// memberWalk chooses the table. Few have a role or need review, so these are walked whatever else is asked, and the rest is
// compared there.
func (db *DB) memberWalk(ctx context.Context, f MemberFilter, sort MemberSort) memberWalk {
	list := db.read(ctx)
	switch {
	case sort == MembersByLastSeen:
		list = between(list.Table("member_facts"), "member_facts.last_seen_at", f.SeenFrom, f.SeenTo)
		return memberWalk{list: list.Select("last_seen_at AS place_at, user_id AS place_id"), key: "last_seen_at", id: "user_id"}
	case sort == MembersByAddress:
		return memberWalk{list: list.Table("users").Select("email AS place_text, id AS place_id"), key: "email", text: true}
	case f.Review != "" && f.Role == "":
		return db.reviewWalk(list, f)
	case f.Client != "" && !f.few(): // oauth
		return clientWalk(list, f) // oauth
	case f.Factor != "" && !f.few():
		list = between(list.Table("member_facts").Where(factorConditions[f.Factor]), "member_facts.joined_at", f.JoinedFrom, f.JoinedTo)
		return memberWalk{list: list.Select("joined_at AS place_at, user_id AS place_id"), key: "joined_at", id: "user_id"}
	}
	list = db.comparedUsers(list.Table("users"), f)
	return memberWalk{list: list.Select("created_at AS place_at, id AS place_id"), key: "created_at", id: "id"}
}

// reviewWalk reads whom the open items of a kind are about, and sorts them: finders write few. The join is a cross one for SQLite,
// which would walk an index of users else.
func (db *DB) reviewWalk(list *gorm.DB, f MemberFilter) memberWalk {
	list = list.Table("review_items").Joins("CROSS JOIN users").Where("users.id = review_items.subject AND review_items.kind = ? AND review_items.state = ?", f.Review, ReviewOpen)
	f.Review = ""
	list = db.comparedUsers(list, f).Select("users.created_at AS place_at, users.id AS place_id")
	return memberWalk{list: list, key: "users.created_at", id: "users.id"}
}

// comparedUsers narrows a list of users to all that a filter asks but the term.
func (db *DB) comparedUsers(list *gorm.DB, f MemberFilter) *gorm.DB {
	list = between(db.inState(list, f.State), "users.created_at", f.JoinedFrom, f.JoinedTo)
	if f.Role != "" {
		list = list.Where("users.role <> '' AND users.role = ?", f.Role)
	}
	if f.Review != "" {
		list = list.Where("users.id IN (SELECT subject FROM review_items WHERE kind = ? AND state = ?)", f.Review, ReviewOpen)
	}
	list = ofClient(list, f.Client) // oauth
	if f.Factor == "" && f.SeenFrom.IsZero() && f.SeenTo.IsZero() {
		return list
	}
	facts := between(list.Session(&gorm.Session{NewDB: true}).Table("member_facts").Select("1").Where("member_facts.user_id = users.id"), "last_seen_at", f.SeenFrom, f.SeenTo)
	if f.Factor != "" {
		facts = facts.Where(factorConditions[f.Factor])
	}
	return list.Where("EXISTS (?)", facts)
}

// after is the walk from a place on; nil: from the top.
func (w memberWalk) after(than *MemberPlace) *gorm.DB {
	switch {
	case w.text && than != nil:
		return w.list.Where(w.key+" > ?", than.Text).Order(w.key)
	case w.text:
		return w.list.Order(w.key)
	case than != nil:
		return w.list.Where(fmt.Sprintf("(%s, %s) < (?, ?)", w.key, w.id), than.At, than.ID).Order(w.down())
	}
	return w.list.Order(w.down())
}

// before is the walk from a place back.
func (w memberWalk) before(than MemberPlace) *gorm.DB {
	if w.text {
		return w.list.Where(w.key+" < ?", than.Text).Order(w.key + " DESC")
	}
	return w.list.Where(fmt.Sprintf("(%s, %s) > (?, ?)", w.key, w.id), than.At, than.ID).Order(w.key + ", " + w.id)
}

func (w memberWalk) down() string { return w.key + " DESC, " + w.id + " DESC" }

// MembersEach reads everybody whom a filter selects, in blocks: no more than one is held at a time. Who joins meanwhile is not
// met. The order is that in which nobody moves meanwhile, if there is one.
func (db *DB) MembersEach(ctx context.Context, f MemberFilter, each func([]Member) error) error {
	if f.Term != "" {
		return db.foundEach(ctx, f, each)
	}
	sort := MembersByJoining
	if !f.SeenFrom.IsZero() || !f.SeenTo.IsZero() {
		sort = MembersByLastSeen
	}
	after := func(than *MemberPlace) ([]Member, error) { return db.MembersAfter(ctx, f, sort, than, ListBlock) }
	return eachBlock(sort.PlaceOf, after, each)
}
