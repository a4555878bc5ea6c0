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

func (l memberList) place() models.Place {
	return models.Place{Newer: l.q.Newer, Older: l.q.Older, Limit: membersPerPage}
}

// joined is the list by time.
func (l memberList) joined(ctx context.Context) (MemberPage, error) {
	page, err := models.ReadPage(l.db, l.place(), l.name, func(m models.Member) models.Cursor { return m.User.Cursor() },
		func(than *models.Cursor, limit int) ([]models.Member, error) {
			return l.db.MembersOlder(ctx, l.filter(), than, limit)
		},
		func(than models.Cursor, limit int) ([]models.Member, error) {
			return l.db.MembersNewer(ctx, l.filter(), than, limit)
		})
	if err != nil {
		return MemberPage{}, fmt.Errorf("list members: %w", err)
	}
	return MemberPage{page.Rows, page.Newer, page.Older}, nil
}

// found is the list of a search.
func (l memberList) found(ctx context.Context) (MemberPage, error) {
	page, err := models.ReadPage(l.db, l.place(), l.name, models.Found.Cursor,
		func(than *models.TermCursor, limit int) ([]models.Found, error) {
			if than == nil {
				than = &models.TermCursor{}
			}
			return l.db.FindMembersAfter(ctx, l.filter(), *than, limit)
		},
		func(than models.TermCursor, limit int) ([]models.Found, error) {
			return l.db.FindMembersBefore(ctx, l.filter(), than, limit)
		})
	if err != nil {
		return MemberPage{}, fmt.Errorf("find members: %w", err)
	}
	var members []models.Member
	for _, row := range page.Rows {
		members = append(members, row.Member)
	}
	return MemberPage{once(members), page.Newer, page.Older}, nil
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
