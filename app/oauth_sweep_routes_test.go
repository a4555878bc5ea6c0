package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"latchkey/models/modelstest"
)

// routeAnswers is what the bare request to each route gets, by who asks. In order: nobody; somebody whose sign-in
// waits for the address to be proven; a person to whom the {id} of the address does not belong; the person to
// whom it does; a program with every scope. One word is for all of them. "login" leads to the sign-in page, "once:x"
// works the first time only, and leads to x ("once:x,gone" says then with 410 that it did); "not me" asks whether to
// secure the account; "waiting" is a step of a sign-in at a client, "bound" a link of this browser's own, "client" the
// way back there with a code, "record" that of a member.
const routeAnswers = `
GET  /healthz                     200
GET  /readyz                      200
GET  /static/{file}               200
GET  /signup                      200 200 /dashboard /dashboard 200
POST /signup                      422
GET  /verify-email                200
POST /verify-email                422
POST /verify-email/resend         /verify-email
GET  /verify-email/{token}        200
POST /verify-email/{token}        422
GET  /setup/{token}               410
POST /setup/{token}               422
GET  /login                       200 200 /dashboard /dashboard 200
POST /login                       422
GET  /login/code                  login
POST /login/code                  login
GET  /login/recovery              login
POST /login/recovery              login
POST /login/recovery/code         login
GET  /login/recovery/stop/{token} 200
POST /login/recovery/stop/{token} once:login,gone
GET  /login/recovery/finish/{token} 200
POST /login/recovery/finish/{token} once:login
GET  /login/link                  200
POST /login/link                  422
GET  /login/link/code             200
POST /login/link/code             422
GET  /login/link/{token}          200
POST /login/link/{token}          once:/dashboard
POST /signup/passkey/options      422
POST /signup/passkey              422
POST /login/passkey/options       200
POST /login/passkey               422
POST /login/code/passkey/options  login
POST /login/code/passkey          login
GET  /login/unlock/{token}        200
POST /login/unlock/{token}        once:login
POST /logout                      /
GET  /password/forgot             200
POST /password/forgot             422
GET  /password/reset              200
POST /password/reset              422
GET  /password/reset/{token}      200
POST /password/reset/{token}      422
GET  /password/new                login
POST /password/new                login
GET  /reauth                      login login 200 200 login
POST /reauth/passkey/options      login login 422 422 login
POST /reauth                      login login 422 422 login
POST /reauth/code                 login login 422 422 login
POST /view-as/stop                login login /dashboard /dashboard login
GET  /account                     login login 200 200 login
GET  /account/secure              login login 200 200 login
GET  /account/profile             login login 200 200 login
POST /account/profile             login login /account/profile /account/profile login
GET  /account/password            login login 200 200 login
POST /account/password            login login 422 422 login
GET  /account/totp                login login 200 200 login
POST /account/totp                login login 422 422 login
GET  /account/totp/disable        login login 200 200 login
POST /account/totp/disable        login login 422 422 login
GET  /account/recovery-codes      login login 200 200 login
POST /account/recovery-codes      login login 422 422 login
GET  /account/trusted-browsers    login login 200 200 login
POST /account/trusted-browsers    login login /account/trusted-browsers /account/trusted-browsers login
POST /account/trusted-browsers/{id}/rename login login 404 /account/trusted-browsers login
POST /account/trusted-browsers/{id}/remove login login 404 /account/trusted-browsers login
GET  /account/passkeys            login login 200 200 login
POST /account/passkeys            login login 422 422 login
POST /account/passkeys/options    login login 200 200 login
GET  /account/passkeys/{id}/rename login login 404 200 login
POST /account/passkeys/{id}/rename login login 404 422 login
GET  /account/passkeys/{id}/remove login login 404 200 login
POST /account/passkeys/{id}/remove login login 404 /account/passkeys login
GET  /account/sessions            login login 200 200 login
POST /account/sessions/end-others login login /account/sessions /account/sessions login
POST /account/sessions/{id}/end   login login 404 /account/sessions login
GET  /account/activity            login login 200 200 login
POST /account/activity            login login 404 404 login
GET  /account/not-me/{token}      200
POST /account/not-me/{token}      once:login,gone
POST /account/sessions/links/{id}/cancel login login 404 /account/sessions login
GET  /                            200
POST /theme                       422
GET  /dashboard                   login login 200 200 login
GET  /notes                       login login 200 200 login
POST /notes                       login login 422 422 login
GET  /dev                         200
GET  /dev/mail                    200
GET  /dev/mail.json               200
GET  /dev/mail/{id}               200
GET  /dev/ui                      200
GET  /dev/ui/mails                200
GET  /dev/ui/mails/{name}         200
GET  /dev/ui/{name}               200
GET  /.well-known/openid-configuration       200
HEAD /.well-known/openid-configuration       200
GET  /.well-known/oauth-authorization-server 200
HEAD /.well-known/oauth-authorization-server 200
GET  /oauth/jwks.json             200
HEAD /oauth/jwks.json             200
GET  /oauth/authorize             400
POST /oauth/authorize             400
GET  /oauth/authorize/{id}        404 404 404 200 404
POST /oauth/authorize/{id}        404 404 404 400 404
GET  /oauth/logout                200
POST /oauth/logout                200
POST /oauth/token                 401
GET  /oauth/userinfo              401 401 401 401 200
POST /oauth/userinfo              401 401 401 401 200
POST /oauth/introspect            401
POST /oauth/revoke                401
GET  /account/apps                login login 200 200 login
GET  /account/apps/{id}/revoke    login login 404 200 login
POST /account/apps/{id}/revoke    login login 404 /account/apps login
GET  /api/me                      401 401 401 401 200
GET  /api/notes                   401 401 401 401 200
POST /api/notes                   401 401 401 401 415
`

// The columns of routeAnswers.
const (
	asNobody = iota
	asPending
	asOther
	asOwner
	asProgram
)

// answers reads the table.
func (s *sweep) answers(t *testing.T) map[string][]string {
	t.Helper()
	table := map[string][]string{}
	for line := range strings.Lines(strings.TrimSpace(routeAnswers)) {
		words := strings.Fields(line)
		answers := words[2:]
		for len(answers) < asProgram+1 {
			answers = append(answers, answers[0])
		}
		table[words[0]+" "+words[1]] = answers
	}
	for _, route := range only(s.routeTable(), routeLine.forOperators) {
		table[route.String()] = asOthers
	}
	checkCovers(t, table, s.routeTable())
	return table
}

// inWords is an answer as routeAnswers has it.
func (r reply) inWords() string {
	switch path, _, _ := strings.Cut(r.place(), "?"); {
	case r.place() == "":
		return fmt.Sprint(r.status)
	case path == "/login" && strings.Contains(r.place(), "?return_to=%2F"), r.place() == "/login":
		return "login"
	case strings.HasPrefix(path, "/admin/users/"), strings.HasPrefix(path, "/admin/jobs/"), strings.HasPrefix(path, "/admin/batches/"), strings.HasPrefix(path, "/admin/audit/chain/checks/"), path != "/admin/mails/stopped" && strings.HasPrefix(path, "/admin/mails/"), strings.HasPrefix(path, "/admin/clients"), strings.HasPrefix(path, "/admin/consents"), strings.HasPrefix(path, "/admin/keys"), strings.HasPrefix(path, "/admin/tokens/"):
		return "record"
	case strings.HasPrefix(path, "/account/not-me/"):
		return "not me"
	case strings.HasPrefix(path, "/oauth/authorize/"):
		return "waiting"
	case strings.HasPrefix(path, "/password/reset/"):
		return "bound"
	case strings.HasPrefix(r.place(), "http://localhost:3001/callback?code="):
		return "client"
	default:
		return r.place()
	}
}

// TestRouteTable (T-1501): each route has a decided answer for everybody who may ask. A route that is not in the
// table fails, so nobody adds one without deciding.
func TestRouteTable(t *testing.T) {
	s := sqliteSweep(t)
	table := s.answers(t)
	member := s.enter(t, "member@example.test")
	places := s.places(t, member)
	actors := []struct {
		name   string
		column int
		*actor
	}{
		{"anonymous", asNobody, s.anyone()},
		{"disabled", asNobody, s.disabled(t)},
		{"unverified", asPending, s.enter(t, "unverified@example.test")},
		{"locked", asOther, s.locked(t)},
		{"other member", asOther, s.enter(t, s.newPerson(t, "other@example.test"))},
		{"administrator", asOther, s.enter(t, "admin@example.test")},
		{"member", asOwner, member},
		{"program", asProgram, s.program(s.redeem(t, member.allow(t)).Access)},
	}
	for _, route := range s.lastly() {
		spent := false
		for _, a := range actors {
			if a.name == "administrator" && route.forOperators() {
				continue
			}
			send := a.ask
			if a.column == asOwner {
				send = a.browse // some acts renew the session
			}
			answer := send(t, request(route, pathOf(t, route, places)))
			want := table[route.String()][a.column]
			if first, once := strings.CutPrefix(want, "once:"); once {
				first, gone := strings.CutSuffix(first, ",gone")
				want = map[bool]string{false: first, true: map[bool]string{false: "422", true: "410"}[gone]}[spent]
				spent = true
			}
			if got := answer.inWords(); got != want {
				t.Errorf("%s as %s: %s, want %s", route, a.name, got, want)
			}
		}
	}
}

// disabled and locked are people to whom that happened while they were signed in. A lock refuses passwords: who is
// in stays in.
func (s *sweep) disabled(t *testing.T) *actor {
	t.Helper()
	a := s.enter(t, s.newPerson(t, "disabled@example.test"))
	if err := s.people.DisableUser(t.Context(), s.idOf(t, "disabled@example.test"), "test", nil); err != nil {
		t.Fatal(err)
	}
	return a
}

func (s *sweep) locked(t *testing.T) *actor {
	t.Helper()
	a := s.enter(t, s.newPerson(t, "locked-later@example.test"))
	if err := s.people.LockUser(t.Context(), s.idOf(t, "locked-later@example.test")); err != nil {
		t.Fatal(err)
	}
	return a
}

// TestGetIsInert (T-111): looking changes nothing, whoever looks, and be it as HEAD or with a body. A scanner of mails
// that opens every link uses none of them up and is signed in nowhere.
func TestGetIsInert(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		member := s.enter(t, "member@example.test")
		places := s.places(t, member)
		places["/oauth/authorize"] = s.authorizePath() + "&prompt=consent"
		actors := []*actor{s.anyone(), member, s.enter(t, "admin@example.test"), s.program(s.redeem(t, member.allow(t)).Access)}
		before := modelstest.Digest(t, s.pool)
		for _, route := range only(s.routeTable(), routeLine.reads) {
			for _, a := range actors {
				s.look(t, a, route, places)
			}
			after := modelstest.Digest(t, s.pool)
			if changed := before.Changed(after); len(changed) > 0 && !(route.Path == "/oauth/authorize" && changed[0] == "oauth_interactions" && len(changed) == 1) {
				t.Errorf("%s changed %v", route, changed)
			}
			before = after
		}
		s.scanMails(t)
		s.checkInert(t, before, "a scanner of mails")
		if answer := s.anyone().ask(t, post(places["/login/unlock/{token}"], "")); answer.place() != "/login" {
			t.Errorf("the link itself: %d", answer.status)
		}
	})
}

func (r routeLine) reads() bool { return r.Method == http.MethodGet }

// look asks for a page in each way there is to look at one.
func (s *sweep) look(t *testing.T, a *actor, route routeLine, places map[string]string) {
	t.Helper()
	path := route.Path
	if known, found := places[route.Path]; found {
		path = known
	}
	head := get(path)
	head.Method = http.MethodHead
	body := post(path, "decision=allow&confirm=yes&password="+demoPassword+"&name=Changed&title=Added")
	body.Method = http.MethodGet
	for _, r := range []*http.Request{get(path), head, body} {
		answer := a.ask(t, r)
		if len(answer.Cookies()) > 0 && route.Path != "/oauth/authorize" {
			t.Errorf("%s %s sets %v", r.Method, route.Path, answer.Cookies())
		}
		if answer.status >= 500 {
			t.Errorf("%s %s: %d", r.Method, route.Path, answer.status)
		}
	}
}

// scanMails opens every link of every mail.
func (s *sweep) scanMails(t *testing.T) {
	t.Helper()
	opened := 0
	for _, to := range []string{newcomer, lockedOut} {
		for _, mail := range s.mails(t, to) {
			for _, link := range mailLink.FindAllString(mail.Text+" "+mail.HTML, -1) {
				path, ours := strings.CutPrefix(strings.Trim(link, `"'.`), s.config.BaseURL)
				if !ours {
					continue
				}
				opened++
				if answer := s.anyone().ask(t, get(path)); len(answer.Cookies()) > 0 {
					t.Errorf("%s sets %v", path, answer.Cookies())
				}
			}
		}
	}
	if opened < 3 {
		t.Errorf("only %d links in the mails", opened)
	}
}
