package models_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestListsUseIndexes_Jobs (D-08): every filter of the queue walks the index that is named here, in its order.
func TestListsUseIndexes_Jobs(t *testing.T) {
	modelstest.EachInSteps(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		manyJobs(t, db)
		plans := newPlanner(t, db)
		byID := map[string]string{"sqlite": "INTEGER", "postgres": "river_job_pkey"}[db.Dialect()]
		common := func(state, got string) bool { return state == models.JobsWaiting && got == byID } // most jobs are: the next ones are near
		for _, state := range models.JobStates {
			for want, f := range map[string]models.JobFilter{
				"river_job_listed": {}, "river_job_listed_kind": {Kind: "duty"}, "river_job_listed_queue": {Queue: "other"},
			} {
				f.State = state
				for _, s := range db.JobStatements(t.Context(), f, 14400) {
					if got, plan := plans.of(s); got != want && !common(state, got) {
						t.Errorf("%+v walks %q\n%s\n%s", f, got, s.SQL, plan)
					}
				}
				f.Kind, f.Queue = "duty", "other"
				for _, s := range db.JobStatements(t.Context(), f, 14400) {
					if got, plan := plans.of(s); got != "river_job_listed_kind" && got != "river_job_listed_queue" && !common(state, got) {
						t.Errorf("%+v walks %q\n%s\n%s", f, got, s.SQL, plan)
					}
				}
			}
		}
	})
}

// TestListsUseIndexes_Batches (D-08): the list of batches walks one index, in its order.
func TestListsUseIndexes_Batches(t *testing.T) {
	modelstest.EachInSteps(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		numbers, at := numbersTo30000(db)
		sayer(t, db)(numbers+" INSERT INTO batches (id, act, state, operator_id, created_at) SELECT 'B' || n, 'suspend', 'done', 'U1', "+at+" FROM numbers", "ANALYZE")
		plans := newPlanner(t, db)
		for _, s := range db.BatchStatements(t.Context(), models.Cursor{CreatedAt: time.Date(2026, 1, 1, 4, 0, 0, 0, time.UTC), ID: "B14400"}) {
			if got, plan := plans.of(s); got != "batches_created" {
				t.Errorf("batches walk %q\n%s\n%s", got, s.SQL, plan)
			}
		}
	})
}

// numbersTo30000 begins a statement that makes rows out of numbers, and says the time of each.
func numbersTo30000(db *models.DB) (numbers, at string) {
	numbers, at = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 30000)", "datetime('2026-01-01', '+' || n || ' seconds') || '+00:00'"
	if db.Dialect() == "postgres" {
		at = "timestamptz '2026-01-01 00:00:00Z' + n * interval '1 second'"
	}
	return numbers, at
}

// manyJobs makes as many as make a planner think, some in each state.
func manyJobs(t *testing.T, db *models.DB) {
	t.Helper()
	numbers, at := numbersTo30000(db)
	state, args := "CASE n % 50 WHEN 0 THEN 'discarded' WHEN 1 THEN 'cancelled' WHEN 2 THEN 'retryable' WHEN 3 THEN 'running' WHEN 4 THEN 'scheduled' WHEN 5 THEN 'pending' WHEN 6 THEN 'completed' ELSE 'available' END", "jsonb('{}')"
	cast := state
	if db.Dialect() == "postgres" {
		cast, args = "("+state+")::river_job_state", "'{}'::jsonb"
	}
	sayer(t, db)(numbers+" INSERT INTO river_job (id, kind, queue, state, args, max_attempts, created_at, scheduled_at, finalized_at) "+
		"SELECT n, CASE WHEN n % 3 = 0 THEN 'duty' ELSE 'mail' END, CASE WHEN n % 2 = 0 THEN 'default' ELSE 'other' END, "+cast+", "+args+", 8, "+at+", "+at+
		", CASE WHEN n % 50 IN (0, 1, 6) THEN "+at+" END FROM numbers", "ANALYZE")
}

// TestJobsWalk (D-08, D-40): a list of jobs is whole, in order and without a double from either end, though some of its states are
// two of River's.
func TestJobsWalk(t *testing.T) {
	modelstest.EachInSteps(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		manyJobs(t, db)
		f := models.JobFilter{State: models.JobsGivenUp, Kind: "duty", Queue: "other"}
		var down, up []int64
		for than := int64(0); ; {
			page, err := db.JobsOlder(t.Context(), f, than, 30)
			if err != nil {
				t.Fatal(err)
			}
			for _, job := range page {
				if job.State != f.State || job.Kind != f.Kind || job.Queue != f.Queue {
					t.Fatalf("%+v does not fit", job)
				}
				down = append(down, job.ID)
			}
			if len(page) < 30 {
				break
			}
			than = page[29].ID
		}
		for than := int64(0); ; {
			page, err := db.JobsNewer(t.Context(), f, than, 30)
			if err != nil {
				t.Fatal(err)
			}
			for _, job := range page {
				up = append(up, job.ID)
			}
			if len(page) < 30 {
				break
			}
			than = page[29].ID
		}
		slices.Reverse(up)
		if len(down) != 200 || !slices.Equal(down, up) || !slices.IsSortedFunc(down, func(a, b int64) int { return int(b - a) }) {
			t.Errorf("%d down, %d up", len(down), len(up))
		}
		kinds, err := db.JobKinds(t.Context())
		if err != nil || fmt.Sprint(kinds) != "[duty mail]" {
			t.Errorf("kinds: %v, %v", kinds, err)
		}
	})
}

// TestRunDuty (D-40): a duty is put in the queue once, however often it is asked for while it waits, and how it went last is kept.
func TestRunDuty(t *testing.T) {
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		run := func(name string) error {
			return db.InTx(t.Context(), func(tx *models.Tx) error { return tx.RunDuty(t.Context(), name) })
		}
		if err := errors.Join(run("sweep"), run("review")); err != nil {
			t.Fatal(err)
		}
		if err := run("sweep"); !errors.Is(err, models.ErrSpent) {
			t.Errorf("a second time: %v", err)
		}
		busy, err := db.BusyDuties(t.Context())
		slices.Sort(busy)
		if err != nil || fmt.Sprint(busy) != "[review sweep]" {
			t.Errorf("busy: %v, %v", busy, err)
		}
		for _, failed := range []bool{true, false} {
			began := clock.Now()
			clock.Add(time.Second)
			if err := db.NoteDuty(t.Context(), models.DutyRun{Name: "sweep", BeganAt: began, EndedAt: clock.Now(), Failed: failed}); err != nil {
				t.Fatal(err)
			}
			runs, err := db.DutyRuns(t.Context())
			if err != nil || len(runs) != 1 || !runs[0].BeganAt.Equal(began) || runs[0].Failed != failed {
				t.Errorf("%+v, %v", runs, err)
			}
		}
	})
}
