package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/models/modelstest"
)

// raw sends a request line that no client would write.
func (s *sweep) raw(t *testing.T, method, target string, headers ...string) reply {
	t.Helper()
	s.send(t, get("/healthz")) // listens from then on
	conn, err := net.DialTimeout("tcp", listeners[s.house], patience)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	lines := strings.Join(append(headers, ""), "\r\n")
	fmt.Fprintf(conn, "%s %s HTTP/1.1\r\n"+lines+"Host: localhost:3000\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n\r\n", method, target)
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	defer answer.Body.Close()
	return reply{answer, answer.StatusCode, bodyOf(t, answer)}
}

// TestMethodIsTheMethod (T-112): a route answers to its own methods, and nothing in a request turns one into another.
func TestMethodIsTheMethod(t *testing.T) {
	s := sqliteSweep(t)
	member := s.enter(t, "member@example.test")
	places := s.places(t, member)
	forms := map[string]bool{}
	for _, route := range s.routeTable() {
		forms[route.Path] = forms[route.Path] || route.writes()
	}
	before := modelstest.Digest(t, s.pool)
	for _, route := range s.routeTable() {
		path := pathOf(t, route, places)
		for _, method := range []string{"PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"} {
			r := post(path, "decision=allow&title=x&name=x")
			r.Method = method
			if answer := member.ask(t, r); answer.status != http.StatusMethodNotAllowed && answer.status != http.StatusNotFound {
				t.Errorf("%s %s: %d", method, route.Path, answer.status)
			}
		}
		if answer := s.raw(t, "CONNECT", path); answer.status != http.StatusMethodNotAllowed && answer.status != http.StatusNotFound {
			t.Errorf("CONNECT %s: %d", route.Path, answer.status)
		}
		if !route.reads() || !forms[route.Path] {
			continue
		}
		plain := member.ask(t, get(path))
		for _, method := range []string{"POST", "DELETE", "PUT"} {
			disguised := get(path+"?_method="+method, "X-HTTP-Method-Override: "+method, "X-HTTP-Method: "+method, "X-Method-Override: "+method)
			if answer := member.ask(t, disguised); answer.status != plain.status {
				t.Errorf("GET %s disguised as %s: %d, undisguised %d", route.Path, method, answer.status, plain.status)
			}
		}
	}
	s.checkInert(t, before, "a method that is not the route's")
	if answer := member.ask(t, post("/notes", "title=Kept&_method=DELETE", "X-HTTP-Method-Override: DELETE")); answer.place() != "/notes" {
		t.Errorf("POST /notes: %d", answer.status)
	}
}

// TestExemptRoutesIgnoreCookies (T-114): what takes forms from other sites knows no cookie: a browser that is made to
// send one brings nothing that counts. With a proof in the request itself it answers.
func TestExemptRoutesIgnoreCookies(t *testing.T) {
	s := sqliteSweep(t)
	forms, _ := s.forms(t)
	exempt := sameOrigin{exempt: exemptPaths}
	asked := 0
	before := modelstest.Digest(t, s.pool)
	for _, route := range s.routeTable() {
		if !exempt.isExempt(route.Path) || isOAuthPage(route.Path) {
			continue
		}
		asked++
		r := get(route.Path, "Sec-Fetch-Site: cross-site")
		if route.writes() {
			r = forms[route.String()].request(route.Path)
			r.Header.Set("Sec-Fetch-Site", "cross-site")
		}
		member := &actor{s: s, cookies: forms["POST /notes"].by.cookies}
		if answer := member.ask(t, r); answer.status != http.StatusUnauthorized || len(answer.Cookies()) > 0 {
			t.Errorf("%s with a cookie alone: %d", route, answer.status)
		}
	}
	s.checkInert(t, before, "a cookie alone")
	for _, name := range []string{"POST /oauth/token", "POST /oauth/userinfo", "POST /oauth/introspect", "POST /oauth/revoke"} {
		_, path, _ := strings.Cut(name, " ")
		if answer := forms[name].by.ask(t, forms[name].request(path)); answer.status != http.StatusOK {
			t.Errorf("%s with its proof: %d", name, answer.status)
		}
	}
	if asked < 8 {
		t.Errorf("only %d exempt routes", asked)
	}
}

// TestPathSpellings (T-116): a guard cannot be walked around by writing the address in another way.
func TestPathSpellings(t *testing.T) {
	s := sqliteSweep(t)
	member := s.enter(t, "member@example.test")
	places := s.places(t, member)
	table := s.answers(t)
	guarded := 0
	for _, route := range s.routeTable() {
		if answer := table[route.String()][asNobody]; answer != "login" && answer != "401" || strings.HasPrefix(route.Path, "/password/") {
			continue
		}
		guarded++
		path := pathOf(t, route, places)
		for _, spelling := range []string{
			path, strings.ToUpper(path), path + "/", "/" + path, "/." + path, "/x/.." + path, "/%2e" + path, "/%" + fmt.Sprintf("%x", path[1]) + path[2:],
			path + "%2f", path + ";x", path + "%00", path + "?x", path + "#x", path + "%20", path + "\\", "http://localhost:3000" + path, "http://" + evil + path,
		} {
			answer := s.raw(t, route.Method, spelling)
			refused := answer.inWords() == "login" || slices.Contains([]int{400, 401, 404, 405}, answer.status)
			if !refused {
				t.Errorf("%s as %s: %d to %q", route, spelling, answer.status, answer.place())
			}
		}
		if table[route.String()][asOwner] == "200" {
			s.oneSpelling(t, member, route, path)
		}
	}
	if guarded < 20 {
		t.Errorf("only %d guarded routes", guarded)
	}
}

// oneSpelling: who may see a page sees it at its own address, and not at one that looks like it.
func (s *sweep) oneSpelling(t *testing.T, member *actor, route routeLine, path string) {
	t.Helper()
	var cookies []string
	for _, cookie := range member.cookies {
		cookies = append(cookies, cookie.Name+"="+cookie.Value)
	}
	line := "Cookie: " + strings.Join(cookies, "; ")
	if answer := s.raw(t, route.Method, path, line); answer.status != http.StatusOK {
		t.Errorf("%s: %d", route, answer.status)
	}
	for _, spelling := range []string{strings.ToUpper(path), path + "/", path + "%2f", path + ";x", path + "%00", path + "%20"} {
		if answer := s.raw(t, route.Method, spelling, line); answer.status != http.StatusNotFound && answer.status != http.StatusBadRequest {
			t.Errorf("%s as %s: %d", route, spelling, answer.status)
		}
	}
}

// TestHTMXHeadersGrantNothing (T-119): htmx's headers choose how much of a page is sent. They open nothing, they change
// nothing of what a form does, and nothing of what they say comes back.
func TestHTMXHeadersGrantNothing(t *testing.T) {
	s := sqliteSweep(t)
	s.logTo(io.Discard)
	forms, places := s.forms(t)
	member := forms["POST /notes"].by
	hostile := []string{"HX-Request: true", "HX-Boosted: true", "HX-Target: div#" + evil, "HX-Current-URL: https://" + evil + "/x", "HX-Trigger: " + evil}
	for _, route := range only(s.lastly(), routeLine.reads) {
		path := pathOf(t, route, places)
		for who, a := range map[string]*actor{"nobody": s.anyone(), "member": member} {
			plain := a.ask(t, get(path))
			whole := a.ask(t, get(path, hostile...))
			part := a.ask(t, get(path, append(hostile, "HX-Request-Type: partial")...))
			if got := whole.inWords(); got != plain.inWords() {
				t.Errorf("GET %s as %s: %s, without htmx %s", path, who, got, plain.inWords())
			}
			// A part that the page does not have is a mistake of who asks, and then nothing of the page is sent.
			if got := part.inWords(); got != plain.inWords() && got != "400" || got == "400" && strings.Contains(part.body, "<form") {
				t.Errorf("GET %s as %s, a part: %s, without htmx %s", path, who, got, plain.inWords())
			}
			for _, answer := range []reply{whole, part} {
				if strings.Contains(fmt.Sprint(answer.Header)+answer.body, evil) {
					t.Errorf("GET %s as %s echoes a header", path, who)
				}
			}
		}
	}
	for _, route := range only(s.lastly(), routeLine.writes) {
		form := forms[route.String()]
		path := pathOf(t, route, places)
		before := modelstest.Digest(t, s.pool)
		answer := form.by.ask(t, withHeaders(form.request(path), hostile))
		if got := answer.inWords(); got != form.want {
			t.Errorf("%s: %s, without htmx %s", route, got, form.want)
		}
		if changed := s.changedSince(t, before); changed != form.changes {
			t.Errorf("%s changed %q, without htmx %q", route, changed, form.changes)
		}
		if strings.Contains(fmt.Sprint(answer.Header)+answer.body, evil) {
			t.Errorf("%s echoes a header", route)
		}
	}
}

// TestOtherOriginsCannotRead (T-120): no answer may be read by a script of another site, whatever name it gives.
func TestOtherOriginsCannotRead(t *testing.T) {
	s := sqliteSweep(t)
	member := s.enter(t, "member@example.test")
	places := s.places(t, member)
	base, _ := url.Parse(s.config.BaseURL)
	for _, route := range s.routeTable() {
		path := pathOf(t, route, places)
		for _, origin := range []string{"https://" + evil, "null", s.config.BaseURL + "." + evil, "http://" + evil + "." + base.Host, s.config.demoClientURL()} {
			preflight := get(path, "Origin: "+origin, "Access-Control-Request-Method: "+route.Method, "Access-Control-Request-Headers: authorization")
			preflight.Method = http.MethodOptions
			simple := request(route, path)
			simple.Header.Set("Origin", origin)
			for _, r := range []*http.Request{simple, preflight} {
				for name, values := range member.ask(t, r).Header {
					if strings.HasPrefix(name, "Access-Control-") {
						t.Errorf("%s %s for %s: %s is %q", r.Method, path, origin, name, values)
					}
				}
			}
		}
	}
}
