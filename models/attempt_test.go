package models_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

func TestCountAttempt_ExactUnderRace(t *testing.T) {
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		ctx := context.Background()
		key := models.AttemptKey{Rule: "L-01", Subject: "a|b"}
		won, lost := modelstest.Race(50, func(int) error {
			a, err := db.CountAttempt(ctx, key, time.Minute, 0)
			if err == nil && a.Hits > 5 {
				err = errors.New("over")
			}
			return err
		})
		if won != 5 || len(lost) != 45 {
			t.Errorf("%d passed a limit of 5, %d did not", won, len(lost))
		}
		list, err := db.Attempts(ctx, key, models.AttemptKey{Rule: "L-01", Subject: "other"})
		if err != nil || len(list) != 1 || list[0].Hits != 50 || !list[0].WindowEndsAt.Equal(clock.Now().Add(time.Minute)) {
			t.Errorf("counter: %+v, %v", list, err)
		}
	})
}

func TestCountAttempt_WindowStretchesAndEnds(t *testing.T) {
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		ctx := context.Background()
		key := models.AttemptKey{Rule: "L-02", Subject: "x"}
		count := func() models.Attempt {
			t.Helper()
			a, err := db.CountAttempt(ctx, key, time.Hour, 3)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		first := count()
		clock.Add(30 * time.Minute)
		if second := count(); second.Hits != 2 || !second.WindowEndsAt.Equal(first.WindowEndsAt) {
			t.Errorf("second hit moved the window: %+v", second)
		}
		if third := count(); !third.WindowEndsAt.Equal(clock.Now().Add(time.Hour)) {
			t.Errorf("the hit at the limit did not stretch the window: %+v", third)
		}
		clock.Add(time.Hour)
		if again := count(); again.Hits != 1 {
			t.Errorf("after the window: %d hits", again.Hits)
		}
		if err := db.GiveBackAttempt(ctx, key); err != nil {
			t.Fatal(err)
		}
		if again := count(); again.Hits != 1 {
			t.Errorf("after giving one back: %d hits", again.Hits)
		}
	})
}

func TestClearAttempts_OnlyThose(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		ctx := context.Background()
		keys := []models.AttemptKey{{Rule: "L-01", Subject: "aa|1"}, {Rule: "L-01", Subject: "aa|2"}, {Rule: "L-01", Subject: "ab|1"}, {Rule: "L-04", Subject: "aa|1"}}
		for _, key := range keys {
			if _, err := db.CountAttempt(ctx, key, time.Minute, 0); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.ClearAttemptsBelow(ctx, "L-01", "aa|"); err != nil {
			t.Fatal(err)
		}
		left, err := db.Attempts(ctx, keys...)
		if err != nil || len(left) != 2 {
			t.Fatalf("left: %+v, %v", left, err)
		}
		if err := db.ClearAttempts(ctx, keys[2]); err != nil {
			t.Fatal(err)
		}
		if left, _ = db.Attempts(ctx, keys...); len(left) != 1 || left[0].Rule != "L-04" {
			t.Errorf("left: %+v", left)
		}
	})
}
