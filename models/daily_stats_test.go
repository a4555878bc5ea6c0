package models_test

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// byAction counts each event under its action, and failures once more.
func byAction(e models.AuditEvent) []string {
	if e.Outcome != models.OutcomeSuccess {
		return []string{string(e.Action), models.FigureFailures}
	}
	return []string{string(e.Action)}
}

// busyDays writes events of three days: of people who come again and again, and of nobody.
func busyDays(t *testing.T, db *models.DB, clock *modelstest.Clock) {
	t.Helper()
	clock.Add(clock.Now().Truncate(24 * time.Hour).Add(26 * time.Hour).Sub(clock.Now())) // two in the morning
	for day := range 3 {
		for i := range 20 {
			e := models.AuditEvent{Action: models.Action(fmt.Sprintf("app.act_%c", 'a'+i%3)), ActorKind: "person", ActorID: fmt.Sprintf("P%d", (i+day)%7)}
			if i%4 == 0 {
				e = models.AuditEvent{Action: "app.act_a", ActorKind: "anonymous", Outcome: models.OutcomeFailure}
			}
			if err := db.Audit(t.Context(), e); err != nil {
				t.Fatal(err)
			}
			clock.Add(time.Hour)
			if i%6 == 0 {
				seal(t, db)
			}
		}
		clock.Add(4 * time.Hour)
	}
	seal(t, db)
}

func seal(t *testing.T, db *models.DB) {
	t.Helper()
	if _, err := db.SealAudit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func countDays(t *testing.T, db *models.DB) {
	t.Helper()
	if _, err := db.CountDays(t.Context(), byAction, 1000); err != nil {
		t.Fatal(err)
	}
	if err := db.CountActive(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// kept is what the table of figures holds, by day and figure.
func kept(t *testing.T, db *models.DB) map[string]int {
	t.Helper()
	return tally(t, db, "SELECT day || ' ' || figure, value FROM daily_stats")
}

// plain counts the log itself.
func plain(t *testing.T, db *models.DB) map[string]int {
	t.Helper()
	day := "substr(created_at, 1, 10)"
	if db.Dialect() == "postgres" {
		day = "to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
	}
	all := tally(t, db, "SELECT "+day+" || ' ' || action, count(*) FROM audit_events GROUP BY 1")
	maps.Copy(all, tally(t, db, "SELECT "+day+" || ' failures', count(*) FROM audit_events WHERE outcome <> 'success' GROUP BY 1"))
	maps.Copy(all, tally(t, db, "SELECT "+day+" || ' active', count(DISTINCT actor_id) FROM audit_events WHERE actor_kind = 'person' GROUP BY 1"))
	return all
}

func tally(t *testing.T, db *models.DB, query string) map[string]int {
	t.Helper()
	rows, err := modelstest.SQL(t, db).QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	found := map[string]int{}
	for rows.Next() {
		var name string
		var n int
		if err := rows.Scan(&name, &n); err != nil {
			t.Fatal(err)
		}
		found[name] = n
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

func wantExact(t *testing.T, db *models.DB) {
	t.Helper()
	want, got := plain(t, db), kept(t, db)
	if len(want) < 10 || !maps.Equal(want, got) {
		t.Errorf("kept\n%v\nand counted plainly\n%v", got, want)
	}
}

// TestDailyStatsAreExact: the figures of the days are those of a plain count: for a log that was there before any day was
// counted, for what comes later, and however often the work is done again.
func TestDailyStatsAreExact(t *testing.T) {
	modelstest.EachInSteps(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		busyDays(t, db, clock)
		countDays(t, db)
		wantExact(t, db)
		countDays(t, db)
		wantExact(t, db)
		busyDays(t, db, clock)
		countDays(t, db)
		wantExact(t, db)
	})
}

// TestDailyStatsAreCountedInParts: a run counts no more seals than it may, and the next goes on where it stopped.
func TestDailyStatsAreCountedInParts(t *testing.T) {
	modelstest.EachInSteps(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		busyDays(t, db, clock)
		for runs := 0; ; runs++ {
			n, err := db.CountDays(t.Context(), byAction, 2)
			if err != nil || n > 2 {
				t.Fatalf("%d seals, %v", n, err)
			}
			if n < 2 {
				if runs < 3 {
					t.Errorf("all was counted in %d runs", runs)
				}
				break
			}
		}
		countDays(t, db)
		wantExact(t, db)
	})
}

// TestDailyStatsSurviveBeingKilled: what stops in the middle of a seal, or of the people of a day, has counted nothing of it.
func TestDailyStatsSurviveBeingKilled(t *testing.T) {
	modelstest.EachInSteps(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		busyDays(t, db, clock)
		say := sayer(t, db)
		say("ALTER TABLE active_people RENAME TO away") // it is written last
		for range 2 {
			if _, err := db.CountDays(t.Context(), byAction, 1000); err == nil || len(kept(t, db)) != 2 { // the first seal has nobody
				t.Errorf("%v, and kept is %v", err, kept(t, db))
			}
		}
		say("ALTER TABLE away RENAME TO active_people")

		ctx, kill := context.WithCancel(t.Context())
		events := 0
		_, err := db.CountDays(ctx, func(e models.AuditEvent) []string {
			if events++; events == 30 {
				kill()
			}
			return byAction(e)
		}, 1000)
		if err == nil || len(kept(t, db)) == 0 {
			t.Errorf("killed: %v, and kept is %v", err, kept(t, db))
		}
		if _, err := db.CountDays(t.Context(), byAction, 1000); err != nil {
			t.Fatal(err)
		}

		say("ALTER TABLE daily_stats RENAME TO away")
		if err := db.CountActive(t.Context()); err == nil {
			t.Error("nothing was in the way")
		}
		say("ALTER TABLE away RENAME TO daily_stats")
		countDays(t, db)
		wantExact(t, db)
	})
}

// TestDailyStatsOnTwoNodes: of several nodes that count at once, while the log goes on, each event is counted by one.
func TestDailyStatsOnTwoNodes(t *testing.T) {
	modelstest.URLs(t, func(t *testing.T, url string) {
		db, clock := modelstest.OpenURL(t, url)
		busyDays(t, db, clock)
		var nodes sync.WaitGroup
		for range 2 {
			node, _ := modelstest.OpenURL(t, url)
			for range 2 {
				nodes.Go(func() {
					for range 40 {
						if _, err := node.CountDays(context.Background(), byAction, 3); err != nil {
							t.Error(err)
						}
						if err := node.CountActive(context.Background()); err != nil {
							t.Error(err)
						}
					}
				})
			}
		}
		busyDays(t, db, clock)
		nodes.Wait()
		countDays(t, db)
		wantExact(t, db)
	})
}

// TestActivePeople: who comes by a session counts once a day, with what the log says of them; and nobody is remembered for longer
// than they could be counted twice.
func TestActivePeople(t *testing.T) {
	modelstest.EachInSteps(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		busyDays(t, db, clock)
		for _, id := range []string{"P1", "new", "new"} {
			if err := db.NoteActive(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Audit(t.Context(), models.AuditEvent{Action: "app.act_a", ActorKind: "person", ActorID: "P1"}); err != nil {
			t.Fatal(err)
		}
		seal(t, db)
		countDays(t, db)
		today := models.Day(clock.Now())
		if got := kept(t, db)[today+" active"]; got != 2 {
			t.Errorf("%d active", got)
		}
		clock.Add(96 * time.Hour)
		if err := db.Audit(t.Context(), models.AuditEvent{Action: "app.act_a", ActorKind: "person", ActorID: "P1"}); err != nil {
			t.Fatal(err)
		}
		seal(t, db)
		before := kept(t, db)
		countDays(t, db)
		if left := tally(t, db, "SELECT day || user_id, 1 FROM active_people"); len(left) != 1 {
			t.Errorf("remembered are %v", left)
		}
		for name, n := range before {
			if kept(t, db)[name] != n {
				t.Errorf("%s was %d and is %d", name, n, kept(t, db)[name])
			}
		}
	})
}

// TestPeopleOfDay: people are counted block by block, as a plain count counts them, no more often than asked, and anew each day.
func TestPeopleOfDay(t *testing.T) {
	modelstest.EachInSteps(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		manyMembers(t, db)
		at := map[string]string{"sqlite": "'2026-01-01 00:00:00+00:00'", "postgres": "timestamptz '2026-01-01 00:00:00Z'"}[db.Dialect()]
		say := sayer(t, db)
		say("INSERT INTO authenticators (id, user_id, name, secret, created_at) SELECT 'A' || id, id, 'x', '', "+at+" FROM users WHERE id LIKE '%7'",
			"INSERT INTO passkeys (id, user_id, credential_id, public_key, rp_id, name, created_at) SELECT 'K' || id, id, "+
				map[string]string{"sqlite": "CAST(id AS BLOB)", "postgres": "convert_to(id, 'UTF8')"}[db.Dialect()]+", '', CASE WHEN id LIKE '%95' THEN 'elsewhere' ELSE 'here' END, 'x', "+at+" FROM users WHERE id LIKE '%5' OR id LIKE '%27'")
		count := func() map[string]int {
			t.Helper()
			if err := db.CountPeopleOfDay(t.Context(), "here", time.Hour); err != nil {
				t.Fatal(err)
			}
			return kept(t, db)
		}
		plain := tally(t, db, `SELECT 'members', count(*) FROM users UNION ALL SELECT 'members.passkey', count(DISTINCT user_id) FROM passkeys WHERE rp_id = 'here'
			UNION ALL SELECT 'members.second_factor', count(*) FROM (SELECT user_id FROM passkeys WHERE rp_id = 'here' UNION SELECT user_id FROM authenticators) AS both_kinds`)
		want := map[string]int{}
		for name, n := range plain {
			want[models.Day(clock.Now())+" "+name] = n
		}
		if got := count(); len(want) != 3 || !maps.Equal(got, want) {
			t.Errorf("kept are %v, and plainly %v", got, want)
		}
		say("DELETE FROM users WHERE id = 'U1'")
		if got := count(); !maps.Equal(got, want) {
			t.Errorf("within the hour they were counted again: %v", got)
		}
		clock.Add(24 * time.Hour)
		if got := count(); len(got) != 6 || got[models.Day(clock.Now())+" members"] != plain["members"]-1 {
			t.Errorf("the day after: %v", got)
		}
	})
}

// TestDailyStatsUseIndexes: none of the statements reads a big table whole.
func TestDailyStatsUseIndexes(t *testing.T) {
	modelstest.EachInSteps(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		manyMembers(t, db)
		say := sayer(t, db)
		say("INSERT INTO active_people (day, user_id, counted) SELECT '2026-01-01', id, id NOT LIKE '%77' FROM users",
			"INSERT INTO daily_stats (day, figure, value) SELECT id, 'active', 1 FROM users", "ANALYZE")
		plans := newPlanner(t, db)
		for name, statement := range db.DailyStatements() {
			if index, plan := plans.of(statement); index == "" {
				t.Errorf("%s: %s\n%s", name, statement.SQL, plan)
			}
		}
	})
}
