package main

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"

	"latchkey/auth"
	"latchkey/models/modelstest"
)

// The ends of each text, by which it is found on a page.
const from, to = "qqa", "zqq"

// harmless is the text with nothing in it that could mean something to a browser, and as long: to the rules of the forms
// it is as good or as bad.
func harmless(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != ' ' {
			return 'x'
		}
		return r
	}, text)
}

// hostileMarkup are texts that would be an element, an attribute or a script of their own on a page that wrote them down
// as they are. The names give them away.
var hostileMarkup = []string{
	`<xss>`, `</title><xss>`, `</textarea><xss>`, `</script><script>xss()</script>`, `<xss onxss=1>`, `"><xss>`, `'><xss>`, `" onxss="1`, `' onxss='1`, `" autofocus onxss=1 x="`, "` onxss=1", `<img src=x onxss=1>`,
	`<svg/onload=xss()>`, `<svg><script>xss()</script></svg>`, `<math><xss>`, `<xss/`, `<`, `>`, `"`, `'`, `&`, `&lt;xss&gt;`, `&#60;xss&#62;`, `&quot; onxss=1`, `&amp;lt;xss>`, `javascript:xss()`, `JaVaScRiPt:xss()`, `data:text/html,<xss>`, `vbscript:xss()`,
	`<!--<xss>-->`, `--><xss>`, `]]><xss>`, `<![CDATA[<xss>]]>`, `{{7*7}}`, `${7*7}`, `<%= 7*7 %>`, `{ xss }`, `\u003cxss\u003e`, `%3Cxss%3E`, "\u202e<xss>", "a\u200b\u2028b", "＜xss＞", `<a href=javascript:xss()>`, `<base href=//evil.example>`,
	`<meta http-equiv=refresh content=0>`, `<iframe srcdoc="<xss>">`, `<template><xss>`, `<plaintext>`, `<form action=//evil.example>`, `+ADw-xss+AD4-`,
}

// echoed is a page that shows what was typed, or what was kept of it.
type echoed struct {
	name  string
	ask   func(text string) *http.Request
	kept  bool // by the first request, and shown by the page that follows
	loose bool // shown as a part of an address, or not at all: looked at for traces of markup alone
}

// echoes are the forms of sign-in and product with everything but the text such that they come back, and what is shown
// of what they keep.
func echoes() []echoed {
	form := func(path string, pairs ...string) func(string) *http.Request {
		return func(text string) *http.Request {
			values := url.Values{}
			for i := 0; i < len(pairs); i += 2 {
				values.Set(pairs[i], strings.ReplaceAll(pairs[i+1], "TEXT", text))
			}
			return post(path, values.Encode())
		}
	}
	page := func(path, name string) func(string) *http.Request {
		return func(text string) *http.Request { return get(path + "?" + name + "=" + url.QueryEscape(text)) }
	}
	return []echoed{
		{name: "login, address", ask: form("/login", "email", "TEXT", "password", "x")},
		{name: "login, password", loose: true, ask: form("/login", "email", "", "password", "TEXT")},
		{name: "login, way back", loose: true, ask: form("/login", "email", "", "password", "x", "return_to", "/notes?q=TEXT")},
		{name: "login, page", ask: page("/login", "login_hint")},
		{name: "login, page, way back", loose: true, ask: page("/login", "return_to")},
		{name: "sign-up, address", ask: form("/signup", "email", "TEXT", "password", "x")},
		{name: "sign-up, name", ask: form("/signup", "email", "no address", "password", "x", "name", "TEXT")},
		{name: "sign-up, way back", loose: true, ask: form("/signup", "email", "", "password", "x", "return_to", "TEXT")},
		{name: "forgot, address", ask: form("/password/forgot", "email", "TEXT")},
		{name: "sign-in link, address", ask: form("/login/link", "email", "TEXT")},
		{name: "sign-in link, way back", loose: true, ask: form("/login/link", "email", "", "return_to", "/notes?q=TEXT")},
		{name: "sign-in link, code", loose: true, ask: form("/login/link/code", "code", "TEXT")},
		{name: "sign-in link", loose: true, ask: func(text string) *http.Request { return get("/login/link/" + url.PathEscape(text)) }},
		{name: "reset code", loose: true, ask: form("/password/reset", "code", "TEXT")},
		{name: "code", loose: true, ask: form("/verify-email", "code", "TEXT")},
		{name: "reset link", loose: true, ask: func(text string) *http.Request { return get("/password/reset/" + url.PathEscape(text)) }},
		{name: "verify link", loose: true, ask: func(text string) *http.Request { return get("/verify-email/" + url.PathEscape(text)) }},
		{name: "unknown page", loose: true, ask: func(text string) *http.Request { return get("/unknown/" + url.PathEscape(text)) }},
		{name: "confirm, way back", loose: true, ask: form("/reauth", "password", "x", "return_to", "TEXT")},
		{name: "password", loose: true, ask: form("/account/password", "current_password", "TEXT", "password", "TEXT")},
		{name: "theme", loose: true, ask: form("/theme", "theme", "TEXT")},
		{name: "note, title", ask: form("/notes", "title", "TEXT", "body", strings.Repeat("x", 5001))},
		{name: "note, body", ask: form("/notes", "title", "", "body", "TEXT")},
		{name: "notes, place", loose: true, ask: page("/notes", "older")},
		{name: "note kept", ask: form("/notes", "title", "TEXT", "body", "a TEXT b"), kept: true},
		{name: "name kept", ask: form("/account/profile", "name", "TEXT"), kept: true},
		{name: "mail, to", loose: true, ask: page("/dev/mail", "to")},
		{name: "htmx, where it came from", loose: true, ask: func(text string) *http.Request {
			r := get("/login")
			r.Header.Set("HX-Request", "true")
			r.Header.Set("HX-Current-URL", url.PathEscape(text))
			return r
		}},
	}
}

// TestEchoIsText (T-1201): whatever text a form takes, it comes back as text: the page has the same elements and
// attributes as with a harmless value, and where that stood the text stands, byte for byte. As a page and as a part.
func TestEchoIsText(t *testing.T) {
	h := insideHouse(t)
	pool := modelstest.SQL(t, h.db)
	h.forget = func() {
		if _, err := pool.ExecContext(t.Context(), "DELETE FROM notes"); err != nil {
			t.Fatal(err)
		}
	}
	shown := map[string]int{}
	for _, e := range echoes() {
		for i, text := range hostileMarkup {
			shown[e.name] += h.compare(t, e, text, i%2 == 1)
		}
	}
	for _, e := range echoes() {
		if !e.loose && shown[e.name] < len(hostileMarkup)*3/4 { // some rules refuse some of them
			t.Errorf("%s: the text was shown %d times: the comparison sees nothing", e.name, shown[e.name])
		}
	}
	twin, planted := from+"xxssx"+to, from+"<xss>"+to
	want := nodesOf("<p>" + twin + "</p>")
	if problem := differs(want, nodesOf("<p>"+html.EscapeString(planted)+"</p>"), twin, planted); problem != "" {
		t.Errorf("what is right is wrong: %s", problem)
	}
	for _, bad := range []string{"<p>" + planted + "</p>", "<p>" + twin + "</p>", "<p></p>", `<p title="x">` + html.EscapeString(planted) + "</p>", "<p>" + html.EscapeString(html.EscapeString(planted)) + "</p>"} {
		if differs(want, nodesOf(bad), twin, planted) == "" {
			t.Errorf("%s is not noticed", bad)
		}
	}
	for _, bad := range []string{"<xss>", "<p onxss=1>", "<a href=javascript:x>", "<base>"} {
		if traces(nodesOf(bad)) == "" {
			t.Errorf("%s is not noticed", bad)
		}
	}
}

// FuzzEcho (T-1908): the same for texts that nobody thought of, at the form that everybody may send.
func FuzzEcho(f *testing.F) {
	for _, text := range hostileMarkup {
		f.Add(text)
	}
	h := insideHouse(f)
	signUp := echoes()[slices.IndexFunc(echoes(), func(e echoed) bool { return e.name == "sign-up, name" })]
	f.Fuzz(func(t *testing.T, text string) { h.compare(t, signUp, text, false) })
}

// inhabited is a house with somebody signed in.
type inhabited struct {
	*house
	cookie string
	forget func() // the notes
}

func insideHouse(t testing.TB) *inhabited {
	t.Helper()
	h := &inhabited{house: testHouse(t), forget: func() {}}
	if _, err := h.people.CreateUser(t.Context(), auth.NewUser{Email: "ada@example.test", Password: "correct horse battery 9", Verified: true}); err != nil {
		t.Fatal(err)
	}
	for _, cookie := range h.send(t, post("/login", "email=ada@example.test&password=correct+horse+battery+9")).Cookies() {
		if cookie.Name == "session" {
			h.cookie = cookie.Name + "=" + cookie.Value
		}
	}
	if h.cookie == "" {
		t.Fatal("no session")
	}
	return h
}

// compare asks with a text and with its harmless twin, and says how often the text was shown.
func (h *inhabited) compare(t testing.TB, e echoed, text string, part bool) (shown int) {
	t.Helper()
	twin := from + harmless(text) + to
	if !e.loose {
		text = from + text + to
	}
	status, got := h.echo(t, e, text, part)
	problem := traces(got)
	if !e.loose && problem == "" {
		if wantStatus, want := h.echo(t, e, twin, part); status == wantStatus {
			problem = differs(want, got, twin, text)
		}
	}
	if problem != "" || status >= 500 {
		t.Errorf("%s with %q: %d, %s", e.name, text, status, problem)
	}
	for _, n := range got {
		if slices.ContainsFunc(textsOf(n), func(own string) bool { return strings.Contains(own, text) }) {
			shown = 1
		}
	}
	return shown
}

// echo asks with a text. Of what is kept it shows the page that tells of it, and forgets the notes again.
func (h *inhabited) echo(t testing.TB, e echoed, text string, part bool) (status int, nodes []*html.Node) {
	t.Helper()
	r := e.ask(text)
	path := r.URL.Path
	if !strings.HasPrefix(e.name, "sign-up") && !strings.HasPrefix(e.name, "login") { // those are for who is not inside
		r.Header.Set("Cookie", h.cookie)
	}
	if part {
		for _, header := range [][2]string{{"HX-Request", "true"}, {"HX-Request-Type", "partial"}, {"HX-Target", "form#" + partOf[path]}} {
			r.Header.Set(header[0], header[1])
		}
	}
	answer := h.send(t, r)
	body := bodyOf(t, answer)
	if e.kept && answer.StatusCode < 400 {
		answer = h.send(t, get(path, "Cookie: "+h.cookie))
		body = bodyOf(t, answer)
		h.forget()
	}
	return answer.StatusCode, nodesOf(body)
}

// partOf is the form that a page's answer is a part of.
var partOf = map[string]string{
	"/login": "login", "/signup": "signup", "/password/forgot": "forgot-password", "/login/link": "link-request", "/reauth": "reauth", "/notes": "note", "/account/profile": "profile",
}

// traces names what no page of ours has.
func traces(nodes []*html.Node) string {
	for _, n := range nodes {
		if slices.Contains([]string{"xss", "plaintext", "base", "iframe", "math"}, n.Data) && n.Type == html.ElementNode {
			return "an element <" + n.Data + ">"
		}
		for _, a := range n.Attr {
			value := strings.ToLower(strings.TrimSpace(a.Val))
			leads := slices.Contains([]string{"href", "src", "action", "hx-get", "hx-post"}, a.Key)
			if strings.HasPrefix(a.Key, "on") || leads && (strings.HasPrefix(value, "javascript:") || strings.HasPrefix(value, "data:") || strings.HasPrefix(value, "vbscript:")) {
				return "an attribute " + a.Key + "=" + a.Val
			}
		}
	}
	return ""
}

// differs compares two pages node by node: they are the same, but that one has the text where the other has its twin.
func differs(want, got []*html.Node, twin, text string) string {
	if len(want) != len(got) {
		return "another tree"
	}
	for i, w := range want {
		g := got[i]
		if w.Type != g.Type || w.Type == html.ElementNode && w.Data != g.Data || len(w.Attr) != len(g.Attr) {
			return "another <" + w.Data + ">: <" + g.Data + ">"
		}
		before, after := textsOf(w), textsOf(g)
		for j := range before {
			if j < len(w.Attr) && w.Attr[j].Key != g.Attr[j].Key {
				return "another attribute " + g.Attr[j].Key
			}
			if expected := strings.ReplaceAll(before[j], twin, text); strings.Contains(before[j], twin) && after[j] != expected && after[j] != strings.ReplaceAll(before[j], twin, url.QueryEscape(text)) {
				return "where " + before[j] + " stood there is " + after[j]
			}
		}
	}
	return ""
}

func nodesOf(body string) (nodes []*html.Node) {
	tree, err := html.Parse(strings.NewReader(body))
	if err != nil {
		return nil
	}
	return slices.Collect(tree.Descendants())
}

// textsOf are the values of a node's attributes, and its own text.
func textsOf(n *html.Node) (texts []string) {
	for _, a := range n.Attr {
		texts = append(texts, a.Val)
	}
	if n.Type == html.TextNode {
		texts = append(texts, n.Data)
	}
	return texts
}
