package main

import (
	"strings"
	"testing"
	"time"

	"latchkey/auth"
)

// TestRecordSaysWhatIsUrgent (D-21): each page of a record says the most urgent fact, with the act that cures it for whom may do it,
// and when the member was last seen.
func TestRecordSaysWhatIsUrgent(t *testing.T) {
	s := sqliteSweep(t)
	email := s.newPerson(t, "urgent@example.test")
	id := s.idOf(t, email)
	admin, auditor := s.enter(t, "admin@example.test"), s.operatorWith(t, auth.RoleAuditor)
	look := func(a *actor, page string) string { return a.ask(t, get("/admin/users/"+id+page)).body }
	if page := look(admin, ""); strings.Contains(page, `id="member-alert"`) || !strings.Contains(page, "never seen since") {
		t.Error("an ordinary account has something urgent, or was seen")
	}
	s.clock.Add(time.Minute)
	s.enter(t, email)
	s.lockPerson(t, email)
	for _, page := range []string{"", "/sessions", "/factors", "/apps", "/mails", "/notes"} {
		if body := look(admin, page); !strings.Contains(body, "The account is locked") || !strings.Contains(body, `id="cure-unlock"`) {
			t.Errorf("%q does not say that it is locked, with its cure", page)
		}
	}
	if body := look(auditor, ""); !strings.Contains(body, "The account is locked") || strings.Contains(body, `id="cure-`) {
		t.Error("an auditor is offered a cure, or not told")
	}
	s.suspended(t, email) // is more urgent, and not for support to lift
	if body := look(admin, "/sessions"); !strings.Contains(body, `id="cure-unsuspend"`) || !strings.Contains(body, "last seen") {
		t.Error("a suspension is not said first")
	}
}
