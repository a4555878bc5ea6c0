package admin_test

import (
	"net/http"
	"path"
	"strings"
	"testing"

	"latchkey/app/apptest"
	"latchkey/auth"
	"latchkey/models"
)

// TestBulkPages (D-14): who is ticked in the list is shown with what would become of them, then asked about, done in the
// background, told of, downloaded where it was not done, and taken back; without a script.
func TestBulkPages(t *testing.T) {
	eachAudit(t, ordinary, func(st *auditSite) {
		st.peopled(4)
		b := st.signedIn(administrator)
		b.Visit("/admin/users?q=row").Submit("See what it does", apptest.Set("act", "suspend"))
		if b.Status != http.StatusUnprocessableEntity || !strings.Contains(b.Text(), "Tick members first") || len(rowsOf(b)) != 4 {
			t.Fatalf("nobody ticked: %d", b.Status)
		}
		if err := st.people.DisableUser(t.Context(), st.user("row02@example.test").ID, "test", nil); err != nil {
			t.Fatal(err)
		}
		b.Visit("/admin/users").Submit("See what it does", apptest.Set("act", "suspend"), apptest.Set("member", st.user("row01@example.test").ID, st.user("row02@example.test").ID, st.user("row03@example.test").ID, st.user(administrator).ID))
		batch, id := b.URL.Path, path.Base(b.URL.Path)
		for _, want := range []string{"Nothing has been done yet", "Will change 2", "Already so 1", "Not allowed 1", "row01@example.test", "This is your own account"} {
			if !strings.Contains(b.Text(), want) {
				t.Errorf("the preview does not say %q: %s", want, b.Text())
			}
		}
		b.Click("Suspend 2 members").Submit("Suspend 2 members", apptest.Set("reason", "short"))
		if b.Status != http.StatusUnprocessableEntity {
			t.Errorf("a short reason: %d", b.Status)
		}
		b.Submit("Suspend 2 members", apptest.Set("reason", "Accounts made by a machine"))
		if b.URL.Path != batch || !strings.Contains(b.Text(), "Done with 0 of 2") {
			t.Fatalf("after the start: %s, %s", b.URL.Path, b.Text())
		}
		st.workOn(id)
		b.Visit(batch)
		if !strings.Contains(b.Text(), "Done 2") || st.user("row01@example.test").DisabledAt == nil {
			t.Errorf("after the work: %s", b.Text())
		}
		rows := tableOf(t, b.Click("CSV").Body)
		if len(rows) != 3 || rows[1][2] != administrator || rows[1][4] != "self" || rows[2][1] != "1" {
			t.Errorf("what was not done: %q", rows)
		}
		if err := st.people.EnableUser(t.Context(), st.user("row03@example.test").ID, "test"); err != nil {
			t.Fatal(err)
		}
		b.Visit(batch).Submit("Undo this batch")
		undo := path.Base(b.URL.Path)
		st.workOn(undo)
		b.Visit("/admin/batches/" + undo)
		if !strings.Contains(b.Text(), "Changed since 1") || !strings.Contains(b.Text(), "does not stand any more") {
			t.Errorf("what would be taken back: %s", b.Text())
		}
		if rows := tableOf(t, b.Click("CSV").Body); len(rows) != 3 || rows[1][2] != "row03@example.test" || rows[1][3] != "changed" || rows[1][4] != "over" {
			t.Errorf("what would not be: %q", rows)
		}
		b.Visit("/admin/batches/"+undo).Click("Lift suspension of 1 member").Submit("Lift suspension of 1 member", apptest.Set("usual", "Correction of a mistake"))
		st.workOn(undo)
		if st.user("row01@example.test").DisabledAt != nil || st.user("row02@example.test").DisabledAt == nil {
			t.Error("undoing lifts what the batch did, and nothing else")
		}
		if b.Visit("/admin/batches"); !strings.Contains(b.Text(), "Takes another one back") || !strings.Contains(b.Text(), "Showing 2") {
			t.Errorf("the list: %s", b.Text())
		}
		other := st.signedIn(auditor)
		if other.Visit("/admin/users"); strings.Contains(other.Body, `name="member"`) || strings.Contains(other.Text(), "See what it does") {
			t.Error("an auditor is offered what they may not do")
		}
		if other.Visit(batch); other.Status != http.StatusOK || strings.Contains(other.Text(), "Undo this batch") {
			t.Errorf("an auditor reads a batch: %d", other.Status)
		}
		if answer := other.Fetch("POST", "/admin/users/bulk", "", "act=suspend&all=on"); answer.Status != http.StatusForbidden {
			t.Errorf("an auditor begins one: %d", answer.Status)
		}
	})
}

// workOn does what a job does.
func (st *auditSite) workOn(id string) {
	st.Helper()
	if more, err := st.people.WorkOnBatch(st.Context(), id); more || err != nil {
		st.Fatalf("more %v, %v", more, err)
	}
}

// TestBulkAll (D-14): all that match are those of the filter, and as many as it says.
func TestBulkAll(t *testing.T) {
	eachAudit(t, ordinary, func(st *auditSite) {
		st.peopled(9)
		b := st.signedIn(administrator)
		b.Visit("/admin/users?state=locked&q=row").Submit("See what it does", apptest.Set("act", "end_sessions"), apptest.Set("all", "on"))
		if !strings.Contains(b.Text(), "Writing down who it is about") || !strings.Contains(b.Body, `hx-trigger="every 2s"`) {
			t.Errorf("while it is collected: %s", b.Text())
		}
		st.workOn(path.Base(b.URL.Path))
		if b.Visit(b.URL.Path); !strings.Contains(b.Text(), "Already so 3") || !strings.Contains(b.Text(), "nobody it would change") || strings.Contains(b.Body, "every 2s") {
			t.Errorf("collected: %s", b.Text())
		}
		rows := st.logged(models.AuditFilter{Actions: []models.Action{auth.AuditBulkPreview}})
		if len(rows) != 1 || rows[0].Meta["members"] != "locked" || rows[0].Meta["act"] != "end_sessions" {
			t.Errorf("the log: %+v", rows)
		}
	})
}
