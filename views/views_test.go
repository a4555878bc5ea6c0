package views

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"
)

// allPages are the samples and the two galleries.
func allPages() []Sample {
	developer := Page{Path: "/dev/ui", Dev: true}
	return append(Samples(),
		Sample{Name: "gallery", Page: developer.in(Gallery())},
		Sample{Name: "gallery-mails", Page: developer.in(MailGallery())},
	)
}

func source(t *testing.T, page templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := page.Render(context.Background(), &b); err != nil {
		t.Fatalf("draw: %v", err)
	}
	return b.String()
}

func parse(t *testing.T, source string) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(source))
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	return doc
}

// check runs a rule over every page. A rule returns what it found wrong; planted is a page that must not pass.
func check(t *testing.T, rule func(s Sample, source string, doc *html.Node) []string, planted ...string) {
	t.Helper()
	for _, s := range allPages() {
		src := source(t, s.Page)
		for _, problem := range rule(s, src, parse(t, src)) {
			t.Errorf("%s: %s", s.Name, problem)
		}
	}
	for _, bad := range planted {
		if len(rule(Sample{Name: "planted", TokenPage: true, Page: templ.Raw(bad)}, bad, parse(t, bad))) == 0 {
			t.Errorf("the rule lets this pass: %s", bad)
		}
	}
}

func TestEveryPageIsWellFormed(t *testing.T) {
	const frame = `<!doctype html><html lang="en"><head><title>x</title></head><body><a href="#main">Skip</a><div id="flash"></div><main id="main"><h1>x</h1>%s</main><footer></footer><div id="announce"></div><div id="toasts"></div><dialog id="dialog"></dialog></body></html>`
	plant := func(content string) string { return fmt.Sprintf(frame, content) }
	if problems := wellFormed(Sample{}, plant(""), parse(t, plant(""))); len(problems) > 0 {
		t.Fatalf("the frame of the planted pages is wrong itself: %v", problems)
	}
	check(t, wellFormed,
		plant(`<h1>two</h1>`), plant(`<h3>skipped</h3>`), plant(`<p><b>unclosed</p>`), plant(`<input id="a" name="a">`),
		plant(`<label for="nobody">x</label>`), plant(`<i id="main"></i>`), plant(`<p aria-describedby="nobody"></p>`),
		plant(`<nav>unnamed</nav>`), plant(`<button type="button"></button>`), plant(`<table><tbody><tr><td>x</td></tr></tbody></table>`),
		plant(`<label for="p">x</label><input id="p" name="p" type="password">`), strings.Replace(plant(""), `lang="en"`, "", 1),
	)
}

func TestTitlesAreUnique(t *testing.T) {
	heading := map[string]string{}
	for _, s := range allPages() {
		doc := parse(t, source(t, s.Page))
		title := strings.TrimPrefix(text(first(doc, "title")), "Error: ")
		h1 := text(first(doc, "h1"))
		if strings.HasPrefix(h1, "Hello") {
			h1 = "Hello" // the greeting differs, the page does not
		}
		if other, taken := heading[title]; taken && other != h1 {
			t.Errorf("%s: the title %q is also that of the page %q", s.Name, title, other)
		}
		heading[title] = h1
	}
}

// wellFormed is what a page must be for a browser and for assistive technology, as far as markup alone shows it.
func wellFormed(_ Sample, source string, doc *html.Node) (problems []string) {
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	problems = append(problems, unbalanced(source)...)
	if attr(first(doc, "html"), "lang") != "en" {
		say("no language")
	}
	if text(first(doc, "title")) == "" {
		say("no title")
	}
	ids, order := map[string]bool{}, []string{}
	level, h1 := 1, 0
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if id := attr(n, "id"); id != "" {
			if ids[id] {
				say("id %q twice", id)
			}
			ids[id] = true
			if slices.Contains([]string{"flash", "main", "announce", "toasts", "dialog"}, id) {
				order = append(order, id)
			}
		}
		if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
			next := int(n.Data[1] - '0')
			if next == 1 {
				h1++
			}
			if next > level+1 {
				say("%s after h%d: %q", n.Data, level, text(n))
			}
			level = next
		}
	}
	if h1 != 1 {
		say("%d h1", h1)
	}
	if want := "flash main announce toasts dialog"; strings.Join(order, " ") != want {
		say("the fixed places are %q, not %q", order, want)
	}
	if skip := first(first(doc, "body"), "a"); attr(skip, "href") != "#main" {
		say("the first link does not skip to the content")
	}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			problems = append(problems, named(n, doc, ids)...)
		}
	}
	return problems
}

// named checks that an element has the name and the references it needs.
func named(n, doc *html.Node, ids map[string]bool) (problems []string) {
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	for _, key := range []string{"for", "aria-describedby", "aria-labelledby", "aria-controls", "popovertarget"} {
		for _, id := range strings.Fields(attr(n, key)) {
			if !ids[id] && id != "dialog-title" { // the dialog gets its title with its content
				say("%s of <%s> leads to no element: %q", key, n.Data, id)
			}
		}
	}
	switch n.Data {
	case "input", "textarea", "select":
		if attr(n, "type") == "hidden" || has(n, "hidden") {
			break
		}
		if !slices.ContainsFunc(all(doc, "label"), func(l *html.Node) bool { return attr(l, "for") == attr(n, "id") && text(l) != "" }) {
			say("no label for %q", attr(n, "name"))
		}
		if slices.Contains([]string{"password", "email"}, attr(n, "type")) && attr(n, "autocomplete") == "" && !strings.HasPrefix(attr(n, "id"), "g-") {
			say("no autocomplete on %q", attr(n, "name"))
		}
		if attr(n, "type") == "password" && has(n, "value") {
			say("a password is drawn")
		}
	case "button", "a":
		if text(n) == "" && attr(n, "aria-label") == "" {
			say("<%s> without a name", n.Data)
		}
	case "nav":
		if attr(n, "aria-label") == "" {
			say("a <nav> without a name")
		}
	case "table":
		if first(n, "caption") == nil || first(n, "th") == nil {
			say("a table without caption or heads")
		}
	case "img":
		say("an <img>: icons are inline, pictures need a component")
	}
	return problems
}

var void = map[string]bool{"area": true, "base": true, "br": true, "col": true, "hr": true, "img": true, "input": true, "link": true, "meta": true, "source": true, "wbr": true}

// unbalanced finds end tags that close another element: a parser would silently mend them.
func unbalanced(source string) []string {
	var open []string
	z := html.NewTokenizer(strings.NewReader(source))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if z.Err() == io.EOF && len(open) == 0 {
				return nil
			}
			return []string{fmt.Sprintf("open at the end: %v", open)}
		case html.StartTagToken:
			if name, _ := z.TagName(); !void[string(name)] {
				open = append(open, string(name))
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if len(open) == 0 || open[len(open)-1] != string(name) {
				return []string{fmt.Sprintf("</%s> closes %v", name, open)}
			}
			open = open[:len(open)-1]
		}
	}
}

// TestRowsThatOpenRecordsAskNothing (D-06): where a row of a list opens a record, what can be done to it stands there.
func TestRowsThatOpenRecordsAskNothing(t *testing.T) {
	check(t, func(_ Sample, _ string, doc *html.Node) (problems []string) {
		for _, row := range all(doc, "tr") {
			record := attr(first(first(row, "th"), "a"), "href")
			if !strings.HasPrefix(record, adminPath+"/") || strings.Contains(record, "?") {
				continue
			}
			for n := range row.Descendants() {
				if n.Data == "button" || n.Data == "form" || attr(n, "hx-target") == "#dialog" {
					problems = append(problems, fmt.Sprintf("the row of %s has <%s id=%q>", record, n.Data, attr(n, "id")))
				}
			}
		}
		return problems
	}, `<table><tbody><tr><th><a href="/admin/x/1">x</a></th><td><a id="a" href="/admin/x/1/revoke" hx-target="#dialog">Revoke</a></td></tr></tbody></table>`)
}

func TestNoInlineScriptOrStyle(t *testing.T) {
	check(t, func(_ Sample, _ string, doc *html.Node) (problems []string) {
		for n := range doc.Descendants() {
			if n.Data == "style" || n.Data == "script" && attr(n, "src") == "" {
				problems = append(problems, "inline <"+n.Data+">")
			}
			for _, a := range n.Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(strings.ToLower(a.Val), "javascript:") {
					problems = append(problems, fmt.Sprintf("<%s %s=%q>", n.Data, a.Key, a.Val))
				}
			}
		}
		return problems
	}, `<style>a{}</style>`, `<script>1</script>`, `<p style="x">`, `<p onclick="x">`, `<a href="JavaScript:x">x</a>`)
}

func TestNoEvalAttributes(t *testing.T) {
	banned := regexp.MustCompile(`^(hx-on|hx-disable|hx-delete|hx-boost|formaction)|:inherited$`)
	check(t, func(_ Sample, _ string, doc *html.Node) (problems []string) {
		for n := range doc.Descendants() {
			for _, a := range n.Attr {
				evaluated := strings.HasPrefix(a.Key, "hx-") && (strings.HasPrefix(a.Val, "js:") || strings.HasPrefix(a.Val, "javascript:"))
				if banned.MatchString(a.Key) || evaluated || a.Key == "hx-trigger" && strings.Contains(a.Val, "[") {
					problems = append(problems, fmt.Sprintf("<%s %s=%q>", n.Data, a.Key, a.Val))
				}
			}
		}
		return problems
	}, `<p hx-on:click="x">`, `<p hx-vals="js:{}">`, `<p hx-trigger="click[ctrlKey]">`, `<p hx-disable="this">`, `<p hx-target:inherited="#a">`)
}

func TestTokenPagesCarryNoHtmx(t *testing.T) {
	check(t, func(s Sample, _ string, doc *html.Node) (problems []string) {
		leaves := func(n *html.Node) bool { // consent, logout and "cancel" leave our origin
			return n.Data == "form" && regexp.MustCompile(`^/oauth/`).MatchString(attr(n, "action"))
		}
		for n := range doc.Descendants() {
			if usesHtmx(n) && (s.TokenPage || leaves(n)) {
				problems = append(problems, fmt.Sprintf("<%s id=%q> uses htmx", n.Data, attr(n, "id")))
			}
		}
		return problems
	}, `<form id="a" hx-post="/x"></form>`)
}

func TestEveryHtmxElementHasAnID(t *testing.T) {
	check(t, func(_ Sample, _ string, doc *html.Node) (problems []string) {
		for n := range doc.Descendants() {
			if usesHtmx(n) && attr(n, "id") == "" {
				problems = append(problems, fmt.Sprintf("<%s> uses htmx and has no id", n.Data))
			}
			if target := attr(n, "hx-target"); target != "" && !regexp.MustCompile(`^#[a-z][a-z0-9-]*$`).MatchString(target) {
				problems = append(problems, "target "+target)
			}
		}
		return problems
	}, `<form hx-post="/x"></form>`, `<a id="a" hx-get="/x" hx-target="closest div">x</a>`)
}

func TestEveryTargetIsAFragment(t *testing.T) {
	confirm, _ := SampleByName("remove-authenticator")
	check(t, func(s Sample, _ string, doc *html.Node) (problems []string) {
		if strings.HasPrefix(s.Name, "gallery") {
			return nil // shows parts of pages away from their page
		}
		for n := range doc.Descendants() {
			if !usesHtmx(n) {
				continue
			}
			name, page := attr(n, "id"), s.Page
			if target := attr(n, "hx-target"); target != "" {
				name = strings.TrimPrefix(target, "#")
			}
			if name == "dialog" {
				page = confirm.Page
			}
			body, mark, err := draw(context.Background(), name, page, nil)
			if err != nil || mark != name {
				problems = append(problems, fmt.Sprintf("no fragment %q: %v", name, err))
			} else if name != "dialog" && bytes.Count(body, []byte(`id="`+name+`"`)) != 1 {
				problems = append(problems, fmt.Sprintf("the fragment %q does not hold its element", name))
			}
		}
		return problems
	}, `<form id="nowhere" hx-post="/x"></form>`)
}

func usesHtmx(n *html.Node) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return strings.HasPrefix(a.Key, "hx-") })
}

func attr(n *html.Node, key string) string {
	if n != nil {
		for _, a := range n.Attr {
			if a.Key == key {
				return a.Val
			}
		}
	}
	return ""
}

func has(n *html.Node, key string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
}

func all(root *html.Node, name string) (found []*html.Node) {
	if root == nil {
		return nil
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == name {
			found = append(found, n)
		}
	}
	return found
}

func first(root *html.Node, name string) *html.Node {
	if found := all(root, name); len(found) > 0 {
		return found[0]
	}
	return nil
}

// text is what an element says, with single spaces.
func text(n *html.Node) string {
	if n == nil {
		return ""
	}
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
