package main

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
	"latchkey/views"
)

func searchFor(text string) string { return "/admin/search?q=" + url.QueryEscape(text) }

// TestSearchLeadsToIDs (D-13): whatever has a public id is opened by it; while somebody types, it is the first of the list
// instead. Nothing of it is kept anywhere.
func TestSearchLeadsToIDs(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		var log logged
		s.logTo(&log)
		admin := s.enter(t, "admin@example.test")
		places := s.idPlaces(t)
		s.enter(t, "member@example.test")
		before := modelstest.Digest(t, s.pool)
		for id, place := range places {
			for _, typed := range []string{id, " " + strings.ToLower(id) + " "} {
				if typed != id && (strings.HasPrefix(place, "/admin/keys") || strings.HasPrefix(place, "/admin/clients")) {
					continue // whose ids mean their letters
				}
				if answer := admin.ask(t, get(searchFor(typed))); answer.status != http.StatusSeeOther || answer.Header.Get("Location") != place {
					t.Errorf("%q leads to %d %q, not to %s", typed, answer.status, answer.Header.Get("Location"), place)
				}
			}
			listed := admin.ask(t, get(searchFor(id)+"&list=on", "HX-Request: true", "HX-Request-Type: partial", "HX-Target: div#found"))
			if listed.status != http.StatusOK || listed.Header.Get("X-Fragment") != "found" || !strings.Contains(listed.body, `href="`+strings.ReplaceAll(place, "&", "&amp;")+`"`) {
				t.Errorf("%q while typing: %d %.600s", id, listed.status, listed.body)
			}
			if answer := admin.ask(t, get(place)); answer.status != http.StatusOK {
				t.Errorf("%s: %d", place, answer.status)
			}
		}
		s.exec(t, "DELETE FROM audit_events WHERE action = 'admin.member.view'") // which the pages behind leave
		s.checkInert(t, before, "a search")
		if strings.Contains(log.String(), "member@example.test") {
			t.Error("the log tells what was searched")
		}
	})
}

// idPlaces are ids of things of every kind, and addresses, with where each leads.
func (s *sweep) idPlaces(t *testing.T) map[string]string {
	t.Helper()
	member := s.idOf(t, "member@example.test")
	s.enter(t, "member@example.test")
	session := s.sessionOf(t, "member@example.test")
	batch := models.NewID()
	s.must(t, s.db.Audit(t.Context(), models.AuditEvent{Action: "app.test", ActorKind: "system", RequestID: models.NewID(), BatchID: batch}))
	events, err := s.db.AuditOlder(t.Context(), models.AuditFilter{BatchID: batch}, nil, 1)
	s.must(t, err)
	consent, err := s.db.OAuthConsentByID(t.Context(), s.aConsent(t))
	s.must(t, err)
	family, access := s.aFamily(t, demoClientID)
	kept, check, review := s.aBatch(t, "act-batch-found@example.test", models.BatchReady), s.aCheck(t), s.aReview(t, "doctor.error")
	mail := s.aMail(t, models.MailGivenUp)
	view, job := s.viewOf(t, member, 0), fmt.Sprint(s.aJob(t, "available"))
	return map[string]string{
		member:                "/admin/users/" + member,
		"member@example.test": "/admin/users/" + member,
		session:               "/admin/users/" + member + "/sessions",
		events[0].ID:          "/admin/audit/" + events[0].ID,
		events[0].RequestID:   "/admin/audit?request=" + events[0].RequestID,
		batch:                 "/admin/audit?batch=" + batch,
		view:                  "/admin/views/" + view,
		job:                   "/admin/jobs/" + job,
		mail:                  "/admin/mails/" + mail,
		family:                "/admin/tokens/" + family,
		access:                "/admin/tokens/" + family,
		kept.ID:               "/admin/batches/" + kept.ID,
		check:                 "/admin/audit/chain/checks/" + check,
		review.ID:             "/admin/review?state=open",
		demoClientID:          "/admin/clients/" + demoClientID,
		consent.ID:            "/admin/consents/" + consent.ID,
		s.keyIn(t, "RS256", models.KeyActive).KID: "/admin/keys",
		"audit log":    "/admin/audit",
		"session-idle": "/admin/settings/session-idle", "shortest password": "/admin/settings/password-least",
	}
}

// TestSearchFindsByStart (D-13): members, clients, pages and acts are found by the start of their names; acts only by whom they
// are for.
func TestSearchFindsByStart(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		who := map[string]*actor{}
		for _, role := range auth.Roles {
			who[string(role)] = s.operatorWith(t, role)
		}
		for _, c := range []struct{ typed, found, by, not string }{
			{"memb", "member@example.test", "auditor support administrator", ""},
			{"localhost", `href="/admin/clients/` + demoClientID + `"`, "auditor support administrator", ""},
			{"dem", `href="/admin/clients/` + demoClientID + `"`, "auditor support administrator", ""},
			{"sess", `href="/admin/sessions"`, "auditor support administrator", ""},
			{"verify ch", `href="/admin/audit/chain/verify"`, "auditor administrator", "support"},
			{"unlock", `href="/admin/users?state=locked"`, "support administrator", "auditor"},
			{"susp mem", "Suspend member", "administrator", "auditor support"},
			{"create cl", `href="/admin/clients/new"`, "administrator", "auditor support"},
			{"rotate", `href="/admin/keys/rotate"`, "administrator", "auditor support"},
			{"pause queue", "Pause queue", "administrator", "auditor support"}, {"resume queue", "Resume queue", "administrator", "auditor support"},
			{"put setting back", "Put a setting back", "administrator", "auditor support"}, {"remove note", "Remove a note", "support administrator", "auditor"},
			{"edit policies", "Edit policies", "administrator", "auditor support"}, {"edit addresses", "Edit addresses", "administrator", "auditor support"},
			{"revoke token", "Revoke token", "support administrator", "auditor"}, {"revoke all member", "Revoke all of this member here", "support administrator", "auditor"},
			{"idle sess", `href="/admin/settings/session-idle"`, "auditor support administrator", ""}, {"stolen", `href="/admin/settings/password-stolen"`, "auditor", ""},
			{"", `href="/admin/jobs"`, "auditor support administrator", ""},
			{"%", "Nothing matches", "auditor", ""}, {"_", "Nothing matches", "auditor", ""}, {`'"\`, "Nothing matches", "auditor", ""},
		} {
			for _, role := range strings.Fields(c.by) {
				if answer := who[role].ask(t, get(searchFor(c.typed)+"&list=on")); answer.status != http.StatusOK || !strings.Contains(answer.body, c.found) {
					t.Errorf("%s searches %q: %d, without %s", role, c.typed, answer.status, c.found)
				}
			}
			for _, role := range strings.Fields(c.not) {
				if answer := who[role].ask(t, get(searchFor(c.typed)+"&list=on")); strings.Contains(answer.body, c.found) {
					t.Errorf("%s searches %q and finds %s", role, c.typed, c.found)
				}
			}
		}
		if answer := who["auditor"].ask(t, get(searchFor(strings.Repeat("x", 300)))); answer.status != http.StatusBadRequest {
			t.Errorf("a long one: %d", answer.status)
		}
	})
}

// TestSearchFindsSettings (D-13): each setting that has a page is found by its name, its label and the start of each of their words;
// one that is only shown is not.
func TestSearchFindsSettings(t *testing.T) {
	s := sqliteSweep(t)
	admin := s.enter(t, "admin@example.test")
	for _, setting := range s.admin.Settings() {
		page := "/admin/settings/" + setting.Name
		_, tail, _ := strings.Cut(setting.Name, "-")
		for _, typed := range []string{setting.Name, setting.Label, strings.ToUpper(setting.Label[:len(setting.Label)-1]), strings.ReplaceAll(tail, "-", " ") + " " + setting.Label} {
			found := strings.Contains(admin.ask(t, get(searchFor(typed)+"&list=on")).body, `href="`+page+`"`)
			if found != (setting.Kind.Word != models.SettingShown) {
				t.Errorf("%q finds %s: %v", typed, page, found)
			}
		}
	}
	if answer := admin.ask(t, get("/admin/search")); strings.Contains(answer.body, "/admin/settings/") {
		t.Error("a search of nothing lists all settings")
	}
}

// unnamedActs are questions that nobody looks for: they belong to what is on the page.
var unnamedActs = []string{
	"/admin/audit/views/new", "/admin/audit/views/{id}/remove", "/admin/audit/chain/checks/{id}/cancel", "/admin/clients/{id}/secrets",
}

// TestSearchKnowsEveryPage (D-13): each page that needs no id has a name to find it by; each name has a route, and leads to a page.
func TestSearchKnowsEveryPage(t *testing.T) {
	s := sqliteSweep(t)
	admin, named, routes := s.enter(t, "admin@example.test"), map[string]bool{}, s.adminRoutes()
	for _, c := range views.Commands() {
		named[c.Route] = true
		_, shown := routes["GET "+plainPath(c.Route)]
		if _, done := routes["POST "+plainPath(c.Route)]; !shown && !done { // what begins with a list has no page that asks
			t.Errorf("%s: no route %s", c.Label, c.Route)
		}
		if answer := admin.ask(t, get(c.Path)); answer.status != http.StatusOK {
			t.Errorf("%s leads to %s: %d", c.Label, c.Path, answer.status)
		}
	}
	for route := range routes {
		path, posts := strings.CutPrefix(route, "POST ")
		if _, asks := routes["GET "+path]; posts && asks && !slices.ContainsFunc(views.Commands(), func(c views.Command) bool { return plainPath(c.Route) == path }) && !slices.Contains(unnamedActs, path) {
			t.Errorf("nobody finds the act %s: it has no line in views.Commands", path)
		}
	}
	found := []string{"/admin/search", "/admin/audit/views/new"} // itself; what keeps the search that is on the page
	for _, route := range s.admin.Routes() {
		isPage := route.Method == http.MethodGet && !strings.ContainsAny(route.Path, ":.")
		if isPage && !named[route.Path] && !slices.Contains(found, route.Path) {
			t.Errorf("nobody finds %s: it has no line in views.Commands", route.Path)
		}
	}
}

// TestShippedSearches (D-26): the searches of the audit log that come with the house lead to what they say.
func TestShippedSearches(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		admin := s.enter(t, "admin@example.test")
		s.must(t, s.db.Audit(t.Context(), models.AuditEvent{Action: "admin.setting.change", ActorKind: "system", TargetKind: "setting", TargetID: "sign-up"}))
		page := admin.ask(t, get("/admin/audit")).body
		for _, name := range []string{"Failed sign-ins today", "Operator actions this week", "As a member", "Policy changes", "Refused", "Reuse detected"} {
			link := regexp.MustCompile(`href="([^"]*)">` + name + `</a>`).FindStringSubmatch(page)
			if link == nil {
				t.Errorf("%q is not shipped", name)
				continue
			}
			answer := admin.ask(t, get(strings.ReplaceAll(link[1], "&amp;", "&")))
			if found := strings.Contains(strings.ReplaceAll(answer.body, "<wbr>", ""), ">admin.setting.change</code>"); answer.status != http.StatusOK || found != (name == "Policy changes" || name == "Operator actions this week") {
				t.Errorf("%q leads to %d, with the change of a setting: %v", name, answer.status, found)
			}
		}
	})
}
