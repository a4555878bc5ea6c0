package auth

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"latchkey/models"
)

const (
	auditTextMax = 254 // of what is typed into one field, in characters: no address is longer
	auditPeople  = 10  // that a search by name may mean at once
)

// AuditQuery selects events for operators, and says which page of the list. Texts are as they were typed.
type AuditQuery struct {
	Person   string // an address or a name, or the start of one, or an id
	Part     models.AuditRole
	Families []string
	Actions  []models.Action
	Outcome  string

	Operators, ViewedAs             bool
	Client, Address, Request, Batch string // Address may be a range

	Days     int    // how far back
	From, To string // the first and the last day, in UTC

	PerPage      int    // one of PageSizes; 0: the fewest
	Newer, Older string // a place that a page before named; at most one of them
}

// AuditPage is a page of the list and the places where its neighbours begin; empty: there is none.
type AuditPage struct {
	Events       []models.AuditEvent
	Meant        []models.User          // whom Person names
	People       map[string]models.User // who is in the events, by id
	Newer, Older string
}

// AuditLog lists events for operators, the newest first. Errors: Forbidden, ErrSignedOut, Invalid (on a field),
// models.ErrNoCursor.
func (s *Service) AuditLog(ctx context.Context, op Operator, q AuditQuery) (page AuditPage, err error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return page, err
	}
	db := s.db.Joined(ctx)
	filter, meant, err := s.auditFilter(ctx, db, q)
	if page.Meant = meant; err != nil {
		return page, err
	}
	at := models.Place{Newer: q.Newer, Older: q.Older, Limit: rowsOnPage(q.PerPage)}
	q.Newer, q.Older, q.PerPage = "", "", 0
	list, err := models.ReadPage(db, at, fmt.Sprintf("audit|%s|%+v", op.ID, q), models.AuditEvent.Cursor,
		func(than *models.Cursor, limit int) ([]models.AuditEvent, error) {
			return db.AuditOlder(ctx, filter, than, limit)
		},
		func(than models.Cursor, limit int) ([]models.AuditEvent, error) {
			return db.AuditNewer(ctx, filter, than, limit)
		})
	if err != nil {
		return page, wideNetwork(err)
	}
	page.Events, page.Newer, page.Older = list.Rows, list.Newer, list.Older
	page.People, err = peopleIn(ctx, db, page.Events...)
	return page, err
}

// auditFilter reads what was typed.
func (s *Service) auditFilter(ctx context.Context, db *models.DB, q AuditQuery) (f models.AuditFilter, meant []models.User, err error) {
	f = models.AuditFilter{
		Role: q.Part, Families: q.Families, Actions: q.Actions, Outcome: q.Outcome, Operators: q.Operators, ViewedAs: q.ViewedAs,
		ClientID: strings.TrimSpace(q.Client), RequestID: strings.TrimSpace(q.Request), BatchID: strings.TrimSpace(q.Batch),
	}
	wrong := Invalid{}
	for field, typed := range map[string]string{"person": q.Person, "client": q.Client, "address": q.Address, "request": q.Request, "batch": q.Batch} {
		if utf8.RuneCountInString(typed) > auditTextMax {
			wrong[field] = fmt.Sprintf("Use at most %d characters", auditTextMax)
		}
	}
	var ok bool
	if f.Network, ok = readNetwork(q.Address); !ok {
		wrong["address"] = noNetwork
	}
	if f.From, f.To, ok = s.auditSpan(q); !ok {
		wrong["from"] = "Choose days, the first one before the last"
	}
	if len(wrong) > 0 {
		return f, nil, wrong
	}
	if f.People, meant, err = s.auditPeople(ctx, db, strings.TrimSpace(q.Person)); err != nil {
		return f, meant, err
	}
	return f, meant, nil
}

// readNetwork reads an address or a range of them; nothing typed is no network.
func readNetwork(typed string) (network netip.Prefix, ok bool) {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return network, true
	}
	if address, err := netip.ParseAddr(typed); err == nil && address.Zone() == "" {
		address = address.Unmap()
		return netip.PrefixFrom(address, address.BitLen()), true
	}
	network, err := netip.ParsePrefix(typed)
	return network.Masked(), err == nil && !network.Addr().Is4In6()
}

func (s *Service) auditSpan(q AuditQuery) (from, to time.Time, ok bool) {
	from, to, ok = models.DaysBetween(q.From, q.To)
	if from.IsZero() && q.Days > 0 {
		from = s.now().AddDate(0, 0, -q.Days)
	}
	return from, to, ok && (from.IsZero() || to.IsZero() || from.Before(to))
}

// auditPeople are the ids of whom a text names. The log knows ids alone, so it finds what somebody did under an older name.
// What could be an id is taken for one where nobody is found: the account may be gone, and a target may be no person.
func (s *Service) auditPeople(ctx context.Context, db *models.DB, typed string) (ids []string, meant []models.User, err error) {
	if typed == "" {
		return nil, nil, nil
	}
	found, _, err := db.FindMembersAfter(ctx, models.MemberFilter{Term: typed}, models.TermCursor{}, auditPeople+1)
	if err != nil {
		return nil, nil, fmt.Errorf("find who is meant: %w", err)
	}
	for _, f := range found {
		u := f.Member.User
		if strings.EqualFold(u.Email, typed) || strings.EqualFold(u.ID, typed) {
			return []string{u.ID}, []models.User{u}, nil
		}
		ids, meant = append(ids, u.ID), append(meant, u)
	}
	switch {
	case len(ids) > auditPeople:
		return nil, nil, Invalid{"person": fmt.Sprintf("More than %d members fit. Type more of the address or name", auditPeople)}
	case len(ids) == 0 && !strings.ContainsAny(typed, "@ "):
		return []string{typed}, nil, nil
	case len(ids) == 0:
		return []string{}, nil, nil
	}
	return ids, meant, nil
}

func wideNetwork(err error) error {
	if errors.Is(err, models.ErrWideNetwork) {
		return Invalid{"address": "The log holds too many addresses of that range. Choose a smaller one"}
	}
	return err
}

// peopleIn are those whom events name, as far as they still have an account.
func peopleIn(ctx context.Context, db *models.DB, events ...models.AuditEvent) (map[string]models.User, error) {
	var ids []string
	for _, e := range events {
		ids = append(ids, e.ActorID, e.EffectiveID, e.SubjectID)
	}
	return peopleByID(ctx, db, ids...)
}

// peopleByID are those with these ids, as far as they still have an account.
func peopleByID(ctx context.Context, db *models.DB, ids ...string) (map[string]models.User, error) {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == "" })
	slices.Sort(ids)
	list, err := db.UsersByIDs(ctx, slices.Compact(ids))
	if err != nil {
		return nil, fmt.Errorf("read people: %w", err)
	}
	people := make(map[string]models.User, len(list))
	for _, u := range list {
		people[u.ID] = u
	}
	return people, nil
}
