package main

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

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
		if n, m := jobsOn(first.body), jobsOn(second.body); n != 25 || m < 5 {
			t.Errorf("pages of %d and %d jobs", n, m)
		}
		if back := admin.ask(t, get(linkOf(second.body, "newer"))); withoutReference(back.body, "") == "" || jobsOn(back.body) != 25 {
			t.Error("there is no way back")
		}
		page = admin.ask(t, get("/admin/jobs?kind=mail&queue=default")).body
		if !strings.Contains(page, fmt.Sprintf("/admin/jobs/%d\"", given)) || !strings.Contains(page, "Kind mail") {
			t.Error("it is not found by its kind and queue")
		}
		for _, path := range []string{"/admin/jobs?kind=duty", "/admin/jobs?queue=other"} {
			if page := admin.ask(t, get(path)).body; strings.Contains(page, fmt.Sprintf("/admin/jobs/%d\"", given)) || !strings.Contains(page, "Nothing matches") {
				t.Errorf("%s lists what does not fit", path)
			}
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

// jobsOn counts the jobs that a page lists.
func jobsOn(page string) int { return len(jobLink.FindAllString(page, -1)) }

var jobLink = regexp.MustCompile(`href="/admin/jobs/[0-9]+"`)

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

// TestJobErrorsInFull (D-40): a list shows the first line of what went wrong last, the record all of it, and neither the arguments nor
// where it was in the code.
func TestJobErrorsInFull(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		admin, id := s.enter(t, "admin@example.test"), s.aJob(t, "discarded")
		fault := `{"at": "2026-01-01T00:00:00Z", "attempt": 8, "error": "no answer\nfrom the second server either", "trace": "canary-trace"}`
		s.exec(t, fmt.Sprintf(map[string]string{"sqlite": "UPDATE river_job SET errors = jsonb('[%s]') WHERE id = %d", "postgres": "UPDATE river_job SET errors = ARRAY['%s'::jsonb] WHERE id = %d"}[s.db.Dialect()], fault, id))
		list, record := admin.ask(t, get("/admin/jobs")).body, admin.ask(t, get(fmt.Sprintf("/admin/jobs/%d", id))).body
		if !strings.Contains(list, "no answer") || strings.Contains(list, "second server") || !strings.Contains(record, "no answer\nfrom the second server either") {
			t.Error("the error is not cut in the list, or is in the record")
		}
		for _, page := range []string{list, record} {
			if strings.Contains(page, "canary") || strings.Contains(page, "sealed") {
				t.Error("a page shows more than the error")
			}
		}
	})
}

// TestPeriodicWork (D-40): each duty says when it was last done and is due, and is run ahead of its time, once, with a row in the
// audit log; the processes that work are named; an open page asks for itself again.
func TestPeriodicWork(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		admin := s.enter(t, "admin@example.test")
		now := s.db.Now()
		s.must(t, s.db.NoteDuty(t.Context(), models.DutyRun{Name: "sweep-people", BeganAt: now.Add(-time.Minute), EndedAt: now.Add(-50 * time.Second), Failed: true}))
		s.must(t, s.db.WriteCounts(t.Context(), models.Process{ID: "P1", Version: "9.9.9", StartedAt: now}, models.CountBatch{Number: 1, At: now}))
		page := admin.ask(t, get("/admin/jobs?state=done")).body
		for _, want := range []string{"seal-audit", "sweep-people", "tend-oauth-keys", "Took 10 seconds", "9.9.9", `hx-trigger="every 5s"`, `hx-get="/admin/jobs?per=25&amp;state=done"`} {
			if !strings.Contains(page, want) {
				t.Errorf("the page lacks %q", want)
			}
		}
		const run = "/admin/jobs/duties/sweep-people/run"
		form := fields("reason", "The disk is full and must be swept").Encode()
		for i, want := range []int{1, 1} {
			if answer := admin.ask(t, post(run, form)); answer.place() != "/admin/jobs" {
				t.Errorf("time %d: %d", i+1, answer.status)
			}
			var waiting int
			s.must(t, s.pool.QueryRowContext(t.Context(), "SELECT count(*) FROM river_job WHERE kind = 'duty' AND state = 'available'").Scan(&waiting))
			rows, err := s.db.AuditEvents(t.Context(), models.AuditQuery{Action: "admin.job.run"})
			if err != nil || waiting != want || len(rows) != want || rows[0].TargetID != "sweep-people" || rows[0].Reason == "" {
				t.Errorf("%d jobs, %+v, %v", waiting, rows, err)
			}
		}
		if answer := admin.ask(t, post(run, "reason=Why")); answer.status != http.StatusUnprocessableEntity {
			t.Errorf("without a reason: %d", answer.status)
		}
		if answer := admin.ask(t, get("/admin/jobs/duties/nothing/run")); answer.status != http.StatusNotFound {
			t.Errorf("no such duty: %d", answer.status)
		}
	})
}
