package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/models/modelstest"
)

// opened is what is open for one person and one client, before one of them is stopped: each entry tells whether it still works.
type opened map[string]func() bool

// openEverything opens all that a person can have open at once.
func (s *sweep) openEverything(t *testing.T, email string) opened {
	t.Helper()
	s.newPerson(t, email)
	browser, second := s.enter(t, email), s.enter(t, email)
	tokens, code := s.redeem(t, browser.allow(t)), browser.allow(t)
	asking := browser.begin(t)
	byCode := s.anyone()
	byCode.browse(t, post("/login/link", "email="+email))
	link, mailed := s.linkTo(t, email, "/login/link/"), s.codeFor(t, email)
	s.anyone().ask(t, post("/password/forgot", "email="+email))
	reset := s.linkTo(t, email, "/password/reset/")
	api := func(path string) func() bool {
		return func() bool { return s.program(tokens.Access).ask(t, get(path)).status == http.StatusOK }
	}
	return opened{
		"a session":       func() bool { return browser.ask(t, get("/account")).status == http.StatusOK },
		"another session": func() bool { return second.ask(t, get("/account")).status == http.StatusOK },
		"the API":         api("/api/me"),
		"the API's notes": api("/api/notes"),
		"userinfo":        api("/oauth/userinfo"),
		"introspection": func() bool {
			return strings.Contains(s.client(t, "/oauth/introspect", url.Values{"token": {tokens.Access}}).body, `"active":true`)
		},
		"a refresh token": func() bool {
			return s.tokens(t, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.Refresh}}).Access != ""
		},
		"a code":                func() bool { return s.redeem(t, code).Access != "" },
		"a request being asked": func() bool { return browser.ask(t, post(asking, "decision=allow&scope=openid")).inWords() == "client" },
		"a new request":         func() bool { return second.ask(t, get(s.authorizePath())).status == http.StatusOK },
		"a mailed sign-in link": func() bool { return s.anyone().ask(t, post(link, "")).inWords() == "/dashboard" },
		"a mailed sign-in code": func() bool { return byCode.ask(t, post("/login/link/code", "code="+mailed)).inWords() == "/dashboard" },
		"a link to a password":  func() bool { return s.anyone().ask(t, get(reset)).status == http.StatusOK },
		"the password": func() bool {
			return s.anyone().ask(t, post("/login", url.Values{"email": {email}, "password": {demoPassword}}.Encode())).inWords() == "/dashboard"
		},
	}
}

// TestStopsEverything: suspending a person or disabling a client stops, within one request, all that is open: of the person
// everything, of the client what went through it. What is listed works before.
func TestStopsEverything(t *testing.T) {
	ofClient := []string{"the API", "the API's notes", "userinfo", "introspection", "a refresh token", "a code", "a request being asked", "a new request"}
	for name, stop := range map[string]struct {
		do    func(s *sweep, t *testing.T, email string)
		stops func(what string) bool
	}{
		"nothing":               {func(*sweep, *testing.T, string) {}, func(string) bool { return false }},
		"suspending the person": {(*sweep).suspendByForm, func(string) bool { return true }},
		"disabling the client": {(*sweep).disableClient, func(what string) bool {
			for _, stopped := range ofClient {
				if what == stopped {
					return true
				}
			}
			return false
		}},
	} {
		t.Run(name, func(t *testing.T) {
			modelstest.URLsInSteps(t, func(t *testing.T, databaseURL string) {
				s := newSweep(t, databaseURL)
				for what := range s.openEverything(t, "first@example.test") {
					email := strings.ToLower(strings.ReplaceAll(strings.ReplaceAll(what, " ", "-"), "'", "")) + "@example.test"
					s.exec(t, "DELETE FROM attempts")
					works := s.openEverything(t, email)[what]
					stop.do(s, t, email)
					if got, want := works(), !stop.stops(what); got != want {
						t.Errorf("%s works: %v", what, got)
					}
					s.exec(t, "UPDATE oauth_clients SET disabled_at = NULL")
				}
			})
		})
	}
}

func (s *sweep) suspendByForm(t *testing.T, email string) {
	id := s.idOf(t, email)
	form := fields("reason", "They asked for it by phone", "version", s.versionOf(t, id))
	if answer := s.enter(t, "admin@example.test").ask(t, post("/admin/users/"+id+"/suspend", form.Encode())); answer.inWords() != "record" {
		t.Fatalf("suspending: %d", answer.status)
	}
}

func (s *sweep) disableClient(t *testing.T, _ string) {
	form := s.clientForm(t, demoClientID, "disable", []string{"reason", "Its owner asked for it"})
	if answer := s.enter(t, "admin@example.test").ask(t, post("/admin/clients/"+demoClientID+"/disable", form.Encode())); answer.status != http.StatusSeeOther {
		t.Fatalf("disabling: %d", answer.status)
	}
}
