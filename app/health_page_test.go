package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/app/doctor"
	"latchkey/app/jobs"
	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestDoctorAndHealthAgree (D-17): a wrong setting is found by the command and on the page, in the same words and with the same cure.
func TestDoctorAndHealthAgree(t *testing.T) {
	inFolder(t)
	config := testConfigAt(t, modelstest.SQLiteURL(t))
	config.SMTPURL, config.MailFrom = "smtp://127.0.0.1:1", "Latchkey <no-reply@example.test>"
	s, stop, err := openSite(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	for name, value := range map[string]string{
		"APP_ENV": "test", "DATABASE_URL": string(config.DatabaseURL), "SECRET_KEY": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=", "SMTP_URL": "smtp://127.0.0.1:1", "MAIL_FROM": config.MailFrom, "METRICS_ADDR": "",
	} {
		t.Setenv(name, value)
	}
	code, stdout, stderr := command(t, "doctor", "--json")
	var findings []doctor.Finding
	if err := json.Unmarshal([]byte(stdout), &findings); err != nil || code != 1 {
		t.Fatalf("exit %d, %v, %s%s", code, err, stdout, stderr)
	}
	i := slices.IndexFunc(findings, func(f doctor.Finding) bool { return f.Check == "mail" })
	if i < 0 || findings[i].Level != doctor.Fault || findings[i].Fix == "" {
		t.Fatalf("the command finds %+v", findings)
	}
	s.look(t.Context())
	page := s.signIn(t, "admin@example.test").Visit("/admin/health")
	if page.Status != http.StatusOK {
		t.Fatalf("the page answers %d", page.Status)
	}
	page.Sees("mail Broken", findings[i].Message, findings[i].Fix)
	for _, f := range findings {
		if f.Check != "issuer" && !strings.Contains(strings.ToLower(page.Text()), strings.ToLower(f.Check)) {
			t.Errorf("the page lacks %+v", f)
		}
	}
}

// TestCountsOutliveFaults (D-17): what cannot be written is told, hurts nobody, and is written once when it can be again.
func TestCountsOutliveFaults(t *testing.T) {
	modelstest.EachInSteps(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		var log bytes.Buffer
		c := newCounting(db, slog.New(slog.NewTextHandler(&log, nil)))
		pool := modelstest.SQL(t, db)
		move := func(from, to string) {
			t.Helper()
			if _, err := pool.ExecContext(t.Context(), "ALTER TABLE "+from+" RENAME TO "+to); err != nil {
				t.Fatal(err)
			}
		}
		c.request("/login", 200, 20*time.Millisecond)
		c.request("/notes", 500, time.Millisecond)
		c.request("/admin/users/:id", 429, time.Millisecond)
		c.job(jobs.Done)
		move("minute_stats", "away")
		c.write(t.Context())
		if !strings.Contains(log.String(), "counts of the last minute are not written yet") {
			t.Errorf("the log says %q", log.String())
		}
		c.request("/login", 200, 20*time.Millisecond)
		c.job(jobs.GivenUp)
		c.write(t.Context())
		move("away", "minute_stats")
		for range 3 {
			c.write(t.Context())
		}
		rows, err := db.MinuteStats(t.Context(), 120, db.Now().Add(-4*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		got := map[string][2]int64{}
		for _, row := range rows {
			got[row.Name] = [2]int64{got[row.Name][0] + row.Total, got[row.Name][1] + row.Failed}
		}
		for name, want := range map[string][2]int64{"http.sign-in": {2, 0}, "http.product": {1, 1}, "http.admin": {1, 0}, countLimits: {1, 0}, countJobs: {2, 1}} {
			if got[name] != want {
				t.Errorf("%s: %v, want %v", name, got[name], want)
			}
		}
		today := models.Day(db.Now())
		if daily, err := db.DailyStats(t.Context(), today, today, models.FigureJobsDone, models.FigureJobsFailed, models.FigureJobsGivenUp); err != nil || len(daily) != 3 || daily[models.FigureJobsDone][today] != 1 || daily[models.FigureJobsFailed][today] != 1 || daily[models.FigureJobsGivenUp][today] != 1 {
			t.Errorf("of the day: %v, %v", daily, err)
		}
	})
}

// TestRouteGroups: every route of the program belongs to a group that the page names.
func TestRouteGroups(t *testing.T) {
	for route, group := range map[string]string{
		"/admin": "admin", "/login/code": "sign-in", "/logout": "sign-in", "/account/apps": "account", "/": "product", "/notes": "product", "none": "product", "/static/*": "static",
	} {
		if got := routeGroup(route); got != group {
			t.Errorf("%s counts as %s, not %s", route, got, group)
		}
	}
}
