package main

import (
	"net/http"
	"strings"
	"testing"

	"latchkey/models/modelstest"
)

// TestBusyDatabaseIsSaid (T-1007): while another program holds the database for longer than a request waits, writers are
// told to come again, in the manner of their route, and nothing is half done. Afterwards the same requests work.
func TestBusyDatabaseIsSaid(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a lock that is not given")
	}
	t.Parallel() // it only waits
	modelstest.URLs(t, func(t *testing.T, databaseURL string) {
		if strings.HasPrefix(databaseURL, "postgres") {
			databaseURL += "&lock_timeout=500" // five seconds otherwise; models tests that
		}
		s := newObservedSweep(t, nil, databaseURL)
		member := s.enter(t, "member@example.test")
		code := member.allow(t)
		note := member.sending(t, "/notes", fields("title", "Kept waiting"))
		redeem := s.telling(t, "/oauth/token", fields("grant_type", "authorization_code", "code", code,
			"code_verifier", sweepVerifier, "redirect_uri", s.config.demoClientURL()+"/callback"))
		before := modelstest.Digest(t, s.pool)

		conn, err := s.pool.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		hold := "BEGIN; LOCK TABLE notes, oauth_codes IN EXCLUSIVE MODE"
		if s.db.Dialect() == "sqlite" {
			hold = "BEGIN IMMEDIATE"
		}
		if _, err := conn.ExecContext(t.Context(), hold); err != nil {
			t.Fatal(err)
		}
		page, machine := note(), redeem()
		if page.status != http.StatusServiceUnavailable || !strings.Contains(page.body, "Nothing was changed") {
			t.Errorf("the page: %d %.200s", page.status, page.body)
		}
		if machine.status != http.StatusServiceUnavailable || !strings.Contains(machine.body, "temporarily_unavailable") || machine.Header.Get("Retry-After") == "" {
			t.Errorf("the program: %d %s", machine.status, machine.body)
		}
		if _, err := conn.ExecContext(t.Context(), "ROLLBACK"); err != nil {
			t.Fatal(err)
		}
		s.checkInert(t, before, "waiting in vain")
		if again := note(); again.status != http.StatusSeeOther {
			t.Errorf("the page, afterwards: %d", again.status)
		}
		if again := redeem(); again.status != http.StatusOK {
			t.Errorf("the program, afterwards: %d %s", again.status, again.body)
		}
	})
}
