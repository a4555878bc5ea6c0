package auth

import (
	"context"
	"fmt"
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

// ActivityPage is a page of the list and the places where its neighbours begin; empty: there is none.
type ActivityPage struct {
	Events       []ActivityEvent
	Newer, Older string
}

// Activity lists what happened to a person's account, the newest first: the page before the place newer, after the place older,
// or the first. Errors: ErrSignedOut, models.ErrNoCursor.
func (s *Service) Activity(ctx context.Context, u *User, f ActivityFilter, newer, older string) (ActivityPage, error) {
	if _, err := s.acting(ctx, u); err != nil {
		return ActivityPage{}, err
	}
	own, at := s.activityOf(u.ID, f), models.Place{Newer: newer, Older: older, Limit: activityPerPage}
	page, err := models.ReadPage(s.db, at, fmt.Sprintf("activity|%s|%s|%d", u.ID, f.Kind, f.Days), models.AuditEvent.Cursor,
		func(than *models.Cursor, limit int) ([]models.AuditEvent, error) {
			return s.db.ActivityOlder(ctx, own, than, limit)
		},
		func(than models.Cursor, limit int) ([]models.AuditEvent, error) {
			return s.db.ActivityNewer(ctx, own, than, limit)
		})
	if err != nil {
		return ActivityPage{}, fmt.Errorf("list activity: %w", err)
	}
	return ActivityPage{s.activityEvents(ctx, page.Rows), page.Newer, page.Older}, nil
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

func (s *Service) activityEvents(ctx context.Context, rows []models.AuditEvent) []ActivityEvent {
	events, addresses := make([]ActivityEvent, len(rows)), make([]string, len(rows))
	for i, row := range rows {
		events[i] = s.activityEvent(row)
		addresses[i] = events[i].Address
	}
	places := s.places(ctx, addresses...)
	for i := range events {
		events[i].Place = places[events[i].Address]
	}
	return events
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
