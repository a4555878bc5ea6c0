package main

import (
	"net/http"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// asksAgain is the request that the open page at a path sends by itself.
func (a *actor) asksAgain(t *testing.T, path string) func() reply {
	t.Helper()
	for n := range parsePage(t, a.ask(t, get(path)).body).Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		address, _ := attributeOf(n, "hx-get")
		id, _ := attributeOf(n, "id")
		if every, polls := attributeOf(n, "hx-trigger"); polls && every == "every 5s" {
			return func() reply {
				return a.ask(t, get(address, "X-Poll: true", "HX-Request: true", "HX-Request-Type: partial", "HX-Target: "+n.Data+"#"+id))
			}
		}
	}
	t.Fatalf("%s does not ask again", path)
	return nil
}

// TestPollsDoNotKeepASession: a page left open asks again until the session has idled out, and then leads to the sign-in
// page; a page that somebody opens keeps the session. In a view, too, only what is opened counts. No member's page is looked at unseen.
func TestPollsDoNotKeepASession(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		left, used := s.enter(t, "admin@example.test"), s.enter(t, "admin@example.test")
		poll := left.asksAgain(t, "/admin/jobs")
		opened := s.clock.Now()
		for range 11 {
			s.clock.Add(10 * time.Minute)
			if answer := poll(); answer.status != http.StatusOK || answer.Header.Get("X-Fragment") != "jobs" {
				t.Fatalf("before the limit: %d, %q", answer.status, answer.Header.Get("X-Fragment"))
			}
			used.ask(t, get("/admin/jobs"))
		}
		if seen := s.lastSeen(t, left); seen.After(opened) {
			t.Errorf("a poll counts as seen at %v, the page was opened at %v", seen, opened)
		}
		s.clock.Add(10 * time.Minute)
		if answer := poll(); answer.inWords() != "login" || answer.Header.Get("HX-Redirect") == "" {
			t.Errorf("at the limit: %d to %q", answer.status, answer.place())
		}
		if answer := used.ask(t, get("/admin/jobs")); answer.status != http.StatusOK {
			t.Errorf("a session in use: %d", answer.status)
		}

		s.newPerson(t, viewedMember)
		watch := s.enter(t, "admin@example.test")
		poll = watch.asksAgain(t, "/admin/jobs")
		looking := s.viewAs(t, "admin@example.test", viewedMember, false)
		watch.cookies = looking.cookies
		pages := func() (n int) {
			s.must(t, s.pool.QueryRowContext(t.Context(), "SELECT pages FROM member_views WHERE ended_at IS NULL").Scan(&n))
			return n
		}
		before := pages()
		if poll(); pages() != before {
			t.Error("a tab left open counts as a page of the view")
		}
		looking.ask(t, get("/dashboard"))
		if looking.ask(t, get("/dashboard", "X-Poll: true")); pages() != before+2 {
			t.Error("a page of the view does not count, or not when it says that nobody asked")
		}
		s.clock.Add(10 * time.Minute)
		opened = s.clock.Now()
		if used.ask(t, get("/account", "X-Poll: true")); s.lastSeen(t, used).Before(opened) {
			t.Error("whoever forges the mark of a poll looks at members' pages unseen")
		}
	})
}

func (s *sweep) lastSeen(t *testing.T, a *actor) time.Time {
	t.Helper()
	live, err := s.db.LiveSessionByToken(t.Context(), a.session(), "", true)
	s.must(t, err)
	return live.Session.LastSeenAt
}
