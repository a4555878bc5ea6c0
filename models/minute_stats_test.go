package models_test

import (
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

func counted(total, failed int64, took ...time.Duration) models.Count {
	c := models.Count{Total: total, Failed: failed}
	for _, d := range took {
		c.Times.Add(d)
	}
	return c
}

// TestMinuteStats (D-17): what several processes count adds up, in every span; a batch that is sent again counts once; and what
// is older than it is kept goes.
func TestMinuteStats(t *testing.T) {
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		clock.Add(clock.Now().Truncate(24 * time.Hour).Add(36 * time.Hour).Sub(clock.Now())) // noon
		at := clock.Now()
		var processes sync.WaitGroup
		for range 4 {
			p := models.Process{ID: models.NewID(), Version: "1", StartedAt: at}
			processes.Go(func() {
				for number := range int64(3) {
					for range 2 { // the answer to the first was lost
						err := db.WriteCounts(t.Context(), p, models.CountBatch{
							Number: number + 1, At: at.Add(time.Duration(number) * time.Minute), Counts: map[string]models.Count{"a": counted(10, 1, time.Millisecond, time.Hour), "b": counted(1, 0)},
							Daily: map[string]int64{models.FigureJobsDone: 2, models.FigureMailsSent: 1},
						})
						if err != nil {
							t.Error(err)
						}
					}
				}
			})
		}
		processes.Wait()
		for span, rows := range map[int]int{1: 6, 30: 2, 120: 2} {
			list, err := db.MinuteStats(t.Context(), span, at)
			all := models.Count{}
			for _, row := range list {
				if row.Name == "a" {
					all = all.Plus(row.Count)
				}
			}
			want := models.Count{Total: 120, Failed: 12}
			want.Times[0], want.Times[len(want.Times)-1] = 12, 12
			if err != nil || len(list) != rows || all != want {
				t.Errorf("span %d: %v, %d rows with %+v", span, err, len(list), all)
			}
		}
		if got := kept(t, db); got[models.Day(at)+" jobs.done"] != 24 || got[models.Day(at)+" mails.sent"] != 12 {
			t.Errorf("of the day: %v", got)
		}
		if list, err := db.Processes(t.Context(), 10); err != nil || len(list) != 4 || list[0].Batch != 3 {
			t.Errorf("%v, processes %+v", err, list)
		}
		sweepMinuteStats(t, db, clock)
	})
}

func sweepMinuteStats(t *testing.T, db *models.DB, clock *modelstest.Clock) {
	t.Helper()
	for _, days := range []int{7, 2} {
		clock.Add(time.Duration(days) * 24 * time.Hour)
		if err := db.SweepCounts(t.Context()); err != nil {
			t.Fatal(err)
		}
		left := tally(t, db, "SELECT 'minutes', count(*) FROM minute_stats UNION ALL SELECT 'processes', count(*) FROM processes")
		if want := map[string]int{"minutes": map[int]int{7: 10, 2: 0}[days], "processes": 0}; !maps.Equal(left, want) {
			t.Errorf("%d days later there are %v", days, left)
		}
	}
}

// TestQuantile: what all but the slowest took lies in the step in which they were counted.
func TestQuantile(t *testing.T) {
	var times []time.Duration
	for i := range 100 {
		times = append(times, time.Duration(i+1)*time.Millisecond)
	}
	c := counted(100, 0, times...)
	for share, want := range map[float64]time.Duration{.01: time.Millisecond, .5: 50 * time.Millisecond, .95: 95 * time.Millisecond, 1: 100 * time.Millisecond} {
		if got := c.Times.Quantile(share); (got - want).Abs() > time.Millisecond {
			t.Errorf("%v of them take %s, not %s", share, got, want)
		}
	}
	if got := (models.Histogram{}).Quantile(.5); got != 0 {
		t.Errorf("of none: %s", got)
	}
	if got := counted(1, 0, time.Hour).Times.Quantile(.5); got != 5*time.Second {
		t.Errorf("beyond the last limit: %s", got)
	}
}

// TestHealthUsesIndexes: what the page of health asks of tables that grow walks an index, whatever is in them.
func TestHealthUsesIndexes(t *testing.T) {
	modelstest.EachInSteps(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		numbers, at := "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 30000)", "datetime('2026-01-01', '+' || n || ' minutes') || '+00:00'"
		if db.Dialect() == "postgres" {
			at = "timestamptz '2026-01-01 00:00:00Z' + n * interval '1 minute'"
		}
		sayer(t, db)(
			numbers+" INSERT INTO minute_stats SELECT 1, "+at+", 'http.product', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM numbers",
			numbers+" INSERT INTO river_job (args, kind, max_attempts, metadata, queue, state, scheduled_at) SELECT '{}', 'x', 8, '{}', 'default', 'available', "+at+" FROM numbers", "ANALYZE")
		plans := newPlanner(t, db)
		for name, statement := range db.HealthStatements(time.Date(2026, 1, 20, 0, 0, 0, 0, time.UTC)) {
			if index, plan := plans.of(statement); index == "" {
				t.Errorf("%s: %s\n%s", name, statement.SQL, plan)
			}
		}
	})
}

// TestQueueDepth: jobs are counted by what becomes of them, no further than needs be, and the oldest of those waiting is found.
func TestQueueDepth(t *testing.T) {
	modelstest.EachInSteps(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		if q, err := db.QueueDepth(t.Context()); err != nil || q != (models.QueueDepth{}) {
			t.Errorf("of an empty queue: %+v, %v", q, err)
		}
		err := db.InTx(t.Context(), func(tx *models.Tx) error {
			return tx.SendMail(t.Context(), models.Mail{Kind: "x", To: "ada@example.test"})
		})
		if err != nil {
			t.Fatal(err)
		}
		if q, err := db.QueueDepth(t.Context()); err != nil || q.Waiting != 1 || time.Since(q.Oldest).Abs() > time.Minute {
			t.Errorf("of one mail: %+v, %v", q, err)
		}
	})
}

// TestStorage: the database says how much it takes, and what schema it has.
func TestStorage(t *testing.T) {
	modelstest.EachInSteps(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		if err := db.CreateUser(t.Context(), &models.User{Email: "ada@example.test"}); err != nil {
			t.Fatal(err)
		}
		s, err := db.Storage(t.Context())
		if err != nil || s.Size < 100<<10 || (db.Dialect() == "sqlite") != (s.Log > 0) {
			t.Errorf("%+v, %v", s, err)
		}
		list, err := db.Migrations(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		newest := slices.MaxFunc(list, func(a, b models.Migration) int { return int(a.Version - b.Version) })
		if version, err := db.SchemaVersion(t.Context()); err != nil || version != newest.Version {
			t.Errorf("schema %d, %v", version, err)
		}
		if c := db.Connections(); c.Most < 2 {
			t.Errorf("connections: %+v", c)
		}
	})
}
