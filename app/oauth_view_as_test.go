package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
)

const viewedMember = "viewed-now@example.test"

// TestViewAsRouteTableIsClosedByDefault (D-30, T-1605): with a view running, each route answers what its line says: what no line
// opens is closed, the operator's area and the OAuth server too, and a try changes nothing. A view with changes may send the forms
// that a line opens for it, and those alone.
func TestViewAsRouteTableIsClosedByDefault(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		places := s.places(t, s.enter(t, "member@example.test"))
		for email, changes := range map[string]bool{viewedMember: false, "changed-now@example.test": true} {
			s.newPerson(t, email)
			s.routesInView(t, s.viewAs(t, "admin@example.test", email, changes), changes, places)
		}
	})
}

// routesInView asks for every route in a view.
func (s *sweep) routesInView(t *testing.T, a *actor, changes bool, places map[string]string) {
	t.Helper()
	opened := map[auth.ViewAs]int{}
	for _, route := range s.routeTable() {
		public := route.Guard == "anyone" && (strings.HasPrefix(route.Path, "/healthz") || strings.HasPrefix(route.Path, "/readyz") || strings.HasPrefix(route.Path, "/static/"))
		machine := strings.HasPrefix(route.Path, "/.well-known/") || strings.HasPrefix(route.Path, "/api/") || strings.HasPrefix(route.Path, "/oauth/") && !isOAuthPage(route.Path)
		if public || machine || route.Path == "/view-as/stop" || route.Path == "/theme" || route.Path == "/logout" {
			continue
		}
		before := modelstest.Digest(t, s.pool)
		answer := a.ask(t, request(route, pathOf(t, route, places)))
		opened[route.ViewAs]++
		sent := changes && route.ViewAs == auth.ViewWrite
		closed := route.ViewAs != auth.ViewRead && !route.forOperators() && !sent
		switch {
		case route.ViewAs == auth.ViewRead && answer.status != http.StatusOK,
			route.forOperators() && answer.status != http.StatusNotFound,
			sent == (answer.status == http.StatusForbidden) && route.ViewAs == auth.ViewWrite,
			closed && answer.status != http.StatusForbidden:
			t.Errorf("%s (%q) in a view, with changes %t: %d", route, route.ViewAs, changes, answer.status)
		}
		if changed := before.Changed(modelstest.Digest(t, s.pool)); !sent && len(changed) > 0 && strings.Join(changed, " ") != "member_views" { // counts pages
			t.Errorf("%s changed %v, with changes %t", route, changed, changes)
		}
	}
	if opened[auth.ViewRead] < 5 || opened[auth.ViewWrite] < 2 || opened[""] < 100 {
		t.Errorf("routes by what they open: %v", opened)
	}
}

// TestViewGateKnowsRoutesWithParameters (D-30): a route about one thing is opened by its line, and a line opens neither another method
// nor a path for which another line comes first.
func TestViewGateKnowsRoutesWithParameters(t *testing.T) {
	s := sqliteSweep(t)
	s.newPerson(t, viewedMember)
	looking := s.viewAs(t, "admin@example.test", viewedMember, false)
	app := fiber.New(serverConfig(s.refuseUnread))
	app.Use(s.begin, s.aroundPage, s.pages.LoadSession, s.viewGate([]routeLine{
		{Method: "GET", Path: "/tasks/new"},
		{Method: "GET", Path: "/tasks/{id}", ViewAs: auth.ViewRead},
		{Method: "POST", Path: "/tasks/{id}/done"},
	}))
	app.Use(func(c *fiber.Ctx) error { return c.SendString("open") })
	for request, want := range map[*http.Request]int{
		get("/tasks/7"): http.StatusOK, get("/tasks/new"): http.StatusForbidden, get("/tasks"): http.StatusForbidden, get("/tasks/7/"): http.StatusForbidden,
		get("/tasks/7/8"): http.StatusForbidden, get("/Tasks/7"): http.StatusForbidden, post("/tasks/7", ""): http.StatusForbidden, post("/tasks/7/done", ""): http.StatusForbidden,
	} {
		for _, cookie := range looking.cookies {
			request.AddCookie(cookie)
		}
		if answer, err := app.Test(request, -1); err != nil || answer.StatusCode != want {
			t.Errorf("%s %s: %v, %v", request.Method, request.URL.Path, answer, err)
		}
	}
}

// TestViewAsLooking (D-30): the member's pages with the banner and the title that say so; what is sent is refused, kept in the
// log, and changes nothing.
func TestViewAsLooking(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		s.newPerson(t, viewedMember)
		id := s.idOf(t, viewedMember)
		looking := s.viewAs(t, "admin@example.test", viewedMember, false)
		page := looking.ask(t, get("/account")).body
		for _, want := range []string{"You are viewing as", viewedMember, "30 minutes left", "<title>Viewing as " + viewedMember} {
			if !strings.Contains(page, want) {
				t.Errorf("the page lacks %q", want)
			}
		}
		before := modelstest.Digest(t, s.pool)
		answer := looking.ask(t, post("/notes", "title=Mine"))
		if answer.status != http.StatusForbidden || !strings.Contains(answer.body, "You only look") {
			t.Errorf("a form: %d", answer.status)
		}
		if changed := strings.Join(before.Changed(modelstest.Digest(t, s.pool)), " "); changed != "member_views" { // counts what is asked for
			t.Errorf("a form sent while looking changed %q", changed)
		}
		if rows := s.viewRows(t, auth.AuditViewBlock, id); len(rows) != 1 || rows[0].Outcome != models.OutcomeRefused || rows[0].Meta["route"] != "POST /notes" {
			t.Errorf("the try: %+v", rows)
		}
	})
}

// viewRows are the rows of an action about a member, which all say who acts, as whom, and in which view.
func (s *sweep) viewRows(t *testing.T, action models.Action, memberID string) []models.AuditEvent {
	t.Helper()
	rows, err := s.db.AuditEvents(t.Context(), models.AuditQuery{Action: action, SubjectID: memberID})
	s.must(t, err)
	for _, row := range rows {
		if row.ActorKind != "operator" || row.ActorID != s.idOf(t, "admin@example.test") || row.EffectiveID != memberID {
			t.Errorf("%s: %+v", action, row)
		}
	}
	return rows
}

// TestImpersonationRights (T-1605): a view with changes does what the route opens as the member, with both in every row, and nothing
// else; nobody views as an operator, as themselves, as somebody who could not sign in, or within a view.
func TestImpersonationRights(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		s.newPerson(t, viewedMember)
		id := s.idOf(t, viewedMember)
		changing := s.viewAs(t, "admin@example.test", viewedMember, true)
		if answer := changing.ask(t, post("/notes", "title=Written+in+a+view")); answer.place() != "/notes" {
			t.Fatalf("a note: %d", answer.status)
		}
		if answer := changing.ask(t, post("/account/profile", "name=Renamed")); answer.place() != "/account/profile" {
			t.Fatalf("the name: %d", answer.status)
		}
		if len(s.viewRows(t, auth.AuditViewStart, id)) != 1 || len(s.viewRows(t, auth.AuditViewChange, id)) != 2 || len(s.viewRows(t, auth.AuditProfileChange, id)) != 1 {
			t.Error("the rows of the view are not all there")
		}
		if notes, err := s.db.NotesOlder(t.Context(), id, nil, 5); err != nil || len(notes) != 1 {
			t.Errorf("%d notes of the member, %v", len(notes), err)
		}
		authorize := changing.ask(t, get(s.authorizePath()))
		if authorize.status != http.StatusForbidden {
			t.Errorf("authorize: %d", authorize.status)
		}
		support, admin := s.operatorWith(t, auth.RoleSupport), s.enter(t, "admin@example.test")
		auditor := s.operatorWith(t, auth.RoleAuditor)
		for _, prepare := range []func(*sweep, *testing.T, string){(*sweep).suspended, (*sweep).lockPerson, (*sweep).unproven, (*sweep).auditor} {
			email := fmt.Sprintf("closed%d@example.test", s.clock.Now().UnixNano())
			s.clock.Add(time.Second)
			prepare(s, t, s.newPerson(t, email))
			s.refusesView(t, admin, email, "")
		}
		s.refusesView(t, admin, "admin@example.test", "")
		s.refusesView(t, auditor, "member@example.test", "")
		s.refusesView(t, support, "member@example.test", "on")
	})
}

// refusesView wants a view refused, on the question and on the form.
func (s *sweep) refusesView(t *testing.T, by *actor, email, changes string) {
	t.Helper()
	id := s.idOf(t, email)
	path, before := "/admin/users/"+id+"/view-as", modelstest.Digest(t, s.pool)
	form := fields("reason", "They asked for it by phone", "public_reason", auth.PublicReasons[0], "version", s.versionOf(t, id), "changes", changes)
	if answer := by.ask(t, post(path, form.Encode())); answer.status != http.StatusForbidden {
		t.Errorf("viewing as %s: %d", email, answer.status)
	}
	if answer := by.ask(t, get(path)); changes == "" && answer.status != http.StatusForbidden {
		t.Errorf("asking to view as %s: %d", email, answer.status)
	}
	s.checkInert(t, before, "viewing as "+email)
}

// TestImpersonationEnds (T-1606): a view ends at its stop, by its operator or another, after 30 minutes, after 10 without a page, not a
// second earlier, with the session, the role or the account of its operator, and when the member is suspended; the operator's own session is there again, and the member hears of it once. A
// copied cookie is worth nothing in another session.
func TestImpersonationEnds(t *testing.T) {
	for name, end := range map[string]struct {
		by   func(s *sweep, t *testing.T, a *actor)
		path string // what the operator sees afterwards at /notes
	}{
		"stop":       {func(s *sweep, t *testing.T, a *actor) { a.browse(t, post("/view-as/stop", "")) }, "200"},
		"30 minutes": {viewUntil(30*time.Minute, 5*time.Minute), "200"},
		"10 minutes": {viewUntil(10*time.Minute, 10*time.Minute), "200"},
		"another operator": {func(s *sweep, t *testing.T, _ *actor) {
			s.stopsView(t, s.operatorWith(t, auth.RoleAdministrator))
		}, "200"},
		"role": {func(s *sweep, t *testing.T, _ *actor) {
			s.exec(t, "UPDATE users SET role = 'auditor' WHERE email = 'admin@example.test'")
		}, "200"},
		"signing out": {func(_ *sweep, t *testing.T, a *actor) { a.browse(t, post("/logout", "")) }, "login"},
		"session": {func(s *sweep, t *testing.T, _ *actor) {
			s.exec(t, "DELETE FROM sessions WHERE user_id = '"+s.idOf(t, "admin@example.test")+"'")
		}, "login"},
		"the operator's suspension": {func(s *sweep, t *testing.T, _ *actor) {
			s.operatorWith(t, auth.RoleAdministrator) // who stays
			s.suspended(t, "admin@example.test")
		}, "login"},
		"the suspension": {func(s *sweep, t *testing.T, _ *actor) { s.suspended(t, viewedMember) }, "200"},
	} {
		t.Run(name, func(t *testing.T) {
			s := sqliteSweep(t)
			s.newPerson(t, viewedMember)
			a := s.viewAs(t, "admin@example.test", viewedMember, false)
			copied := s.enter(t, "admin@example.test")
			for _, cookie := range a.cookies {
				if cookie.Name == "view_as" {
					copied.cookies = append(copied.cookies, cookie)
				}
			}
			if answer := copied.ask(t, get("/account")); strings.Contains(answer.body, "You are viewing as") {
				t.Error("the cookie works in another session")
			}
			end.by(s, t, a)
			if answer := a.browse(t, get("/notes")); answer.inWords() != end.path || strings.Contains(answer.body, "You are viewing as") {
				t.Errorf("afterwards: %s", answer.inWords())
			}
			s.must(t, s.people.TendViews(t.Context()))
			s.must(t, s.people.TendViews(t.Context()))
			told := 0
			for _, mail := range s.mails(t, viewedMember) {
				if strings.Contains(mail.Subject, "viewed your account") {
					told++
				}
			}
			if told != 1 {
				t.Errorf("the member was told %d times", told)
			}
		})
	}
}

// viewUntil looks at a page every so often, to a second before a limit, where the view still runs, and waits to a second after it. That
// last look puts the limit of idle time off, so all of it is waited for again.
func viewUntil(limit, every time.Duration) func(*sweep, *testing.T, *actor) {
	return func(s *sweep, t *testing.T, a *actor) {
		end := s.clock.Now().Add(limit)
		for s.clock.Now().Before(end.Add(-time.Second)) {
			s.clock.Add(min(every, end.Add(-time.Second).Sub(s.clock.Now())))
			if answer := a.browse(t, get("/notes")); !strings.Contains(answer.body, "You are viewing as") {
				t.Errorf("over already, %s before its end", end.Sub(s.clock.Now()))
			}
		}
		past := 2 * time.Second
		if every == limit {
			past = limit + time.Second
		}
		s.clock.Add(past)
	}
}

// stopsView stops the view of a member that somebody else is in.
func (s *sweep) stopsView(t *testing.T, by *actor) (id string) {
	t.Helper()
	open, err := s.db.OpenMemberView(t.Context(), s.idOf(t, viewedMember))
	s.must(t, err)
	path := "/admin/views/" + open.ID
	version, err := auth.ViewVersion(open)
	s.must(t, err)
	if answer := by.ask(t, post(path+"/stop", fields("reason", "They went home for the day", "version", version).Encode())); answer.place() != path {
		t.Fatalf("stopping the view: %d", answer.status)
	}
	return open.ID
}

// TestViewAsStoppedByAnother (D-30): an administrator who is not in a view stops it, with a reason; nobody else does. The operator in it
// hears so on their next page, and nothing that they send then for the member is done in their own account.
func TestViewAsStoppedByAnother(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		s.newPerson(t, viewedMember)
		sending := s.viewAs(t, "admin@example.test", viewedMember, true)
		open, err := s.db.OpenMemberView(t.Context(), s.idOf(t, viewedMember))
		s.must(t, err)
		path := "/admin/views/" + open.ID
		version, err := auth.ViewVersion(open)
		s.must(t, err)
		support, auditor, other := s.operatorWith(t, auth.RoleSupport), s.operatorWith(t, auth.RoleAuditor), s.operatorWith(t, auth.RoleAdministrator)
		if page := other.ask(t, get(path)).body; !strings.Contains(page, "It still runs") || !strings.Contains(page, path+"/stop") {
			t.Error("an administrator is not offered to stop it")
		}
		if page := support.ask(t, get(path)).body; strings.Contains(page, path+"/stop") {
			t.Error("support is offered to stop it")
		}
		for query, want := range map[string]bool{"": true, "?kind=view-as": true, "?member=" + viewedMember: true, "?kind=person": false, "?strength=aal1": false} {
			if page := auditor.ask(t, get("/admin/sessions"+query)).body; strings.Contains(page, `href="`+path+`"`) != want {
				t.Errorf("the view among the sessions of %q: %t", query, !want)
			}
		}
		for query, want := range map[string]int{"kind=machine": http.StatusBadRequest, "strength=aal3": http.StatusBadRequest, "address=there": http.StatusUnprocessableEntity, "from=2026-02-30": http.StatusUnprocessableEntity} {
			if answer := auditor.ask(t, get("/admin/sessions?"+query)); answer.status != want {
				t.Errorf("sessions of %s: %d", query, answer.status)
			}
		}
		form := fields("reason", "They went home for the day", "version", version)
		for name, try := range map[string]struct {
			by     *actor
			form   url.Values
			status int
		}{
			"support": {support, form, http.StatusForbidden}, "an auditor": {auditor, form, http.StatusForbidden},
			"no reason": {other, fields("reason", "Why", "version", version), http.StatusUnprocessableEntity}, "another state": {other, fields("reason", "They went home for the day", "version", "x"), http.StatusConflict},
		} {
			before := modelstest.Digest(t, s.pool)
			if answer := try.by.ask(t, post(path+"/stop", try.form.Encode())); answer.status != try.status {
				t.Errorf("%s: %d", name, answer.status)
			}
			s.checkInert(t, before, name)
		}
		s.stopsView(t, other)
		if answer := other.ask(t, post(path+"/stop", form.Encode())); answer.status != http.StatusConflict || !strings.Contains(answer.body, "This view has ended") {
			t.Errorf("twice: %d", answer.status)
		}
		if rows, err := s.db.AuditEvents(t.Context(), models.AuditQuery{Action: auth.AuditViewStop, SubjectID: open.MemberID}); err != nil || len(rows) != 1 ||
			rows[0].ActorID != s.idOf(t, "an-administrator@example.test") || rows[0].Reason != "They went home for the day" || rows[0].TargetID != open.ID {
			t.Errorf("the row: %+v, %v", rows, err)
		}
		before := modelstest.Digest(t, s.pool)
		if answer := sending.ask(t, post("/notes", "title=For+the+member")); answer.place() != path {
			t.Errorf("a form sent after the end: %d to %q", answer.status, answer.place())
		}
		s.checkInert(t, before, "a form sent after the end")
		if answer := sending.browse(t, get("/notes")); !strings.Contains(answer.body, "Your view as a member has ended") || strings.Contains(answer.body, "You are viewing as") {
			t.Errorf("the next page: %d", answer.status)
		}
		if answer := sending.browse(t, get("/notes")); strings.Contains(answer.body, "has ended") {
			t.Error("it is said twice")
		}
	})
}

// TestViewAsRace (D-30): of many sessions of two operators that begin to view one member at once, one does; the others hear why, and
// so does everybody who comes later.
func TestViewAsRace(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		s.newPerson(t, viewedMember)
		id := s.idOf(t, viewedMember)
		form := fields("reason", "They asked for it by phone", "public_reason", auth.PublicReasons[0], "version", s.versionOf(t, id)).Encode()
		operators := make([]*actor, 8)
		another := s.operatorWith(t, auth.RoleAdministrator)
		for i := range operators {
			if operators[i] = another; i%2 == 0 {
				operators[i] = s.enter(t, "admin@example.test")
			}
		}
		var wg sync.WaitGroup
		outcomes := make([]string, len(operators))
		for i, a := range operators {
			wg.Go(func() { outcomes[i] = a.ask(t, post("/admin/users/"+id+"/view-as", form)).inWords() })
		}
		wg.Wait()
		won := 0
		for _, outcome := range outcomes {
			if outcome == "/dashboard" {
				won++
			} else if outcome != "409" {
				t.Errorf("another: %s", outcome)
			}
		}
		if won != 1 {
			t.Errorf("%d view: %v", won, outcomes)
		}
		for _, late := range []*actor{another, s.operatorWith(t, auth.RoleSupport)} {
			if answer := late.ask(t, post("/admin/users/"+id+"/view-as", form)); answer.status != http.StatusConflict || !strings.Contains(answer.body, "Another operator views this member now") {
				t.Errorf("while somebody views: %d", answer.status)
			}
		}
	})
}

// TestViewAsStopped (D-30): the operator looks back at what the view did, and the member reads of it, without whose eyes they were.
func TestViewAsStopped(t *testing.T) {
	s := sqliteSweep(t)
	s.newPerson(t, viewedMember)
	a := s.viewAs(t, "admin@example.test", viewedMember, true)
	a.browse(t, get("/notes"))
	a.browse(t, post("/notes", "title=Written+in+a+view"))
	stopped := a.browse(t, post("/view-as/stop", ""))
	page := a.ask(t, get(stopped.place())).body
	for _, want := range []string{"It has ended", "POST /notes", "pages", "Somebody Else"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	activity := s.enter(t, viewedMember).ask(t, get("/account/activity")).body
	for _, want := range []string{"Your account viewed", "View of your account ended", "An operator"} {
		if !strings.Contains(activity, want) {
			t.Errorf("the member's activity lacks %q", want)
		}
	}
	for _, private := range []string{"admin@example.test", "They asked for it by phone"} {
		if strings.Contains(activity, private) {
			t.Errorf("the member's activity says %q", private)
		}
	}
}
