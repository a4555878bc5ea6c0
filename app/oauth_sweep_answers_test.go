package main

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"latchkey/models"
	"latchkey/views"
)

// exchanged is one answer of the program, and what it was asked.
type exchanged struct {
	routeLine
	who  string
	form bool // with its form filled in
	reply
}

func (e exchanged) String() string {
	return fmt.Sprintf("%s as %s, filled in %t (%d)", e.routeLine, e.who, e.form, e.status)
}

// evil is the site that every request of recorded claims to come from, and claims that we are.
const evil = "evil.example"

func withLies(r *http.Request) *http.Request {
	r.Host = evil
	return withHeaders(r, []string{
		"Referer: https://" + evil + "/from", "X-Forwarded-Host: " + evil, "X_Forwarded_Host: " + evil, "X-Forwarded-Proto: https",
		"X-Forwarded-Prefix: /" + evil, "X-Forwarded-Server: " + evil, "Forwarded: host=" + evil + ";proto=https",
		"X-Original-URL: https://" + evil + "/dashboard", "X-Rewrite-URL: https://" + evil + "/dashboard",
	})
}

// recorded are the answers of every route: to everybody who may look, whole and in part, and to each form empty, filled
// in, and sent again when it is spent. It is done once for each address that a site can have.
func recorded(t *testing.T, baseURL string) []exchanged {
	t.Helper()
	return record(t, baseURL).answers
}

// recording is all that came out: answers, and the mails to people who asked for one.
type recording struct {
	answers []exchanged
	mails   []models.Mail
}

func record(t *testing.T, baseURL string) recording {
	t.Helper()
	if kept, done := recordings[baseURL]; done {
		return kept
	}
	s := sqliteSweep(t, func(c *Config) { c.BaseURL = baseURL })
	forms, places := s.forms(t)
	member := forms["POST /notes"].by
	actors := map[string]*actor{"nobody": s.anyone(), "member": member, "program": s.program(s.redeem(t, member.allow(t)).Access)}
	var list []exchanged
	add := func(route routeLine, who string, form bool, a *actor, r *http.Request) {
		list = append(list, exchanged{route, who, form, a.ask(t, withLies(r))})
	}
	places["/oauth/authorize"] = s.authorizePath() + "&prompt=consent"
	for _, route := range s.lastly() {
		path := route.Path
		if known, found := places[path]; found {
			path = known
		}
		for _, who := range []string{"nobody", "member", "program"} {
			if route.reads() || who == "nobody" {
				add(route, who, false, actors[who], request(route, path))
			}
			if route.reads() {
				add(route, who, false, actors[who], withHeaders(request(route, path), []string{"HX-Request: true", "HX-Request-Type: full", "HX-Target: body"}))
			}
		}
		if form, found := forms[route.String()]; found {
			path, _, _ = strings.Cut(path, "?")
			add(route, "its sender", true, form.by, form.request(path))
			add(route, "its sender", true, form.by, form.request(path))
		}
	}
	if len(list) < 200 {
		t.Fatalf("only %d answers", len(list))
	}
	kept := recording{answers: list}
	for _, to := range []string{"fresh@example.test", "second@example.test", "admin@example.test", "changer@example.test", "lost@example.test"} {
		kept.mails = append(kept.mails, s.mails(t, to)...)
	}
	recordings[baseURL] = kept
	return kept
}

// recordings are only read once they are made.
var recordings = map[string]recording{}

const plainBase, secureBase = "http://localhost:3000", "https://id.example.test"

var formAction = regexp.MustCompile(`form-action [^;]*;`)

// TestEveryPageHasTheHeaders (T-1203): no answer of any route goes out without what shuts the browser's doors.
func TestEveryPageHasTheHeaders(t *testing.T) {
	policy := formAction.ReplaceAllString(views.ContentPolicy(""), "")
	for _, never := range []string{"unsafe-", "*", "http:"} {
		if strings.Contains(policy, never) {
			t.Errorf("the policy holds %q", never)
		}
	}
	for _, always := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(policy, always) {
			t.Errorf("the policy lacks %q", always)
		}
	}
	for _, base := range []string{plainBase, secureBase} {
		for _, e := range recorded(t, base) {
			got := e.Header.Get("Content-Security-Policy")
			isMail := e.Path == "/dev/mail/{id}" || e.Path == "/dev/ui/mails/{name}" // a page for developers, with styles of its own
			if formAction.ReplaceAllString(got, "") != policy && !isMail || len(e.Header.Values("Content-Security-Policy")) != 1 {
				t.Errorf("%s: policy %q", e, got)
			}
			if e.Header.Get("X-Content-Type-Options") != "nosniff" || e.Header.Get("X-Frame-Options") != "DENY" || e.Header.Get("Server") != "" {
				t.Errorf("%s: %v", e, e.Header)
			}
			if got := e.Header.Get("Referrer-Policy"); got != "no-referrer" && (got != "same-origin" || strings.Contains(e.Path, "{token}")) {
				t.Errorf("%s: referrer policy %q", e, got)
			}
			if opener := e.Header.Get("Cross-Origin-Opener-Policy"); opener != "same-origin" && !(opener == "" && (isMail || mayKeepOpener(e.Path))) {
				t.Errorf("%s: opener policy %q", e, opener)
			}
			if hsts := e.Header.Get("Strict-Transport-Security"); (hsts != "") != (base == secureBase) {
				t.Errorf("%s at %s: Strict-Transport-Security %q", e, base, hsts)
			}
		}
	}
}

// mayKeepOpener are the steps between a client and its code: the client may have opened them as a popup.
func mayKeepOpener(path string) bool {
	return strings.HasPrefix(path, "/oauth/") || strings.HasPrefix(path, "/account/apps")
}

// TestCookieAttributes (T-504): no cookie of any route can be read by a script, sent by another site's form, set by a
// neighbour or sent in the clear. A development machine has no https, and only for that differs.
func TestCookieAttributes(t *testing.T) {
	seen := map[string][]string{}
	for _, base := range []string{plainBase, secureBase} {
		secure := base == secureBase
		for _, e := range recorded(t, base) {
			for _, cookie := range e.Cookies() {
				name := strings.TrimPrefix(strings.TrimPrefix(cookie.Name, "__Host-"), "__Secure-")
				if !slices.Contains(seen[base], name) {
					seen[base] = append(seen[base], name)
				}
				if cookie.Name != views.CookieName(secure, name) || secure && !strings.HasPrefix(cookie.Name, "__") {
					t.Errorf("%s: cookie %s", e, cookie.Name)
				}
				path := cookie.Path == "/"
				if name == "flow" {
					path = strings.HasPrefix(cookie.Path, "/oauth/authorize/")
				}
				if !path || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Secure != secure || cookie.Domain != "" {
					t.Errorf("%s: cookie %s", e, cookie)
				}
			}
		}
		slices.Sort(seen[base])
		if got := strings.Join(seen[base], " "); got != "browser flash flow last_method login session theme view_as" {
			t.Errorf("%s: the cookies seen are %s", base, got)
		}
	}
}

// TestRedirectsAre303 (T-210): a redirect is a 303, which drops the form that led to it; and where a request claims to
// come from leads nobody anywhere.
func TestRedirectsAre303(t *testing.T) {
	redirects := 0
	for _, e := range recorded(t, plainBase) {
		if e.status >= 300 && e.status < 400 {
			redirects++
			if e.status != http.StatusSeeOther || e.place() == "" {
				t.Errorf("%s to %q", e, e.place())
			}
		}
		if strings.Contains(e.place()+e.Header.Get("HX-Redirect")+e.body, evil) {
			t.Errorf("%s follows the Referer", e)
		}
	}
	if redirects < 40 {
		t.Errorf("only %d redirects", redirects)
	}
	s := sqliteSweep(t)
	for want, r := range map[int]*http.Request{
		http.StatusNotFound: get("/nothing"), http.StatusForbidden: post("/login", "", "Sec-Fetch-Site: cross-site"),
		http.StatusUnauthorized: get("/api/me"), http.StatusUnprocessableEntity: post("/login", ""),
		http.StatusSeeOther: post("/logout", ""), http.StatusMethodNotAllowed: get("/oauth/token"),
	} {
		r.Header.Set("Referer", "https://"+evil+"/from")
		if answer := s.anyone().ask(t, r); answer.status != want || strings.Contains(answer.place()+answer.body, evil) {
			t.Errorf("%s: %d, want %d", r.URL, answer.status, want)
		}
	}
}

// TestCaching (T-1206): what a person or a program was shown is kept nowhere, a cache tells a page from its parts, and no
// page has a password in it that was typed.
func TestCaching(t *testing.T) {
	public := []string{"/static/{file}", "/healthz", "/readyz", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/oauth/jwks.json"}
	for _, e := range recorded(t, plainBase) {
		if slices.Contains(public, e.Path) {
			continue
		}
		if got := e.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: Cache-Control %q", e, got)
		}
		isPage := strings.HasPrefix(e.Header.Get("Content-Type"), "text/html") && e.status != http.StatusSeeOther && e.Header.Get("X-Fragment") != ""
		vary := strings.Join(e.Header.Values("Vary"), ", ")
		for _, name := range []string{"HX-Request", "HX-Target", "HX-Request-Type"} {
			if isPage && !slices.Contains(strings.Split(vary, ", "), name) {
				t.Errorf("%s: Vary %q lacks %s", e, vary, name)
			}
		}
		if e.form && (strings.Contains(e.body, anotherPassword) || strings.Contains(e.body, demoPassword) && e.status == http.StatusUnprocessableEntity) {
			t.Errorf("%s draws a password", e)
		}
	}
}

// TestLinksComeFromConfig (T-115): what a request says of our name, our scheme or our path is not believed: every link,
// every address of an endpoint and every mail begins with BASE_URL, and no cookie is for another host.
func TestLinksComeFromConfig(t *testing.T) {
	kept, links := record(t, secureBase), 0
	for _, e := range kept.answers {
		for name, values := range e.Header {
			if strings.Contains(strings.Join(values, " "), evil) {
				t.Errorf("%s: %s is %q", e, name, values)
			}
		}
		if strings.Contains(e.body, evil) {
			t.Errorf("%s: the body names %s", e, evil)
		}
		for _, endpoint := range regexp.MustCompile(`"(?:issuer|[a-z_]+_endpoint|jwks_uri)":"([^"]*)"`).FindAllStringSubmatch(e.body, -1) {
			links++
			if !strings.HasPrefix(endpoint[1], secureBase) {
				t.Errorf("%s: %s", e, endpoint[0])
			}
		}
	}
	if len(kept.mails) < 5 {
		t.Errorf("only %d mails", len(kept.mails))
	}
	for _, mail := range kept.mails {
		for _, link := range mailLink.FindAllString(mail.Text+" "+mail.HTML, -1) {
			links++
			if !strings.HasPrefix(link, secureBase+"/") && !strings.HasPrefix(link, "http://www.w3.org/") {
				t.Errorf("%s: %s", mail.Subject, link)
			}
		}
	}
	if links < 30 {
		t.Errorf("only %d links", links)
	}
}
