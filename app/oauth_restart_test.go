package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/oauthserver"
)

// TestRevocationSurvivesRestart (T-910): what was ended, of every kind that the program gives out, is dead at once and
// in a new program over the same database; what was not ended lives on there.
func TestRevocationSurvivesRestart(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		type token struct {
			name  string
			alive func(t *testing.T) bool
			end   func(t *testing.T)
		}
		inside := func(a *actor) func(*testing.T) bool {
			return func(t *testing.T) bool { return a.ask(t, get("/account/profile")).status == http.StatusOK }
		}
		bearer := func(value string) func(*testing.T) bool {
			return func(t *testing.T) bool { return s.program(value).ask(t, get("/api/me")).status == http.StatusOK }
		}
		introspected := func(value string) func(*testing.T) bool {
			return func(t *testing.T) bool {
				for _, hint := range []string{"", "access_token", "refresh_token", "nonsense"} {
					if strings.Contains(s.client(t, "/oauth/introspect", url.Values{"token": {value}, "token_type_hint": {hint}}).body, `"active":true`) {
						return true
					}
				}
				return false
			}
		}
		opens := func(link string) func(*testing.T) bool {
			return func(t *testing.T) bool { return s.anyone().ask(t, get(link)).status == http.StatusOK }
		}
		person := func(name string) *actor { return s.enter(t, s.newPerson(t, name+"@example.test")) }
		resetLink := func(email string) string {
			s.anyone().ask(t, post("/password/forgot", "email="+url.QueryEscape(email)))
			return s.linkTo(t, email, "/password/reset/")
		}
		revoke := func(value, hint string) func(*testing.T) {
			return func(t *testing.T) {
				s.client(t, "/oauth/revoke", url.Values{"token": {value}, "token_type_hint": {hint}})
			}
		}
		must := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}

		out, ended, changed, off, taker := person("out"), person("ended"), person("changed"), person("off"), person("taker")
		endedAt := s.enter(t, "ended@example.test")
		access, refresh, taken, disabled := s.redeem(t, person("access").allow(t)), s.redeem(t, person("refresh").allow(t)), s.redeem(t, taker.allow(t)), s.redeem(t, off.allow(t))
		usedLink, replacedLink := resetLink(s.newPerson(t, "used@example.test")), resetLink(s.newPerson(t, "replaced@example.test"))
		secret := s.secret
		control := person("control")
		kept, keptLink := s.redeem(t, control.allow(t)), resetLink(s.newPerson(t, "kept@example.test"))

		list := []token{
			{name: "a session, signed out", alive: inside(out), end: func(t *testing.T) { out.ask(t, post("/logout", "")) }},
			{name: "a session, ended from another", alive: inside(endedAt), end: func(t *testing.T) {
				ended.ask(t, post("/account/sessions/"+s.otherSession(t, ended)+"/end", ""))
			}},
			{name: "a session, password changed", alive: inside(changed), end: func(t *testing.T) {
				s.enter(t, "changed@example.test").ask(t, post("/account/password", url.Values{"current_password": {demoPassword}, "password": {anotherPassword}}.Encode()))
			}},
			{name: "a session, account disabled", alive: inside(off), end: func(t *testing.T) { must(s.people.DisableUser(t.Context(), s.idOf(t, "off@example.test"), "x", nil)) }},
			{name: "an access token, account disabled", alive: bearer(disabled.Access), end: func(*testing.T) {}},
			{name: "a refresh token, account disabled", alive: introspected(disabled.Refresh), end: func(*testing.T) {}},
			{name: "an access token, under a wrong hint", alive: bearer(access.Access), end: revoke(access.Access, "refresh_token")},
			{name: "a refresh token, under a wrong hint", alive: introspected(refresh.Refresh), end: revoke(refresh.Refresh, "access_token")},
			{name: "the access token beside it", alive: introspected(refresh.Access), end: func(*testing.T) {}},
			{name: "access taken back", alive: introspected(taken.Refresh), end: func(t *testing.T) { taker.ask(t, post("/account/apps/"+demoClientID+"/revoke", "")) }},
			{name: "a link, used", alive: opens(usedLink), end: func(t *testing.T) { s.anyone().ask(t, post(usedLink, "password="+anotherPassword)) }},
			{name: "a link, replaced", alive: opens(replacedLink), end: func(t *testing.T) { resetLink("replaced@example.test") }},
		}
		for _, one := range list {
			if !one.alive(t) {
				t.Errorf("%s: dead before it was ended", one.name)
			}
		}
		for _, one := range list {
			one.end(t)
		}
		for restarts := range 3 {
			for _, one := range list {
				if one.alive(t) {
					t.Errorf("%s: alive after %d restarts", one.name, restarts)
				}
			}
			if !inside(control)(t) || !bearer(kept.Access)(t) || !introspected(kept.Refresh)(t) || !opens(keptLink)(t) {
				t.Errorf("what nobody ended is dead after %d restarts", restarts)
			}
			s.restart(t)
		}

		// Last, since it changes how the demo client proves itself.
		_, err := s.oauth.RotateSecret(t.Context(), oauthserver.System("test", ""), demoClientID, time.Duration(0))
		must(err)
		for restarts := range 2 {
			s.secret = secret
			if answer := s.client(t, "/oauth/introspect", url.Values{"token": {kept.Access}}); answer.status != http.StatusUnauthorized {
				t.Errorf("the client's old secret after %d restarts: %d", restarts, answer.status)
			}
			s.restart(t)
		}
	})
}

// restart ends the program and starts another over the same database.
func (s *sweep) restart(t *testing.T) {
	t.Helper()
	s.close()
	h, err := openHouse(t.Context(), s.config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.close)
	if err := h.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.ready.Store(true)
	s.house = h
}
