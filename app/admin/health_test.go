package admin_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"latchkey/app/doctor"
	"latchkey/models"
)

// healthStatements is what the page of health may ask of the database, whatever is in it.
const healthStatements = 14

// TestHealth (D-17): every operator reads how the program is, and nobody else; the page asks no more of a busy week than of
// nothing, and only what has a bound.
func TestHealth(t *testing.T) {
	eachAudit(t, time.Minute, func(st *auditSite) {
		b := st.signedIn(auditor).Visit("/admin/health")
		if b.Status != http.StatusOK {
			st.Fatalf("an auditor gets %d: %s", b.Status, b.Text())
		}
		b.Sees("The first check is running", "Nothing counted yet")
		if b := st.signedIn(member).Visit("/admin/health"); b.Status != http.StatusNotFound {
			st.Errorf("a member gets %d", b.Status)
		}
		st.busyWeek()
		st.doctor.Note([]doctor.Finding{{Level: doctor.OK, Check: "clock", Message: "agrees with the database's"}, doctor.Broken("mail", "SMTP_URL is not set: no mail leaves", "set SMTP_URL and MAIL_FROM")}, st.clock.Now())
		for _, path := range []string{"/admin/health", "/admin/health?span=7d"} {
			b = b.Visit(path)
			b.Sees("mail Broken", "SMTP_URL is not set: no mail leaves", "To do: set SMTP_URL and MAIL_FROM", "1 check passed")
			b.Sees("Signing in Requests: 60 Failed: 50 %", "Mails, last hour 60 sent, 60 tries failed", "Refused by a limit 60", "Of these failed 50 %", "version 7")
			if n, err := strconv.Atoi(b.Header.Get("X-Statements")); err != nil || n == 0 || n > healthStatements {
				st.Errorf("%s: %d statements, at most %d", path, n, healthStatements)
			}
		}
		if text := b.Text(); strings.Contains(text, "The first check is running") || strings.Contains(text, "Nothing counted yet") {
			st.Errorf("a busy week is not seen: %s", text)
		}
		if b := b.Visit("/admin/health?span=1y"); b.Status != http.StatusBadRequest {
			st.Errorf("another span: %d", b.Status)
		}
	})
}

// busyWeek counts something in every minute of the last hour, and in every half hour of the week.
func (st *auditSite) busyWeek() {
	st.Helper()
	now := st.clock.Now().Truncate(time.Minute)
	process := models.Process{ID: models.NewID(), Version: "7", StartedAt: now}
	var times []time.Time
	for at := now.AddDate(0, 0, -7); at.Before(now.Add(-2 * time.Hour)); at = at.Add(30 * time.Minute) {
		times = append(times, at)
	}
	for i := range 60 {
		times = append(times, now.Add(time.Duration(i-59)*time.Minute))
	}
	for i, at := range times {
		slow := models.Count{Total: 1, Failed: int64(i % 2)}
		slow.Times.Add(40 * time.Millisecond)
		err := st.db.WriteCounts(st.Context(), process, models.CountBatch{Number: int64(i + 1), At: at, Counts: map[string]models.Count{
			"http.sign-in": slow, "mails": {Total: 2, Failed: 1}, "jobs": {Total: 1}, "limits": {Total: 1},
		}})
		if err != nil {
			st.Fatal(err)
		}
	}
}
