package main

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/app/admin"
	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
)

// operatorWith is somebody new with a role, signed in.
func (s *sweep) operatorWith(t *testing.T, role auth.Role) *actor {
	t.Helper()
	email := s.newPerson(t, "an-"+string(role)+"@example.test")
	s.must(t, s.db.SetUserRole(t.Context(), s.idOf(t, email), "", string(role)))
	return s.enter(t, email)
}

// adminRoutes are the routes of operators with what each asks of them.
func (s *sweep) adminRoutes() map[string]admin.Route {
	routes := map[string]admin.Route{}
	for _, r := range s.admin.Routes() {
		routes[r.Method+" "+plainPath(r.Path)] = r
	}
	return routes
}

// strangePaths are addresses under /admin that no route has.
var strangePaths = []string{"/admin/", "/admin/nothing", "/admin/users/", "/admin/users/new/x"}

// TestAdminIsHiddenFromMembers (D-01): a guest is sent to sign in from every address under /admin, there or not; for a member
// each is the page of an address that does not exist, to the byte. For an operator who views as one all are the same, there or not. Who is suspended is
// a guest: TestAdminIsDark.
func TestAdminIsHiddenFromMembers(t *testing.T) {
	s := sqliteSweep(t)
	member, guest := s.enter(t, "member@example.test"), s.anyone()
	places := s.places(t, member)
	unknown := func(a *actor, method string) string {
		r := get("/no-such-page")
		if r.Method = method; method == http.MethodPost {
			r = post("/no-such-page", "")
		}
		return a.ask(t, r).body
	}
	s.newPerson(t, viewedMember)
	looking := s.viewAs(t, "admin@example.test", viewedMember, false)
	nowhere := looking.ask(t, get("/admin/no-such-page")).body // elsewhere the view says that it is closed
	compare := func(what string, r *http.Request) {
		t.Helper()
		want, asGuest := unknown(member, r.Method), r.Clone(t.Context())
		if r.Method == http.MethodGet { // a form is refused while looking, wherever it goes
			seen := looking.ask(t, r.Clone(t.Context()))
			if seen.status != http.StatusNotFound || withoutReference(seen.body, r.URL.Path) != withoutReference(nowhere, "/admin/no-such-page") {
				t.Errorf("%s while viewing as a member: %d, another page than that of an address under /admin that has no page", what, seen.status)
			}
		}
		answer := member.ask(t, r)
		if answer.status != http.StatusNotFound || withoutReference(answer.body, r.URL.Path) != withoutReference(want, "/no-such-page") {
			t.Errorf("%s for a member: %d, another page than that of an unknown address", what, answer.status)
		}
		if answer := guest.ask(t, asGuest); answer.inWords() != "login" {
			t.Errorf("%s for a guest: %s", what, answer.inWords())
		}
	}
	for _, route := range only(s.routeTable(), routeLine.forOperators) {
		compare(route.String(), request(route, pathOf(t, route, places)))
	}
	for _, path := range strangePaths {
		compare("GET "+path, get(path))
	}
}

// TestAdminIsDark (T-1601): a role taken away in the middle closes the next page; where a second factor is required, an operator
// without one is led to add it; a suspended one is a guest.
func TestAdminIsDark(t *testing.T) {
	modelstest.URLs(t, func(t *testing.T, databaseURL string) {
		s := newSweep(t, databaseURL, func(c *Config) { c.RequireMFA = auth.RequireMFAAdmins })
		for _, role := range auth.Roles {
			a := s.operatorWith(t, role)
			for _, path := range append([]string{"/admin", "/admin/users"}, strangePaths...) {
				if answer := a.ask(t, get(path)); !strings.HasPrefix(answer.place(), "/account/secure") {
					t.Errorf("%s for one without a second factor at %s: %d", role, path, answer.status)
				}
			}
			email := "an-" + string(role) + "@example.test"
			s.withApp(t, email)
			if answer := a.ask(t, get("/admin")); answer.status != http.StatusOK {
				t.Errorf("%s with one: %d", role, answer.status)
			}
			s.must(t, s.db.SetUserRole(t.Context(), s.idOf(t, email), string(role), ""))
			if answer := a.ask(t, get("/admin")); answer.status != http.StatusNotFound {
				t.Errorf("%s no more: %d", role, answer.status)
			}
			s.must(t, s.db.SetUserRole(t.Context(), s.idOf(t, email), "", string(role)))
			if role != auth.RoleAdministrator {
				s.suspended(t, email)
				if answer := a.ask(t, get("/admin")); answer.inWords() != "login" {
					t.Errorf("%s suspended: %s", role, answer.inWords())
				}
			}
		}
	})
}

// TestRoutesMatchRoleTable (D-02): each route of operators answers each role as its right says: who lacks it is told who has it.
func TestRoutesMatchRoleTable(t *testing.T) {
	s := sqliteSweep(t)
	member := s.enter(t, "member@example.test")
	places := s.places(t, member)
	operators := map[auth.Role]*actor{}
	for _, role := range auth.Roles {
		operators[role] = s.operatorWith(t, role)
	}
	routes := s.adminRoutes()
	for _, line := range only(s.routeTable(), routeLine.forOperators) {
		route, known := routes[line.String()]
		if !known || line.Guard != route.Guard() || len(auth.RolesWith(route.Right)) == 0 {
			t.Errorf("%s: %+v, guard %q", line, route, line.Guard)
		}
		for role, a := range operators {
			s.clock.Add(time.Millisecond) // the newest row is that of this request
			answer := a.ask(t, request(line, pathOf(t, line, places)))
			refused := answer.status == http.StatusForbidden && strings.Contains(answer.body, "Only ")
			rows, err := s.db.AuditEvents(t.Context(), models.AuditQuery{Action: auth.AuditAccess, Limit: 1})
			if refused && (err != nil || len(rows) != 1 || rows[0].Meta["route"] != line.Method+" "+pathOf(t, line, places) || rows[0].Outcome != models.OutcomeRefused) {
				t.Errorf("%s for %s left %+v, %v", line, role, rows, err)
			}
			if may := role.May(route.Right); may == refused || answer.status >= 500 || answer.inWords() == "login" {
				t.Errorf("%s for %s: %d", line, role, answer.status)
			}
		}
	}
}

// TestStepUpOnMarkedActions (D-03, T-1602): what is marked asks for a fresh proof on the question as well as on the act, and a
// stale one changes nothing. What is not marked does not ask.
func TestStepUpOnMarkedActions(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		forms, places := map[string]filled{}, s.places(t, s.enter(t, "member@example.test"))
		s.adminForms(t, forms, places)
		s.clientForms(t, forms, places)
		stale := s.enter(t, "admin@example.test")
		s.clock.Add(10*time.Minute + time.Second)
		for name, route := range s.adminRoutes() {
			line := routeLine{Method: route.Method, Path: plainPath(route.Path)}
			path, before := pathOf(t, line, places), modelstest.Digest(t, s.pool)
			r := request(line, path)
			if form, known := forms[name]; known && route.StepUp {
				r = form.request(path)
			}
			answer := stale.ask(t, r)
			if asks := answer.place() == "/reauth?return_to="+url.QueryEscape(path); asks != route.StepUp {
				t.Errorf("%s with a stale proof: %d to %q", name, answer.status, answer.place())
			}
			if route.StepUp {
				s.checkInert(t, before, name)
			}
		}
	})
}

// TestAdminActs (T-1602): each form of operators works once. Without a reason it is
// a 422 that keeps what was typed; sent again it finds that the state has changed; and the one row it leaves names who, why and
// from which session.
func TestAdminActs(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		forms, places := map[string]filled{}, s.places(t, s.enter(t, "member@example.test"))
		s.adminForms(t, forms, places)
		operatorID := s.idOf(t, "admin@example.test")
		for _, act := range auth.MemberActs {
			name := "POST /admin/users/{id}/" + strings.ReplaceAll(act.Name, "_", "-")
			form, path := forms[name], places[strings.TrimPrefix(name, "POST ")]
			before := modelstest.Digest(t, s.pool)
			if act.Reason {
				bare := url.Values{}
				for field, values := range form.form {
					bare[field] = slices.Clone(values)
				}
				bare.Set("reason", "Short")
				if answer := form.by.ask(t, post(path, bare.Encode())); answer.status != http.StatusUnprocessableEntity || !strings.Contains(answer.body, ">Short</textarea>") {
					t.Errorf("%s without a reason: %d", name, answer.status)
				}
				s.checkInert(t, before, name+" without a reason")
			}
			if answer := form.by.ask(t, form.request(path)); answer.inWords() != "record" {
				t.Errorf("%s: %d %s", name, answer.status, answer.inWords())
			}
			id := strings.Split(path, "/")[3]
			rows, err := s.db.AuditEvents(t.Context(), models.AuditQuery{Action: act.Event(), SubjectID: id})
			if err != nil || len(rows) != 1 || rows[0].ActorKind != "operator" || rows[0].ActorID != operatorID || rows[0].SessionID == "" || rows[0].RequestID == "" || act.Reason && rows[0].Reason != form.form.Get("reason") {
				t.Errorf("%s: rows %+v, %v", name, rows, err)
			}
			if act.Name == "resend_verification" || act.Name == "send_reset" { // may be done again, within the limit of the mailbox
				continue
			}
			before = modelstest.Digest(t, s.pool)
			if answer := form.by.ask(t, form.request(path)); answer.status != http.StatusConflict && answer.inWords() != "record" && answer.status != http.StatusNotFound {
				t.Errorf("%s again: %d %s", name, answer.status, answer.inWords())
			}
			s.checkInert(t, before, name+" again")
		}
	})
}

// TestAuditFailureUndoesTheChange (T-1603): an act whose row cannot be written is not done.
func TestAuditFailureUndoesTheChange(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		forms, places := map[string]filled{}, s.places(t, s.enter(t, "member@example.test"))
		s.adminForms(t, forms, places)
		s.clientForms(t, forms, places)
		delete(forms, "POST /admin/clients/{id}/secrets") // forgets what was shown, which is nobody's business
		delete(forms, "POST /admin/lists/{name}")         // says how a page looks, and acts on nobody
		refuse := "CREATE TRIGGER no_audit BEFORE INSERT ON audit_events WHEN NEW.action LIKE 'admin.%' BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
		if strings.HasPrefix(s.db.URL(), "postgres") {
			s.exec(t, "CREATE FUNCTION no_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the disk is full'; END $$")
			refuse = "CREATE TRIGGER no_audit BEFORE INSERT ON audit_events FOR EACH ROW WHEN (NEW.action LIKE 'admin.%') EXECUTE FUNCTION no_audit()"
		}
		s.exec(t, refuse)
		defer s.exec(t, map[bool]string{true: "DROP FUNCTION no_audit CASCADE", false: "DROP TRIGGER no_audit"}[strings.HasPrefix(s.db.URL(), "postgres")])
		var log logged
		s.logTo(&log)
		before := modelstest.Digest(t, s.pool)
		for name, form := range forms {
			path := pathOf(t, routeLine{Path: strings.TrimPrefix(name, "POST ")}, places)
			if answer := form.by.ask(t, form.request(path)); answer.status != http.StatusInternalServerError {
				t.Errorf("%s: %d %s", name, answer.status, answer.inWords())
			}
		}
		s.checkInert(t, before, "acts without a row")
	})
}

// TestConfirmCountsMatchEffect (D-04): the question says how many sessions end and how many apps lose access, and that is
// how many do.
func TestConfirmCountsMatchEffect(t *testing.T) {
	const both = "Ends 2 sessions and revokes 1 app."
	eachSweep(t, func(t *testing.T, s *sweep) {
		admin := s.enter(t, "admin@example.test")
		for act, says := range map[string]struct {
			sentence string
			apps     int // that are left
		}{"suspend": {both, 0}, "force-reset": {both, 0}, "reset-factors": {both, 0}, "end-sessions": {"Ends 2 sessions.", 1}} {
			email := s.newPerson(t, "counted-"+act+"@example.test")
			person := s.enter(t, email)
			s.enter(t, email)
			s.redeem(t, person.allow(t))
			s.withApp(t, email)
			id := s.idOf(t, email)
			path := "/admin/users/" + id + "/" + act
			if question := admin.ask(t, get(path)); !strings.Contains(question.body, says.sentence) {
				t.Errorf("the question of %s: %s", act, question.body)
			}
			form := fields("reason", "They asked for it by phone", "version", s.versionOf(t, id), "typed", email)
			if answer := admin.ask(t, post(path, form.Encode())); answer.inWords() != "record" {
				t.Errorf("%s: %d", act, answer.status)
			}
			record, err := s.people.Member(t.Context(), auth.CommandLine(), id)
			if err != nil || record.Sessions != 0 || record.Apps != says.apps {
				t.Errorf("%s left %+v, %v", act, record, err)
			}
		}
	})
}

// TestStaleQuestion (D-10): who decided on a state that is gone gets 409, and the question with what is there now.
func TestStaleQuestion(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		id := s.idOf(t, s.newPerson(t, "moving@example.test"))
		admin := s.enter(t, "admin@example.test")
		form := fields("reason", "They asked for it by phone", "version", s.versionOf(t, id))
		s.enter(t, "moving@example.test")
		before := modelstest.Digest(t, s.pool)
		answer := admin.ask(t, post("/admin/users/"+id+"/suspend", form.Encode()))
		for _, want := range []string{"It has changed since you opened this", "Ends 1 session and", "They asked for it by phone", s.versionOf(t, id)} {
			if answer.status != http.StatusConflict || !strings.Contains(answer.body, want) {
				t.Errorf("%d, without %q", answer.status, want)
			}
		}
		s.checkInert(t, before, "a stale act")
	})
}

// TestStaleQuestionSaysWhatChanged (D-10): a question that was asked while somebody else changed what it is about says what they did, and
// when; what happened before it was asked is not told.
func TestStaleQuestionSaysWhatChanged(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		id := s.idOf(t, s.newPerson(t, "two-at-once@example.test"))
		first, second := s.enter(t, "admin@example.test"), s.operatorWith(t, auth.RoleAdministrator)
		path, reason := "/admin/users/"+id, "They asked for it by phone"
		first.ask(t, post(path+"/rename", fields("name", "Before", "reason", reason, "version", s.versionOf(t, id)).Encode()))
		s.clock.Add(time.Minute)
		open := regexp.MustCompile(`name="opened" value="([0-9]+)"`)
		asked := open.FindStringSubmatch(first.ask(t, get(path+"/suspend")).body)
		if asked == nil {
			t.Fatal("the question does not keep when it was asked")
		}
		form := fields("reason", reason, "version", "of another state", "opened", asked[1])
		if answer := first.ask(t, post(path+"/suspend", form.Encode())); answer.status != http.StatusConflict || strings.Contains(answer.body, "/admin/audit/") && strings.Contains(answer.body, " by <span") {
			t.Errorf("nothing was done since: %d", answer.status)
		}
		s.clock.Add(time.Minute)
		second.ask(t, post(path+"/rename", fields("name", "After", "reason", reason, "version", s.versionOf(t, id)).Encode()))
		s.clock.Add(time.Minute)
		answer := first.ask(t, post(path+"/suspend", form.Encode()))
		for _, want := range []string{"It has changed since you opened this", `href="/admin/audit/`, "by <span", `value="` + asked[1] + `"`} {
			if answer.status != http.StatusConflict || !strings.Contains(answer.body, want) {
				t.Errorf("%d, without %q", answer.status, want)
			}
		}
	})
}

// TestListParameters (T-110): what selects a list is chosen, not built: unknown values are 400, and characters with a meaning to
// databases mean themselves.
func TestListParameters(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		admin := s.enter(t, "admin@example.test")
		for _, query := range []string{"state=password_hash", "state=locked;drop", "state=%25", "older=x", "newer=%00", "older=" + strings.Repeat("A", 8<<10), "newer=a&older=b", "role=admin", "factor=password", "sort=email", "per=1000", "per=x", "review=snoozed", "review=open%27", "client=%00"} {
			if answer := admin.ask(t, get("/admin/users?"+query)); answer.status != http.StatusBadRequest && answer.status != http.StatusRequestHeaderFieldsTooLarge {
				t.Errorf("%.60s: %d", query, answer.status)
			}
		}
		if answer := admin.ask(t, get("/admin/users?q="+strings.Repeat("x", 300))); answer.status != http.StatusUnprocessableEntity {
			t.Errorf("a search that is too long: %d", answer.status)
		}
		for _, q := range []string{"%", "_", `\`, "*", "'", `"`, "%'--"} {
			if answer := admin.ask(t, get("/admin/users?q="+url.QueryEscape(q))); answer.status != http.StatusOK || !strings.Contains(answer.body, "Nothing matches") {
				t.Errorf("searching %q: %d", q, answer.status)
			}
		}
		for q, want := range map[string]string{"MEMBER@": "member@example.test", "example.t": "admin@example.test", "adminis": "admin@example.test", s.idOf(t, "locked@example.test"): "locked@example.test"} {
			if answer := admin.ask(t, get("/admin/users?q="+url.QueryEscape(q))); !strings.Contains(answer.body, want) {
				t.Errorf("searching %q does not find %s", q, want)
			}
		}
	})
}

// TestListParameters_Places (T-110): a place that no page named is none of any list.
func TestListParameters_Places(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		admin := s.enter(t, "admin@example.test")
		for _, list := range []string{
			"users", "sessions", "batches", "mails", "mails/stopped", "jobs", "review", "audit", "clients", "consents", "tokens",
			"users/" + s.idOf(t, "member@example.test") + "/mails", "users/" + s.idOf(t, "member@example.test") + "/notes",
		} {
			for _, query := range []string{"older=x", "newer=x", "older=%00", "older=" + strings.Repeat("A", 200), "newer=x&older=x"} {
				if answer := admin.ask(t, get("/admin/"+list+"?"+query)); answer.status != http.StatusBadRequest {
					t.Errorf("%s?%.30s: %d", list, query, answer.status)
				}
			}
			if answer := admin.ask(t, get("/admin/"+list)); answer.status != http.StatusOK {
				t.Errorf("%s: %d", list, answer.status)
			}
		}
	})
}

// TestMemberPages: the pages of a list lead through all of it once, there and back, with and without a search; a place is good
// for its own list and for whom it was made.
func TestMemberPages(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		for i := range 60 {
			subject := s.idOf(t, s.newPerson(t, fmt.Sprintf("paged%02d@example.test", i)))
			s.must(t, s.db.CreateOAuthGrant(t.Context(), &models.OAuthGrant{ID: models.NewID(), ClientID: demoClientID, Subject: subject, CreatedAt: s.clock.Now(), EndsAt: s.clock.Now()}))
			s.clock.Add(time.Second)
		}
		admin := s.enter(t, "admin@example.test")
		for _, start := range []string{"/admin/users?q=paged", "/admin/users?q=somebody", "/admin/users", "/admin/users?client=demo"} {
			seen, path, last := map[string]int{}, start, ""
			for pages := 0; path != "" && pages < 10; pages++ {
				answer := admin.ask(t, get(path))
				for _, email := range slices.Compact(pagedMail.FindAllString(answer.body, -1)) { // one is also what the box to tick it is called
					seen[email]++
				}
				last, path = path, linkOf(answer.body, "older")
			}
			if len(seen) != 60 {
				t.Errorf("%s: %d of 60 people", start, len(seen))
			}
			for email, n := range seen {
				if n != 1 {
					t.Errorf("%s: %s %d times", start, email, n)
				}
			}
			back := linkOf(admin.ask(t, get(last)).body, "newer")
			if answer := admin.ask(t, get(back)); answer.status != http.StatusOK || len(pagedMail.FindAllString(answer.body, -1)) < 10 {
				t.Errorf("%s: back to %s: %d", start, back, answer.status)
			}
			place, _ := url.Parse(last)
			older := place.Query().Get("older")
			for _, elsewhere := range []string{"/admin/users?state=operator&older=" + older, "/admin/users?review=open&older=" + older, "/admin/users?q=other&older=" + older} {
				if answer := admin.ask(t, get(elsewhere)); answer.status != http.StatusBadRequest {
					t.Errorf("a place of %s at %.40s: %d", start, elsewhere, answer.status)
				}
			}
			if answer := s.enter(t, "admin@example.test").ask(t, get(last)); answer.status != http.StatusOK {
				t.Errorf("the same operator in another session: %d", answer.status)
			}
		}
		other := s.operatorWith(t, auth.RoleAuditor)
		first := admin.ask(t, get("/admin/users"))
		if answer := other.ask(t, get(linkOf(first.body, "older"))); answer.status != http.StatusBadRequest {
			t.Errorf("a place of somebody else's list: %d", answer.status)
		}
	})
}

var (
	pagedMail  = regexp.MustCompile(`paged\d\d@example\.test`)
	references = regexp.MustCompile(`<code class="mono text-base-content">[A-Z2-7]+</code>`)
)

// linkOf is where the link with an id leads; empty: nowhere.
func linkOf(body, id string) string {
	found := regexp.MustCompile(`<a id="` + id + `"[^>]* href="([^"]+)"`).FindStringSubmatch(body)
	if found == nil {
		return ""
	}
	return html.UnescapeString(found[1])
}

// withoutReference leaves out what differs between any two pages: the id of the request and the address.
func withoutReference(body, path string) string {
	return strings.ReplaceAll(references.ReplaceAllString(body, ""), html.EscapeString(path), "")
}
