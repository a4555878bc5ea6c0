package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"latchkey/models"
)

// SessionQuery selects sessions for operators, and says which page of the list. Texts are as they were typed.
type SessionQuery struct {
	Member       string // an address or a name, or the start of one, or an id
	Address      string // a network address, or a range of them
	Kind         string // one of models.SessionKinds; empty: all
	Strength     string // one of Levels; empty: all
	From, To     string // days of the beginning, the last one included; empty: open
	PerPage      int    // one of PageSizes; 0: the fewest
	Newer, Older string // a place that a page before named; at most one of them
}

// MemberSession is one session with whose it is. Of a view it is the browser of the operator, and the account of the member.
type MemberSession struct {
	SessionInfo
	MemberID, Email, Name string
	Ends                  time.Time // at the latest

	View     string // the id of a view as this member; empty: the member's own session
	Operator string // who views, by what they are called
}

// SessionPage is a page of the list and the places where its neighbours begin; empty: there is none.
type SessionPage struct {
	Sessions     []MemberSession
	Newer, Older string
}

// AllSessions lists the sessions of everybody, those that began last first. Errors: Forbidden, ErrSignedOut, Invalid (on a field),
// models.ErrNoCursor.
func (s *Service) AllSessions(ctx context.Context, op Operator, q SessionQuery) (SessionPage, error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return SessionPage{}, err
	}
	db := s.db.Joined(ctx)
	f, err := s.sessionFilter(ctx, db, q)
	if err != nil {
		return SessionPage{}, err
	}
	at := models.Place{Newer: q.Newer, Older: q.Older, Limit: rowsOnPage(q.PerPage)}
	q.Newer, q.Older, q.PerPage = "", "", 0
	page, err := models.ReadPage(db, at, fmt.Sprintf("sessions|%s|%+v", op.ID, q), models.ListedSession.Cursor,
		func(than *models.Cursor, limit int) ([]models.ListedSession, error) {
			return db.SessionsOlder(ctx, f, than, limit)
		},
		func(than models.Cursor, limit int) ([]models.ListedSession, error) {
			return db.SessionsNewer(ctx, f, than, limit)
		})
	if err != nil {
		return SessionPage{}, wideSessions(fmt.Errorf("list sessions: %w", err))
	}
	list, err := s.memberSessions(ctx, db, page.Rows)
	return SessionPage{list, page.Newer, page.Older}, err
}

// sessionFilter reads what was typed and chosen.
func (s *Service) sessionFilter(ctx context.Context, db *models.DB, q SessionQuery) (f models.SessionFilter, err error) {
	wrong := Invalid{}
	var ok bool
	f = models.SessionFilter{Kind: q.Kind, Strength: q.Strength}
	if q.Kind != "" && !slices.Contains(models.SessionKinds, q.Kind) {
		wrong["kind"] = "Choose one of the kinds"
	}
	if q.Strength != "" && !slices.Contains(Levels, q.Strength) {
		wrong["strength"] = "Choose one of the strengths"
	}
	if len(q.Member) > addressMax {
		wrong["member"] = fmt.Sprintf("Use at most %d characters", addressMax)
	}
	if f.Network, ok = readNetwork(q.Address); !ok {
		wrong["address"] = noNetwork
	}
	if f.From, f.To, ok = models.DaysBetween(q.From, q.To); !ok {
		wrong["from"] = "Choose two days, the earlier one first"
	}
	if len(wrong) > 0 {
		return f, wrong
	}
	f.Members, _, err = s.auditPeople(ctx, db, strings.TrimSpace(q.Member))
	var unclear Invalid
	if errors.As(err, &unclear) {
		return f, Invalid{"member": unclear["person"]}
	}
	return f, err
}

const noNetwork = "Enter an address such as 192.0.2.1, or a range such as 192.0.2.0/24"

func wideSessions(err error) error {
	if errors.Is(err, models.ErrWideNetwork) {
		return Invalid{"address": "Sessions come from too many addresses of that range. Choose a smaller one"}
	}
	return err
}

// memberSessions says what operators see of sessions.
func (s *Service) memberSessions(ctx context.Context, db *models.DB, rows []models.ListedSession) ([]MemberSession, error) {
	var viewed []string
	live := make([]models.LiveSession, len(rows))
	for i, row := range rows {
		if live[i] = row.LiveSession; row.View != nil {
			viewed = append(viewed, row.View.MemberID)
		}
	}
	people, err := peopleByID(ctx, db, viewed...)
	if err != nil {
		return nil, err
	}
	list := make([]MemberSession, len(rows))
	for i, info := range s.sessionInfos(ctx, live) {
		owner := rows[i].Person
		list[i] = MemberSession{SessionInfo: info, Ends: rows[i].Session.AbsoluteUntil}
		if v := rows[i].View; v != nil {
			list[i].View, list[i].Operator, list[i].Began, list[i].LastSeen, list[i].Ends = v.ID, called(owner), v.StartedAt, v.LastSeenAt, v.EndsAt
			owner = people[v.MemberID]
		}
		list[i].MemberID, list[i].Email, list[i].Name = owner.ID, owner.Email, owner.Name
	}
	return list, nil
}

// called is what somebody is called on the pages of operators.
func called(u models.User) string { return cmp.Or(u.Name, u.Email) }
