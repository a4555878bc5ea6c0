package main

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models"
)

// asOthers is what a route of operators answers to everybody else, in the columns of routeAnswers: nobody is sent to sign in, and
// for a member there is nothing. What operators get is decided by their role: TestRoutesMatchRoleTable.
var asOthers = []string{"login", "login", "404", "404", "login"}

func (r routeLine) forOperators() bool {
	return r.Path == "/admin" || strings.HasPrefix(r.Path, "/admin/")
}

// adminPlaces are addresses of the routes about one thing.
func (s *sweep) adminPlaces(t *testing.T, places map[string]string) {
	t.Helper()
	member := s.idOf(t, "member@example.test")
	for _, route := range s.routeTable() {
		if strings.HasPrefix(route.Path, "/admin/users/{id}") {
			places[route.Path] = strings.Replace(route.Path, "{id}", member, 1)
		}
	}
	places["/admin/users/{id}/notes/{note}/remove"] = "/admin/users/" + member + "/notes/" + s.aNote(t, member) + "/remove"
	job := fmt.Sprintf("/admin/jobs/%d", s.aJob(t, "available"))
	for _, act := range []string{"", "/retry", "/cancel", "/delete"} {
		places["/admin/jobs/{id}"+act] = job + act
	}
	s.aQueue(t)
	places["/admin/jobs/duties/{name}/run"] = "/admin/jobs/duties/review/run"
	places["/admin/jobs/queues/{name}/pause"], places["/admin/jobs/queues/{name}/resume"] = "/admin/jobs/queues/default/pause", "/admin/jobs/queues/default/resume"
	item := "/admin/review/" + s.aReview(t, auth.ReviewLockouts).ID
	places["/admin/review/{id}/acknowledge"], places["/admin/review/{id}/snooze"] = item+"/acknowledge", item+"/snooze"
	mail := "/admin/mails/" + s.aMail(t, models.MailGivenUp)
	places["/admin/mails/{id}"], places["/admin/mails/{id}/retry"] = mail, mail+"/retry"
	places["/admin/views/{id}"] = "/admin/views/" + s.viewOf(t, member, 0)
	places["/admin/views/{id}/stop"] = "/admin/views/" + s.viewOf(t, s.idOf(t, s.newPerson(t, "viewed-for-long@example.test")), time.Minute) + "/stop"
	places["/admin/lists/{name}"] = "/admin/lists/members"
	s.settingPlaces(t, places)
	s.auditPlaces(t, places)
	s.batchPlaces(t, places)
}

// actCase is an act of operators as somebody who may do it fills it in, on a member in a state that offers it.
type actCase struct {
	prepare func(*sweep, *testing.T, string) // the member with this address
	extra   []string
	target  func(*sweep, *testing.T, string) string
	changes string
}

var actCases = map[string]actCase{
	"unlock":              {prepare: (*sweep).lockPerson, changes: "users"},
	"resend_verification": {prepare: (*sweep).unproven, changes: "mail_tokens river_job"},
	"send_reset":          {changes: "mail_tokens river_job"},
	"end_session":         {prepare: (*sweep).hasSession, target: (*sweep).sessionOf, changes: "sessions"},
	"end_sessions":        {prepare: (*sweep).hasSession, changes: "sessions"},
	"verify":              {prepare: (*sweep).unproven, changes: "users"},
	"force_reset":         {changes: "mail_tokens river_job users"},
	"lift_reset":          {prepare: (*sweep).refused, changes: "users"},
	"remove_factor":       {prepare: (*sweep).withApp, target: (*sweep).appOf, changes: "authenticators mail_tokens river_job users"},
	"reset_factors":       {prepare: (*sweep).withApp, changes: "authenticators mail_tokens river_job users"},
	"suspend":             {changes: "river_job users"},
	"unsuspend":           {prepare: (*sweep).suspended, changes: "river_job users"},
	"rename":              {extra: []string{"name", "Another Name"}, changes: "search_terms users"},
	"grant_role":          {prepare: (*sweep).withApp, extra: []string{"role", "auditor"}, changes: "river_job users"},
	"revoke_role":         {prepare: (*sweep).auditor, changes: "river_job users"},
}

// adminForms are the forms of operators, filled in, each on a member of its own.
func (s *sweep) adminForms(t *testing.T, forms map[string]filled, places map[string]string) {
	t.Helper()
	admin := s.enter(t, "admin@example.test")
	forms["POST /admin/users/new"] = filled{
		by: admin, form: fields("email", "added@example.test", "name", "Added", "reason", "They asked for an account"),
		want: "record", changes: "mail_tokens river_job search_terms users",
	}
	s.batchForms(t, admin, forms, places)
	forms["POST /admin/lists/{name}"] = filled{by: admin, form: fields("per", "50", "at", "/admin/users?state=locked"), want: "/admin/users?per=50&state=locked", changes: "list_choices"}
	forms["POST /admin/sessions/end-from"] = s.endFromForm(t, admin)
	viewed := s.idOf(t, s.newPerson(t, "act-view@example.test"))
	places["/admin/users/{id}/view-as"] = "/admin/users/" + viewed + "/view-as"
	forms["POST /admin/users/{id}/view-as"] = filled{
		by: s.enter(t, "admin@example.test"), want: "/dashboard", changes: "member_views",
		form: fields("reason", "They asked for it by phone", "public_reason", auth.PublicReasons[0], "version", s.versionOf(t, viewed)),
	}
	s.stopViewForm(t, admin, forms, places)
	s.jobForms(t, admin, forms, places)
	s.settingForms(t, admin, forms)
	s.mailForms(t, admin, forms, places)
	s.noteForms(t, admin, forms, places)
	s.auditForms(t, forms, places)
	s.reviewForms(t, forms, places)
	for _, act := range auth.MemberActs {
		c, known := actCases[act.Name]
		if !known {
			t.Fatalf("no case for the act %s", act.Name)
		}
		route := "/admin/users/{id}/" + strings.ReplaceAll(act.Name, "_", "-")
		id, form := s.actForm(t, act, c)
		places[route] = strings.Replace(route, "{id}", id, 1)
		forms["POST "+route] = filled{by: admin, form: form, want: "record", changes: c.changes}
	}
}

func (s *sweep) actForm(t *testing.T, act auth.MemberAct, c actCase) (id string, form url.Values) {
	t.Helper()
	email := s.newPerson(t, "act-"+act.Name+"@example.test")
	if c.prepare != nil {
		c.prepare(s, t, email)
	}
	id = s.idOf(t, email)
	form = fields(append([]string{"reason", "They asked for it by phone", "typed", email, "version", s.versionOf(t, id)}, c.extra...)...)
	form.Set("target", "")
	if c.target != nil {
		form.Set("target", c.target(s, t, email))
	}
	return id, form
}

// versionOf is what the question of an act carries for a member as they are now.
func (s *sweep) versionOf(t *testing.T, id string) string {
	t.Helper()
	record, err := s.people.Member(t.Context(), auth.CommandLine(), id)
	if err != nil {
		t.Fatal(err)
	}
	version, err := record.Version()
	if err != nil {
		t.Fatal(err)
	}
	return version
}

func (s *sweep) must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s *sweep) exec(t *testing.T, statement string) {
	t.Helper()
	_, err := s.pool.ExecContext(t.Context(), statement)
	s.must(t, err)
}

func (s *sweep) hasSession(t *testing.T, email string) { s.enter(t, email) }

func (s *sweep) lockPerson(t *testing.T, email string) {
	s.must(t, s.people.LockUser(t.Context(), s.idOf(t, email)))
}

func (s *sweep) unproven(t *testing.T, email string) {
	s.exec(t, "UPDATE users SET email_verified_at = NULL WHERE email = '"+email+"'")
}

func (s *sweep) refused(t *testing.T, email string) {
	s.must(t, s.db.RefusePassword(t.Context(), s.idOf(t, email)))
}

func (s *sweep) suspended(t *testing.T, email string) {
	s.must(t, s.people.DisableUser(t.Context(), s.idOf(t, email), "test", nil))
}

func (s *sweep) auditor(t *testing.T, email string) {
	s.must(t, s.db.SetUserRole(t.Context(), s.idOf(t, email), "", string(auth.RoleAuditor)))
}

func (s *sweep) withApp(t *testing.T, email string) {
	s.must(t, s.db.CreateAuthenticator(t.Context(), &models.Authenticator{ID: models.NewID(), UserID: s.idOf(t, email), Name: "Phone", Secret: demoTOTPSecret, CreatedAt: s.clock.Now()}))
}

func (s *sweep) appOf(t *testing.T, email string) string {
	return auth.FactorApp + ":" + s.authenticatorOf(t, email)
}

func (s *sweep) sessionOf(t *testing.T, email string) string {
	t.Helper()
	sessions, err := s.db.SessionsOf(t.Context(), s.idOf(t, email))
	if err != nil || len(sessions) == 0 {
		t.Fatalf("%d sessions of %s, %v", len(sessions), email, err)
	}
	return sessions[0].ID
}

// setupLink is dead: the demo data has an administrator. auth proves those that live.
func (s *sweep) setupLink(t *testing.T) string {
	t.Helper()
	link, err := s.people.NewSetupLink(t.Context())
	if err != nil || link != "" {
		t.Fatalf("%q, %v", link, err)
	}
	return "/setup/" + models.NewToken()
}

// stopViewForm stops a view that somebody else is in.
func (s *sweep) stopViewForm(t *testing.T, admin *actor, forms map[string]filled, places map[string]string) {
	t.Helper()
	id := s.viewOf(t, s.idOf(t, s.newPerson(t, "viewed-too-long@example.test")), time.Minute)
	v, err := s.db.MemberViewByID(t.Context(), id)
	s.must(t, err)
	version, err := auth.ViewVersion(v)
	s.must(t, err)
	places["/admin/views/{id}/stop"] = "/admin/views/" + id + "/stop"
	forms["POST /admin/views/{id}/stop"] = filled{
		by: admin, form: fields("reason", "They went home for the day", "version", version), want: "/admin/views/" + id, changes: "member_views river_job",
	}
}

// viewOf is the id of a view of a member, which goes on for a while, or is over.
func (s *sweep) viewOf(t *testing.T, memberID string, goesOn time.Duration) string {
	t.Helper()
	now := s.clock.Now()
	v := models.MemberView{
		ID: models.NewID(), TokenHash: models.Digest(models.NewToken()), MemberID: memberID, OperatorID: s.idOf(t, "admin@example.test"), Role: "administrator", Reason: "They asked for it by phone",
		PublicReason: auth.PublicReasons[0], StartedAt: now, LastSeenAt: now, EndsAt: now.Add(goesOn),
	}
	if goesOn == 0 {
		v.EndedAt = &now
	}
	s.must(t, s.db.InTx(t.Context(), func(tx *models.Tx) error { return tx.CreateMemberView(t.Context(), &v) }))
	return v.ID
}

// viewAs is an operator who views as a member.
func (s *sweep) viewAs(t *testing.T, operator, member string, changes bool) *actor {
	t.Helper()
	a, id := s.enter(t, operator), s.idOf(t, member)
	form := fields("reason", "They asked for it by phone", "public_reason", auth.PublicReasons[0], "version", s.versionOf(t, id))
	if changes {
		form.Set("changes", "on")
	}
	if answer := a.browse(t, post("/admin/users/"+id+"/view-as", form.Encode())); answer.place() != "/dashboard" {
		t.Fatalf("viewing as %s: %d", member, answer.status)
	}
	return a
}

// aJob is the id of a mail in the queue, brought into a state of River's.
func (s *sweep) aJob(t *testing.T, state string) (id int64) {
	t.Helper()
	s.must(t, s.db.InTx(t.Context(), func(tx *models.Tx) error {
		return tx.SendMail(t.Context(), models.Mail{Kind: "sample", To: "member@example.test"})
	}))
	s.must(t, s.pool.QueryRowContext(t.Context(), "SELECT max(id) FROM river_job").Scan(&id))
	finalized := map[bool]string{true: "CURRENT_TIMESTAMP", false: "NULL"}[state == "discarded"]
	s.exec(t, fmt.Sprintf("UPDATE river_job SET state = '%s', finalized_at = %s WHERE id = %d", state, finalized, id))
	return id
}

// aQueue is there from the first start on; no start has been here.
func (s *sweep) aQueue(t *testing.T) {
	t.Helper()
	s.exec(t, "INSERT INTO river_queue (name, metadata, updated_at) VALUES ('default', '{}', CURRENT_TIMESTAMP) ON CONFLICT DO NOTHING")
}

// jobForms are the forms about work.
func (s *sweep) jobForms(t *testing.T, admin *actor, forms map[string]filled, places map[string]string) {
	t.Helper()
	for act, state := range map[string]string{"retry": "discarded", "cancel": "available", "delete": "discarded"} {
		id := s.aJob(t, state)
		job, err := s.db.JobByID(t.Context(), id)
		s.must(t, err)
		version, err := models.Version([]any{job.ID, job.State, job.Attempt})
		s.must(t, err)
		places["/admin/jobs/{id}/"+act] = fmt.Sprintf("/admin/jobs/%d/%s", id, act)
		forms["POST /admin/jobs/{id}/"+act] = filled{by: admin, form: fields("reason", "The mail server works again", "version", version), want: "/admin/jobs", changes: "river_job"}
	}
	forms["POST /admin/jobs/duties/{name}/run"] = filled{by: admin, form: fields("reason", "What needs a person is out of date"), want: "/admin/jobs", changes: "river_job"}
	s.aQueue(t)
	for _, act := range []string{"pause", "resume"} {
		forms["POST /admin/jobs/queues/{name}/"+act] = filled{by: admin, form: fields("reason", "The mail server is being moved"), want: "/admin/jobs"}
	}
}

// aMail is the id of a mail to the member whose last try ended in a state; its job waits for the next.
func (s *sweep) aMail(t *testing.T, state string) string {
	t.Helper()
	id, job := models.NewID(), int64(0)
	s.must(t, s.db.InTx(t.Context(), func(tx *models.Tx) error {
		return tx.SendMail(t.Context(), models.Mail{Key: id, Kind: "verify_email", To: "member@example.test"})
	}))
	s.must(t, s.db.LogMailTry(t.Context(), id, models.MailTry{State: state, Answer: "451 4.7.1 later", Tries: 1}))
	s.must(t, s.pool.QueryRowContext(t.Context(), "SELECT max(id) FROM river_job").Scan(&job))
	s.exec(t, fmt.Sprintf("UPDATE river_job SET state = 'retryable', attempt = 1, scheduled_at = '2999-01-01' WHERE id = %d", job))
	return id
}

// mailForms are the forms about what was sent.
func (s *sweep) mailForms(t *testing.T, admin *actor, forms map[string]filled, places map[string]string) {
	t.Helper()
	id := s.aMail(t, models.MailGivenUp)
	version, err := models.Version([]any{id, models.MailGivenUp, 1})
	s.must(t, err)
	places["/admin/mails/{id}/retry"] = "/admin/mails/" + id + "/retry"
	forms["POST /admin/mails/{id}/retry"] = filled{by: admin, form: fields("reason", "The mail server works again", "version", version), want: "record", changes: "river_job"}
	forms["POST /admin/mails/test"] = filled{by: admin, form: url.Values{}, want: "record", changes: "river_job"}
	const stopped, allowed = "act-stopped@example.test", "act-allowed@example.test"
	free, err := models.Version([]any{stopped, ""})
	s.must(t, err)
	row := models.StoppedAddress{Address: allowed, Reason: "They asked for it"}
	s.must(t, s.db.StopAddress(t.Context(), &row))
	held, err := models.Version([]any{allowed, row.ID})
	s.must(t, err)
	forms["POST /admin/mails/stop"] = filled{by: admin, form: fields("address", stopped, "reason", "They asked for it by phone", "version", free), want: "/admin/mails/stopped", changes: "stopped_addresses"}
	forms["POST /admin/mails/allow"] = filled{by: admin, form: fields("address", allowed, "reason", "They asked for it by phone", "version", held), want: "/admin/mails/stopped", changes: "stopped_addresses"}
}

// aNote is the id of a note of operators about a member.
func (s *sweep) aNote(t *testing.T, memberID string) string {
	t.Helper()
	n := models.MemberNote{MemberID: memberID, AuthorID: s.idOf(t, "admin@example.test"), Body: "canary: called about a lost phone"}
	s.must(t, s.db.CreateMemberNote(t.Context(), &n))
	return n.ID
}

// noteForms are the forms about notes.
func (s *sweep) noteForms(t *testing.T, admin *actor, forms map[string]filled, places map[string]string) {
	t.Helper()
	id := s.idOf(t, s.newPerson(t, "act-note@example.test"))
	notes := "/admin/users/" + id + "/notes"
	places["/admin/users/{id}/notes"], places["/admin/users/{id}/notes/{note}/remove"] = notes, notes+"/"+s.aNote(t, id)+"/remove"
	forms["POST /admin/users/{id}/notes"] = filled{by: admin, form: fields("note", "They called about a lost phone"), want: "record", changes: "member_notes"}
	forms["POST /admin/users/{id}/notes/{note}/remove"] = filled{by: admin, form: fields("reason", "It was about somebody else"), want: "record", changes: "member_notes"}
}

// endFromForm ends the one session from an address where nobody else is.
func (s *sweep) endFromForm(t *testing.T, admin *actor) filled {
	t.Helper()
	const address = "203.0.113.250"
	s.enter(t, s.newPerson(t, "act-from@example.test"))
	s.exec(t, "UPDATE sessions SET address = '"+address+"' WHERE user_id = '"+s.idOf(t, "act-from@example.test")+"'")
	version, err := auth.FromAddress{Address: address, Sessions: 1, Members: 1}.Version()
	s.must(t, err)
	return filled{by: admin, form: fields("reason", "Signs of a stolen password", "address", address, "version", version), want: "/admin/sessions?address=" + address, changes: "sessions"}
}
