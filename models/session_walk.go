package models

import (
	"context"
)

// sessionWalk is one walk along an index, in the order of the list.
type sessionWalk struct {
	sql       string // up to where the place begins
	values    []any
	began, id string // its columns
}

// fromViews are the views that nobody has ended, of operators whose sessions live.
const fromViews = " FROM member_views v JOIN sessions s ON s.id = v.operator_session_id JOIN users u ON u.id = s.user_id" + whereLive + " AND v.ended_at IS NULL"

// sessionWalks are the walks that together meet every session of a filter, and each once. Of several conditions the one that
// leaves the fewest rows leads; the others are written so that no index serves them.
func (db *DB) sessionWalks(ctx context.Context, f SessionFilter) (walks []sessionWalk, err error) {
	var addresses []string
	if f.Network.IsValid() {
		if addresses, err = db.addressesWithin(ctx, "sessions", f.Network); err != nil {
			return nil, err
		}
	}
	if f.Kind != SessionOfView {
		walks = db.personWalks(f, addresses)
	}
	if f.Kind != SessionOfPerson && f.Strength == "" {
		walks = append(walks, db.viewWalk(f, addresses))
	}
	return walks, nil
}

func (db *DB) personWalks(f SessionFilter, addresses []string) (walks []sessionWalk) {
	all := sessionWalk{"SELECT s.id AS id, s.created_at AS created_at" + fromLiveSessions, db.liveNow(true), "s.created_at", "s.id"}
	all = all.between(f)
	column, values := "", []string(nil)
	switch {
	case f.Members != nil:
		column, values = "s.user_id", f.Members
	case addresses != nil:
		column, values = "s."+db.addressColumn(), addresses
	case f.Strength != "":
		column, values = "s.acr", []string{f.Strength}
	default:
		return []sessionWalk{all}
	}
	if f.Members != nil && addresses != nil {
		all = all.and("s.address || '' IN ?", addresses)
	}
	if f.Strength != "" && column != "s.acr" {
		all = all.and("s.acr || '' = ?", f.Strength)
	}
	for _, value := range values {
		walks = append(walks, all.and(column+" = ?", value))
	}
	return walks
}

// viewWalk meets the views that run: there are never many.
func (db *DB) viewWalk(f SessionFilter, addresses []string) sessionWalk {
	walk := sessionWalk{"SELECT v.id AS id, v.started_at AS created_at" + fromViews, db.liveNow(true), "v.started_at", "v.id"}
	walk = walk.between(f)
	if f.Members != nil {
		walk = walk.and("v.member_id || '' IN ?", f.Members)
	}
	if addresses != nil {
		walk = walk.and("s.address || '' IN ?", addresses)
	}
	return walk
}

// between narrows a walk to the days of a filter.
func (w sessionWalk) between(f SessionFilter) sessionWalk {
	if !f.From.IsZero() {
		w = w.and(w.began+" >= ?", f.From)
	}
	if !f.To.IsZero() {
		w = w.and(w.began+" < ?", f.To)
	}
	return w
}

func (w sessionWalk) and(condition string, value any) sessionWalk {
	w.sql += " AND " + condition
	w.values = append(w.values[:len(w.values):len(w.values)], value)
	return w
}
