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

// PageSizes are how many people a page of the list may show; the first one is taken where nobody has chosen.
var PageSizes = []int{25, 50, 100}

// MemberPage is a page of the list and the places where its neighbours begin; empty: there is none.
type MemberPage struct {
	Members      []models.Member
	Newer, Older string
	Sort         models.MemberSort // the order it is in; a filter and a search have their own
	PerPage      int
	Partial      bool // a search that matches too many was not looked through to its end
}

// Members lists people in the order asked for, or, where something is searched, in the order of what matched. What is not asked
// is as the operator chose it last. Errors: Forbidden, ErrSignedOut, Invalid (on a field), models.ErrNoCursor.
func (s *Service) Members(ctx context.Context, op Operator, q MemberQuery) (page MemberPage, err error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return page, err
	}
	filter, err := q.filter()
	if err != nil {
		return page, err
	}
	db := s.db.Joined(ctx)
	chosen, err := db.ListChoiceOf(ctx, op.ID, listOfMembers)
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return page, fmt.Errorf("read what was chosen: %w", err)
	}
	page.PerPage = cmp.Or(q.PerPage, chosen.PerPage, PageSizes[0])
	page.Sort = q.sortOf(chosen.Sort, filter)
	list := memberList{db, filter, page.Sort, models.Place{Newer: q.Newer, Older: q.Older, Limit: page.PerPage}, q.name(op, page.Sort)}
	if filter.Term != "" {
		err = list.found(ctx, &page)
	} else {
		err = list.walked(ctx, &page)
	}
	return page, err
}

// listOfMembers is what the list is called where choices are kept.
const listOfMembers = "members"

// ChooseMemberList keeps in which order and how many at once an operator wants to see members. It is no act on anybody and leaves
// no row in the audit log. Errors: Forbidden, ErrSignedOut, Invalid.
func (s *Service) ChooseMemberList(ctx context.Context, op Operator, sort models.MemberSort, perPage int) error {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return err
	}
	if !slices.Contains(models.MemberSorts, sort) || !slices.Contains(PageSizes, perPage) {
		return Invalid{"sort": "Choose an order and a number from the lists"}
	}
	return s.db.Joined(ctx).ChooseList(ctx, models.ListChoice{UserID: op.ID, List: listOfMembers, Sort: string(sort), PerPage: perPage})
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
	return strings.Join([]string{listOfMembers, op.ID, string(sort), q.State, q.Role, q.Factor, q.JoinedFrom, q.JoinedTo, q.SeenFrom, q.SeenTo, strings.TrimSpace(q.Term)}, "|")
}
