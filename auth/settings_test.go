package auth_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models"
)

// choose puts values in place as an operator does, and fails on those that are not allowed.
func (st *site) choose(values ...string) {
	st.t.Helper()
	chosen := map[string]string{}
	for i := 0; i < len(values); i += 2 {
		chosen[values[i]] = values[i+1]
	}
	if err := st.s.ChangeSettings(chosen); err != nil {
		st.t.Fatal(err)
	}
}

// TestSettingsTable: every setting can be read and explained; the default of each that can be changed is within its own bounds,
// and a change of each holds.
func TestSettingsTable(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		var names []string
		for _, s := range st.s.Settings() {
			if slices.Contains(names, s.Name) || s.Label == "" || !strings.HasSuffix(s.Sentence, ".") || !slices.Contains(models.SettingGroups, s.Group) {
				t.Errorf("%+v", s)
			}
			if s.Value != s.Default || strings.HasPrefix(s.Value, "0x") && s.Kind.Word == models.SettingShown {
				t.Errorf("%s: %q, its default %q", s.Name, s.Value, s.Default)
			}
			if words := len(strings.Fields(s.Sentence)); words > 20 {
				t.Errorf("%s: a sentence of %d words", s.Name, words)
			}
			names = append(names, s.Name)
			if s.Kind.Word == models.SettingShown {
				continue
			}
			if spelled, wrong := s.Kind.Check(s.Default); wrong != "" || spelled != s.Default {
				t.Errorf("%s: its default is %q: %q, %s", s.Name, s.Default, spelled, wrong)
			}
			other := anotherValue(s)
			st.choose(s.Name, other)
			for _, now := range st.s.Settings() {
				if now.Name == s.Name && (now.Value != other || now.Source != models.SourceHere) || now.Name != s.Name && now.Source == models.SourceHere {
					t.Errorf("%s as %s: %+v", s.Name, other, now)
				}
			}
		}
		st.choose()
	})
}

// anotherValue is an allowed one that is not the default.
func anotherValue(s models.SettingState) string {
	for _, choice := range s.Kind.Offered() {
		if choice.Value != s.Default {
			return choice.Value
		}
	}
	if s.Kind.Word == models.SettingLasting {
		if d := time.Duration(s.Kind.Most).String(); d != s.Default {
			return d
		}
		return time.Duration(s.Kind.Least).String()
	}
	return map[bool]string{true: "20", false: "21"}[s.Default != "20"]
}

// TestSettingsHold: what pages and rules do follows a change at once, and what was switched off is not there.
func TestSettingsHold(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		paths := map[string]string{"login-link": "/login/link", "password-reset": "/password/forgot"}
		for name, path := range paths {
			st.choose(name, "off")
			if get, post := st.browser().get(path), st.browser().post(path, "email", member); get.status != 404 || post.status != 404 {
				t.Errorf("%s off: %d, %d", name, get.status, post.status)
			}
			if slices.ContainsFunc(st.h.Routes(), func(r auth.Route) bool { return r.Path == path }) {
				t.Errorf("%s is in the table while it is off", path)
			}
			st.choose(name, "on")
			if get := st.browser().get(path); get.status != 200 {
				t.Errorf("%s on again: %d", name, get.status)
			}
		}
		st.choose("sign-up", "closed", "password-least", "12", "session-idle", "10m0s")
		if st.s.SignUpClosed() == "" {
			t.Error("anybody may still create an account")
		}
		b := st.browser().mustSignIn(member)
		st.clock.Add(11 * time.Minute)
		if b.signedIn() {
			t.Error("a session outlives the new limit")
		}
	})
}

// TestLockoutFollowsSettings: the tries that make a network wait are those that operators chose.
func TestLockoutFollowsSettings(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		st.choose("tries-network", "3")
		for _, limit := range st.s.Limits() {
			if limit.ID == "L-01" && limit.Hits != 3 {
				t.Errorf("the table says %d", limit.Hits)
			}
		}
		b := st.browser()
		for range 3 {
			if p := b.post("/login", "email", member, "password", "wrong-Kettle-drum-41"); p.status != 422 {
				t.Fatalf("a wrong password: %d", p.status)
			}
		}
		if p := b.post("/login", "email", member, "password", "wrong-Kettle-drum-41"); p.status != 429 {
			t.Errorf("one more: %d", p.status)
		}
	})
}

// TestViewsFollowSettings: with views switched off none begins, and one that runs ends; with changes switched off only those with
// changes do.
func TestViewsFollowSettings(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		op := st.operatorWith("admin@example.test", auth.RoleAdministrator)
		target := st.person("seen@example.test")
		start := func(writes bool) error {
			record, err := st.s.Member(context.Background(), op, target.ID)
			if err != nil {
				t.Fatal(err)
			}
			version, err := record.Version()
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = st.s.StartView(context.Background(), op, target.ID, auth.ViewStart{Reason: "They asked for it by phone", PublicReason: auth.PublicReasons[0], Writes: writes, Version: version})
			return err
		}
		if err := start(true); err != nil {
			t.Fatal(err)
		}
		if mails := st.mails("seen@example.test"); len(mails) != 0 {
			t.Errorf("told of the beginning: %+v", mails)
		}
		says, err := st.s.SettingEffect(t.Context(), "view-as-changes", "off")
		if want := []string{"1 view is open now and ends."}; err != nil || !reflect.DeepEqual(says, want) {
			t.Errorf("the preview: %q, %v", says, err)
		}
		st.choose("view-as-changes", "off")
		if err := st.s.TendViews(t.Context()); err != nil {
			t.Fatal(err)
		}
		if open, err := st.db.OpenMemberViews(t.Context(), 9); err != nil || len(open) != 0 {
			t.Errorf("%d views go on, %v", len(open), err)
		}
		var forbidden auth.Forbidden
		if err := start(true); !errors.As(err, &forbidden) {
			t.Errorf("with changes: %v", err)
		}
		st.choose("view-as-changes", "off", "view-as-start", "on")
		if err := start(false); err != nil {
			t.Errorf("without changes: %v", err)
		}
		if mails := st.mails("seen@example.test"); mails[len(mails)-1].Kind != "account_view_started" || !strings.Contains(mails[len(mails)-1].Text, "for at most 30 minutes") {
			t.Errorf("not told of the beginning: %+v", mails)
		}
		st.choose("view-as", "off")
		if err := start(false); !errors.As(err, &forbidden) {
			t.Errorf("switched off: %v", err)
		}
	})
}

// TestSettingEffects: a preview counts whom a change would touch.
func TestSettingEffects(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		st.operatorWith("admin@example.test", auth.RoleAdministrator)
		st.person("waits@example.test")
		st.exec("UPDATE users SET email_verified_at = NULL, last_sign_up_at = created_at WHERE email = 'waits@example.test'")
		st.exec("INSERT INTO mail_log (id, job_id, to_address, kind, decoy, state, created_at) SELECT id, 1, email, 'test', FALSE, 'sent', created_at FROM users WHERE email IN ('member@example.test', 'waits@example.test')")
		st.clock.Add(3 * 24 * time.Hour)
		for setting, want := range map[[2]string]string{
			{"second-step", "admins"}:           "1 operator has no second step. They add one before they go on.",
			{"second-step", "all"}:              "1 operator has no second step. They add one before they go on.|2 members have no second step and will be asked at their next page.|They have 7 days to add one.",
			{"unconfirmed-keep", "48h0m0s"}:     "1 account that waits is older and will be erased within minutes.",
			{"unconfirmed-keep", "720h0m0s"}:    "No account is erased now: those that wait may wait longer.",
			{"mails-keep", "24h0m0s"}:           "2 rows of the log of mails are older and will go for good.|Putting the value back does not bring rows back.",
			{"mails-keep", "8760h0m0s"}:         "No row of the log of mails goes now.",
			{"session-idle", "1h0m0s"}:          "",
			{"view-as", "off"}:                  "0 views are open now and end.",
			{"a setting of others", "whatever"}: "",
		} {
			says, err := st.s.SettingEffect(t.Context(), setting[0], setting[1])
			if got := strings.Join(says, "|"); err != nil || got != want {
				t.Errorf("%v: %q, want %q; %v", setting, got, want, err)
			}
		}
		st.clock.Add(100 * 24 * time.Hour)
		if says, err := st.s.SettingEffect(t.Context(), "audit-keep", "2160h0m0s"); err != nil || len(says) != 2 || strings.HasPrefix(says[0], "0 ") {
			t.Errorf("%q, %v", says, err)
		}
	})
}

// TestEverySettingSaysItsEffect (D-18): every setting that can be changed says what becomes of what exists, before it is changed.
func TestEverySettingSaysItsEffect(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		counts := []string{"second-step", "unconfirmed-keep", "mails-keep", "audit-keep"} // say it with a number
		for _, setting := range st.s.Settings() {
			if setting.Kind.Word == models.SettingShown || setting.Begins != "" || slices.Contains(counts, setting.Name) {
				continue
			}
			t.Errorf("%s does not say what becomes of what exists", setting.Name)
		}
	})
}
