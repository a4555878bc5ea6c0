package auth_test

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
)

const elsewhere = "198.51.100.7"

// report is the first "This was not me" of the list: the id of its event.
var report = regexp.MustCompile(`name="event" value="([A-Z2-7]+)"`)

func TestActivity_ShowsOwnOnly(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		other := st.person("other@example.test")
		theirs := st.browserAt("203.0.113.80").mustSignIn(other.Email)
		theirs.post("/account/profile", "name", "Somebody")
		b := st.browserAt(elsewhere).mustSignIn(member)
		body := b.get("/account/activity").body
		for _, want := range []string{"Signed in", "Password", "Firefox on Linux", elsewhere, "Account created"} {
			if !strings.Contains(body, want) {
				t.Errorf("the list does not say %q", want)
			}
		}
		if strings.Contains(body, "203.0.113.80") || strings.Contains(body, "Profile changed") {
			t.Error("somebody else's events are on the list")
		}
		id := report.FindStringSubmatch(theirs.get("/account/activity").body)[1]
		before := modelstest.Digest(t, st.raw())
		for _, event := range []string{id, models.NewID(), "", "x"} {
			if p := b.post("/account/activity", "event", event); p.status != 404 {
				t.Errorf("reporting %q: %d", event, p.status)
			}
		}
		st.inert("reporting what is not one's own", before)
		wantRedirect(t, st.browser().get("/account/activity"), "/login?return_to=%2Faccount%2Factivity")
		wantPage(t, b.get("/account"), 200, `href="/account/activity"`)
	})
}

func TestActivity_ShowsFailures(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		u := st.person(member)
		st.browserAt(elsewhere).signInWith(member, "wrong-password")
		b := st.browser().mustSignIn(member)
		b.post("/reauth", "password", "wrong-password")
		body := b.get("/account/activity").body
		for _, want := range []string{"Sign-in refused", "Wrong password", elsewhere, "Not confirmed that it is you"} {
			if !strings.Contains(body, want) {
				t.Errorf("the list does not say %q", want)
			}
		}

		// What an operator did is theirs, without where they sit and what they noted down.
		ctx := models.WithOrigin(context.Background(), models.Origin{Address: "203.0.113.200", UserAgent: b.agent})
		if err := st.s.DisableUser(ctx, u.ID, "a private note", nil); err != nil {
			t.Fatal(err)
		}
		if err := st.s.EnableUser(ctx, u.ID, "locked"); err != nil {
			t.Fatal(err)
		}
		body = b.mustSignIn(member).get("/account/activity").body
		for _, want := range []string{"Account suspended", "Suspension lifted", "An operator", "Session ended"} {
			if !strings.Contains(body, want) {
				t.Errorf("the list does not say %q", want)
			}
		}
		for _, private := range []string{"private note", "203.0.113.200", "Right password"} {
			if strings.Contains(body, private) {
				t.Errorf("the list says %q", private)
			}
		}
	})
}

// entries are the times of the events on a page of the list, and where its neighbours are.
func entries(p page) (times []string, newer, older string) {
	link := func(id string) string {
		found := regexp.MustCompile(`id="` + id + `"[^>]* href="([^"]+)"`).FindStringSubmatch(p.body)
		if found == nil {
			return ""
		}
		return strings.ReplaceAll(found[1], "&amp;", "&")
	}
	for _, m := range regexp.MustCompile(`<local-time><time datetime="([^"]+)"`).FindAllStringSubmatch(p.body, -1) {
		times = append(times, m[1])
	}
	return times, link("newer"), link("older")
}

func TestActivity_PagesAndFilters(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		st.clock.Add(24 * time.Hour)
		b := st.browser().mustSignIn(member)
		for i := range 60 {
			st.clock.Add(time.Second)
			b.post("/account/profile", "name", fmt.Sprint("Name ", i))
		}
		_, _, next := entries(b.get("/account/activity?kind=account"))
		older := "older=" + regexp.MustCompile(`older=([^&]+)`).FindStringSubmatch(next)[1]
		var all []string
		path, pages := "/account/activity?kind=account", []string{}
		for path != "" {
			times, _, further := entries(b.get(path))
			all, pages = append(all, times...), append(pages, path)
			path = further
		}
		if len(pages) != 3 || len(all) != 61 {
			t.Fatalf("%d pages with %d events", len(pages), len(all))
		}
		for i := 1; i < len(all); i++ {
			if all[i] >= all[i-1] {
				t.Errorf("%s after %s", all[i], all[i-1])
			}
		}
		times, newer, _ := entries(b.get(pages[2]))
		if len(times) != 11 || !strings.Contains(newer, "kind=account") {
			t.Errorf("the last page has %d events, and %q before it", len(times), newer)
		}
		if times, _, _ := entries(b.get(newer)); len(times) != 25 || times[0] != all[25] {
			t.Errorf("back: %d events", len(times))
		}
		for path, n := range map[string]int{
			"/account/activity?kind=sign-in": 1, "/account/activity?kind=password": 0, "/account/activity?days=7": 25,
		} {
			if times, _, _ := entries(b.get(path)); len(times) != n {
				t.Errorf("%s: %d events, want %d", path, len(times), n)
			}
		}
		wantPage(t, b.get("/account/activity?kind=password"), 200, "Nothing of this kind")
		st.clock.Add(8 * 24 * time.Hour)
		b.mustSignIn(member)
		if times, _, _ := entries(b.get("/account/activity?kind=account&days=7")); len(times) != 0 {
			t.Errorf("%d events of more than 7 days ago", len(times))
		}
		if times, _, _ := entries(b.get("/account/activity?kind=account&days=30")); len(times) != 25 {
			t.Errorf("%d events of 30 days", len(times))
		}
		for _, made := range []string{"kind=x", "days=8", "days=x", "days=-7", "older=x", "newer=1." + models.NewID()[1:], "kind=sign-in&" + older, "days=7&kind=account&" + older, "kind=account&" + older + "&newer=" + older[len("older="):]} {
			if p := b.get("/account/activity?" + made); p.status != 400 {
				t.Errorf("%s: %d", made, p.status)
			}
		}
		st.person("other@example.test")
		if p := st.browser().mustSignIn("other@example.test").get("/account/activity?kind=account&" + older); p.status != 400 {
			t.Errorf("somebody else's place: %d", p.status)
		}
		if p := b.get("/account/activity?kind=account&" + older); p.status != 200 {
			t.Errorf("one's own place: %d", p.status)
		}
		fragment := b.copy()
		fragment.headers = map[string]string{"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "section#activity"}
		if p := fragment.get("/account/activity"); p.status != 200 || strings.Contains(p.body, "<nav id=\"side\"") || !strings.Contains(p.body, "25 events on this page") {
			t.Errorf("the fragment: %d\n%s", p.status, p.body)
		}
	})
}

// TestActivity_ReportLeadsToLockDown: the button beside an event leads to the page of the mails, which asks first.
func TestActivity_ReportLeadsToLockDown(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser().mustSignIn(member)
		event := report.FindStringSubmatch(b.get("/account/activity").body)[1]
		p := b.post("/account/activity", "event", event)
		if p.status != 303 || !strings.HasPrefix(p.location, "/account/not-me/") {
			t.Fatalf("%d to %q", p.status, p.location)
		}
		wantPage(t, b.get(p.location), 200, "Secure my account")
		if !b.signedIn() {
			t.Error("asking ended the session")
		}
		st.clock.Add(10*time.Minute + time.Second)
		wantPage(t, b.get(p.location), 410, "This link no longer works")
		wantRedirect(t, b.post("/account/activity", "event", event), "/reauth?return_to=%2Faccount%2Factivity")

		b.post("/reauth", "password", goodPassword)
		p = b.post("/account/activity", "event", event)
		wantRedirect(t, b.post(p.location), "/login")
		if b.signedIn() || st.row(member).PasswordHash != "" || len(st.delivered(member, "password_reset")) != 1 {
			t.Error("the account is not secured")
		}
		wantRedirect(t, b.post(st.link(member, "password_reset"), "password", otherPassword), "/login")

		// A week later it is too late.
		st.clock.Add(7 * 24 * time.Hour)
		wantRedirect(t, b.signInWith(member, otherPassword), "/dashboard")
		st.clock.Add(time.Second)
		body := b.get("/account/activity?days=7").body
		if n := len(report.FindAllString(body, -1)); n != 1 { // the new session
			t.Errorf("%d events can be reported\n%s", n, body)
		}
		if p := b.post("/account/activity", "event", event); p.status != 404 {
			t.Errorf("an old event: %d", p.status)
		}
	})
}

// TestActivity_EveryActionHasWords: a person reads of everything about them; what nobody can read of says why.
func TestActivity_EveryActionHasWords(t *testing.T) {
	actions := auditActions(t)
	if len(actions) < 20 {
		t.Fatalf("only %d actions found", len(actions))
	}
	for action, name := range actions {
		kind, done, unread := auth.WordsOf(action)
		if (kind == "" || done == "") == (unread == "") {
			t.Errorf("%s (%s) has words %q of kind %q, and is unread because %q", name, action, done, kind, unread)
		}
	}
	if _, done, unread := auth.WordsOf("auth.made_up"); done != "" || unread != "" {
		t.Error("an action without words would not be noticed")
	}
}

// auditActions are the constants of the package that name actions.
func auditActions(t *testing.T) map[models.Action]string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	actions := map[models.Action]string{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, isSpec := n.(*ast.ValueSpec)
			if !isSpec || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, "Audit") {
				return true
			}
			if text, isText := spec.Values[0].(*ast.BasicLit); isText && strings.Contains(text.Value, ".") {
				action, err := strconv.Unquote(text.Value)
				if err != nil {
					t.Fatal(err)
				}
				actions[models.Action(action)] = spec.Names[0].Name
			}
			return true
		})
	}
	return actions
}

// TestAuditVocabulary (D-29): every action has a sentence for operators and a severity, and speaks to nobody.
func TestAuditVocabulary(t *testing.T) {
	words, actions := auth.AuditVocabulary(), auditActions(t)
	for action, name := range actions {
		w := words[action]
		if w.Done == "" || w.Severity == "" || strings.Contains(w.Done+w.Failed, "you") {
			t.Errorf("%s (%s) is called %+v", name, action, w)
		}
	}
	for action := range words {
		if actions[action] == "" {
			t.Errorf("%s is no constant of the package", action)
		}
	}
}

// TestActivity_ListsWhatOthersName: events of others are listed when they have words, and only then.
func TestActivity_ListsWhatOthersName(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		u := st.person(member)
		for _, action := range []models.Action{"app.note.delete", "app.note.read"} {
			if err := st.db.Audit(t.Context(), models.AuditEvent{Action: action, ActorKind: "person", SubjectID: u.ID, Address: string(action)}); err != nil {
				t.Fatal(err)
			}
		}
		body := st.browser().mustSignIn(member).get("/account/activity?kind=account").body
		if !strings.Contains(body, "Note deleted") || strings.Contains(body, "app.note.read") {
			t.Error(body)
		}
	}, func(c *auth.Config) {
		c.ActivityWords = map[models.Action]auth.ActivityWords{"app.note.delete": {Kind: auth.KindAccount, Done: "Note deleted"}}
	})
}
