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

// TestMailsPage (D-41): mails are listed by kind, state and the start of their address, page by page; one shows all that is known of it;
// what an address bar may hold besides is refused.
func TestMailsPage(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		admin := s.enter(t, "admin@example.test")
		failed := s.aMail(t, models.MailFailed)
		s.must(t, s.db.InTx(t.Context(), func(tx *models.Tx) error {
			for i := range 30 {
				if err := tx.SendMail(t.Context(), models.Mail{Kind: "sign_in_link", To: fmt.Sprintf("many%d@example.test", i)}); err != nil {
					return err
				}
			}
			return tx.SendMail(t.Context(), models.Mail{Kind: "sign_in_link", To: "nobody@example.test", Decoy: true})
		}))
		rows := func(path string) int { return strings.Count(admin.ask(t, get(path)).body, `<th scope="row">`) }
		for _, list := range []string{"/admin/mails?kind=sign_in_link", "/admin/mails?q=MANY", "/admin/mails?q=many&kind=sign_in_link&state=waiting"} {
			first := admin.ask(t, get(list))
			second := admin.ask(t, get(linkOf(first.body, "older")))
			if n, m := strings.Count(first.body, `<th scope="row">`), strings.Count(second.body, `<th scope="row">`); n != 25 || m != 5 {
				t.Errorf("%s: pages of %d and %d", list, n, m)
			}
			if n := rows(linkOf(second.body, "newer")); n != 25 {
				t.Errorf("%s: %d on the way back", list, n)
			}
		}
		if n := rows("/admin/mails?state=failed&q=member@example.test"); n != 1 {
			t.Errorf("%d failed mails of the member", n)
		}
		if n := rows("/admin/mails?q=nobody"); n != 0 {
			t.Errorf("%d decoys are listed", n)
		}
		page := admin.ask(t, get("/admin/mails/"+failed)).body
		for _, want := range []string{"451 4.7.1 later", "member@example.test", "/admin/mails/" + failed + "/retry", "/admin/mails/stop?address="} {
			if !strings.Contains(page, want) {
				t.Errorf("the page of a mail lacks %q", want)
			}
		}
		waits := mailRecord.FindString(admin.ask(t, get("/admin/mails?state=waiting")).body)
		const again = `hx-trigger="every 5s"`
		if waiting := admin.ask(t, get(waits)).body; !strings.Contains(waiting, again) || !strings.Contains(waiting, `hx-get="`+waits+`"`) || strings.Contains(page, again) {
			t.Errorf("the page of a mail that waits, %s, does not ask what became of it, or another one does", waits)
		}
		if n := rows("/admin/users/" + s.idOf(t, "member@example.test") + "/mails"); n < 1 {
			t.Error("the member's record does not list it")
		}
		for path, want := range map[string]int{
			"/admin/mails?state=nothing": http.StatusBadRequest, "/admin/mails?kind=nothing": http.StatusBadRequest, "/admin/mails?older=x": http.StatusBadRequest,
			"/admin/mails?q=" + strings.Repeat("a", 300): http.StatusUnprocessableEntity, "/admin/mails/nothing": http.StatusNotFound,
			"/admin/mails/stopped?newer=x": http.StatusBadRequest, "/admin/mails/allow": http.StatusBadRequest,
		} {
			if answer := admin.ask(t, get(path)); answer.status != want {
				t.Errorf("%s: %d", path, answer.status)
			}
		}
	})
}

var mailRecord = regexp.MustCompile(`/admin/mails/[A-Z2-7]{26}`)

// TestMailActs (D-41): a mail that failed is tried again, an address is stopped and allowed; each asks why, refuses a decision on what
// has changed, and is in the audit log.
func TestMailActs(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		admin := s.enter(t, "admin@example.test")
		forms, places := map[string]filled{}, map[string]string{}
		s.mailForms(t, admin, forms, places)
		for route, action := range map[string]models.Action{
			"POST /admin/mails/{id}/retry": auth.AuditMailRetry, "POST /admin/mails/stop": auth.AuditMailStop, "POST /admin/mails/allow": auth.AuditMailAllow,
		} {
			path := strings.TrimPrefix(route, "POST ")
			if place, ok := places[path]; ok {
				path = place
			}
			form := forms[route]
			before := modelstest.Digest(t, s.pool)
			stale := url.Values{"reason": form.form["reason"], "address": form.form["address"], "version": {"another"}}
			if answer := admin.ask(t, post(path, stale.Encode())); answer.status != http.StatusConflict {
				t.Errorf("%s, stale: %d", route, answer.status)
			}
			bare := url.Values{"address": form.form["address"], "version": form.form["version"]}
			if answer := admin.ask(t, post(path, bare.Encode())); answer.status != http.StatusUnprocessableEntity {
				t.Errorf("%s, without a reason: %d", route, answer.status)
			}
			s.checkInert(t, before, route+", refused")
			if answer := admin.ask(t, form.request(path)); answer.inWords() != form.want {
				t.Errorf("%s: %s", route, answer.inWords())
			}
			if answer := admin.ask(t, form.request(path)); answer.status != http.StatusSeeOther {
				t.Errorf("%s, again: %d", route, answer.status)
			}
			rows, err := s.db.AuditEvents(t.Context(), models.AuditQuery{Action: action})
			if err != nil || len(rows) != 1 || rows[0].Reason == "" || rows[0].ActorID != s.idOf(t, "admin@example.test") {
				t.Errorf("%s: %+v, %v", action, rows, err)
			}
		}
	})
}

// TestTestMail (D-41): a test goes to the operator's own address and nowhere else, and leads to where the answer will stand.
func TestTestMail(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		admin := s.enter(t, "admin@example.test")
		answer := admin.ask(t, post("/admin/mails/test", "to=victim@example.test"))
		id := strings.TrimPrefix(answer.place(), "/admin/mails/")
		m, err := s.db.LoggedMailByID(t.Context(), id)
		if err != nil || m.ToAddress != "admin@example.test" || m.Kind != "test" {
			t.Errorf("%d, %+v, %v", answer.status, m, err)
		}
		job, err := s.db.JobByID(t.Context(), m.JobID)
		if err != nil || job.MaxAttempts != 1 {
			t.Errorf("it is tried %d times, %v", job.MaxAttempts, err)
		}
	})
}

// TestSendAgain (D-41): a mail that carries a link is sent anew by the act on its member, with a new link; others are not.
func TestSendAgain(t *testing.T) {
	s := sqliteSweep(t)
	support := s.operatorWith(t, auth.RoleSupport)
	for kind, act := range map[string]string{"password_reset": "send-reset", "verify_email": "resend-verification", "password_changed": ""} {
		email := s.newPerson(t, "again-"+act+"@example.test")
		s.unproven(t, email)
		id := models.NewID()
		s.must(t, s.db.InTx(t.Context(), func(tx *models.Tx) error {
			return tx.SendMail(t.Context(), models.Mail{Key: id, Kind: kind, To: email})
		}))
		page := support.ask(t, get("/admin/mails/"+id)).body
		if offered := strings.Contains(page, `id="do-send-again"`); offered != (act != "") || offered && !strings.Contains(page, s.idOf(t, email)+"/"+act) {
			t.Errorf("%s: %q offered: %v", kind, act, offered)
		}
		if strings.Contains(page, "/retry") || strings.Contains(page, "/admin/mails/stop?") {
			t.Errorf("%s: support is offered what administrators do", kind)
		}
	}
}

// TestMailKindsHaveWords: the page has words for each kind of mail of the house.
func TestMailKindsHaveWords(t *testing.T) {
	labels := map[string]bool{}
	for _, kind := range auth.MailKinds {
		label := views.MailKindLabel(kind)
		if label == kind || labels[label] {
			t.Errorf("%s is called %q", kind, label)
		}
		labels[label] = true
	}
	if !slices.Contains(auth.MailKinds, "test") {
		t.Error("there is no kind for tests")
	}
}

// TestNotesAreNeverShownToTheMember (D-21): what operators note down is on their page alone: no page of the member has it, no
// page of the audit log, no download.
func TestNotesAreNeverShownToTheMember(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		member, admin := s.enter(t, "member@example.test"), s.enter(t, "admin@example.test")
		id := s.idOf(t, "member@example.test")
		const canary = "canary: proved who they are by an invoice"
		notes := "/admin/users/" + id + "/notes"
		if answer := admin.ask(t, post(notes, fields("note", canary).Encode())); answer.place() != notes {
			t.Fatalf("%d", answer.status)
		}
		if page := admin.ask(t, get(notes)).body; !strings.Contains(page, canary) || !strings.Contains(page, "admin@example.test") {
			t.Error("operators do not see the note with its author")
		}
		places := s.places(t, member)
		for _, route := range s.routeTable() {
			if route.Method != http.MethodGet {
				continue
			}
			who := member
			if route.forOperators() {
				who = admin
			}
			path := pathOf(t, route, places)
			if path == notes || strings.HasPrefix(path, notes+"/") {
				continue
			}
			if strings.Contains(who.ask(t, get(path)).body, canary) {
				t.Errorf("%s shows the note", path)
			}
		}
		for _, path := range []string{notes, notes + "?older=x&newer=y", notes + "?older=x"} {
			if answer := member.ask(t, get(path)); answer.status != http.StatusNotFound {
				t.Errorf("%s for the member: %d", path, answer.status)
			}
		}
		if answer := admin.ask(t, get("/admin/users/"+s.idOf(t, "admin@example.test")+"/notes")); answer.status != http.StatusForbidden {
			t.Errorf("about themselves: %d", answer.status)
		}
	})
}

// TestMemberNotesPage (D-21): notes come in pages, a wrong one is asked again with what was typed, and one is removed once.
func TestMemberNotesPage(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		admin := s.enter(t, "admin@example.test")
		id := s.idOf(t, "member@example.test")
		notes := "/admin/users/" + id + "/notes"
		for range 30 {
			s.aNote(t, id)
			s.clock.Add(1000)
		}
		first := admin.ask(t, get(notes))
		second := admin.ask(t, get(linkOf(first.body, "older")))
		if n, m := strings.Count(first.body, "/remove\""), strings.Count(second.body, "/remove\""); n == 0 || m == 0 || n != 5*m {
			t.Errorf("links to remove: %d, then %d", n, m)
		}
		long := strings.Repeat("a", 2001)
		answer := admin.ask(t, post(notes, fields("note", long).Encode()))
		if answer.status != http.StatusUnprocessableEntity || !strings.Contains(answer.body, long) {
			t.Errorf("a note that is too long: %d", answer.status)
		}
		for path, want := range map[string]int{notes + "?older=x": http.StatusBadRequest, notes + "?older=x&newer=x": http.StatusBadRequest, notes + "/nothing/remove": http.StatusNotFound} {
			if answer := admin.ask(t, get(path)); answer.status != want {
				t.Errorf("%s: %d", path, answer.status)
			}
		}
		remove := notes + "/" + s.aNote(t, id) + "/remove"
		form := fields("reason", "It was about somebody else")
		for range 2 {
			if answer := admin.ask(t, post(remove, form.Encode())); answer.place() != notes {
				t.Errorf("removing: %d", answer.status)
			}
		}
		rows, err := s.db.AuditEvents(t.Context(), models.AuditQuery{Action: auth.AuditMemberRemoveNote})
		if err != nil || len(rows) != 1 {
			t.Errorf("%+v, %v", rows, err)
		}
	})
}
