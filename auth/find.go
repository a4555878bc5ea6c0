package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"latchkey/models"
)

// membersFound is how many people a search names at most; the list of members has the rest.
const membersFound = 6

// The kinds of things that operators find by their ids, beside people.
const (
	FoundSession = "session" // that lives
	FoundEvent   = "event"   // of the audit log
	FoundRequest = "request" // that left events there
	FoundBatch   = "batch"
	FoundActs    = "acts"   // of a batch that is swept away
	FoundReview  = "review" // that needs a person
	FoundCheck   = "check"  // of the audit log
	FoundView    = "view"   // of a member, by an operator
	FoundMail    = "mail"
)

// FoundThing is one thing that has an id of its own.
type FoundThing struct {
	Kind, ID string
	Member   models.User // whose session it is
	State    string      // of what needs a person
}

// Found is what a text leads operators to.
type Found struct {
	Members []models.User // whose address, domain, id or word of the name begins with it
	Exact   bool          // the first of them has it for address or id
	Things  []FoundThing  // that have it for an id
}

// Find looks for what operators may mean by a text. Nothing of it is kept. Errors: Forbidden, ErrSignedOut, Invalid (the search).
func (s *Service) Find(ctx context.Context, op Operator, typed string) (f Found, err error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return f, err
	}
	typed = strings.TrimSpace(typed)
	switch {
	case utf8.RuneCountInString(typed) > memberQueryMax:
		return f, Invalid{"q": fmt.Sprintf("Use at most %d characters", memberQueryMax)}
	case typed == "":
		return f, nil
	}
	db := s.db.Joined(ctx)
	if err := f.findMembers(ctx, db, typed); err != nil {
		return f, err
	}
	return f, f.findThings(ctx, db, strings.ToUpper(typed))
}

func (f *Found) findMembers(ctx context.Context, db *models.DB, typed string) error {
	found, _, err := db.FindMembersAfter(ctx, models.MemberFilter{Term: typed}, models.TermCursor{}, membersFound)
	if err != nil {
		return fmt.Errorf("find members: %w", err)
	}
	for _, row := range found {
		f.Members = append(f.Members, row.Member.User)
	}
	if len(f.Members) > 0 { // the shortest term comes first
		first := f.Members[0]
		f.Exact = strings.EqualFold(first.Email, typed) || strings.EqualFold(first.ID, typed)
	}
	return nil
}

// findThings asks each table only for what could be an id.
func (f *Found) findThings(ctx context.Context, db *models.DB, id string) error {
	if !models.IsID(id) {
		return nil
	}
	for _, one := range []struct {
		kind string
		look func(*FoundThing) error
	}{
		{FoundSession, func(f *FoundThing) error {
			live, err := db.LiveSessionByID(ctx, id, true)
			f.Member = live.Person
			return err
		}},
		{FoundEvent, func(*FoundThing) error { _, err := db.AuditEventByID(ctx, id); return err }},
		{FoundView, func(*FoundThing) error { _, err := db.MemberViewByID(ctx, id); return err }},
		{FoundMail, func(*FoundThing) error { _, err := db.LoggedMailByID(ctx, id); return err }},
		{FoundRequest, func(*FoundThing) error { return anyEvent(ctx, db, models.AuditFilter{RequestID: id}) }},
		{FoundBatch, func(f *FoundThing) error { return findBatch(ctx, db, f) }},
		{FoundReview, func(f *FoundThing) error {
			item, err := db.ReviewItemByID(ctx, id)
			f.State = item.State
			return err
		}},
		{FoundCheck, func(*FoundThing) error { _, err := db.AuditCheckByID(ctx, id); return err }},
	} {
		thing := FoundThing{Kind: one.kind, ID: id}
		err := one.look(&thing)
		if errors.Is(err, models.ErrNotFound) {
			continue
		}
		if err != nil {
			return fmt.Errorf("find a %s: %w", one.kind, err)
		}
		f.Things = append(f.Things, thing)
	}
	return nil
}

// findBatch finds a batch, or else the acts that it left in the audit log.
func findBatch(ctx context.Context, db *models.DB, f *FoundThing) error {
	_, err := db.BatchByID(ctx, f.ID)
	if !errors.Is(err, models.ErrNotFound) {
		return err
	}
	f.Kind = FoundActs
	return anyEvent(ctx, db, models.AuditFilter{BatchID: f.ID})
}

// anyEvent is models.ErrNotFound where a filter of the audit log selects nothing.
func anyEvent(ctx context.Context, db *models.DB, filter models.AuditFilter) error {
	events, err := db.AuditOlder(ctx, filter, nil, 1)
	if err == nil && len(events) == 0 {
		return models.ErrNotFound
	}
	return err
}
