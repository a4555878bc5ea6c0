package main

import (
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// goodTargets is list A of the corpus: paths that a sign-in may end at.
func goodTargets(t *testing.T) []string {
	t.Helper()
	found := hostileTargets(t, "A")
	if len(found) != 11 {
		t.Fatalf("%d good paths, want 11", len(found))
	}
	return found
}

// hostileTargets is one list of the corpus.
func hostileTargets(t *testing.T, wanted string) (found []string) {
	t.Helper()
	text, err := os.ReadFile("apptest/testdata/hostile_targets.txt")
	if err != nil {
		t.Fatal(err)
	}
	list := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if len(line) == 1 {
			list = line
			continue
		}
		for list == wanted && line != "" {
			quoted, err := strconv.QuotedPrefix(line)
			if err != nil {
				t.Fatal(err)
			}
			item, err := strconv.Unquote(quoted)
			if err != nil {
				t.Fatal(err)
			}
			found, line = append(found, item), strings.TrimSpace(line[len(quoted):])
		}
	}
	if len(found) < 6 {
		t.Fatalf("list %s has %d entries", wanted, len(found))
	}
	return found
}

// TestReturnToSurvives (T-202): whichever way in somebody takes, they land at the very path they came for, its query
// byte for byte.
func TestReturnToSurvives(t *testing.T) {
	if testing.Short() {
		t.Skip("takes its time, and none of it is about races")
	}
	eachSweep(t, func(t *testing.T, s *sweep) {
		for i, target := range goodTargets(t) {
			field := func(pairs ...string) string { return fields(append(pairs, "return_to", target)...).Encode() }
			lands := func(way string, answer reply) {
				t.Helper()
				if answer.status != http.StatusSeeOther || answer.place() != target {
					t.Errorf("%s: for %q %d to %q", way, target, answer.status, answer.place())
				}
			}
			// The page keeps it for its form.
			for _, path := range []string{"/login", "/signup", "/login/link"} {
				body := s.anyone().ask(t, get(path+"?return_to="+url.QueryEscape(target))).body
				if kept := hiddenField(t, body, "return_to"); kept != target {
					t.Errorf("%s keeps %q of %q", path, kept, target)
				}
			}
			member := s.anyone()
			lands("password", member.browse(t, post("/login", field("email", "member@example.test", "password", demoPassword))))
			lands("signed in already", member.ask(t, get("/login?return_to="+url.QueryEscape(target))))
			if body := member.ask(t, get("/reauth?return_to="+url.QueryEscape(target))).body; hiddenField(t, body, "return_to") != target {
				t.Errorf("/reauth keeps %q of %q", hiddenField(t, body, "return_to"), target)
			}
			lands("confirming", member.browse(t, post("/reauth", field("password", demoPassword))))

			wrong := s.anyone()
			again := wrong.browse(t, post("/login", field("email", "member@example.test", "password", "wrong")))
			if kept := hiddenField(t, again.body, "return_to"); again.status != http.StatusUnprocessableEntity || kept != target {
				t.Errorf("after a mistake (%d) the form keeps %q of %q", again.status, kept, target)
			}

			asking := s.anyone()
			asking.browse(t, post("/login/link", field("email", s.newPerson(t, someone(i, "mailed")))))
			lands("sign-in link", asking.browse(t, post(s.linkTo(t, someone(i, "mailed"), "/login/link/"), "")))
			asking = s.anyone()
			asking.browse(t, post("/login/link", field("email", someone(i, "mailed"))))
			lands("sign-in code", asking.browse(t, post("/login/link/code", "code="+s.codeFor(t, someone(i, "mailed")))))

			byLink, byCode := someone(i, "link"), someone(i, "code")
			for _, email := range []string{byLink, byCode} {
				a := s.anyone()
				if answer := a.browse(t, post("/signup", field("email", email, "password", demoPassword, "name", "New"))); answer.place() != "/verify-email" {
					t.Fatalf("sign-up: %d to %q", answer.status, answer.place())
				}
				if email == byLink {
					lands("sign-up, link", a.browse(t, post(s.linkTo(t, email, "/verify-email/"), "")))
				} else {
					lands("sign-up, code", a.browse(t, post("/verify-email", "code="+s.codeFor(t, email))))
				}
			}

			forced := s.newPerson(t, someone(i, "forced"))
			if err := s.db.RequirePasswordChange(t.Context(), s.idOf(t, forced)); err != nil {
				t.Fatal(err)
			}
			a := s.anyone()
			if answer := a.browse(t, post("/login", field("email", forced, "password", demoPassword))); answer.place() != "/password/new" {
				t.Fatalf("a forced change: %d to %q", answer.status, answer.place())
			}
			lands("forced password", a.browse(t, post("/password/new", "password="+anotherPassword)))

			// Signing in with the address not proven yet takes the same step.
			late := someone(i, "late")
			s.signUp(t, late)
			s.clock.Add(2 * time.Minute)
			a = s.anyone()
			if answer := a.browse(t, post("/login", field("email", late, "password", demoPassword))); answer.place() != "/verify-email" {
				t.Fatalf("an address not proven: %d to %q", answer.status, answer.place())
			}
			a.browse(t, post("/verify-email/resend", ""))
			lands("password, then code", a.browse(t, post("/verify-email", "code="+s.codeFor(t, late))))
		}
	})
}
