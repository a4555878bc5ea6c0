package auth_test

import (
	"context"
	"maps"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models"
)

// figures are those of today, after the log was sealed and counted.
func (st *site) figures() map[string]int64 {
	st.t.Helper()
	if _, err := st.db.SealAudit(context.Background()); err != nil {
		st.t.Fatal(err)
	}
	if err := st.s.TendDays(context.Background()); err != nil {
		st.t.Fatal(err)
	}
	overview, err := st.s.OperatorOverview(context.Background(), auth.CommandLine(), auth.OperatorOverviewQuery{Days: 1, Figures: everyFigure})
	if err != nil {
		st.t.Fatal(err)
	}
	today := map[string]int64{}
	for figure, days := range overview.Daily {
		today[figure] = days[models.Day(st.clock.Now())]
	}
	return today
}

var everyFigure = []string{
	models.FigureMembers, models.FigureSecondFactor, models.FigurePasskey, models.FigureNewMembers, models.FigureActive, models.FigureSignUps,
	models.FigureSignedIn, models.FigureSignInFailed, models.FigureSignInHeld, models.FigureFailures,
}

// TestDailyFigures: what people did in a day is what its figures say.
func TestDailyFigures(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.morning()
		st.person(member)
		st.person("off@example.test")
		if err := st.s.DisableUser(context.Background(), st.row("off@example.test").ID, "spam", nil); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second one replaces the first, which was never confirmed
			wantRedirect(t, st.browser().signUp("new@example.test"), "/verify-email")
		}
		wantPage(t, st.browser().signInWith(member, "wrong-password"), 422, "wrong")
		wantPage(t, st.browser().signInWith("off@example.test", goodPassword), 422, "wrong")
		b := st.browser().mustSignIn(member)
		want := map[string]int64{
			models.FigureMembers: 3, models.FigureSecondFactor: 0, models.FigurePasskey: 0, models.FigureNewMembers: 3, models.FigureSignUps: 2,
			models.FigureActive: 3, models.FigureSignedIn: 1, models.FigureSignInFailed: 1, models.FigureSignInHeld: 1, models.FigureFailures: 2,
		}
		if got := st.figures(); !maps.Equal(got, want) {
			t.Errorf("figures are %v\nand should be  %v", got, want)
		}

		for range 21 { // until one in the morning
			st.clock.Add(time.Hour)
			wantPage(t, b.get("/dashboard"), 200, "")
		}
		wantPage(t, b.get("/dashboard"), 200, "")
		if got := st.figures(); got[models.FigureActive] != 1 || got[models.FigureSignedIn] != 0 {
			t.Errorf("the day after: %v", got)
		}
	})
}

// morning moves to four in the morning of the next day, so that a test ends on the day it began.
func (st *site) morning() {
	now := st.clock.Now().UTC()
	st.clock.Add(now.Truncate(24 * time.Hour).Add(28 * time.Hour).Sub(now))
}
