package admin_test

import (
	"net/url"
	"path"
	"strings"
	"testing"
	"time"

	"latchkey/app/apptest"
	"latchkey/auth"
	"latchkey/models"
)

const ordinary = 30 * time.Second

// TestAuditSearchByEmail (D-25): a person is found by address or name, also what they did under another name, in each part
// they had in it.
func TestAuditSearchByEmail(t *testing.T) {
	eachAudit(t, ordinary, func(st *auditSite) {
		ann, root := st.user(member), st.user(administrator)
		st.signedIn(member)
		st.wrote(models.AuditEvent{Action: auth.AuditMemberRename, ActorKind: "operator", ActorID: root.ID, SubjectID: ann.ID, Changes: map[string]models.Change{"name": {Old: "ann", New: "Zoe Newname"}}})
		st.wrote(models.AuditEvent{Action: "app.as_member", ActorKind: "operator", ActorID: root.ID, EffectiveID: ann.ID})
		if err := st.db.SetUserName(t.Context(), ann.ID, "Zoe Newname"); err != nil {
			t.Fatal(err)
		}
		b := st.signedIn(administrator)
		search := func(person, part string) string {
			b.Visit("/admin/audit").Submit("Search", apptest.Set("person", person), apptest.Set("part", part))
			if b.Status != 200 {
				t.Fatalf("%s as %q: %d", person, part, b.Status)
			}
			_, list, _ := strings.Cut(b.Text(), "24 hours")
			return list
		}
		for _, person := range []string{member, "ann@", "zoe", "newname", ann.ID} {
			all := search(person, "")
			for _, wanted := range []string{"Signed in", "Name changed", "app.as_member", "Zoe Newname"} {
				if !strings.Contains(all, wanted) {
					t.Errorf("%s: %q is missing in\n%s", person, wanted, all)
				}
			}
		}
		for part, wanted := range map[string]string{"actor": "Signed in", "target": "Name changed", "effective": "app.as_member"} {
			list := search(member, part)
			for _, what := range []string{"Signed in", "Name changed", "app.as_member"} {
				if strings.Contains(list, what) != (what == wanted || part == "target" && what == "Signed in") { // whoever signs in is also whom it is about
					t.Errorf("as %s, %q: %t\n%s", part, what, strings.Contains(list, what), list)
				}
			}
		}
		if list := search("nobody@example.test", ""); !strings.Contains(list, "No member fits") || !strings.Contains(list, "Nothing matches") {
			t.Error(list)
		}
	})
}

// TestAuditPages (D-25, D-28): from the list to an event, with what was before and after, the other events of its request
// and its place in the chain; a check finds what was changed behind the program's back.
func TestAuditPages(t *testing.T) {
	eachAudit(t, ordinary, func(st *auditSite) {
		ann, root := st.user(member), st.user(administrator)
		st.wrote(models.AuditEvent{Action: "app.first", RequestID: "SAMEREQUEST", Meta: map[string]any{"address_hmac": "DIGEST"}})
		event := st.wrote(models.AuditEvent{
			Action: auth.AuditMemberRename, ActorKind: "operator", ActorID: root.ID, SubjectID: ann.ID, RequestID: "SAMEREQUEST", Reason: "They asked by phone",
			Changes: map[string]models.Change{"name": {Old: "Before <b>", New: "After"}}, Meta: map[string]any{"viewed_at": "desk"},
		})
		b := st.signedIn(auditor).Visit("/admin/audit").Submit("Search", apptest.Set("person", "root"), apptest.Set("what.admin.member.rename", "on"))
		b.Sees("Name changed", "Succeeded", "root").SeesNot("app.first")
		b.Click("State of the chain").Visit("/admin/audit/" + event.ID)
		b.Sees("Before <b>", "After", "They asked by phone", "In the same request", "app.first", "Viewed at", "desk", "No seal covers this event yet").SeesNot("DIGEST")
		b.Click("app.first").SeesNot("DIGEST", "hmac")
		if b.Visit("/admin/audit/NOSUCHEVENT").Status != 404 {
			t.Error("an event that is not there")
		}
		if b.Visit("/admin/audit/chain").Sees("There is no seal yet", "No check has come to its end"); b.Status != 200 {
			t.Error(b.Status)
		}
		if _, err := st.db.SealAudit(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.Visit("/admin/audit/"+event.ID).Sees("Seal", "Covers")
		b.Visit("/admin/audit/chain").Sees("Newest seal", "Nothing: every row is sealed").Click("Verify now").Submit("Verify log", apptest.Set("seals", "100"))
		b.Sees("Check of the audit log", "Running", "auditor")
		if b.Visit("/admin/audit/chain").Sees("A check is running").Click("Verify now").Submit("Verify log", apptest.Set("seals", "all")); b.URL.Path != "/admin/audit/chain" {
			t.Errorf("two at once: %s", b.URL)
		}
		b.Sees("Your last check still runs").Click("Follow it")
		st.checked(b)
		b.Visit(b.URL.String()).Sees("as it was written", "Passed").Visit("/admin/audit/chain").Sees("Passed").SeesNot("A check is running")
		st.run("UPDATE audit_events SET reason = 'Nobody asked' WHERE id = '" + event.ID + "'")
		st.clock.Add(time.Second)
		b.Visit("/admin/audit/chain/verify").Submit("Verify log", apptest.Set("seals", "range"), apptest.Set("from", "1"), apptest.Set("to", "1"))
		st.checked(b)
		b.Visit(b.URL.String()).Sees("The log is not what was written", event.ID+" is not what the program wrote").Visit("/admin/audit/chain").Sees("The last check found a fault")
		checks := st.logged(models.AuditFilter{Actions: []models.Action{auth.AuditLogVerified}})
		if len(checks) != 2 || checks[0].Outcome != models.OutcomeFailure || checks[0].ActorID != st.user(auditor).ID || checks[0].Meta["row"] != event.ID {
			t.Errorf("checks: %+v", checks)
		}
		b.Visit("/admin/audit/chain/verify").Submit("Verify log", apptest.Set("seals", "range"), apptest.Set("from", "1"), apptest.Set("to", "99"))
		if b.Sees("Enter the numbers of two seals"); b.Status != 422 {
			t.Errorf("a range that is none: %d", b.Status)
		}
		b.Visit("/admin/audit/chain/verify").Submit("Verify log", apptest.Set("seals", "all")).Click("Cancel").Submit("Cancel check").Sees("Cancelled")
		st.checked(b)
		if rows := st.logged(models.AuditFilter{Actions: []models.Action{auth.AuditLogVerifyCancel}}); len(rows) != 1 || rows[0].ActorID != st.user(auditor).ID {
			t.Errorf("cancelled: %+v", rows)
		}
	})
}

// checked works on the check that a browser looks at until it is over, as the job does.
func (st *auditSite) checked(b *apptest.Browser) {
	st.Helper()
	for over, err := false, error(nil); !over; {
		if over, err = st.people.WorkOnAuditCheck(st.Context(), path.Base(b.URL.Path)); err != nil {
			st.Fatal(err)
		}
	}
}

// TestAuditVerifyNeedsProof (◆): the page that asks needs it too.
func TestAuditVerifyNeedsProof(t *testing.T) {
	eachAudit(t, ordinary, func(st *auditSite) {
		b := st.signedIn(administrator).Visit("/admin/audit/chain/verify")
		st.clock.Add(time.Hour)
		if b.Submit("Verify log", apptest.Set("seals", "100")); b.URL.Path != "/reauth" {
			t.Errorf("checked: %s", b.URL)
		}
		if b.Visit("/admin/audit/chain/verify"); b.URL.Path != "/reauth" {
			t.Errorf("asked: %s", b.URL)
		}
		if n := len(st.logged(models.AuditFilter{Actions: []models.Action{auth.AuditLogVerify}})); n != 0 {
			t.Errorf("%d checks", n)
		}
	})
}

// TestAuditRights (D-01): support reads and neither exports nor verifies; it is not offered either.
func TestAuditRights(t *testing.T) {
	eachAudit(t, ordinary, func(st *auditSite) {
		st.wrote(models.AuditEvent{})
		if _, err := st.people.CreateUser(t.Context(), auth.NewUser{Email: "help@example.test", Password: goodPassword, Role: auth.RoleSupport, Verified: true}); err != nil {
			t.Fatal(err)
		}
		b := st.signedIn("help@example.test").Visit("/admin/audit").Sees("app.test").SeesNot("NDJSON")
		b.Visit("/admin/audit/chain").SeesNot("Verify now")
		for _, path := range []string{"/admin/audit/export.csv", "/admin/audit/export.ndjson", "/admin/audit/chain/verify"} {
			if b.Visit(path).Status != 403 {
				t.Errorf("%s: %d", path, b.Status)
			}
		}
	})
}

// TestListParameters_Audit (T-110): what is chosen is one of the list, what is typed is text, and what no form of ours asks
// is refused.
func TestListParameters_Audit(t *testing.T) {
	eachAudit(t, ordinary, func(st *auditSite) {
		for _, client := range []string{"100%", "a_b", `a\b`, "'; DROP TABLE audit_events; --"} {
			st.wrote(models.AuditEvent{ClientID: client})
		}
		b := st.signedIn(auditor)
		for _, bad := range []string{
			"sort=password_hash", "outcome=x", "outcome=success;drop", "part=reason", "days=2", "days=x", "what.reason=on", "what.auth.made_up=on", "what.auth=yes", "what.=on",
			"newer=x&older=x", "q=x", "limit=1000000", "older=%00", "older=' OR 1=1", "newer=" + strings.Repeat("x", 8<<10),
		} {
			for _, path := range []string{"/admin/audit?", "/admin/audit/views/new?"} {
				name, value, _ := strings.Cut(bad, "=")
				place := strings.HasPrefix(name, "newer") || name == "older"
				if b.Visit(path + name + "=" + url.QueryEscape(value)); b.Status != 400 && !(place && path != "/admin/audit?") && !strings.Contains(bad, "&") {
					t.Errorf("%s%s: %d", path, bad, b.Status)
				}
			}
		}
		for _, text := range []string{"%", "_", `\`, "1%", "a_", "'"} {
			for _, field := range []string{"client", "request", "batch", "person"} {
				b.Visit("/admin/audit?" + field + "=" + url.QueryEscape(text)).Sees("Nothing matches")
			}
		}
		b.Visit("/admin/audit?client=" + url.QueryEscape("100%")).Sees("Showing 1 event")
		b.Visit("/admin/audit?client=" + url.QueryEscape("'; DROP TABLE audit_events; --")).Sees("Showing 1 event")
		for field, text := range map[string]string{"address": "192.0.2.0/33", "from": "yesterday", "client": strings.Repeat("x", 255)} {
			if b.Visit("/admin/audit?" + field + "=" + url.QueryEscape(text)); b.Status != 422 || b.Value(field) != text {
				t.Errorf("%s %q: %d, %q", field, text, b.Status, b.Value(field))
			}
		}
	})
}

// TestAuditCursors (T-109): a place in the list is good for this list, this filter and this operator alone.
func TestAuditCursors(t *testing.T) {
	eachAudit(t, ordinary, func(st *auditSite) {
		for range 120 {
			st.wrote(models.AuditEvent{ClientID: "C"})
			st.clock.Add(time.Second)
		}
		b := st.signedIn(auditor).Visit("/admin/audit?client=C").Sees("Showing 50 events").Click("Older").Sees("Showing 50 events")
		place := b.URL.Query().Get("older")
		b.Click("Older").Sees("Showing 20 events").Click("Newer").Sees("Showing 50 events").Click("Newer")
		for name, address := range map[string]string{
			"cut": "client=C&older=" + place[:len(place)-1], "another filter": "client=D&older=" + place, "no filter": "older=" + place,
			"a changed bit": "client=C&older=" + flipped(place), "long": "client=C&older=" + strings.Repeat(place, 50),
		} {
			if b.Visit("/admin/audit?"+address).Status != 400 {
				t.Errorf("%s: %d", name, b.Status)
			}
		}
		if b.Visit("/admin/audit?client=C&older="+place).Status != 200 {
			t.Error("the place itself")
		}
		if st.signedIn(administrator).Visit(st.address+"/admin/audit?client=C&older="+place).Status != 400 {
			t.Error("another operator's place")
		}
	})
}

func flipped(place string) string {
	if place[8] == 'A' {
		return place[:8] + "B" + place[9:]
	}
	return place[:8] + "A" + place[9:]
}

// TestSavedFilters (D-26): kept under a name, for oneself or for all, one of them seen first; fifty and no more.
func TestSavedFilters(t *testing.T) {
	eachAudit(t, ordinary, func(st *auditSite) {
		st.wrote(models.AuditEvent{Action: "app.other", ClientID: "C"})
		keep := func(b *apptest.Browser, name string, set ...apptest.Field) *apptest.Browser {
			st.clock.Add(time.Second)
			return b.Visit("/admin/audit?client=C").Click("Keep this search").Submit("Keep search", append(set, apptest.Set("name", name))...)
		}
		b := st.signedIn(auditor)
		keep(b, "Mine").Sees("Search kept", "Mine")
		keep(b, "  Ours now ", apptest.Set("shared", "on")).Sees("Ours now")
		keep(b, "Mine").Sees("another search under this name")
		keep(b, "").Sees("Enter a name")
		if b.Visit("/admin/audit"); b.URL.RawQuery != "" {
			t.Errorf("nothing is seen first yet: %s", b.URL)
		}
		keep(b, "Leading", apptest.Set("preferred", "on"))
		if b.Visit("/admin/audit"); b.URL.RawQuery != "client=C" {
			t.Errorf("seen first: %s", b.URL)
		}
		if b.Click("Client C"); b.URL.RawQuery != "all=on" {
			t.Errorf("all: %s", b.URL)
		}
		other := st.signedIn(administrator).Visit("/admin/audit").Sees("Ours now").SeesNot("Mine", "Leading")
		other.Click("Kept searches").Sees("Ours now").SeesNot("Remove")
		b.Visit("/admin/audit/views")
		id := between(b.Body, "/admin/audit/views/", "/remove")
		if other.Visit("/admin/audit/views/"+id+"/remove").Status != 404 {
			t.Error("another's search")
		}
		st.clock.Add(time.Second)
		b.Click("Remove").Submit("Remove search").Sees("Search removed")
		events := st.logged(models.AuditFilter{Actions: []models.Action{auth.AuditLogSaveView}})
		if len(events) != 4 || events[0].Changes["name"].Old == nil || events[1].Changes["name"].New != "Leading" {
			t.Errorf("events: %+v", events)
		}
		for i := range 48 {
			keep(b, "Number "+string(rune('A'+i)))
		}
		keep(b, "One more").Sees("You keep 50 searches already")
	})
}

func between(text, before, after string) string {
	_, text, _ = strings.Cut(text, before)
	text, _, _ = strings.Cut(text, after)
	return text
}
