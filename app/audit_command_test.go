package main

import (
	"database/sql"
	"strings"
	"testing"
)

// TestCommands_AuditVerify (D-28): what was written is whole; one word changed in the table is found by the command and
// by the doctor, with the row's id.
func TestCommands_AuditVerify(t *testing.T) {
	inFolder(t)
	made := jsonOf[userJSON](t, "user", "create", "--email", "ada@example.test", "--password", "a long enough secret 7")
	jsonOf[map[string]any](t, "user", "disable", "ada@example.test", "--reason", "test")
	if check := jsonOf[auditCheckJSON](t, "audit", "verify"); !check.Whole || check.Unsealed == 0 || check.Break != nil {
		t.Fatalf("%+v", check)
	}
	if code, stdout, stderr := command(t, "audit", "verify"); code != 0 || !strings.Contains(stdout, "not sealed yet") {
		t.Errorf("exit %d, %s%s", code, stdout, stderr)
	}
	pool, err := sql.Open("sqlite", "data/app.db")
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	var changed string
	if err := pool.QueryRow("UPDATE audit_events SET reason = 'another' WHERE subject_id = ? AND reason = 'test' RETURNING id", made.ID).Scan(&changed); err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := command(t, "audit", "verify"); code != 1 || !strings.Contains(stdout, changed) || !strings.Contains(stderr, errAuditBroken.Error()) {
		t.Errorf("exit %d, %s%s: want the row named", code, stdout, stderr)
	}
	if code, stdout, _ := command(t, "audit", "verify", "--json"); code != 1 || !strings.Contains(stdout, `"row": "`+changed+`"`) {
		t.Errorf("exit %d, %s: want the row named", code, stdout)
	}
	if code, stdout, _ := command(t, "doctor"); code != 1 || !strings.Contains(stdout, changed) {
		t.Errorf("exit %d, %s: want the row named", code, stdout)
	}
}
