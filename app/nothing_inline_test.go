package main

import (
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"latchkey/views"
)

// TestNothingInline (T-1205): no page, as it is sent, holds a script, a style or a handler of its own, an expression for
// htmx, a resource of somebody else's or a link that gives its window away; and no template writes text unescaped.
func TestNothingInline(t *testing.T) {
	h := insideHouse(t)
	pages := []string{"/", "/login", "/signup", "/verify-email", "/password/forgot", "/password/reset", "/password/reset/x", "/login/link", "/login/link/code", "/login/link/x", "/reauth", "/account", "/account/profile", "/account/password", "/account/passkeys", "/account/sessions", "/dashboard", "/notes", "/nothing", "/dev", "/dev/mail", "/dev/ui", "/dev/ui/mails"}
	for _, sample := range views.Samples() {
		pages = append(pages, "/dev/ui/"+sample.Name)
	}
	for _, path := range pages {
		for _, who := range []string{"", h.cookie} {
			answer := h.send(t, get(path, "Cookie: "+who))
			if answer.StatusCode == http.StatusSeeOther {
				continue
			}
			body := bodyOf(t, answer)
			if !strings.Contains(body, "<title>") {
				t.Errorf("%s is no page: %.100s", path, body)
			}
			for _, problem := range inline(parsePage(t, body)) {
				t.Errorf("%s: %s", path, problem)
			}
		}
	}
	for _, bad := range []string{
		`<script>1</script>`, `<style>a{}</style>`, `<p style="x">`, `<p onclick="x">`, `<p hx-on:click="x">`, `<p hx-on="x">`, `<p hx-vals="js:{}">`, `<p hx-vals="javascript:{}">`, `<p hx-headers="js:{}">`, `<p hx-trigger="click[x]">`,
		`<script src="https://cdn.example/x.js"></script>`, `<img src="//cdn.example/x.png">`, `<link rel=stylesheet href="https://cdn.example/x.css">`, `<a target=_blank href=/x>`, `<a href="javascript:x">`, `<iframe srcdoc="x">`,
	} {
		if len(inline(parsePage(t, bad))) == 0 {
			t.Errorf("%s is not noticed", bad)
		}
	}
	raw := regexp.MustCompile(`templ\.(Raw|JSFunc|JSExpression|JSUnsafeFuncCall|ComponentScript|SafeCSS|SafeScript\w*|FromGoHTML|ToGoHTML)\b|@templ\.Raw|^script \w+\(|template\.(HTML|JS|CSS|URL)\b`)
	looked := 0
	err := fs.WalkDir(os.DirFS(".."), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() && (name != "." && strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules") {
			return skipOr(err)
		}
		source := strings.HasSuffix(name, ".templ") || strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && !strings.HasSuffix(name, "_templ.go")
		if entry.IsDir() || !source || strings.HasPrefix(name, "views/email") { // no mail can do without styles of its own
			return nil
		}
		text, err := os.ReadFile("../" + name)
		if err != nil {
			return err
		}
		looked++
		for line := range strings.Lines(string(text)) {
			if found := raw.FindString(line); found != "" {
				t.Errorf("%s: %s", name, strings.TrimSpace(line))
			}
		}
		return nil
	})
	if err != nil || looked < 100 || raw.FindString(`@templ.Raw(x)`) == "" {
		t.Errorf("%d sources looked at (%v)", looked, err)
	}
}

func skipOr(err error) error {
	if err != nil {
		return err
	}
	return fs.SkipDir
}

// inline names what the policy of the pages forbids, whoever put it there.
func inline(tree *html.Node) (problems []string) {
	foreign := regexp.MustCompile(`^\s*(?i:[a-z][a-z0-9+.-]*:|//|\\)`)
	script := regexp.MustCompile(`^\s*(?i:javascript|vbscript|data):`)
	for n := range tree.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		src, hasSrc := attributeOf(n, "src")
		rel, _ := attributeOf(n, "rel")
		switch {
		case n.Data == "style", n.Data == "script" && (!hasSrc || n.FirstChild != nil), n.Data == "iframe", n.Data == "object", n.Data == "embed", n.Data == "base":
			problems = append(problems, "<"+n.Data+">")
		case foreign.MatchString(src):
			problems = append(problems, "a resource from "+src)
		}
		for _, a := range n.Attr {
			evaluated := strings.HasPrefix(a.Key, "hx-") && (strings.HasPrefix(a.Val, "js:") || script.MatchString(a.Val)) || a.Key == "hx-trigger" && strings.Contains(a.Val, "[")
			leaves := n.Data == "link" && a.Key == "href" && foreign.MatchString(a.Val)
			opens := a.Key == "target" && a.Val == "_blank" && !strings.Contains(rel, "noopener")
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") || evaluated || leaves || opens || script.MatchString(a.Val) && (a.Key == "href" || a.Key == "action" || a.Key == "formaction") {
				problems = append(problems, fmt.Sprintf("<%s %s=%q>", n.Data, a.Key, a.Val))
			}
		}
	}
	return problems
}
