package auth

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"latchkey/models"
)

// membersPerPage is how many people a page of the list shows.
const membersPerPage = 25

// memberQueryMax is how long a search may be, in characters: no address is longer.
const memberQueryMax = 254

// MemberQuery selects people for operators, and says which page of the list.
type MemberQuery struct {
	Term  string // the start of an address, of a domain, of a word of the name, or an id
	State string // one of models.MemberStates; empty: all

	Newer, Older string // a place that a page before named; at most one of them
}

// MemberPage is a page of the list and the places where its neighbours begin; empty: there is none.
type MemberPage struct {
	Members      []models.Member
	Newer, Older string
}

// Members lists people: who joined last comes first, or, where something is searched, in the order of what matched. Errors:
// Forbidden, ErrSignedOut, Invalid (the search), models.ErrNoCursor.
func (s *Service) Members(ctx context.Context, op Operator, q MemberQuery) (MemberPage, error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return MemberPage{}, err
	}
	q.Term = strings.TrimSpace(q.Term)
	if utf8.RuneCountInString(q.Term) > memberQueryMax {
		return MemberPage{}, Invalid{"q": fmt.Sprintf("Use at most %d characters", memberQueryMax)}
	}
	list := memberList{s.db.Joined(ctx), q, strings.Join([]string{"members", op.ID, q.State, q.Term}, "|")}
	if q.Term != "" {
		return list.found(ctx)
	}
	return list.joined(ctx)
}

// membersCounted is how far people are counted: a list of a million is not read to say how long it is.
const membersCounted = 10_000

// CountMembers counts the people in a state (empty: all), at most one more than 10,000. Errors: Forbidden, ErrSignedOut.
func (s *Service) CountMembers(ctx context.Context, op Operator, state string) (int, error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return 0, err
	}
	return s.db.Joined(ctx).CountMembers(ctx, state, membersCounted+1)
}

// memberList reads pages of one list; name is what its places are sealed for.
type memberList struct {
	db   *models.DB
	q    MemberQuery
	name string
}

func (l memberList) filter() models.MemberFilter {
	return models.MemberFilter{State: l.q.State, Term: l.q.Term}
}

// joined is the list by time.
func (l memberList) joined(ctx context.Context) (page MemberPage, err error) {
	var newer, older models.Cursor
	before, err := l.db.OpenCursor(l.name, l.q.Newer, &newer)
	if err != nil {
		return page, err
	}
	after, err := l.db.OpenCursor(l.name, l.q.Older, &older)
	if err != nil {
		return page, err
	}
	if before {
		page.Members, err = l.db.MembersNewer(ctx, l.filter(), newer, membersPerPage+1)
	} else {
		page.Members, err = l.db.MembersOlder(ctx, l.filter(), placed(after, older), membersPerPage+1)
	}
	if err != nil {
		return page, fmt.Errorf("list members: %w", err)
	}
	shown, more := cutOff(page.Members, membersPerPage)
	if page.Members = shown; before {
		slices.Reverse(page.Members)
	}
	return l.neighbours(page, before && more || after, !before && more || before, func(i int) any { return page.Members[i].User.Cursor() })
}

// found is the list of a search.
func (l memberList) found(ctx context.Context) (page MemberPage, err error) {
	var newer, older models.TermCursor
	before, err := l.db.OpenCursor(l.name, l.q.Newer, &newer)
	if err != nil {
		return page, err
	}
	after, err := l.db.OpenCursor(l.name, l.q.Older, &older)
	if err != nil {
		return page, err
	}
	var rows []models.Found
	if before {
		rows, err = l.db.FindMembersBefore(ctx, l.filter(), newer, membersPerPage+1)
	} else {
		rows, err = l.db.FindMembersAfter(ctx, l.filter(), older, membersPerPage+1)
	}
	if err != nil {
		return page, fmt.Errorf("find members: %w", err)
	}
	rows, more := cutOff(rows, membersPerPage)
	if before {
		slices.Reverse(rows)
	}
	for _, row := range rows {
		page.Members = append(page.Members, row.Member)
	}
	page, err = l.neighbours(page, before && more || after, !before && more || before, func(i int) any { return rows[i].Cursor() })
	page.Members = once(page.Members)
	return page, err
}

// neighbours names the places of the first and the last row, where there is something beyond them.
func (l memberList) neighbours(page MemberPage, newer, older bool, place func(int) any) (MemberPage, error) {
	var err error
	if last := len(page.Members) - 1; last >= 0 {
		if newer {
			if page.Newer, err = l.db.SealCursor(l.name, place(0)); err != nil {
				return page, err
			}
		}
		if older {
			page.Older, err = l.db.SealCursor(l.name, place(last))
		}
	}
	return page, err
}

func placed(there bool, place models.Cursor) *models.Cursor {
	if !there {
		return nil
	}
	return &place
}

// cutOff cuts off the one row more that was asked for, to know whether another page follows.
func cutOff[T any](rows []T, most int) (shown []T, more bool) {
	if len(rows) > most {
		return rows[:most], true
	}
	return rows, false
}

// once leaves out who matched by a second term.
func once(members []models.Member) []models.Member {
	seen := map[string]bool{}
	return slices.DeleteFunc(members, func(m models.Member) bool {
		again := seen[m.User.ID]
		seen[m.User.ID] = true
		return again
	})
}
