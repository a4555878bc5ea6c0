package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"latchkey/models"
	"latchkey/models/modelstest"
	"latchkey/static"
)

// sweep is the demo site asked one request at a time. No jobs run beside it, so that the tables hold still
// between requests and a digest tells whether one changed anything.
type sweep struct {
	*house
	clock  *modelstest.Clock
	pool   *sql.DB
	secret string // of the demo client
}

func newSweep(t *testing.T, databaseURL string, change ...func(*Config)) *sweep {
	t.Helper()
	return newSweepIn(t, openHouse, databaseURL, change...)
}

// newSweepIn is newSweep with a house that the test opens in its own way.
func newSweepIn(t *testing.T, open func(context.Context, Config) (*house, error), databaseURL string, change ...func(*Config)) *sweep {
	t.Helper()
	s := &sweep{clock: modelstest.NewClock()}
	config := testConfigAt(t, databaseURL)
	demo := true
	config.Demo, config.Now = &demo, s.clock.Now
	for _, f := range change {
		f(&config)
	}
	var err error
	if s.house, err = open(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	if err := lendKeys(t.Context(), s.house); err != nil {
		t.Fatal(err)
	}
	if err := s.prepareOAuth(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.secret, err = s.demoClientSecret(); err != nil {
		t.Fatal(err)
	}
	s.ready.Store(true)
	s.pool = modelstest.SQL(t, s.db)
	return s
}

func sqliteSweep(t *testing.T, change ...func(*Config)) *sweep {
	t.Helper()
	return newSweep(t, modelstest.SQLiteURL(t), change...)
}

// eachSweep takes it to every database, one step after another.
func eachSweep(t *testing.T, f func(t *testing.T, s *sweep)) {
	t.Helper()
	modelstest.URLsInSteps(t, func(t *testing.T, databaseURL string) { f(t, newSweep(t, databaseURL)) })
}

// checkInert fails the test when a table changed since the digest was taken.
func (s *sweep) checkInert(t *testing.T, before modelstest.Tables, what string) {
	t.Helper()
	if changed := before.Changed(modelstest.Digest(t, s.pool)); len(changed) > 0 {
		t.Errorf("%s changed %v", what, changed)
	}
}

// actor is one who asks: with cookies, with a token, or with nothing.
type actor struct {
	s       *sweep
	cookies []*http.Cookie
	headers []string // of every request
}

// reply is an answer, read to its end.
type reply struct {
	*http.Response
	status int
	body   string
}

// place is where a redirect leads, htmx's too.
func (r reply) place() string { return r.Header.Get("Location") + r.Header.Get("HX-Redirect") }

func (s *sweep) anyone() *actor { return &actor{s: s} }

// ask sends one request and keeps nothing of the answer.
func (a *actor) ask(t *testing.T, r *http.Request) reply {
	t.Helper()
	for _, cookie := range a.cookies {
		if strings.HasPrefix(r.URL.Path, cookie.Path) {
			r.AddCookie(&http.Cookie{Name: cookie.Name, Value: cookie.Value})
		}
	}
	if r.Header.Get("User-Agent") == "" {
		r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	}
	answer := a.s.send(t, withHeaders(r, a.headers))
	return reply{answer, answer.StatusCode, bodyOf(t, answer)}
}

// browse sends one request as a browser does: cookies of the answer are kept.
func (a *actor) browse(t *testing.T, r *http.Request) reply {
	t.Helper()
	answer := a.ask(t, r)
	for _, cookie := range answer.Cookies() {
		a.cookies = slices.DeleteFunc(a.cookies, func(old *http.Cookie) bool {
			return old.Name == cookie.Name && old.Path == cookie.Path
		})
		if cookie.Value != "" && cookie.MaxAge >= 0 {
			a.cookies = append(a.cookies, cookie)
		}
	}
	return answer
}

// enter signs in on the sign-in page, as far as that leads.
func (s *sweep) enter(t *testing.T, email string) *actor {
	t.Helper()
	a := s.anyone()
	form := url.Values{"email": {email}, "password": {demoPassword}}
	if answer := a.browse(t, post("/login", form.Encode())); answer.status != http.StatusSeeOther {
		t.Fatalf("sign-in of %s: %d", email, answer.status)
	}
	return a
}

// signUp makes an account on the page for it; its address is not proven yet.
func (s *sweep) signUp(t *testing.T, email string) *actor {
	t.Helper()
	a := s.anyone()
	form := url.Values{"email": {email}, "password": {demoPassword}, "name": {"New Here"}}
	if answer := a.browse(t, post("/signup", form.Encode())); answer.place() != "/verify-email" {
		t.Fatalf("sign-up of %s: %d", email, answer.status)
	}
	return a
}

// newPerson makes an ordinary account, with the password of the demo accounts, and gives the address back.
func (s *sweep) newPerson(t *testing.T, email string) string {
	t.Helper()
	if err := s.seedPerson(t.Context(), demoPerson{email: email, name: "Somebody Else", verified: true}); err != nil {
		t.Fatal(err)
	}
	return email
}

func (s *sweep) idOf(t *testing.T, email string) string {
	t.Helper()
	u, err := s.people.UserByEmail(t.Context(), email)
	if err != nil {
		t.Fatal(err)
	}
	return u.ID
}

const sweepVerifier = "a-verifier-that-is-long-enough-for-the-standard"

// authorizePath asks for everything the demo client may have.
func (s *sweep) authorizePath() string {
	return "/oauth/authorize?" + url.Values{
		"client_id": {demoClientID}, "redirect_uri": {s.config.demoClientURL() + "/callback"}, "response_type": {"code"},
		"scope": {"openid profile email offline_access notes:read notes:write"}, "state": {"a-state-of-enough-length"},
		"code_challenge": {oauth2.S256ChallengeFromVerifier(sweepVerifier)}, "code_challenge_method": {"S256"},
	}.Encode()
}

// begin starts a sign-in at the demo client and gives the address of the step that waits, although the person
// may have agreed before.
func (a *actor) begin(t *testing.T) string {
	t.Helper()
	answer := a.browse(t, get(a.s.authorizePath()+"&prompt=consent"))
	waiting := interactionAt.FindString(answer.place() + answer.body)
	if waiting == "" {
		t.Fatalf("authorize: %d to %q\n%s", answer.status, answer.place(), answer.body)
	}
	return waiting
}

var interactionAt = regexp.MustCompile(`/oauth/authorize/[A-Za-z0-9_-]+`)

// granted are the tokens of a client.
type granted struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	ID      string `json:"id_token"`
	Scope   string `json:"scope"`
	Error   string `json:"error"`
}

// allow agrees, to these scopes or to everything, and gives the code.
func (a *actor) allow(t *testing.T, scopes ...string) (code string) {
	t.Helper()
	if len(scopes) == 0 {
		scopes = []string{"openid", "profile", "email", "offline_access", "notes:read", "notes:write"}
	}
	answer := a.browse(t, post(a.begin(t), url.Values{"decision": {"allow"}, "scope": scopes}.Encode()))
	back, err := url.Parse(answer.place())
	if err != nil || back.Query().Get("code") == "" {
		t.Fatalf("consent: %d to %q (%v)\n%s", answer.status, answer.place(), err, answer.body)
	}
	return back.Query().Get("code")
}

// client sends a form to an endpoint for programs, as the demo client.
func (s *sweep) client(t *testing.T, path string, form url.Values) reply {
	t.Helper()
	r := post(path, form.Encode())
	r.SetBasicAuth(demoClientID, s.secret)
	return s.anyone().ask(t, r)
}

func (s *sweep) redeem(t *testing.T, code string) (tokens granted) {
	t.Helper()
	return s.tokens(t, url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {sweepVerifier},
		"redirect_uri": {s.config.demoClientURL() + "/callback"},
	})
}

func (s *sweep) tokens(t *testing.T, form url.Values) (tokens granted) {
	t.Helper()
	answer := s.client(t, "/oauth/token", form)
	if err := json.Unmarshal([]byte(answer.body), &tokens); err != nil {
		t.Fatalf("%d %s: %v", answer.status, answer.body, err)
	}
	return tokens
}

// program is the demo client with an access token.
func (s *sweep) program(token string) *actor {
	return &actor{s: s, headers: []string{"Authorization: Bearer " + token}}
}

// mails are those to an address that wait to be sent, the oldest first.
func (s *sweep) mails(t *testing.T, to string) (list []models.Mail) {
	t.Helper()
	column := "json(args)" // SQLite keeps its binary form
	if s.db.Dialect() == "postgres" {
		column = "args"
	}
	rows, err := s.pool.QueryContext(t.Context(), "SELECT "+column+" FROM river_job WHERE kind = 'mail' ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var raw []byte
		var job models.MailJob
		if err := rows.Scan(&raw); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, &job); err != nil {
			t.Fatal(err)
		}
		mail, err := s.db.OpenMail(job)
		if err != nil {
			t.Fatal(err)
		}
		if mail.To == to && !mail.Decoy {
			list = append(list, mail)
		}
	}
	return list
}

// linkTo is the newest link in the mails to an address that begins with this path.
func (s *sweep) linkTo(t *testing.T, to, prefix string) string {
	t.Helper()
	mails := s.mails(t, to)
	for _, mail := range slices.Backward(mails) {
		for _, link := range mailLink.FindAllString(mail.Text, -1) {
			if path, ours := strings.CutPrefix(link, s.config.BaseURL); ours && strings.HasPrefix(path, prefix) {
				return path
			}
		}
	}
	t.Fatalf("no link to %s in %d mails to %s", prefix, len(mails), to)
	return ""
}

// Whose links the mails of a sweep hold: one who has just signed up, and one who is locked out and forgot the password.
const (
	newcomer  = "newcomer@example.test"
	lockedOut = "locked-out@example.test"
)

// places are the routes with an {id}, each with the address of one that is there. The member owns what has an owner.
func (s *sweep) places(t *testing.T, member *actor) map[string]string {
	t.Helper()
	s.mailLinks(t)
	s.enter(t, "member@example.test") // another session, to be ended
	kept := models.Mail{Kind: "sample", To: "member@example.test", Subject: "Sample", Text: "Sample", HTML: "<p>Sample</p>"}
	if err := s.db.KeepMail(t.Context(), kept); err != nil {
		t.Fatal(err)
	}
	mailbox, err := s.db.Mailbox(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	s.redeem(t, member.allow(t))
	trusted := s.trustedBrowser(t, member, "member@example.test")
	key := "/account/passkeys/" + s.oldPasskey(t, "member@example.test")
	places := map[string]string{
		"/account/trusted-browsers/{id}/rename": trusted + "/rename",
		"/account/trusted-browsers/{id}/remove": trusted + "/remove",
		"/static/{file}":                        static.URL("app.css"),
		"/verify-email/{token}":                 s.linkTo(t, newcomer, "/verify-email/"),
		"/setup/{token}":                        s.setupLink(t),
		"/login/unlock/{token}":                 s.linkTo(t, lockedOut, "/login/unlock/"),
		"/password/reset/{token}":               s.linkTo(t, lockedOut, "/password/reset/"),
		"/account/sessions/{id}/end":            "/account/sessions/" + s.otherSession(t, member) + "/end",
		"/dev/mail/{id}":                        "/dev/mail/" + mailbox[0].ID,
		"/dev/ui/{name}":                        "/dev/ui/login",
		"/dev/ui/mails/{name}":                  "/dev/ui/mails/verify-email",
		"/oauth/authorize/{id}":                 member.begin(t),
		"/account/apps/{id}/revoke":             "/account/apps/" + demoClientID + "/revoke",
		"/account/not-me/{token}":               s.linkTo(t, lockedOut, "/account/not-me/"),
		"/login/link/{token}":                   s.linkTo(t, lockedOut, "/login/link/"),
		"/login/recovery/stop/{token}":          s.linkTo(t, s.recovering(t, "stopping@example.test"), "/login/recovery/stop/"),
		"/login/recovery/finish/{token}":        s.linkTo(t, s.recovering(t, "finishing@example.test"), "/login/recovery/finish/"),
		"/account/sessions/links/{id}/cancel":   s.openLink(t, member),
		"/account/passkeys/{id}/rename":         key + "/rename",
		"/account/passkeys/{id}/remove":         key + "/remove",
	}
	s.adminPlaces(t, places)
	s.clientPlaces(t, places)
	return places
}

// mailLinks makes the site send each kind of mail that has a link.
func (s *sweep) mailLinks(t *testing.T) {
	t.Helper()
	s.signUp(t, newcomer)
	s.newPerson(t, lockedOut)
	s.anyone().ask(t, post("/password/forgot", "email="+lockedOut))
	s.anyone().ask(t, post("/login/link", "email="+lockedOut))
	s.anyone().ask(t, post("/login/link", "email=member@example.test"))
	config := s.config
	config.RateLimitScale = 0.01 // one wrong password locks
	strict, err := openHouse(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer strict.close()
	for range 3 {
		strict.send(t, post("/login", "email="+lockedOut+"&password=wrong"))
	}
}

// otherSession is a session of the actor's person that is not the actor's own.
func (s *sweep) otherSession(t *testing.T, a *actor) string {
	t.Helper()
	page := a.ask(t, get("/account/sessions")).body
	_, after, found := strings.Cut(page, `action="/account/sessions/`)
	for found && strings.HasPrefix(after, "end-others") {
		_, after, found = strings.Cut(after, `action="/account/sessions/`)
	}
	id, _, ended := strings.Cut(after, "/end")
	if !found || !ended {
		t.Fatalf("no other session on %s", page)
	}
	return id
}

// openLink is where the button of one of a person's open links goes.
func (s *sweep) openLink(t *testing.T, a *actor) string {
	t.Helper()
	page := a.ask(t, get("/account/sessions")).body
	_, after, found := strings.Cut(page, `action="/account/sessions/links/`)
	id, _, ended := strings.Cut(after, "/cancel")
	if !found || !ended {
		t.Fatalf("no open link on %s", page)
	}
	return "/account/sessions/links/" + id + "/cancel"
}

// pathOf is the address of a route, with what its {id} stands for.
func pathOf(t *testing.T, route routeLine, places map[string]string) string {
	t.Helper()
	if !strings.Contains(route.Path, "{") {
		return route.Path
	}
	path, known := places[route.Path]
	if !known {
		t.Fatalf("no address for %s: add one to places", route.Path)
	}
	return path
}

// request is the bare request to a route: a GET, or a form without fields.
func request(route routeLine, path string) *http.Request {
	if route.Method == http.MethodPost {
		return post(path, "")
	}
	r := get(path)
	r.Method = route.Method
	return r
}

// lastly puts the routes that end a session behind the others.
func (s *sweep) lastly() []routeLine {
	routes := s.routeTable()
	slices.SortStableFunc(routes, func(a, b routeLine) int { return ending(a) - ending(b) })
	return routes
}

func ending(r routeLine) int {
	return slices.Index([]string{
		"POST /account/trusted-browsers/{id}/remove", "POST /account/trusted-browsers", "POST /account/passkeys/{id}/remove", "POST /account/apps/{id}/revoke", "POST /account/sessions/{id}/end", "POST /account/sessions/end-others", "POST /logout",
	}, r.String())
}

func (r routeLine) String() string { return r.Method + " " + r.Path }

// checkCovers ends the test unless a table has every route that it should and no other.
func checkCovers[V any](t *testing.T, table map[string]V, routes []routeLine) {
	t.Helper()
	known := map[string]bool{}
	for _, route := range routes {
		known[route.String()] = true
		if _, found := table[route.String()]; !found {
			t.Errorf("%s is missing in the table", route)
		}
	}
	for name := range table {
		if !known[name] {
			t.Errorf("the table has %s, which is no route", name)
		}
	}
	if t.Failed() {
		t.FailNow()
	}
}

// only are the routes for which a condition holds.
func only(routes []routeLine, wanted func(routeLine) bool) (list []routeLine) {
	for _, route := range routes {
		if wanted(route) {
			list = append(list, route)
		}
	}
	return list
}
