package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestSettingsPreviewAndRevert (D-18): a change is a page first that says what it does and to how many; it wants a reason and the
// state that was looked at; it holds at once, is kept with who and why, and an earlier value is put back.
func TestSettingsPreviewAndRevert(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		s.withApp(t, "admin@example.test")
		admin := s.enterTwice(t, "admin@example.test", false)
		const path = "/admin/settings/second-step"
		without := s.countWithoutFactors(t)
		question := admin.ask(t, get(path+"/change?value=all"))
		for _, want := range []string{"Nobody", "Everybody", without} {
			if question.status != http.StatusOK || !strings.Contains(question.body, want) {
				t.Errorf("the question: %d, without %q", question.status, want)
			}
		}
		before := modelstest.Digest(t, s.pool)
		version := s.settingVersion(t, "second-step")
		for name, c := range map[string]struct {
			form   []string
			status int
			says   string
		}{
			"no reason":        {[]string{"value", "all", "reason", "Short", "version", version}, 422, ">Short</textarea>"},
			"another state":    {[]string{"value", "all", "reason", "The board asks for it", "version", "another"}, 409, "It has changed since you opened this"},
			"no such value":    {[]string{"value", "some", "reason", "The board asks for it", "version", version}, 400, ""},
			"no value":         {[]string{"reason", "The board asks for it", "version", version}, 400, ""},
			"what was no text": {[]string{"value", "\x00", "reason", "The board asks for it", "version", version}, 400, ""},
		} {
			answer := admin.ask(t, post(path+"/change", fields(c.form...).Encode()))
			if answer.status != c.status || !strings.Contains(answer.body, c.says) {
				t.Errorf("%s: %d", name, answer.status)
			}
		}
		s.checkInert(t, before, "refused changes")

		good := fields("value", "all", "reason", "The board asks for it", "version", version)
		if answer := admin.ask(t, post(path+"/change", good.Encode())); answer.place() != path {
			t.Fatalf("the change: %d", answer.status)
		}
		if state := s.setting(t, "second-step"); state.Value != "all" || state.Source != models.SourceHere || state.Default != "off" {
			t.Errorf("after the change: %+v", state)
		}
		s.wantSettingRow(t, "admin.setting.change", "The board asks for it", models.Change{Old: "Nobody", New: "Everybody"})
		if answer := admin.ask(t, post(path+"/change", good.Encode())); answer.status != http.StatusConflict && answer.place() != path {
			t.Errorf("the same form again: %d", answer.status)
		}

		record := admin.ask(t, get(path))
		if !strings.Contains(record.body, "The board asks for it") || !strings.Contains(record.body, path+"/revert/0") {
			t.Error("the record does not lead back to the default")
		}
		back := fields("reason", "It was too early for that", "version", s.settingVersion(t, "second-step"))
		if answer := admin.ask(t, post(path+"/revert/0", back.Encode())); answer.place() != path {
			t.Fatalf("putting back: %d", answer.status)
		}
		if state := s.setting(t, "second-step"); state.Value != "off" || state.Source != models.SourceDefault {
			t.Errorf("put back: %+v", state)
		}
		s.wantSettingRow(t, "admin.setting.revert", "It was too early for that", models.Change{Old: "Everybody", New: "Nobody"})
	})
}

// TestSettingBounds (D-18): what is out of bounds is a 422 that says in words what is not, and keeps what was typed.
func TestSettingBounds(t *testing.T) {
	s := sqliteSweep(t)
	admin := s.enter(t, "admin@example.test")
	for query, want := range map[string]string{
		"amount=1&unit=minute": "Choose from 5 minutes to 30 days", "amount=31&unit=day": "Choose from 5 minutes to 30 days", "amount=99999999999&unit=day": "Choose from",
		"amount=-1&unit=hour": "Choose from", "amount=1&unit=age": "Choose from", "amount=x&unit=hour": "Choose from", "amount=1": "Choose from",
	} {
		answer := admin.ask(t, get("/admin/settings/session-idle/change?"+query))
		if answer.status != http.StatusUnprocessableEntity || !strings.Contains(answer.body, want) || !strings.Contains(answer.body, "<title>Error: ") {
			t.Errorf("%q: %d", query, answer.status)
		}
	}
	for path, status := range map[string]int{
		"/admin/settings/nothing": 404, "/admin/settings/secret-key": 404, "/admin/settings/session-idle/revert/7": 404,
		"/admin/settings/session-idle/revert/00": 404, "/admin/settings/session-idle?older=x": 400,
	} {
		if answer := admin.ask(t, get(path)); answer.status != status {
			t.Errorf("%s: %d, want %d", path, answer.status, status)
		}
	}
}

// TestCannotLockOneselfOut (D-18): an operator without a second step cannot require one of operators. They are told why, it leaves
// a row, and it works once they have one.
func TestCannotLockOneselfOut(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		admin := s.enter(t, s.newAdministrator(t))
		const path = "/admin/settings/second-step/change"
		for _, value := range []string{auth.RequireMFAAdmins, auth.RequireMFAAll} {
			form := fields("value", value, "reason", "Every operator should have one", "version", s.settingVersion(t, "second-step"))
			before := modelstest.Digest(t, s.pool)
			answer := admin.ask(t, post(path, form.Encode()))
			if answer.status != http.StatusUnprocessableEntity || !strings.Contains(answer.body, "lock you out") {
				t.Errorf("%s: %d", value, answer.status)
			}
			s.checkInert(t, before, "a refused lock-out")
			if state := s.setting(t, "second-step"); state.Value != auth.RequireMFAOff {
				t.Errorf("it holds: %+v", state)
			}
		}
		rows, err := s.db.AuditEvents(t.Context(), models.AuditQuery{Action: "admin.setting.change"})
		if err != nil || len(rows) != 2 || rows[0].Outcome != models.OutcomeRefused || rows[0].Reason != "locks_out" {
			t.Errorf("rows %+v, %v", rows, err)
		}
		s.withApp(t, administratorEmail)
		admin = s.enterTwice(t, administratorEmail, false)
		form := fields("value", auth.RequireMFAAdmins, "reason", "Every operator should have one", "version", s.settingVersion(t, "second-step"))
		if answer := admin.ask(t, post(path, form.Encode())); answer.place() != "/admin/settings/second-step" {
			t.Errorf("with a second step: %d", answer.status)
		}
	})
}

// TestSettingsReachEveryProcess (D-18): what is changed in one process holds in another after its next look, and neither asks the
// database for it in between.
func TestSettingsReachEveryProcess(t *testing.T) {
	modelstest.URLsInSteps(t, func(t *testing.T, databaseURL string) {
		s := newSweep(t, databaseURL)
		config := testConfigAt(t, databaseURL)
		config.Now = s.clock.Now
		other, err := openHouse(t.Context(), config)
		s.must(t, err)
		t.Cleanup(other.close)
		s.must(t, other.prepare(t.Context()))
		ticks, over := make(chan time.Time), make(chan error)
		go func() { over <- other.followSettings(t.Context(), ticks) }()
		admin := s.enter(t, "admin@example.test")
		form := fields("value", "closed", "reason", "We have all we can serve", "version", s.settingVersion(t, "sign-up"))
		if answer := admin.ask(t, post("/admin/settings/sign-up/change", form.Encode())); answer.status != http.StatusSeeOther {
			t.Fatalf("the change: %d", answer.status)
		}
		if s.people.SignUpClosed() == "" {
			t.Error("it does not hold in the process that changed it")
		}
		if other.people.SignUpClosed() != "" {
			t.Error("another process knew before it looked: the test proves nothing")
		}
		ticks <- s.clock.Now()
		ticks <- s.clock.Now() // taken when the first look is over
		if other.people.SignUpClosed() == "" || other.setting(t, "sign-up").Source != models.SourceHere {
			t.Error("it does not hold in the other process")
		}
	})
}

// TestEnvironmentDecides (D-18): what the environment sets is shown with its variable and not changed here, whatever was chosen
// before; no secret of it is ever shown.
func TestEnvironmentDecides(t *testing.T) {
	s := sqliteSweep(t, func(c *Config) { c.SignUp, c.variables = "invite", append(c.variables, "SIGNUP") })
	s.chosen(t, "sign-up", "closed")
	if state := s.setting(t, "sign-up"); state.Value != "invite" || state.Default != "open" || state.Source != models.SourceEnvironment {
		t.Errorf("%+v", state)
	}
	admin := s.enter(t, "admin@example.test")
	list := admin.ask(t, get("/admin/settings")).body
	for _, want := range []string{"SIGNUP", "By invitation", "Default: Everybody", "SECRET_KEY"} {
		if !strings.Contains(list, want) {
			t.Errorf("the list says nothing of %q", want)
		}
	}
	for _, secret := range []string{string(s.config.SecretKey), string(s.config.DatabaseURL)} {
		if strings.Contains(list, secret) {
			t.Error("the list shows a secret")
		}
	}
	form := fields("value", "open", "reason", "We can serve more again", "version", s.settingVersion(t, "sign-up"))
	before := modelstest.Digest(t, s.pool)
	if answer := admin.ask(t, post("/admin/settings/sign-up/change", form.Encode())); answer.status != http.StatusBadRequest {
		t.Errorf("changed anyway: %d", answer.status)
	}
	s.checkInert(t, before, "a change of what the environment decides")
	if page := admin.ask(t, get("/admin/settings/sign-up")).body; strings.Contains(page, `id="setting-value"`) || strings.Contains(page, "/revert/") {
		t.Error("the page offers what it refuses")
	}
}

const administratorEmail = "an-administrator@example.test"

// newAdministrator has nothing but a password.
func (s *sweep) newAdministrator(t *testing.T) string {
	t.Helper()
	email := s.newPerson(t, administratorEmail)
	s.must(t, s.db.SetUserRole(t.Context(), s.idOf(t, email), "", string(auth.RoleAdministrator)))
	return email
}

// countWithoutFactors is what the question says of members who have nothing for a second step.
func (s *sweep) countWithoutFactors(t *testing.T) string {
	t.Helper()
	people, err := s.db.ListUsers(t.Context(), "", 100)
	s.must(t, err)
	n := 0
	for _, u := range people {
		var has int
		s.must(t, s.pool.QueryRowContext(t.Context(), "SELECT (SELECT count(*) FROM authenticators WHERE user_id = '"+u.ID+"') + (SELECT count(*) FROM passkeys WHERE user_id = '"+u.ID+"')").Scan(&has))
		if has == 0 && u.Role == "" {
			n++
		}
	}
	return fmt.Sprintf("%d members have no second step", n)
}

// wantSettingRow wants one row of an action, by the demo administrator, with reason, old and new.
func (s *sweep) wantSettingRow(t *testing.T, action models.Action, reason string, want models.Change) {
	t.Helper()
	rows, err := s.db.AuditEvents(t.Context(), models.AuditQuery{Action: action})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%s: %d rows, %v", action, len(rows), err)
	}
	row := rows[0]
	if row.ActorID != s.idOf(t, "admin@example.test") || row.SessionID == "" || row.Reason != reason || row.TargetKind != "setting" || row.TargetID != "second-step" || row.Changes["value"] != want {
		t.Errorf("%s: %+v", action, row)
	}
}
