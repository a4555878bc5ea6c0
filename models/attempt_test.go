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
			after, err := db.CountAttempts(ctx, models.Counting{AttemptKey: key, Window: time.Minute})
			if err == nil && after[0].Hits > 5 {
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
			after, err := db.CountAttempts(ctx, models.Counting{AttemptKey: key, Window: time.Hour, Most: 3, Pause: time.Hour})
			if err != nil || len(after) != 1 {
				t.Fatal(after, err)
			}
			return after[0]
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
		if err := db.ForgiveAttempts(ctx, []models.AttemptKey{key}, nil); err != nil {
			t.Fatal(err)
		}
		if again := count(); again.Hits != 1 {
			t.Errorf("after giving one back: %d hits", again.Hits)
		}
	})
}

// TestCountAttempts_AllOrNone: counters rise together, and not at all when one of them is at its most; what turned
// out well is given back, and one's own mistakes are forgotten, without touching a neighbour.
func TestCountAttempts_AllOrNone(t *testing.T) {
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		ctx := context.Background()
		pair := models.Counting{AttemptKey: models.AttemptKey{Rule: "L-01", Subject: "a|1"}, Window: time.Minute, Most: 2, Pause: time.Minute}
		network := models.Counting{AttemptKey: models.AttemptKey{Rule: "L-04", Subject: "1"}, Window: time.Hour, Most: 9}
		noted := models.Counting{AttemptKey: models.AttemptKey{Rule: "L-02 lock", Subject: "a"}, Window: time.Hour}
		other := models.Counting{AttemptKey: models.AttemptKey{Rule: "L-04", Subject: "2"}, Window: time.Hour, Most: 9}
		count := func(raised int, list ...models.Counting) {
			t.Helper()
			if after, err := db.CountAttempts(ctx, list...); err != nil || len(after) != raised {
				t.Fatalf("%d counters raised, want %d: %v", len(after), raised, err)
			}
		}
		stand := func(want ...int) {
			t.Helper()
			for i, c := range []models.Counting{pair, network, noted, other} {
				hits, list, err := 0, []models.Attempt(nil), error(nil)
				if list, err = db.Attempts(ctx, c.AttemptKey); err != nil {
					t.Fatal(err)
				}
				if len(list) == 1 {
					hits = list[0].Hits
				}
				if hits != want[i] {
					t.Errorf("%s of %s stands at %d, want %d", c.Rule, c.Subject, hits, want[i])
				}
			}
		}
		count(1, other)
		count(3, network, pair, noted)
		clock.Add(30 * time.Second)
		count(3, pair, noted, network)
		stand(2, 2, 2, 1)
		clock.Add(45 * time.Second) // past the first window: the second hit stretched it
		count(0, network, pair, noted)
		stand(2, 2, 2, 1)
		if err := db.ForgiveAttempts(ctx, []models.AttemptKey{network.AttemptKey, noted.AttemptKey}, []models.AttemptKey{pair.AttemptKey}); err != nil {
			t.Fatal(err)
		}
		stand(0, 1, 1, 1)
		count(3, network, pair, noted)
		stand(1, 2, 2, 1)
	})
}

func TestClearAttempts_OnlyThose(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		ctx := context.Background()
		keys := []models.AttemptKey{{Rule: "L-01", Subject: "aa|1"}, {Rule: "L-01", Subject: "aa|2"}, {Rule: "L-01", Subject: "ab|1"}, {Rule: "L-04", Subject: "aa|1"}}
		for _, key := range keys {
			if _, err := db.CountAttempts(ctx, models.Counting{AttemptKey: key, Window: time.Minute}); err != nil {
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
