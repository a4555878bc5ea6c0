package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
)

// filled is a form as somebody who may send it fills it in.
type filled struct {
	by      *actor
	form    url.Values
	json    bool
	want    string // the answer, in the words of routeAnswers
	changes string // the tables it writes to

	late func(url.Values) // fills in what is known only when it is sent; may be nil
}

// request is the form on its way to an address.
func (f filled) request(path string) *http.Request {
	if f.late != nil {
		f.late(f.form)
	}
	if !f.json {
		return post(path, f.form.Encode())
	}
	var members []string
	for name, values := range f.form {
		members = append(members, fmt.Sprintf("%q:%q", name, values[0]))
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader("{"+strings.Join(members, ",")+"}"))
	r.Header.Set("Content-Type", "application/json")
	return r
}

func fields(pairs ...string) url.Values {
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return form
}

// anotherPassword is what people choose who choose a new one.
const anotherPassword = "another-Latchkey-2026"

// forms are every form of the program, filled in, and the addresses to send them to. Each is good once.
func (s *sweep) forms(t *testing.T) (map[string]filled, map[string]string) {
	t.Helper()
	member := s.enter(t, "member@example.test")
	places := s.places(t, member)
	first, second, third := s.signUp(t, "first@example.test"), s.signUp(t, "second@example.test"), s.signUp(t, "third@example.test")
	places["/verify-email/{token}"] = s.linkTo(t, "third@example.test", "/verify-email/")
	s.clock.Add(2 * time.Minute) // another code may be asked for
	forced := s.newPerson(t, "forced@example.test")
	if err := s.db.RequirePasswordChange(t.Context(), s.idOf(t, forced)); err != nil {
		t.Fatal(err)
	}
	person := func(name string) *actor { return s.enter(t, s.newPerson(t, name+"@example.test")) }
	lost := s.newPerson(t, "lost@example.test")
	s.anyone().ask(t, post("/password/forgot", "email="+lost))
	places["/password/reset/{token}"] = s.linkTo(t, lost, "/password/reset/")
	mistaken, reporter := person("mistaken"), person("reporter")
	mistaken.browse(t, post("/account/password", fields("current_password", demoPassword, "password", anotherPassword).Encode()))
	places["/account/not-me/{token}"] = s.linkTo(t, "mistaken@example.test", "/account/not-me/")
	byCode, coded := s.anyone(), s.newPerson(t, "coded@example.test")
	byCode.browse(t, post("/login/link", "email="+coded))
	places["/login/link/{token}"] = s.linkTo(t, s.linked(t, "linked@example.test"), "/login/link/")
	resetting, mislaid := s.anyone(), s.newPerson(t, "mislaid@example.test")
	resetting.browse(t, post("/password/forgot", "email="+mislaid))
	twice := person("twice")
	s.enter(t, "twice@example.test")
	halfway, inside := s.twoStep(t, "halfway@example.test"), s.twoStep(t, "inside@example.test")
	remover, setter, trusting := s.enterTwice(t, inside, false), person("setter"), person("trusting")
	s.trustedBrowser(t, trusting, "trusting@example.test")
	maker := s.enterTwice(t, s.twoStep(t, "maker@example.test"), false)
	keeper, keyless := s.keyed(t, person("keyed")), s.anyone()
	signed := keyless.signed(t, keeper, "/login/passkey/options")
	asking, halfKeyed := s.enter(t, "keyed@example.test"), s.enter(t, "keyed@example.test")
	halfSigned := halfKeyed.signed(t, keeper, "/login/code/passkey/options")
	sureKeyed := person("sure-keyed")
	wordless := person("wordless")
	if _, err := s.pool.ExecContext(t.Context(), "UPDATE users SET password_hash = '' WHERE email = 'wordless@example.test'"); err != nil {
		t.Fatal(err)
	}
	arriving := s.anyone()
	_, arrived := s.madePasskey(t, arriving, "/signup/passkey/options", fields("email", "key-alone@example.test"))
	s.keyed(t, sureKeyed)
	adder := person("adds")
	_, made := s.madePasskey(t, adder, "/account/passkeys/options", nil)
	keyRemover := person("removes")
	places["/account/passkeys/{id}/remove"] = "/account/passkeys/" + s.oldPasskey(t, "removes@example.test") + "/remove"
	lostAll := s.lost(t, "lost-all@example.test")
	spare := s.redeem(t, member.allow(t))
	tokens, code := s.redeem(t, member.allow(t)), member.allow(t)
	authorize, _ := url.ParseQuery(strings.SplitN(s.authorizePath(), "?", 2)[1])
	program := &actor{s: s, headers: []string{basicOf(s.secret)}}
	forms := map[string]filled{
		"POST /signup":                               {by: s.anyone(), form: fields("email", "fresh@example.test", "password", anotherPassword, "name", "Fresh"), want: "/verify-email", changes: "mail_tokens pending_logins river_job search_terms users"},
		"POST /verify-email":                         {by: first, form: fields("code", s.codeFor(t, "first@example.test")), want: "/dashboard", changes: "browsers mail_tokens pending_logins sessions users"},
		"POST /verify-email/resend":                  {by: second, form: url.Values{}, want: "/verify-email", changes: "mail_tokens river_job"},
		"POST /verify-email/{token}":                 {by: third, form: url.Values{}, want: "/dashboard", changes: "browsers mail_tokens pending_logins sessions users"},
		"POST /login":                                {by: s.anyone(), form: fields("email", "member@example.test", "password", demoPassword), want: "/dashboard", changes: "browsers sessions"},
		"POST /login/code":                           {by: s.enter(t, halfway), form: fields("code", s.demoCode(t)), want: "/dashboard", changes: "authenticators browsers pending_logins sessions"},
		"POST /account/totp":                         {by: setter, form: fields("code", setter.setupCode(t), "name", "My phone"), want: "/account/recovery-codes", changes: "authenticators mail_tokens recovery_codes river_job sessions shown_once"},
		"POST /account/totp/disable":                 {by: remover, form: fields("id", s.authenticatorOf(t, inside)), want: "/account/totp", changes: "authenticators mail_tokens river_job sessions users"},
		"POST /account/recovery-codes":               {by: maker, form: url.Values{}, want: "/account/recovery-codes", changes: "mail_tokens recovery_codes river_job sessions shown_once users"},
		"POST /account/trusted-browsers":             {by: trusting, form: url.Values{}, want: "/account/trusted-browsers", changes: "browsers"},
		"POST /account/trusted-browsers/{id}/rename": {by: member, form: fields("name", "Kitchen"), want: "/account/trusted-browsers", changes: "browsers"},
		"POST /account/trusted-browsers/{id}/remove": {by: member, form: url.Values{}, want: "/account/trusted-browsers", changes: "browsers"},
		"POST /login/unlock/{token}":                 {by: s.anyone(), form: url.Values{}, want: "login", changes: "browsers mail_tokens users"},
		"POST /setup/{token}":                        {by: s.anyone(), form: fields("email", "root@example.test", "password", anotherPassword), want: "422"}, // there is an administrator
		"POST /view-as/stop":                         {by: member, form: url.Values{}, want: "/dashboard"},                                                   // who is in none
		"POST /logout":                               {by: s.enter(t, "member@example.test"), form: url.Values{}, want: "/", changes: "sessions"},
		"POST /password/forgot":                      {by: s.anyone(), form: fields("email", "admin@example.test"), want: "/password/forgot?sent=1", changes: "mail_tokens pending_logins river_job"},
		"POST /password/reset/{token}":               {by: s.anyone(), form: fields("password", anotherPassword), want: "login", changes: "mail_tokens pending_logins river_job users"},
		"POST /password/new":                         {by: s.enter(t, forced), form: fields("password", anotherPassword), want: "/dashboard", changes: "browsers mail_tokens pending_logins river_job sessions users"},
		"POST /reauth":                               {by: person("sure"), form: fields("password", demoPassword, "return_to", "/notes"), want: "/notes", changes: "sessions"},
		"POST /account/profile":                      {by: member, form: fields("name", "Renamed Member"), want: "/account/profile", changes: "search_terms users"},
		"POST /account/password":                     {by: person("changer"), form: fields("current_password", demoPassword, "password", anotherPassword), want: "/account", changes: "mail_tokens river_job sessions users"},
		"POST /account/sessions/end-others":          {by: twice, form: url.Values{}, want: "/account/sessions", changes: "sessions"},
		"POST /account/sessions/{id}/end":            {by: member, form: url.Values{}, want: "/account/sessions", changes: "sessions"},
		"POST /theme":                                {by: s.anyone(), form: fields("theme", "dark", "return_to", "/notes"), want: "/notes"},
		"POST /notes":                                {by: member, form: fields("title", "A note", "body", "With a body."), want: "/notes", changes: "notes"},
		"POST /oauth/authorize":                      {by: s.anyone(), form: authorize, want: "waiting", changes: "oauth_interactions"},
		"POST /oauth/authorize/{id}":                 {by: member, form: fields("decision", "allow", "scope", "openid"), want: "client", changes: "oauth_codes oauth_consent_scopes oauth_consents oauth_grants oauth_interactions"},
		"POST /oauth/logout":                         {by: s.enter(t, "admin@example.test"), form: fields("confirm", "yes"), want: "200", changes: "sessions"},
		"POST /account/activity":                     {by: reporter, form: fields("event", s.lastEvent(t, "reporter@example.test")), want: "not me", changes: "mail_tokens"},
		"POST /account/not-me/{token}":               {by: s.anyone(), form: url.Values{}, want: "login", changes: "browsers mail_tokens river_job sessions users"},
		"POST /login/recovery":                       {by: lostAll, form: fields("code", s.codeFor(t, "lost-all@example.test")), want: "/login/recovery", changes: "mail_tokens river_job users"},
		"POST /login/recovery/code":                  {by: s.enter(t, s.twoStep(t, "losing@example.test")), form: url.Values{}, want: "/login/recovery", changes: "mail_tokens river_job"},
		"POST /login/recovery/stop/{token}":          {by: s.anyone(), form: url.Values{}, want: "login", changes: "mail_tokens river_job users"},
		"POST /login/recovery/finish/{token}":        {by: s.anyone(), form: url.Values{}, want: "login", changes: "authenticators mail_tokens river_job users"},
		"POST /login/link":                           {by: s.anyone(), form: fields("email", "admin@example.test"), want: "/login/link/code", changes: "mail_tokens pending_logins river_job"},
		"POST /login/link/code":                      {by: byCode, form: fields("code", s.codeFor(t, coded)), want: "/dashboard", changes: "browsers mail_tokens pending_logins sessions"},
		"POST /login/link/{token}":                   {by: s.anyone(), form: url.Values{}, want: "/dashboard", changes: "browsers mail_tokens sessions"},
		"POST /password/reset":                       {by: resetting, form: fields("code", s.codeFor(t, mislaid)), want: "bound", changes: "mail_tokens pending_logins"},
		"POST /account/sessions/links/{id}/cancel":   {by: member, form: url.Values{}, want: "/account/sessions", changes: "mail_tokens"},
		"POST /signup/passkey/options":               {by: s.anyone(), form: fields("email", "keys-only@example.test"), want: "200", changes: "passkey_challenges"},
		"POST /signup/passkey":                       {by: arriving, form: fields("email", "key-alone@example.test", "credential", arrived), want: "/verify-email", changes: "mail_tokens passkey_challenges passkeys pending_logins river_job search_terms users"},
		"POST /login/passkey/options":                {by: s.anyone(), form: url.Values{}, want: "200", changes: "passkey_challenges"},
		"POST /login/passkey":                        {by: keyless, form: fields("credential", signed), want: "/dashboard", changes: "browsers passkey_challenges passkeys sessions"},
		"POST /login/code/passkey/options":           {by: asking, form: url.Values{}, want: "200", changes: "passkey_challenges"},
		"POST /login/code/passkey":                   {by: halfKeyed, form: fields("credential", halfSigned), want: "/dashboard", changes: "browsers passkey_challenges pending_logins sessions"},
		"POST /reauth/code":                          {by: wordless, form: fields("return_to", "/notes"), want: "/reauth?return_to=%2Fnotes", changes: "mail_tokens river_job"},
		"POST /reauth/passkey/options":               {by: sureKeyed, form: url.Values{}, want: "200", changes: "passkey_challenges"},
		"POST /account/passkeys/options":             {by: person("begins"), form: url.Values{}, want: "200", changes: "passkey_challenges users"},
		"POST /account/passkeys":                     {by: adder, form: fields("credential", made, "name", "Everyday key"), want: "/account/recovery-codes", changes: "mail_tokens passkey_challenges passkeys recovery_codes river_job sessions shown_once"},
		"POST /account/passkeys/{id}/rename":         {by: member, form: fields("name", "Everyday key"), want: "/account/passkeys", changes: "passkeys"},
		"POST /account/passkeys/{id}/remove":         {by: keyRemover, form: url.Values{}, want: "/account/passkeys", changes: "mail_tokens passkeys river_job sessions users"},
		"POST /oauth/token": {by: program, want: "200", changes: "oauth_access_tokens oauth_codes oauth_grants", form: fields("grant_type", "authorization_code", "code", code,
			"code_verifier", sweepVerifier, "redirect_uri", s.config.demoClientURL()+"/callback")},
		"POST /oauth/userinfo":           {by: s.program(tokens.Access), form: url.Values{}, want: "200"},
		"POST /oauth/introspect":         {by: program, form: fields("token", tokens.Access), want: "200"},
		"POST /oauth/revoke":             {by: program, form: fields("token", spare.Access), want: "200", changes: "oauth_access_tokens"},
		"POST /account/apps/{id}/revoke": {by: member, form: url.Values{}, want: "/account/apps", changes: "oauth_consent_scopes oauth_consents oauth_grants"},
		"POST /api/notes":                {by: s.program(tokens.Access), form: fields("title", "A note", "body", "By a program."), json: true, want: "201", changes: "notes"},
	}
	s.adminForms(t, forms, places)
	s.clientForms(t, forms, places)
	checkCovers(t, forms, only(s.routeTable(), routeLine.writes))
	return forms, places
}

// linked is a new person who has asked for a sign-in link.
func (s *sweep) linked(t *testing.T, email string) string {
	t.Helper()
	s.newPerson(t, email)
	s.anyone().ask(t, post("/login/link", "email="+email))
	return email
}

func basicOf(secret string) string {
	r := get("/")
	r.SetBasicAuth(demoClientID, secret)
	return "Authorization: " + r.Header.Get("Authorization")
}

// lastEvent is the id of the newest sign-in of a person in the log.
func (s *sweep) lastEvent(t *testing.T, email string) string {
	t.Helper()
	events, err := s.db.AuditEvents(t.Context(), models.AuditQuery{Action: auth.AuditSignIn, SubjectID: s.idOf(t, email), Limit: 1})
	if err != nil || len(events) != 1 {
		t.Fatalf("%d sign-ins of %s, %v", len(events), email, err)
	}
	return events[0].ID
}

func (s *sweep) codeFor(t *testing.T, email string) string {
	t.Helper()
	for _, mail := range slices.Backward(s.mails(t, email)) {
		if found := mailCode.FindStringSubmatch(mail.Text); found != nil {
			return found[1]
		}
	}
	t.Fatalf("no code for %s", email)
	return ""
}

func (r routeLine) writes() bool { return r.Method == http.MethodPost }

// TestExtraFieldsChangeNothing (T-105): a form changes what it offers, for the person who sends it. What else is
// sent along, however well it names a column, is not read.
func TestExtraFieldsChangeNothing(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		forms, places := s.forms(t)
		victim := s.idOf(t, s.newPerson(t, "victim@example.test"))
		s.enter(t, "victim@example.test")
		extra := fields("id", victim, "user_id", victim, "subject", victim, "sub", victim, "actor", victim, "actor_id", victim,
			"email", "victim@example.test", "email_verified", "true", "email_verified_at", "2020-01-01", "verified", "on", "admin", "true",
			"role", "admin", "org_id", "1", "disabled", "false", "created_at", "2020-01-01", "epoch", "7", "session", victim)
		for _, route := range only(s.lastly(), routeLine.writes) {
			form := forms[route.String()]
			for name := range extra {
				if !form.form.Has(name) {
					form.form.Set(name, extra.Get(name))
				}
			}
			before, kept := modelstest.Digest(t, s.pool), s.keptOf(t, victim)
			answer := form.by.ask(t, form.request(pathOf(t, route, places)))
			if got := answer.inWords(); got != form.want {
				t.Errorf("%s: %s, want %s\n%.300s", route, got, form.want, answer.body)
			}
			if changed := s.changedSince(t, before); changed != form.changes {
				t.Errorf("%s changed %q, want %q", route, changed, form.changes)
			}
			if now := s.keptOf(t, victim); !slices.Equal(now, kept) {
				t.Errorf("%s: from %q to %q", route, kept, now)
			}
		}
		if fresh, err := s.db.UserByEmail(t.Context(), "fresh@example.test"); err != nil || fresh.Role != "" || fresh.Verified() || fresh.ID == victim {
			t.Errorf("who signed up is %+v (%v)", fresh, err)
		}
	})
}

// changedSince names the tables that were written to. A mail in the queue has a row in the log of mails; it is not named beside it.
func (s *sweep) changedSince(t *testing.T, before modelstest.Tables) string {
	t.Helper()
	changed := before.Changed(modelstest.Digest(t, s.pool))
	if slices.Contains(changed, "river_job") {
		changed = slices.DeleteFunc(changed, func(table string) bool { return table == "mail_log" })
	}
	return strings.Join(changed, " ")
}

// keptOf is what no form may change: all that is somebody else's, and of each account what no page lets its person set.
func (s *sweep) keptOf(t *testing.T, victim string) (kept []string) {
	t.Helper()
	for _, query := range []string{
		"SELECT count(*) FROM users WHERE role <> '' AND email NOT LIKE 'act-%'",
		"SELECT count(*) FROM users WHERE (disabled_at IS NOT NULL OR created_at < '2021-01-01') AND email NOT LIKE 'act-%'",
		"SELECT name || email || epoch || access_epoch || updated_at FROM users WHERE id = '" + victim + "'",
		"SELECT id || epoch || address || auth_time FROM sessions WHERE user_id = '" + victim + "'",
		"SELECT count(*) FROM member_views WHERE member_id = '" + victim + "'",
		"SELECT count(*) FROM browsers WHERE user_id = '" + victim + "'",
		"SELECT count(*) FROM mail_tokens WHERE user_id = '" + victim + "'",
		"SELECT count(*) FROM pending_logins WHERE user_id = '" + victim + "'",
		"SELECT count(*) FROM passkeys WHERE user_id = '" + victim + "'",
		"SELECT count(*) FROM notes WHERE user_id = '" + victim + "'",
		"SELECT count(*) FROM oauth_grants WHERE subject = '" + victim + "'",
		"SELECT count(*) FROM oauth_consents WHERE subject = '" + victim + "'",
	} {
		var value string
		if err := s.pool.QueryRowContext(t.Context(), query).Scan(&value); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		kept = append(kept, value)
	}
	return kept
}
