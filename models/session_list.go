package models

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// The kinds of sessions.
const (
	SessionOfPerson = "person"
	SessionOfView   = "view-as" // an operator sees the place as a member
)

// SessionKinds are all of them.
var SessionKinds = []string{SessionOfPerson, SessionOfView}

// SessionFilter selects sessions of everybody; zero values select all.
type SessionFilter struct {
	Kind     string
	Members  []string     // ids; an empty list that is not nil selects nothing: nobody was found
	Network  netip.Prefix // of one address, or of more
	Strength string       // the level of assurance, as Session.ACR has it; views have none of their own
	From, To time.Time    // of the beginning: the first moment, and the first that is too late
}

// ListedSession is a session of a person or, where View is one, the session of the operator who views.
type ListedSession struct {
	LiveSession
	View *MemberView
}

// Cursor is the place of this session in the list by its beginning.
func (l ListedSession) Cursor() Cursor {
	if l.View != nil {
		return Cursor{l.View.StartedAt, l.View.ID}
	}
	return Cursor{l.Session.CreatedAt, l.Session.ID}
}

// SessionsOlder lists the sessions of everybody that come after a place, those that began last first; a nil place is the top.
// Errors: ErrWideNetwork.
func (db *DB) SessionsOlder(ctx context.Context, f SessionFilter, than *Cursor, limit int) ([]ListedSession, error) {
	if than != nil {
		f.To = time.Time{} // of two upper bounds SQLite takes the one that stays, and walks from there for each page
	}
	return db.listSessions(ctx, f, limit, newestFirst, afterPlace(than, limit))
}

// SessionsNewer lists those that come before a place, the nearest to it first. Errors: ErrWideNetwork.
func (db *DB) SessionsNewer(ctx context.Context, f SessionFilter, than Cursor, limit int) ([]ListedSession, error) {
	f.From = time.Time{} // it lies before every place of the list
	oldestFirst := func(a, b Cursor) int { return newestFirst(b, a) }
	return db.listSessions(ctx, f, limit, oldestFirst, beforePlace(than, limit))
}

// afterPlace takes a walk from a place on, or from the top.
func afterPlace(than *Cursor, limit int) func(sessionWalk) (string, []any) {
	return func(w sessionWalk) (string, []any) {
		order := fmt.Sprintf(" ORDER BY %s DESC, %s DESC LIMIT ?", w.began, w.id)
		if than == nil {
			return order, []any{limit}
		}
		return fmt.Sprintf(" AND (%s, %s) < (?, ?)", w.began, w.id) + order, []any{than.CreatedAt, than.ID, limit}
	}
}

// beforePlace takes it back, the nearest to the place first.
func beforePlace(than Cursor, limit int) func(sessionWalk) (string, []any) {
	return func(w sessionWalk) (string, []any) {
		return fmt.Sprintf(" AND (%s, %s) > (?, ?) ORDER BY %[1]s, %[2]s LIMIT ?", w.began, w.id), []any{than.CreatedAt, than.ID, limit}
	}
}

// listSessions merges walks along indexes into one list. Only places are merged; the rows are read once it is known which.
func (db *DB) listSessions(ctx context.Context, f SessionFilter, limit int, order func(a, b Cursor) int, step func(sessionWalk) (string, []any)) ([]ListedSession, error) {
	walks, err := db.sessionWalks(ctx, f)
	if err != nil {
		return nil, err
	}
	var places []Cursor
	for _, w := range walks {
		var met []Cursor
		condition, values := step(w)
		if err := db.read(ctx).Raw(w.sql+condition, append(slices.Clone(w.values), values...)...).Find(&met).Error; err != nil {
			return nil, fmt.Errorf("walk sessions: %w", err)
		}
		places = append(places, met...)
	}
	slices.SortFunc(places, order)
	var ids []string
	for _, place := range places[:min(len(places), limit)] {
		ids = append(ids, place.ID)
	}
	return db.listedSessions(ctx, ids)
}

// listedSessions reads sessions and views by their ids, in the order of the ids. What ended in between is not among them.
func (db *DB) listedSessions(ctx context.Context, ids []string) (list []ListedSession, err error) {
	var views []MemberView
	if err := db.read(ctx).Find(&views, "id IN ?", ids).Error; err != nil {
		return nil, fmt.Errorf("read views: %w", err)
	}
	viewed, needed := map[string]*MemberView{}, slices.Clone(ids)
	for i := range views {
		viewed[views[i].ID] = &views[i]
		needed = append(needed, views[i].OperatorSessionID)
	}
	var rows []LiveSession
	if err := db.read(ctx).Raw(selectLiveSessions+" AND s.id IN ?", db.liveNow(true, needed)...).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read sessions: %w", err)
	}
	live := map[string]LiveSession{}
	for _, row := range rows {
		live[row.Session.ID] = row
	}
	for _, id := range ids {
		line := ListedSession{View: viewed[id]}
		if line.View != nil {
			id = line.View.OperatorSessionID
		}
		var there bool
		if line.LiveSession, there = live[id]; there {
			list = append(list, line)
		}
	}
	return list, nil
}
