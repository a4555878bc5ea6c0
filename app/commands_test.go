package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/models"
)

// command runs the program as a shell would, in a folder of its own.
func command(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(args, &out, &errs)
	return code, out.String(), errs.String()
}

// inFolder makes an empty working folder with a migrated database.
func inFolder(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, setting := range []string{"SECRET_KEY", "SECRET_KEY_FILE", "DATABASE_URL", "SMTP_URL", "APP_ENV", "BASE_URL", "DEMO"} {
		t.Setenv(setting, "")
		_ = os.Unsetenv(setting)
	}
	if code, _, stderr := command(t, "migrate", "up"); code != 0 {
		t.Fatal(stderr)
	}
}

// jsonOf runs a command with --json and reads what it printed.
func jsonOf[T any](t *testing.T, args ...string) T {
	t.Helper()
	code, stdout, stderr := command(t, append(args, "--json")...)
	if code != 0 {
		t.Fatalf("%v: exit %d, %s", args, code, stderr)
	}
	var value T
	if err := json.Unmarshal([]byte(stdout), &value); err != nil {
		t.Fatalf("%v: %v in %s", args, err, stdout)
	}
	return value
}

func TestCommands_EachPrintsJSON(t *testing.T) {
	inFolder(t)
	if list := jsonOf[[]map[string]any](t, "migrate", "status"); len(list) < 4 || list[0]["applied_at"] == nil {
		t.Errorf("migrations: %v", list)
	}
	if list := jsonOf[[]map[string]any](t, "routes"); len(list) < 30 {
		t.Errorf("%d routes", len(list))
	}
	if v := jsonOf[map[string]string](t, "version"); v["version"] == "" {
		t.Errorf("version: %v", v)
	}
}

// checkCommandRow (D-36): a command is in the audit log like a page, with the account that ran it.
func checkCommandRow(t *testing.T, action models.Action) {
	t.Helper()
	config, err := loadConfig(os.Environ())
	if err != nil {
		t.Fatal(err)
	}
	h, err := openHouse(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	rows, err := h.db.AuditEvents(t.Context(), models.AuditQuery{Action: action, Limit: 1})
	if err != nil || len(rows) != 1 || rows[0].ActorKind != "system" || rows[0].Reason != "test" {
		t.Fatalf("the row of a command for %s: %+v, %v", action, rows, err)
	}
	if account, is := auth.CommandLineAccount(rows[0]); !is || account != accountName() {
		t.Errorf("%s ran as %q, %v, not as %q", action, account, is, accountName())
	}
}

func TestCommands_User(t *testing.T) {
	inFolder(t)
	made := jsonOf[userJSON](t, "user", "create", "--email", "Ada@Example.test", "--password", "a long enough secret 7", "--admin", "--verified")
	if made.Email != "ada@example.test" || made.Role != "administrator" || !made.Verified {
		t.Errorf("made %+v", made)
	}
	if code, _, stderr := command(t, "user", "create", "--email", "nothing", "--password", "short"); code != 1 || !strings.Contains(stderr, "email") || !strings.Contains(stderr, "password") {
		t.Errorf("exit %d, %q: want both mistakes at once", code, stderr)
	}
	if code, _, stderr := command(t, "user", "disable", "ada@example.test"); code != 1 || !strings.Contains(stderr, "last administrator") {
		t.Errorf("the last administrator: exit %d, %q", code, stderr)
	}
	jsonOf[userJSON](t, "user", "create", "--email", "grace@example.test", "--admin")
	jsonOf[map[string]any](t, "user", "disable", "ada@example.test", "--reason", "test")
	if list := jsonOf[[]userJSON](t, "user", "list"); len(list) != 2 || !list[0].Disabled {
		t.Errorf("after disable: %+v", list)
	}
	jsonOf[map[string]any](t, "user", "enable", "ada@example.test")
	if list := jsonOf[[]userJSON](t, "user", "list"); len(list) != 2 || list[0].Disabled {
		t.Errorf("after enable: %+v", list)
	}
	checkCommandRow(t, auth.AuditMemberSuspend)
	if code, _, stderr := command(t, "user", "disable", "nobody@example.test"); code != 1 || stderr == "" {
		t.Errorf("an unknown person: exit %d, %q", code, stderr)
	}
}

func TestCommands_SeedTwice(t *testing.T) {
	inFolder(t)
	for range 2 {
		if accounts := jsonOf[[]map[string]any](t, "seed"); len(accounts) != len(demoPeople) {
			t.Errorf("%d accounts", len(accounts))
		}
	}
	if list := jsonOf[[]userJSON](t, "user", "list"); len(list) != len(demoPeople) {
		t.Errorf("%d people after seeding twice", len(list))
	}
}

func TestCommands_BadSettingsWriteNothing(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("BASE_URL", "no address")
	t.Setenv("SIGNUP", "maybe")
	code, _, stderr := command(t, "serve")
	if code != 1 || !strings.Contains(stderr, "BASE_URL") || !strings.Contains(stderr, "SIGNUP") {
		t.Errorf("exit %d, %q: want every mistake named", code, stderr)
	}
	if left, err := filepath.Glob("*"); err != nil || len(left) > 0 {
		t.Errorf("written all the same: %v, %v", left, err)
	}
}

func TestCommands_DoctorNamesWhatIsWrong(t *testing.T) {
	inFolder(t)
	t.Setenv("SMTP_URL", "smtp://127.0.0.1:1")
	t.Setenv("MAIL_FROM", "Latchkey <no-reply@example.test>")
	code, stdout, _ := command(t, "doctor")
	if code != 1 || !strings.Contains(stdout, "SMTP_URL") {
		t.Errorf("exit %d, %s: want the mail server named", code, stdout)
	}
}

// TestSettingsCommand (D-18): the effective value of every setting is printed with its source, no secret among them; a value is
// changed and taken back with a row by the command line.
func TestSettingsCommand(t *testing.T) {
	inFolder(t)
	t.Setenv("SIGNUP", "invite")
	t.Setenv("SMTP_URL", "smtp://somebody:hushed-Relay-41@localhost:25")
	of := func(name string) (found settingJSON) {
		t.Helper()
		for _, s := range jsonOf[[]settingJSON](t, "settings") {
			if s.Name == name {
				found = s
			}
		}
		return found
	}
	if s := of("sign-up"); s.Value != "invite" || s.Default != "open" || s.Source != models.SourceEnvironment || s.Variable != "SIGNUP" {
		t.Errorf("%+v", s)
	}
	if code, stdout, _ := command(t, "settings"); code != 0 || strings.Contains(stdout, "hushed") || !strings.Contains(stdout, "environment SMTP_URL") {
		t.Errorf("the list: %d %s", code, stdout)
	}
	for _, wrong := range [][]string{{"session-idle", "1m"}, {"sign-up", "open"}, {"no-such", "on"}, {"session-idle", "soon"}} {
		if code, _, stderr := command(t, append([]string{"settings", "set"}, wrong...)...); code == 0 {
			t.Errorf("%v: accepted, %s", wrong, stderr)
		}
	}
	if code, _, stderr := command(t, "settings", "set", "session-idle", "90m", "--reason", "Screens stay open over lunch"); code != 0 {
		t.Fatal(stderr)
	}
	if s := of("session-idle"); s.Value != "1h30m0s" || s.Source != models.SourceHere || s.Words != "90 minutes" {
		t.Errorf("%+v", s)
	}
	if code, _, stderr := command(t, "settings", "set", "session-idle", "default"); code != 0 {
		t.Fatal(stderr)
	}
	if s := of("session-idle"); s.Source != models.SourceDefault {
		t.Errorf("taken back: %+v", s)
	}
}
