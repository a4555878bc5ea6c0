package main

import (
	"fmt"
	"net/url"
	"testing"
)

// journey is one request. prepare makes what it needs and gives the request, to be sent as often as it takes.
type journey struct {
	name    string
	prepare func(t *testing.T, s *sweep, n int) (send func() reply)
	counted string // the table where a try counts even when it came to nothing
}

func everyJourney() []journey { return append(peopleJourneys, programJourneys...) }

// sending is a request by somebody, to be sent as often as it takes.
func (a *actor) sending(t *testing.T, path string, form url.Values) func() reply {
	return func() reply {
		if form == nil {
			return a.ask(t, get(path))
		}
		return a.ask(t, post(path, form.Encode()))
	}
}

func someone(n int, what string) string { return fmt.Sprintf("%s-%d@example.test", what, n) }

// entered is a new person who has signed in.
func (s *sweep) entered(t *testing.T, n int, what string) *actor {
	t.Helper()
	return s.enter(t, s.newPerson(t, someone(n, what)))
}

var peopleJourneys = []journey{
	{"sign up", func(t *testing.T, s *sweep, n int) func() reply {
		return s.anyone().sending(t, "/signup", url.Values{"email": {someone(n, "new")}, "password": {demoPassword}, "name": {"New"}})
	}, ""},
	{"verify by link", func(t *testing.T, s *sweep, n int) func() reply {
		email := someone(n, "verify")
		a := s.signUp(t, email)
		return a.sending(t, s.linkTo(t, email, "/verify-email/"), url.Values{"x": {"1"}})
	}, ""},
	{"verify by code", func(t *testing.T, s *sweep, n int) func() reply {
		email := someone(n, "code")
		a := s.signUp(t, email)
		return a.sending(t, "/verify-email", url.Values{"code": {s.codeFor(t, email)}})
	}, "mail_tokens"},
	{"sign in", func(t *testing.T, s *sweep, n int) func() reply {
		return s.anyone().sending(t, "/login", url.Values{"email": {s.newPerson(t, someone(n, "in"))}, "password": {demoPassword}})
	}, ""},
	{"sign in, wrong password", func(t *testing.T, s *sweep, n int) func() reply {
		return s.anyone().sending(t, "/login", url.Values{"email": {s.newPerson(t, someone(n, "wrong"))}, "password": {"not the right one"}})
	}, ""},
	{"sign in, nobody", func(t *testing.T, s *sweep, n int) func() reply {
		return s.anyone().sending(t, "/login", url.Values{"email": {someone(n, "nobody")}, "password": {demoPassword}})
	}, ""},
	{"sign out", func(t *testing.T, s *sweep, n int) func() reply {
		return s.entered(t, n, "out").sending(t, "/logout", url.Values{"x": {"1"}})
	}, ""},
	{"forgot password", func(t *testing.T, s *sweep, n int) func() reply {
		return s.anyone().sending(t, "/password/forgot", url.Values{"email": {s.newPerson(t, someone(n, "forgot"))}})
	}, ""},
	{"reset password", func(t *testing.T, s *sweep, n int) func() reply {
		email := s.newPerson(t, someone(n, "reset"))
		s.anyone().ask(t, post("/password/forgot", "email="+email))
		return s.anyone().sending(t, s.linkTo(t, email, "/password/reset/"), url.Values{"password": {"another good sentence"}})
	}, ""},
	{"reset by code", func(t *testing.T, s *sweep, n int) func() reply {
		email, a := s.newPerson(t, someone(n, "resetting")), s.anyone()
		a.browse(t, post("/password/forgot", "email="+email))
		return a.sending(t, "/password/reset", url.Values{"code": {s.codeFor(t, email)}})
	}, "mail_tokens"},
	{"ask for a sign-in link", func(t *testing.T, s *sweep, n int) func() reply {
		return s.anyone().sending(t, "/login/link", url.Values{"email": {s.newPerson(t, someone(n, "asking"))}})
	}, ""},
	{"sign in by link", func(t *testing.T, s *sweep, n int) func() reply {
		return s.anyone().sending(t, s.linkTo(t, s.linked(t, someone(n, "linked")), "/login/link/"), url.Values{"x": {"1"}})
	}, ""},
	{"sign in by mailed code", func(t *testing.T, s *sweep, n int) func() reply {
		email, a := s.newPerson(t, someone(n, "coded")), s.anyone()
		a.browse(t, post("/login/link", "email="+email))
		return a.sending(t, "/login/link/code", url.Values{"code": {s.codeFor(t, email)}})
	}, "mail_tokens"},
	{"cancel a link", func(t *testing.T, s *sweep, n int) func() reply {
		email := s.linked(t, someone(n, "cancel"))
		a := s.enter(t, email)
		return a.sending(t, s.openLink(t, a), url.Values{"x": {"1"}})
	}, ""},
	{"change password", func(t *testing.T, s *sweep, n int) func() reply {
		return s.entered(t, n, "change").sending(t, "/account/password", url.Values{"current_password": {demoPassword}, "password": {"another good sentence"}})
	}, ""},
	{"confirm it is you", func(t *testing.T, s *sweep, n int) func() reply {
		return s.entered(t, n, "reauth").sending(t, "/reauth", url.Values{"password": {demoPassword}})
	}, ""},
	{"second step", func(t *testing.T, s *sweep, n int) func() reply {
		a := s.enter(t, s.twoStep(t, someone(n, "second-step")))
		return a.sending(t, "/login/code", url.Values{"code": {s.demoCode(t)}, "trust": {"on"}})
	}, ""},
	{"confirm it is you by a code", func(t *testing.T, s *sweep, n int) func() reply {
		a := s.enterTwice(t, s.twoStep(t, someone(n, "reauth-code")), false)
		return a.sending(t, "/reauth", url.Values{"code": {s.demoCode(t)}})
	}, ""},
	{"add an authenticator", func(t *testing.T, s *sweep, n int) func() reply {
		a := s.entered(t, n, "authenticator")
		return a.sending(t, "/account/totp", url.Values{"code": {a.setupCode(t)}})
	}, ""},
	{"remove an authenticator", func(t *testing.T, s *sweep, n int) func() reply {
		return s.enterTwice(t, s.twoStep(t, someone(n, "remove")), true).sending(t, "/account/totp/disable", url.Values{"x": {"1"}})
	}, ""},
	{"new recovery codes", func(t *testing.T, s *sweep, n int) func() reply {
		return s.enterTwice(t, s.twoStep(t, someone(n, "codes")), false).sending(t, "/account/recovery-codes", url.Values{"x": {"1"}})
	}, ""},
	{"change name", func(t *testing.T, s *sweep, n int) func() reply {
		return s.entered(t, n, "name").sending(t, "/account/profile", url.Values{"name": {"Changed"}})
	}, ""},
	{"end a session", func(t *testing.T, s *sweep, n int) func() reply {
		a := s.entered(t, n, "end")
		s.enter(t, someone(n, "end"))
		return a.sending(t, "/account/sessions/"+s.otherSession(t, a)+"/end", url.Values{"x": {"1"}})
	}, ""},
	{"end other sessions", func(t *testing.T, s *sweep, n int) func() reply {
		a := s.entered(t, n, "others")
		s.enter(t, someone(n, "others"))
		return a.sending(t, "/account/sessions/end-others", url.Values{"x": {"1"}})
	}, ""},
	{"activity", func(t *testing.T, s *sweep, n int) func() reply {
		return s.entered(t, n, "activity").sending(t, "/account/activity", nil)
	}, ""},
	{"report an event", func(t *testing.T, s *sweep, n int) func() reply {
		a := s.entered(t, n, "report")
		return a.sending(t, "/account/activity", url.Values{"event": {s.lastEvent(t, someone(n, "report"))}})
	}, ""},
	{"secure the account", func(t *testing.T, s *sweep, n int) func() reply {
		a := s.entered(t, n, "secure")
		a.browse(t, post("/account/password", url.Values{"current_password": {demoPassword}, "password": {"another good sentence"}}.Encode()))
		return s.anyone().sending(t, s.linkTo(t, someone(n, "secure"), "/account/not-me/"), url.Values{"x": {"1"}})
	}, ""},
	{"ask for the code of a recovery", func(t *testing.T, s *sweep, n int) func() reply {
		return s.enter(t, s.twoStep(t, someone(n, "losing"))).sending(t, "/login/recovery/code", url.Values{"x": {"1"}})
	}, ""},
	{"begin a recovery", func(t *testing.T, s *sweep, n int) func() reply {
		email := someone(n, "lost")
		a := s.lost(t, email)
		return a.sending(t, "/login/recovery", url.Values{"code": {s.codeFor(t, email)}})
	}, "mail_tokens"},
	{"stop a recovery", func(t *testing.T, s *sweep, n int) func() reply {
		return s.anyone().sending(t, s.linkTo(t, s.recovering(t, someone(n, "stopping")), "/login/recovery/stop/"), url.Values{"x": {"1"}})
	}, ""},
	{"finish a recovery", func(t *testing.T, s *sweep, n int) func() reply {
		return s.anyone().sending(t, s.linkTo(t, s.recovering(t, someone(n, "finishing")), "/login/recovery/finish/"), url.Values{"x": {"1"}})
	}, ""},
	{"write a note", func(t *testing.T, s *sweep, n int) func() reply {
		return s.entered(t, n, "note").sending(t, "/notes", url.Values{"title": {"A title"}, "body": {"A body"}})
	}, ""},
	{"read notes", func(t *testing.T, s *sweep, n int) func() reply {
		return s.entered(t, n, "notes").sending(t, "/notes", nil)
	}, ""},
}

var programJourneys = []journey{
	{"authorize", func(t *testing.T, s *sweep, n int) func() reply {
		return s.entered(t, n, "authorize").sending(t, s.authorizePath()+"&prompt=consent", nil)
	}, ""},
	{"allow", func(t *testing.T, s *sweep, n int) func() reply {
		a := s.entered(t, n, "allow")
		return a.sending(t, a.begin(t), url.Values{"decision": {"allow"}, "scope": {"openid", "notes:read"}})
	}, ""},
	{"deny", func(t *testing.T, s *sweep, n int) func() reply {
		a := s.entered(t, n, "deny")
		return a.sending(t, a.begin(t), url.Values{"decision": {"deny"}})
	}, ""},
	{"code for tokens", func(t *testing.T, s *sweep, n int) func() reply {
		code := s.entered(t, n, "redeem").allow(t)
		return s.telling(t, "/oauth/token", url.Values{
			"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {sweepVerifier}, "redirect_uri": {s.config.demoClientURL() + "/callback"},
		})
	}, ""},
	{"refresh", func(t *testing.T, s *sweep, n int) func() reply {
		tokens := s.redeem(t, s.entered(t, n, "refresh").allow(t))
		return s.telling(t, "/oauth/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.Refresh}})
	}, ""},
	{"revoke", func(t *testing.T, s *sweep, n int) func() reply {
		tokens := s.redeem(t, s.entered(t, n, "revoke").allow(t))
		return s.telling(t, "/oauth/revoke", url.Values{"token": {tokens.Refresh}})
	}, ""},
	{"introspect", func(t *testing.T, s *sweep, n int) func() reply {
		tokens := s.redeem(t, s.entered(t, n, "introspect").allow(t))
		return s.telling(t, "/oauth/introspect", url.Values{"token": {tokens.Access}})
	}, ""},
	{"userinfo", func(t *testing.T, s *sweep, n int) func() reply {
		return s.program(s.redeem(t, s.entered(t, n, "userinfo").allow(t)).Access).sending(t, "/oauth/userinfo", nil)
	}, ""},
	{"note by program", func(t *testing.T, s *sweep, n int) func() reply {
		a := s.program(s.redeem(t, s.entered(t, n, "program").allow(t)).Access)
		return func() reply {
			r := post("/api/notes", `{"title":"By program","body":""}`)
			r.Header.Set("Content-Type", "application/json")
			return a.ask(t, r)
		}
	}, ""},
	{"apps", func(t *testing.T, s *sweep, n int) func() reply {
		a := s.entered(t, n, "apps")
		s.redeem(t, a.allow(t))
		return a.sending(t, "/account/apps", nil)
	}, ""},
	{"take access back", func(t *testing.T, s *sweep, n int) func() reply {
		a := s.entered(t, n, "back")
		s.redeem(t, a.allow(t))
		return a.sending(t, "/account/apps/"+demoClientID+"/revoke", url.Values{"x": {"1"}})
	}, ""},
	{"sign out at the client", func(t *testing.T, s *sweep, n int) func() reply {
		a := s.entered(t, n, "rp")
		tokens := s.redeem(t, a.allow(t))
		return a.sending(t, "/oauth/logout?"+url.Values{"id_token_hint": {tokens.ID}}.Encode(), nil)
	}, ""},
}

// telling is a request by the demo client.
func (s *sweep) telling(t *testing.T, path string, form url.Values) func() reply {
	return func() reply { return s.client(t, path, form) }
}
