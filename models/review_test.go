package models_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// reviewing is a finder whose findings the test decides, and what became of them.
type reviewing struct {
	t     *testing.T
	db    *models.DB
	keep  time.Duration
	found []models.ReviewFinding
}

func (r *reviewing) look(found ...models.ReviewFinding) {
	r.t.Helper()
	r.found = found
	if err := r.db.WakeReview(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	finder := models.ReviewFinder{Kind: "test", Keep: r.keep, Find: func(context.Context) ([]models.ReviewFinding, error) { return r.found, nil }}
	if err := r.db.RefreshReview(r.t.Context(), finder); err != nil {
		r.t.Fatal(err)
	}
}

func (r *reviewing) in(state string) (list []models.ReviewItem) {
	r.t.Helper()
	list, err := r.db.ReviewOlder(r.t.Context(), state, nil, 100)
	if err != nil {
		r.t.Fatal(err)
	}
	return list
}

// want expects one item in a state, and none elsewhere.
func (r *reviewing) want(what, state string, times int) models.ReviewItem {
	r.t.Helper()
	var only models.ReviewItem
	for _, s := range models.ReviewStates {
		for _, item := range r.in(s) {
			if only = item; s != state || item.Times != times || len(r.in(s)) != 1 {
				r.t.Errorf("%s: %d times, %s, want %d, %s", what, item.Times, s, times, state)
			}
		}
	}
	if only.ID == "" {
		r.t.Errorf("%s: nothing is there, want %s", what, state)
	}
	return only
}

func (r *reviewing) wantNone(what string) {
	r.t.Helper()
	for _, s := range models.ReviewStates {
		if n := len(r.in(s)); n > 0 {
			r.t.Errorf("%s: %d are %s", what, n, s)
		}
	}
}

func (r *reviewing) aside(until *time.Time) {
	r.t.Helper()
	item := r.in(models.ReviewOpen)[0]
	err := r.db.InTx(r.t.Context(), func(tx *models.Tx) error { return tx.SetReviewAside(r.t.Context(), item.ID, "OP", until) })
	if err != nil {
		r.t.Fatal(err)
	}
}

// TestReview_WhatIsSo (D-16): a thing stays while it is so and goes by itself; acknowledged it stays away as long as it goes on;
// cured and there again, it is new.
func TestReview_WhatIsSo(t *testing.T) {
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		r := &reviewing{t: t, db: db}
		thing := models.ReviewFinding{Subject: "mail", Detail: "it does not answer", Severity: models.SeverityAlert}
		r.look(thing)
		first := r.want("seen", models.ReviewOpen, 1)
		clock.Add(time.Minute)
		thing.Detail = strings.Repeat("é", 400)
		r.look(thing)
		if again := r.want("still so", models.ReviewOpen, 1); !again.FirstAt.Equal(first.FirstAt) || again.ID != first.ID || len(again.Detail) != 500 {
			t.Errorf("it became %+v", again)
		}
		r.aside(nil)
		clock.Add(time.Minute)
		r.look(thing)
		r.want("acknowledged and still so", models.ReviewAcknowledged, 1)
		r.look()
		r.wantNone("cured")
		r.look(thing)
		r.want("so again", models.ReviewOpen, 1)

		end := db.Now().Add(time.Hour)
		r.aside(&end)
		clock.Add(59 * time.Minute)
		r.look(thing)
		r.want("snoozed", models.ReviewSnoozed, 1)
		clock.Add(time.Minute)
		r.look(thing)
		if item := r.want("the time is over", models.ReviewOpen, 1); item.UntilAt != nil || item.DecidedBy != "" {
			t.Errorf("it is %+v", item)
		}
		r.aside(&end)
		clock.Add(2 * time.Hour)
		r.look()
		r.wantNone("cured while it was snoozed")
	})
}

// TestReview_WhatHappens (D-16): what happens is counted once however often it is looked at; acknowledged, it comes back when it
// happens after that; long ago, it goes.
func TestReview_WhatHappens(t *testing.T) {
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		r := &reviewing{t: t, db: db, keep: 7 * 24 * time.Hour}
		var at []time.Time
		happened := func() models.ReviewFinding {
			return models.ReviewFinding{Subject: "app", Severity: models.SeverityAlert, Happened: at}
		}
		at = append(at, db.Now(), db.Now().Add(-time.Minute))
		r.look(happened())
		r.look(happened())
		if item := r.want("twice", models.ReviewOpen, 2); item.LastAt.Sub(item.FirstAt) != time.Minute {
			t.Errorf("since %v, last %v", item.FirstAt, item.LastAt)
		}
		clock.Add(time.Minute)
		at = append(at[1:], db.Now()) // the oldest is not looked at any more
		r.look(happened())
		r.want("once more", models.ReviewOpen, 3)
		clock.Add(time.Second)
		r.aside(nil)
		clock.Add(time.Second)
		r.look(happened())
		r.want("acknowledged", models.ReviewAcknowledged, 3)
		at = append(at, db.Now())
		r.look(happened())
		if item := r.want("anew", models.ReviewOpen, 4); item.DecidedAt != nil {
			t.Errorf("it is %+v", item)
		}
		r.look()
		r.want("it has not happened again", models.ReviewOpen, 4)
		clock.Add(7 * 24 * time.Hour)
		r.look()
		r.wantNone("long ago")
	})
}

// TestReview_FinderFails: what a finder could not look at stays as it was.
func TestReview_FinderFails(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		r := &reviewing{t: t, db: db}
		r.look(models.ReviewFinding{Subject: "mail"})
		fault := errors.New("out of order")
		err := db.RefreshReview(t.Context(), models.ReviewFinder{Kind: "test", Find: func(context.Context) ([]models.ReviewFinding, error) { return nil, fault }})
		if !errors.Is(err, fault) {
			t.Errorf("the finder's fault: %v", err)
		}
		r.want("the finder failed", models.ReviewOpen, 1)
	})
}

// TestListsUseIndexes_Review (D-08): the list of what needs a person walks one index in each state, and so does its number.
func TestListsUseIndexes_Review(t *testing.T) {
	modelstest.EachInSteps(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		numbers, at := "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 20000)", "datetime('2026-01-01', '+' || n || ' seconds') || '+00:00'"
		if db.Dialect() == "postgres" {
			at = "timestamptz '2026-01-01 00:00:00Z' + n * interval '1 second'"
		}
		sayer(t, db)(numbers+" INSERT INTO review_items (id, kind, subject, detail, severity, times, first_at, last_at, state) SELECT 'R' || n, 'test', 'S' || n, '', 'alert', 1, "+at+", "+at+
			", CASE n % 3 WHEN 0 THEN 'open' WHEN 1 THEN 'snoozed' ELSE 'acknowledged' END FROM numbers", "ANALYZE")
		plans, place := newPlanner(t, db), models.Cursor{CreatedAt: time.Date(2026, 1, 1, 4, 0, 0, 0, time.UTC), ID: "R7"}
		for _, state := range models.ReviewStates {
			for _, s := range db.ReviewStatements(t.Context(), state, place) {
				if index, plan := plans.of(s); index != "review_items_list" {
					t.Errorf("%s walks %q\n%s\n%s", state, index, s.SQL, plan)
				}
			}
		}
		if n, err := db.CountReview(t.Context(), 100); n != 100 || err != nil {
			t.Errorf("counted %d, %v", n, err)
		}
	})
}
