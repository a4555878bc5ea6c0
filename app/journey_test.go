package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/app/apptest"
	"latchkey/models/modelstest"
)

// site is the whole program, running: the app, the demo client, the jobs.
type site struct {
	*house
	base, client string // addresses
}

// startSite serves everything on free ports over a database, with demo data, until the test ends.
func startSite(t *testing.T, databaseURL string) site {
	t.Helper()
	d := doors{app: freePort(t), demo: freePort(t)}
	config := testConfigAt(t, databaseURL)
	demo := true
	config.Demo = &demo
	config.BaseURL = "http://localhost:" + portOf(d.app)
	config.DemoClientAddr = d.demo.Addr().String()
	h, err := openHouse(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- h.run(ctx, d) }()
	t.Cleanup(func() {
		stop()
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	})
	s := site{h, config.BaseURL, config.demoClientURL()}
	waitFor(t, func() bool { return statusAt(s.base+"/readyz") == http.StatusOK && statusAt(s.client) == http.StatusOK })
	return s
}

func portOf(l net.Listener) string {
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// eachSite runs a journey on SQLite and PostgreSQL.
func eachSite(t *testing.T, f func(t *testing.T, s site)) {
	t.Helper()
	modelstest.URLs(t, func(t *testing.T, databaseURL string) { f(t, startSite(t, databaseURL)) })
}

// lastMail waits for the newest mail to an address.
func (s site) lastMail(t *testing.T, to string) mailJSON {
	t.Helper()
	var mails []mailJSON
	waitFor(t, func() bool {
		answer, err := http.Get(s.base + "/dev/mail.json?to=" + url.QueryEscape(to))
		if err != nil {
			return false
		}
		defer answer.Body.Close()
		return json.NewDecoder(answer.Body).Decode(&mails) == nil && len(mails) > 0
	})
	return mails[0]
}

// signIn takes a browser through the sign-in page.
func (s site) signIn(t *testing.T, email string) *apptest.Browser {
	t.Helper()
	b := apptest.New(t).Visit(s.base + "/login")
	return b.Submit("Sign in", apptest.Set("email", email), apptest.Set("password", demoPassword)).Sees("Sign out")
}

// statements counts those run so far; the queue's own are not among them.
func (s site) statements(t *testing.T) (n int64) {
	t.Helper()
	families, err := s.metrics.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == "sql_statement_seconds" {
			for _, series := range family.GetMetric() {
				n += int64(series.GetHistogram().GetSampleCount())
			}
		}
	}
	return n
}

// TestMainJourney: someone signs up, lets a third-party app in, takes the access back, and signs out.
func TestMainJourney(t *testing.T) {
	eachSite(t, func(t *testing.T, s site) {
		b := apptest.New(t)
		b.Visit(s.base + "/signup").Submit("Create account",
			apptest.Set("email", "ada@example.test"), apptest.Set("password", "correct horse battery 9"), apptest.Set("name", "Ada"))
		b.Sees("ada@example.test").Submit("Confirm", apptest.Set("code", s.lastMail(t, "ada@example.test").Code))
		b.Sees("Ada")
		b.Visit("/notes").Submit("Add note", apptest.Set("title", "A note of Ada's"), apptest.Set("body", "with a body")).Sees("Note added", "A note of Ada's")
		b.Submit("Sign out").Sees("You are signed out")

		b.Visit(s.client).Click("Sign in with Latchkey").Sees("Sign in", "Demo client")
		b.Submit("Sign in", apptest.Set("email", "ada@example.test"), apptest.Set("password", "correct horse battery 9"))
		b.Sees("Demo client wants to use your Latchkey account", "Read your notes", "localhost:"+s.client[strings.LastIndex(s.client, ":")+1:])
		b.Submit("Allow", apptest.Set("scope", "openid", "profile", "notes:read", "offline_access"))
		if !strings.HasPrefix(b.URL.String(), s.client) {
			t.Fatalf("after consent the browser is at %s", b.URL)
		}
		b.Sees("Good morning, Ada", "A note of Ada's", "You kept your address to yourself")

		b.Submit("Refresh tokens").Sees("New tokens arrived", "A note of Ada's")

		b.Visit(s.base+"/account/apps").Sees("Demo client", "Read your notes").Click("Revoke access").Submit("Revoke access").Sees("Access revoked")
		b.Visit(s.client).Sees("access was taken back").SeesNot("A note of Ada's")

		// Access can be given anew, and signing out there signs out here.
		b.Click("Sign in with Latchkey").Submit("Allow").Sees("Good morning, Ada")
		b.Submit("Sign out")
		b.Visit(s.base + "/account").Sees("Sign in").SeesNot("Profile")
	})
}

// TestConsentRemembered: whoever agreed before is sent on without a page; whoever says no shares nothing.
func TestConsentRemembered(t *testing.T) {
	eachSite(t, func(t *testing.T, s site) {
		b := s.signIn(t, "member@example.test")
		b.Visit(s.client).Click("Sign in with Latchkey").Submit("Cancel").Sees("You did not allow")
		b.Visit(s.client).Click("Sign in with Latchkey").Submit("Allow").Sees("Good morning, Demo Member", "Groceries")
		again := b.Visit(s.client + "/login")
		again.Sees("Good morning, Demo Member")
	})
}

// TestSignedInPage_OneStatement: session and person come in one statement, whatever the page.
func TestSignedInPage_OneStatement(t *testing.T) {
	modelstest.URLs(t, func(t *testing.T, databaseURL string) {
		s := startSite(t, databaseURL)
		b := s.signIn(t, "member@example.test")
		var most int64
		for _, path := range []string{"/account/profile", "/account/password", "/reauth"} {
			before := s.statements(t)
			b.Visit(path)
			if b.Status != http.StatusOK {
				t.Fatalf("%s: %d", path, b.Status)
			}
			most = max(most, s.statements(t)-before)
		}
		fmt.Printf("statements: %d\n", most)
		if most != 1 {
			t.Errorf("%d statements for session and person", most)
		}
	})
}

// TestForeignNotesAreNotSeen: a cursor, an id or a token of someone else's shows nothing.
func TestForeignNotesAreNotSeen(t *testing.T) {
	eachSite(t, func(t *testing.T, s site) {
		b := s.signIn(t, "admin@example.test")
		b.Visit("/notes").SeesNot("Groceries")
		if b.Visit("/notes?older=zzz"); b.Status != http.StatusBadRequest {
			t.Errorf("a forged cursor: %d", b.Status)
		}
	})
}

// TestNotes_RejectedFormKeepsWhatWasTyped, on the page a cloner copies.
func TestNotes_RejectedFormKeepsWhatWasTyped(t *testing.T) {
	s := startSite(t, "sqlite:"+t.TempDir()+"/app.db")
	b := s.signIn(t, "member@example.test").Visit("/notes")
	b.Submit("Add note", apptest.Set("title", ""), apptest.Set("body", "typed with care"))
	if b.Status != http.StatusUnprocessableEntity {
		t.Errorf("status %d", b.Status)
	}
	b.Sees("Give the note a title", "typed with care")
}

// TestNotes_Paging walks to the end of a long list and back.
func TestNotes_Paging(t *testing.T) {
	eachSite(t, func(t *testing.T, s site) {
		owner, err := s.people.UserByEmail(t.Context(), "admin@example.test")
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2*notesPerPage + 3 {
			note, _ := newNote(owner.ID, fmt.Sprintf("Note number %d.", i), "")
			if err := s.db.CreateNote(t.Context(), &note); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Microsecond) // times differ, so that the order is known
		}
		b := s.signIn(t, "admin@example.test").Visit("/notes").Sees("Note number 52.", "Note number 28.").SeesNot("Note number 27.")
		b.Click("Older").Sees("Note number 27.").Click("Older").Sees("Note number 0.", "Note number 2.")
		b.Click("Newer").Sees("Note number 27.", "Note number 3.").Click("Newer").Sees("Note number 52.")
	})
}
