package auth

import (
	"context"
	"fmt"
	"slices"
	"time"

	"latchkey/models"
)

// activityPerPage is how many events a page of the list shows.
const activityPerPage = 25

// ActivityFilter selects events; zero values select all.
type ActivityFilter struct {
	Kind string // one of the kinds of activity_words.go
	Days int    // how far back
}

// ActivityEvent is one event of a person's own, as they may see it.
type ActivityEvent struct {
	ID         string
	At         time.Time
	What       string // in words
	Why        string // in words; may be empty
	Method     string
	NewBrowser bool
	ByOperator bool // who it was and from where is not said
	Browser    string
	System     string
	Address    string
	Place      string // empty: not known
	MayReport  bool   // "This was not me" still works for it
}

// ActivityPage is a page of the list and the places where its neighbours begin; nil: there is none.
type ActivityPage struct {
	Events       []ActivityEvent
	Newer, Older *models.Cursor
}

// ActivityAfter lists what happened to a person's account, the newest first: the page after a place, or the first
// (nil). Errors: ErrSignedOut.
func (s *Service) ActivityAfter(ctx context.Context, u *User, f ActivityFilter, place *models.Cursor) (ActivityPage, error) {
	if _, err := s.acting(ctx, u); err != nil {
		return ActivityPage{}, err
	}
	events, err := s.db.ActivityOlder(ctx, s.activityOf(u.ID, f), place, activityPerPage+1)
	if err != nil {
		return ActivityPage{}, fmt.Errorf("list activity: %w", err)
	}
	shown, more := firstEvents(events)
	return s.activityPage(ctx, shown, place != nil, more), nil
}

// ActivityBefore is the page before a place. Errors: ErrSignedOut.
func (s *Service) ActivityBefore(ctx context.Context, u *User, f ActivityFilter, place models.Cursor) (ActivityPage, error) {
	if _, err := s.acting(ctx, u); err != nil {
		return ActivityPage{}, err
	}
	events, err := s.db.ActivityNewer(ctx, s.activityOf(u.ID, f), place, activityPerPage+1)
	if err != nil {
		return ActivityPage{}, fmt.Errorf("list activity: %w", err)
	}
	shown, more := firstEvents(events)
	slices.Reverse(shown)
	return s.activityPage(ctx, shown, more, true), nil
}

// firstEvents cuts off the one event more that was asked for, to know whether another page follows.
func firstEvents(events []models.AuditEvent) (shown []models.AuditEvent, more bool) {
	if len(events) > activityPerPage {
		return events[:activityPerPage], true
	}
	return events, false
}

// activityOf are the events that a person may read: about them, and with words.
func (s *Service) activityOf(userID string, f ActivityFilter) models.Activity {
	a := models.Activity{SubjectID: userID, Actions: s.actionsOf(f.Kind)}
	if f.Days > 0 {
		a.Since = s.now().AddDate(0, 0, -f.Days)
	}
	return a
}

// mayReport tells whether somebody may still say that an event was not them. Nobody says it of an operator.
func (s *Service) mayReport(e models.AuditEvent) bool {
	return !byOperator(e) && s.now().Sub(e.CreatedAt) < s.cfg().AlarmTTL
}

func (s *Service) activityPage(ctx context.Context, events []models.AuditEvent, newer, older bool) ActivityPage {
	page := ActivityPage{Events: make([]ActivityEvent, len(events))}
	addresses := make([]string, len(events))
	for i, e := range events {
		page.Events[i] = s.activityEvent(e)
		addresses[i] = page.Events[i].Address
	}
	places := s.places(ctx, addresses...)
	for i := range page.Events {
		page.Events[i].Place = places[page.Events[i].Address]
	}
	if len(events) > 0 && newer {
		first := events[0].Cursor()
		page.Newer = &first
	}
	if len(events) > 0 && older {
		last := events[len(events)-1].Cursor()
		page.Older = &last
	}
	return page
}

// byOperator tells what an operator did, signed in or on the command line.
func byOperator(e models.AuditEvent) bool {
	_, command := e.Meta[metaCommandLine]
	return e.ActorKind == "operator" || command
}

func (s *Service) activityEvent(e models.AuditEvent) ActivityEvent {
	words := s.wordsOf(e.Action)
	event := ActivityEvent{
		ID: e.ID, At: e.CreatedAt, What: words.Done, Method: MethodWords([]models.Proof{{Method: e.Method}}),
		ByOperator: byOperator(e), MayReport: s.mayReport(e),
	}
	if e.Outcome == models.OutcomeFailure && words.Failed != "" {
		event.What = words.Failed
	}
	event.NewBrowser, _ = e.Meta[metaNewBrowser].(bool)
	if !event.ByOperator { // whose reasons are their own words
		event.Why, event.Address = reasonWords[e.Reason], e.Address
		event.Browser, event.System = describeUserAgent(e.UserAgent)
	}
	return event
}
