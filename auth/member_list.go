package auth

import (
	"context"
	"fmt"
	"strings"
	"time"

	"latchkey/models"
)

// MemberPage is a page of the list and the places where its neighbours begin; empty: there is none.
type MemberPage struct {
	Members      []models.Member
	Newer, Older string
	Sort         models.MemberSort // the order it is in; a filter and a search have their own
	Partial      bool              // a search that matches too many was not looked through to its end
}

// Members lists people in the order asked for, or, where something is searched, in the order of what matched. Errors:
// Forbidden, ErrSignedOut, Invalid (on a field), models.ErrNoCursor.
func (s *Service) Members(ctx context.Context, op Operator, q MemberQuery) (page MemberPage, err error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return page, err
	}
	filter, err := q.filter()
	if err != nil {
		return page, err
	}
	db := s.db.Joined(ctx)
	page.Sort = q.sortOf(filter)
	list := memberList{db, filter, page.Sort, models.Place{Newer: q.Newer, Older: q.Older, Limit: rowsOnPage(q.PerPage)}, q.name(op, page.Sort)}
	if filter.Term != "" {
		err = list.found(ctx, &page)
	} else {
		err = list.walked(ctx, &page)
	}
	return page, err
}

// membersCounted is how far people are counted: a list of a million is not read to say how long it is.
const membersCounted = 10_000

// CountMembers counts the people in a state (empty: all), at most one more than 10,000. Errors: Forbidden, ErrSignedOut.
func (s *Service) CountMembers(ctx context.Context, op Operator, state string) (int, error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return 0, err
	}
	return s.countMembers(ctx, state)
}

// countMembers takes what was too long to be counted for that long for another minute: it hardly becomes short meanwhile, and to
// walk 10,000 places again for each page is most of what the page costs.
func (s *Service) countMembers(ctx context.Context, state string) (int, error) {
	if until, many := s.manyMembers.Load(state); many && s.now().Before(until.(time.Time)) {
		return membersCounted + 1, nil
	}
	n, err := s.db.Joined(ctx).CountMembers(ctx, state, membersCounted+1)
	if err != nil {
		return 0, fmt.Errorf("count members: %w", err)
	}
	if n > membersCounted {
		s.manyMembers.Store(state, s.now().Add(time.Minute))
	}
	return n, nil
}

// MemberCounts counts everybody and then the people in each of models.MemberStates, as CountMembers does.
func (s *Service) MemberCounts(ctx context.Context, op Operator) ([]int, error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return nil, err
	}
	var counts []int
	for _, state := range append([]string{""}, models.MemberStates...) {
		n, err := s.countMembers(ctx, state)
		if err != nil {
			return nil, err
		}
		counts = append(counts, n)
	}
	return counts, nil
}

// memberList reads pages of one list; name is what its places are sealed for.
type memberList struct {
	db     *models.DB
	filter models.MemberFilter
	sort   models.MemberSort
	place  models.Place
	name   string
}

// walked is a list without a search.
func (l *memberList) walked(ctx context.Context, to *MemberPage) error {
	page, err := models.ReadPage(l.db, l.place, l.name, l.sort.PlaceOf,
		func(than *models.MemberPlace, limit int) ([]models.Member, error) {
			return l.db.MembersAfter(ctx, l.filter, l.sort, than, limit)
		},
		func(than models.MemberPlace, limit int) ([]models.Member, error) {
			return l.db.MembersBefore(ctx, l.filter, l.sort, than, limit)
		})
	if err != nil {
		return fmt.Errorf("list members: %w", err)
	}
	to.Members, to.Newer, to.Older = page.Rows, page.Newer, page.Older
	return nil
}

// found is the list of a search.
func (l *memberList) found(ctx context.Context, to *MemberPage) error {
	page, err := models.ReadPage(l.db, l.place, l.name, models.Found.Cursor,
		func(than *models.TermCursor, limit int) (rows []models.Found, err error) {
			if than == nil {
				than = &models.TermCursor{}
			}
			rows, to.Partial, err = l.db.FindMembersAfter(ctx, l.filter, *than, limit)
			return rows, err
		},
		func(than models.TermCursor, limit int) (rows []models.Found, err error) {
			rows, to.Partial, err = l.db.FindMembersBefore(ctx, l.filter, than, limit)
			return rows, err
		})
	if err != nil {
		return fmt.Errorf("find members: %w", err)
	}
	for _, row := range page.Rows {
		to.Members = append(to.Members, row.Member)
	}
	to.Newer, to.Older = page.Newer, page.Older
	return nil
}

// name is what the places of a list are sealed for.
func (q MemberQuery) name(op Operator, sort models.MemberSort) string {
	q.Term, q.Sort, q.PerPage, q.Newer, q.Older = strings.TrimSpace(q.Term), string(sort), 0, "", ""
	return fmt.Sprintf("members|%s|%+v", op.ID, q)
}
