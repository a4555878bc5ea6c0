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

// Changes of settings are numbered without a gap, the newest of a name counts, and of those made at once one is the next.
func TestSettings(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		ctx := context.Background()
		if n, err := db.SettingsVersion(ctx); n != 0 || err != nil {
			t.Fatalf("before all changes: %d, %v", n, err)
		}
		change := func(name, value string) error {
			return db.InTx(ctx, func(tx *models.Tx) error {
				return tx.ChangeSetting(ctx, &models.Setting{Name: name, Value: value, ActorKind: "operator", ActorID: "O1", Reason: "A sample of a reason"})
			})
		}
		for _, c := range [][2]string{{"a", "1"}, {"b", "1"}, {"a", "2"}, {"a", ""}, {"b", "3"}} {
			if err := change(c[0], c[1]); err != nil {
				t.Fatal(err)
			}
		}
		newest, err := db.Settings(ctx)
		if err != nil || len(newest) != 2 || newest[0].Name != "a" || newest[0].Value != "" || newest[0].Version != 4 || newest[1].Value != "3" || newest[1].Version != 5 {
			t.Errorf("%+v, %v", newest, err)
		}
		older, err := db.SettingsOlder(ctx, "a", new(int64(4)), 10)
		if err != nil || len(older) != 2 || older[0].Version != 3 || older[1].Version != 1 {
			t.Errorf("%+v, %v", older, err)
		}
		newer, err := db.SettingsNewer(ctx, "a", 1, 1)
		if err != nil || len(newer) != 1 || newer[0].Version != 3 {
			t.Errorf("%+v, %v", newer, err)
		}
		if _, err := db.SettingVersion(ctx, "b", 3); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("a change of another name: %v", err)
		}
		won, lost := modelstest.Race(20, func(int) error { return change("a", "9") })
		for _, err := range lost {
			if !errors.Is(err, models.ErrTaken) {
				t.Error(err)
			}
		}
		if n, err := db.SettingsVersion(ctx); won == 0 || n != int64(5+won) || err != nil {
			t.Errorf("%d won, the newest is %d, %v", won, n, err)
		}
	})
}

// TestListsUseIndexes_Settings (D-08): the changes of a setting are read along their index, in its order.
func TestListsUseIndexes_Settings(t *testing.T) {
	modelstest.EachInSteps(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		sayer(t, db)("WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 30000) INSERT INTO settings (version, name, value, actor_kind, actor_id, reason, created_at) SELECT n, 'name' || n % 1000, 'on', 'operator', 'O1', 'why', CURRENT_TIMESTAMP FROM numbers", "ANALYZE")
		plans := newPlanner(t, db)
		for _, s := range db.SettingStatements(t.Context(), "name7", 2007) {
			if index, plan := plans.of(s); index != "settings_name" {
				t.Errorf("it walks %q\n%s\n%s", index, s.SQL, plan)
			}
		}
	})
}

type choices struct {
	Idle    time.Duration
	Tries   int
	NoLinks bool
	Mode    string
}

var choiceRules = []models.SettingRule[choices]{
	{Name: "idle", Kind: models.Lasting(time.Minute, time.Hour), Field: func(c *choices) any { return &c.Idle }},
	{Name: "tries", Kind: models.Whole(1, 9), Field: func(c *choices) any { return &c.Tries }},
	{Name: "links", Kind: models.SwitchOff(), Field: func(c *choices) any { return &c.NoLinks }},
	{Name: "mode", Variable: "MODE", Kind: models.Choose(models.SettingChoice{Value: "open", Label: "Open"}, models.SettingChoice{Value: "shut", Label: "Shut"}), Field: func(c *choices) any { return &c.Mode }},
}

// What operators choose holds until it is taken back; the environment wins over it; what is out of bounds is left out and told.
func TestLive(t *testing.T) {
	fill := func(c *choices) {
		if c.Mode == "" {
			c.Mode = "open"
		}
	}
	live := models.NewLive(choices{Idle: 30 * time.Minute, Tries: 5, Mode: "shut"}, choiceRules, []string{"MODE"}, fill)
	err := live.Change(map[string]string{"idle": "45m", "tries": "99", "links": "off", "mode": "open", "another": "1"})
	if want := (choices{Idle: 45 * time.Minute, Tries: 5, NoLinks: true, Mode: "shut"}); *live.Now() != want {
		t.Errorf("%+v, want %+v", *live.Now(), want)
	}
	if err == nil || !strings.Contains(err.Error(), "tries") || strings.Contains(err.Error(), "idle") {
		t.Errorf("what was left out: %v", err)
	}
	want := map[string][3]string{
		"idle": {"45m0s", "30m0s", models.SourceHere}, "tries": {"5", "5", models.SourceDefault},
		"links": {"off", "on", models.SourceHere}, "mode": {"shut", "open", models.SourceEnvironment},
	}
	for _, s := range live.Settings() {
		if got := [3]string{s.Value, s.Default, s.Source}; got != want[s.Name] {
			t.Errorf("%s: %v, want %v", s.Name, got, want[s.Name])
		}
	}
	if next, err := live.With("tries", "7"); err != nil || next.Tries != 7 || live.Now().Tries != 5 {
		t.Errorf("looking ahead: %+v, %v", next, err)
	}
	if err := live.Change(nil); err != nil || live.Now().Idle != 30*time.Minute || live.Now().NoLinks {
		t.Errorf("taken back: %+v, %v", *live.Now(), err)
	}
}

func TestSettingKinds(t *testing.T) {
	for _, c := range []struct {
		kind                  models.SettingKind
		value, spelled, wrong string
	}{
		{models.Switch(), "on", "on", ""},
		{models.Switch(), "yes", "", "Choose on or off"},
		{models.Lasting(time.Minute, 48*time.Hour), "90m", "1h30m0s", ""},
		{models.Lasting(time.Minute, 48*time.Hour), "59s", "", "Choose from 1 minute to 2 days"},
		{models.Lasting(time.Minute, 48*time.Hour), "no length", "", "Choose from 1 minute to 2 days"},
		{models.Whole(5, 20), "020", "20", ""},
		{models.Whole(5, 20), "21", "", "Choose from 5 to 20"},
		{models.Shown(), "x", "", "This is not changed here"},
	} {
		if spelled, wrong := c.kind.Check(c.value); spelled != c.spelled || wrong != c.wrong {
			t.Errorf("%s %q: %q, %q", c.kind.Word, c.value, spelled, wrong)
		}
	}
	for d, want := range map[time.Duration]string{time.Second: "1 second", 90 * time.Minute: "90 minutes", 24 * time.Hour: "1 day", 36 * time.Hour: "36 hours", 0: "0 seconds"} {
		if got := models.LengthInWords(d); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
	if got := models.LengthOf("36501", "day"); got != "no length" {
		t.Errorf("more than a hundred years: %q", got)
	}
}
