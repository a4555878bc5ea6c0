package admin_test

import (
	"net/http"
	"slices"
	"testing"

	"latchkey/app/apptest"
	"latchkey/models"
)

// TestUsualReason (D-04): a usual reason is enough alone, stands in the audit log, and stays chosen when something else is wrong.
func TestUsualReason(t *testing.T) {
	eachAudit(t, ordinary, func(st *auditSite) {
		b := st.signedIn(administrator)
		for _, q := range []struct {
			path, button, usual string
			fields              []apptest.Field
			event               models.Action
		}{
			{"/admin/users/new", "Add member", "They asked for an account", []apptest.Field{apptest.Set("email", "new@example.test")}, "admin.member.create"},
			{"/admin/mails/stop?address=gone@example.test", "Stop mails", "The address does not exist", nil, "admin.mail.stop"},
			{"/admin/mails/allow?address=gone@example.test", "Allow mails", "The mailbox works again", nil, "admin.mail.allow"},
			{"/admin/sessions/end-from?address=198.51.100.9", "End sessions", "Signs of an automated attack", nil, "admin.address.end_sessions"},
			{"/admin/settings/view-as/change?value=off", "Change setting", "A trial, to be put back", nil, "admin.setting.change"},
		} {
			b.Visit(q.path).Submit(q.button, append(q.fields, apptest.Set("usual", q.usual), apptest.Set("reason", "x"))...)
			if b.Status != http.StatusOK {
				t.Fatalf("%s: a usual reason with a word: %d %s", q.path, b.Status, b.Text())
			}
			if reasons := st.reasonsOf(q.event); !slices.Equal(reasons, []string{q.usual + ": x"}) {
				t.Errorf("%s: %q", q.path, reasons)
			}
		}
		b.Visit("/admin/users/new").Submit("Add member", apptest.Set("email", "nobody"), apptest.Set("usual", "They asked for an account"))
		if b.Status != http.StatusUnprocessableEntity {
			t.Errorf("with a wrong address: %d", b.Status)
		}
		b.Submit("Add member", apptest.Set("email", "other@example.test"))
		if reasons := st.reasonsOf("admin.member.create"); !slices.Contains(reasons, "They asked for an account") {
			t.Errorf("alone: %q", reasons)
		}
	})
}

// reasonsOf are the reasons that operators gave for an act.
func (st *auditSite) reasonsOf(act models.Action) (reasons []string) {
	st.Helper()
	for _, e := range st.logged(models.AuditFilter{Actions: []models.Action{act}}) {
		if e.ActorKind == "operator" {
			reasons = append(reasons, e.Reason)
		}
	}
	return reasons
}
