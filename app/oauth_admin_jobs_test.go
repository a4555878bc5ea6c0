package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestJobsPageOnBothDatabases (D-40): jobs are listed by state, page by page, without their arguments; what was given up is run again
// or deleted, what waits is cancelled, each with a row; a job that has moved on is asked about again.
func TestJobsPageOnBothDatabases(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		admin := s.enter(t, "admin@example.test")
		given := s.aJob(t, "discarded")
		s.exec(t, fmt.Sprintf("UPDATE river_job SET attempt = 8 WHERE id = %d", given))
		for range 30 {
			s.aJob(t, "available")
		}
		page := admin.ask(t, get("/admin/jobs")).body
		if !strings.Contains(page, fmt.Sprintf("/admin/jobs/%d\"", given)) || !strings.Contains(page, "8 of 8") {
			t.Error("what was given up is not listed first")
		}
		first := admin.ask(t, get("/admin/jobs?state=waiting"))
		second := admin.ask(t, get(linkOf(first.body, "older")))
		if n, m := strings.Count(first.body, `<th scope="row">`), strings.Count(second.body, `<th scope="row">`); n != 25 || m < 5 {
			t.Errorf("pages of %d and %d jobs", n, m)
		}
		if back := admin.ask(t, get(linkOf(second.body, "newer"))); withoutReference(back.body, "") == "" || strings.Count(back.body, `<th scope="row">`) != 25 {
			t.Error("there is no way back")
		}
		for _, path := range []string{"/admin/jobs?state=nothing", "/admin/jobs?older=x"} {
			if answer := admin.ask(t, get(path)); answer.status != http.StatusBadRequest {
				t.Errorf("%s: %d", path, answer.status)
			}
		}
		for _, id := range []string{"0", "999999999", "01", "x"} {
			if answer := admin.ask(t, get("/admin/jobs/"+id)); answer.status != http.StatusNotFound {
				t.Errorf("job %s: %d", id, answer.status)
			}
		}
		stale := fields("reason", "The mail server works again", "version", "another")
		before := modelstest.Digest(t, s.pool)
		if answer := admin.ask(t, post(fmt.Sprintf("/admin/jobs/%d/retry", given), stale.Encode())); answer.status != http.StatusConflict {
			t.Errorf("a stale act: %d", answer.status)
		}
		if answer := admin.ask(t, post(fmt.Sprintf("/admin/jobs/%d/retry", given), "reason=Why")); answer.status != http.StatusUnprocessableEntity {
			t.Errorf("without a reason: %d", answer.status)
		}
		s.checkInert(t, before, "refused acts on jobs")
	})
}

// TestJobActs (D-40): each act does what it says, and is in the audit log with who and why.
func TestJobActs(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		forms, places := map[string]filled{}, map[string]string{}
		s.jobForms(t, s.enter(t, "admin@example.test"), forms, places)
		after := map[string]string{"retry": models.JobsWaiting, "cancel": models.JobsGivenUp, "delete": ""}
		for act, want := range after {
			path := places["/admin/jobs/{id}/"+act]
			if answer := forms["POST /admin/jobs/{id}/"+act].by.ask(t, forms["POST /admin/jobs/{id}/"+act].request(path)); answer.place() != "/admin/jobs" {
				t.Errorf("%s: %d", act, answer.status)
			}
			var id int64
			if _, err := fmt.Sscanf(path, "/admin/jobs/%d/", &id); err != nil {
				t.Fatal(err)
			}
			job, err := s.db.JobByID(t.Context(), id)
			if job.State != want || (err != nil) != (want == "") {
				t.Errorf("after %s: %+v, %v", act, job, err)
			}
			rows, err := s.db.AuditEvents(t.Context(), models.AuditQuery{Action: models.Action("admin.job." + act)})
			if err != nil || len(rows) != 1 || rows[0].TargetID != fmt.Sprint(id) || rows[0].Reason == "" || rows[0].ActorID != s.idOf(t, "admin@example.test") {
				t.Errorf("%s: %+v, %v", act, rows, err)
			}
		}
		for _, paused := range []bool{true, false} {
			act := map[bool]string{true: "pause", false: "resume"}[paused]
			form := forms["POST /admin/jobs/queues/{name}/"+act]
			form.by.ask(t, form.request("/admin/jobs/queues/default/"+act))
			queues, err := s.db.JobQueues(t.Context())
			if err != nil || len(queues) != 1 || queues[0].Paused != paused {
				t.Errorf("after %s: %+v, %v", act, queues, err)
			}
		}
	})
}
