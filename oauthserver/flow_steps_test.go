package oauthserver

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"latchkey/models"
)

// flowStep is something that can happen. Its parts say how many choices each has, the usual one first; together they
// fit into a byte.
type flowStep struct {
	name  string
	parts []int
	run   func(f *flow, part []int)
}

var flowSteps = []flowStep{
	{"authorize", []int{4, 2, 2, 2, 4}, (*flow).authorize}, // scopes, app, browser, person, how: signing in, as who is there, silently, by POST
	{"answer", []int{4, 8, 2, 2}, (*flow).answer},          // all, some, no or look again; which; in the other browser; remember
	{"redeem", []int{8, 5}, (*flow).redeem},                // family; right, or wrong verifier, app, address, no verifier
	{"refresh", []int{8, 3, 2, 3}, (*flow).refresh},        // family; current, previous or oldest; by the other app; scopes as they were, fewer, others
	{"revoke", []int{8, 5, 2}, (*flow).revoke},             // family, token (see text), by the other app
	{"introspect", []int{8, 5, 3}, (*flow).introspect},     // family, token, by which app or the resource server
	{"use", []int{8, 5, 2}, (*flow).use},                   // family, token, at UserInfo or the own API
	{"take-back", []int{2, 2, 5}, (*flow).takeBack},        // browser, app, all of it or which family
	{"client", []int{2, 2}, (*flow).client},                // app, off or on
	{"session", []int{2, 3}, (*flow).session},              // browser; ended, lost or replaced
	{"person", []int{2, 6}, (*flow).person},                // who; disabled, inactive, active, reset, new epoch, deleted
	{"sign-out", []int{2, 4}, (*flow).signOut},             // browser; confirmed, with a hint, with another's hint, only asked
	{"clock", []int{64, 4}, (*flow).move},                  // how many seconds, minutes, hours or days
	{"sweep", nil, (*flow).sweep},
}

var flowScopes = [][]string{
	{"openid", "profile", "notes:read", "offline_access"},
	{"openid", "notes:read"},
	{"notes:read", "notes:write"},
	{"notes:write"},
}

// family is one of them, the newest first; nil while there is none.
func (f *flow) family(i int) *flowFamily {
	n := len(f.m.families)
	if n == 0 {
		return nil
	}
	return f.m.families[n-1-i%n]
}

// who is signed in at a browser.
func (f *flow) who(b *flowBrowser) string {
	subject := f.m.sessions[b.session]
	if subject == "" || f.m.people[subject].inactive {
		return ""
	}
	return subject
}

func (f *flow) signIn(b *flowBrowser, subject string) {
	switch f.m.sessions[b.session] {
	case subject:
		return
	case "":
	default:
		f.endSession(b.session)
	}
	b.session = b.signIn(subject)
	f.m.sessions[b.session] = subject
}

func (f *flow) authorize(part []int) {
	scopes, app, b, person, how := flowScopes[part[0]], f.apps[part[1]], f.browsers[part[2]], f.people[part[3]], part[4]
	if how == 0 && !f.m.people[person].inactive {
		f.signIn(b, person)
	}
	ask := &flowAsk{client: app.id, browser: part[2], scopes: scopes, until: f.m.now.Add(time.Hour)}
	form := authorizeParams(app.id, "scope", strings.Join(scopes, " "))
	switch how {
	case 2: // prompt=none: whatever is missing is said, and nothing waits
		form.Set("prompt", "none")
		want := f.m.advance(ask, f.who(b))
		if missing := map[string]string{"login": "login_required", "page": "consent_required"}[want]; missing != "" {
			want = missing
		}
		f.browserGot(b, ask, b.get("/oauth/authorize?"+form.Encode()), want, scopes)
	case 3: // by POST, to go on later
		want := "saved"
		if app.disabled {
			want = "invalid_client"
		}
		f.browserGot(b, ask, b.send("POST", "/oauth/authorize", form, nil), want, nil)
	default:
		f.browserGot(b, ask, b.get("/oauth/authorize?"+form.Encode()), f.m.advance(ask, f.who(b)), scopes)
	}
}

func (f *flow) answer(part []int) {
	if len(f.m.asks) == 0 {
		return
	}
	ask := f.m.asks[len(f.m.asks)-1-part[1]%len(f.m.asks)]
	at := ask.browser ^ part[2]
	b := f.browsers[at]
	want, granted := f.m.reopen(ask, at), ask.scopes
	if part[0] == 3 {
		if want == "" {
			want = f.m.advance(ask, f.who(b))
		}
		f.browserGot(b, ask, b.get(ask.path), want, granted)
		return
	}
	form := url.Values{"decision": {"allow"}}
	ticked := [][]string{ask.scopes, ask.scopes[:len(ask.scopes)/2], nil}[part[0]]
	if form["scope"] = ticked; ticked == nil {
		form.Set("decision", "deny")
	}
	if part[3] == 1 {
		form.Set("remember", "on")
	}
	if want == "" {
		want, granted = f.m.decide(ask, f.who(b), ticked, part[3] == 1)
	}
	f.browserGot(b, ask, b.post(ask.path, form), want, granted)
}

// browserGot compares what a browser was answered and keeps what came of it.
func (f *flow) browserGot(b *flowBrowser, ask *flowAsk, p *reply, want string, granted []string) {
	got, code, location := fmt.Sprint(p.StatusCode), "", p.Header.Get("Location")
	switch {
	case strings.HasPrefix(location, testCallback):
		values := p.back(testCallback)
		if got, code = values.Get("error"), values.Get("code"); code != "" {
			got += "code"
		}
	case strings.HasPrefix(location, "/login?"):
		got, location = "login", p.toLogin()
	case strings.HasPrefix(location, interactionPath):
		got = "saved"
	case p.StatusCode == http.StatusNotFound:
		got = "not found"
	case p.StatusCode == http.StatusGone:
		got = "over"
	case p.StatusCode == http.StatusBadRequest:
		got = p.errorCode()
	case strings.Contains(p.body, `action="`+interactionPath):
		got, location = "page", p.interaction()
	}
	f.agree(got, want)
	if ask.path == "" && strings.HasPrefix(location, interactionPath) {
		ask.path = location
		f.m.asks = append(f.m.asks, ask)
	}
	if code == "" {
		return
	}
	subject := f.who(b)
	family := &flowFamily{
		client: ask.client, subject: subject, session: b.session, scopes: granted, epoch: f.m.people[subject].epoch,
		created: f.m.now, code: code, codeUntil: f.m.now.Add(time.Minute),
	}
	f.must(f.tables.QueryRow("SELECT grant_id FROM oauth_codes WHERE hash = ?", models.Digest(code)).Scan(&family.id))
	f.m.families = append(f.m.families, family)
}

// takeBack looks at the apps of whoever is signed in, then takes one back, or one family of it.
func (f *flow) takeBack(part []int) {
	b, app := f.browsers[part[0]], f.apps[part[1]]
	subject, form := f.who(b), url.Values{}
	if page := b.get(appsPath); subject != "" {
		f.listed(page.want(http.StatusOK).body, subject)
	}
	which := func(family *flowFamily) bool { return family.subject == subject && family.client == app.id }
	if part[2] > 0 && f.family(part[2]-1) != nil {
		chosen := f.family(part[2] - 1)
		which = func(family *flowFamily) bool { return family == chosen && family.subject == subject }
		form.Set("family", chosen.id)
	}
	key := [2]string{subject, app.id}
	found := slices.ContainsFunc(f.m.families, func(family *flowFamily) bool { return which(family) && !family.ended && !family.gone }) ||
		!form.Has("family") && f.m.consents[key] != nil
	want := map[bool]string{true: "gone", false: "not found"}[found]
	if subject == "" {
		want = "login"
	} else {
		f.m.endAll(which)
		if !form.Has("family") {
			delete(f.m.consents, key)
		}
	}
	p := b.post(appsPath+"/"+app.id+"/revoke", form)
	got := fmt.Sprint(p.StatusCode)
	switch location := p.Header.Get("Location"); {
	case location == appsPath:
		got = "gone"
	case strings.HasPrefix(location, "/login?"):
		got = "login"
	case p.StatusCode == http.StatusNotFound:
		got = "not found"
	}
	f.agree(got, want)
}

// listed: every app that holds something alive of a person's is on the page, and none whose every family ended.
func (f *flow) listed(page, subject string) {
	for _, app := range f.apps {
		must, may := false, false
		for _, family := range f.m.families {
			if family.client == app.id && family.subject == subject {
				may = may || !family.ended && family.codeUsed
				must = must || f.m.refreshes(family) || slices.ContainsFunc(family.access, func(t *flowToken) bool { return f.m.accessLives(family, t) })
			}
		}
		if shown := strings.Contains(page, app.id); shown && !may || must && !shown {
			f.Fatalf("app %s listed: %v", app.id, shown)
		}
	}
}
