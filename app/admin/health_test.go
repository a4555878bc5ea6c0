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
		st.clock.Add(st.clock.Now().Truncate(24 * time.Hour).Add(36 * time.Hour).Sub(st.clock.Now())) // noon, where a bar begins
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
		for path, said := range map[string][]string{
			"/admin/health?span=1h": {"Signing in Requests: 60 Failed: 50 %", "Answered 30", "Failed 30"},
			"/admin/health":         {"All pages in the charts Requests: 103 Failed: 50.5 %", "Half within: 35 ms", "95 % within: 49 ms", "Done 103", "Sent 103", "Refused 103", "at most 1,000"},
			"/admin/health?span=7d": {"Signing in Requests: 388 Failed: 50 %", "Half answered within", "95 % answered within", "Failed of 1,000 requests"},
		} {
			b = b.Visit(path)
			b.Sees("mail Broken", "SMTP_URL is not set: no mail leaves", "To do: set SMTP_URL and MAIL_FROM", "1 check passed")
			b.Sees("Mails, last hour 60 sent, 60 tries failed", "Refused by a limit 60", "Of these failed 50 %", "version 7").Sees(said...)
			if n, err := strconv.Atoi(b.Header.Get("X-Statements")); err != nil || n == 0 || n > healthStatements {
				st.Errorf("%s: %d statements, at most %d", path, n, healthStatements)
			}
		}
		b.Visit("/admin/health?span=1h").Click("Signing in").Sees("Signing in in the charts", "Requests: Signing in Answered 30")
		b.Visit("/admin/health?span=1h&pages=api").Sees("Requests: API Nothing was counted in this time")
		if text := b.Text(); strings.Contains(text, "The first check is running") || strings.Contains(text, "Nothing counted yet") {
			st.Errorf("a busy week is not seen: %s", text)
		}
		for _, other := range []string{"span=1y", "pages=garden"} {
			if b := b.Visit("/admin/health?" + other); b.Status != http.StatusBadRequest {
				st.Errorf("%s: %d", other, b.Status)
			}
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
