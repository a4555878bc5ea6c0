package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// TestEveryPagePassesAxe: axe finds nothing on any page in any state, wide and narrow, light and dark.
func TestEveryPagePassesAxe(t *testing.T) {
	for _, page := range tour(t) {
		page.report(t, page.axe)
	}
}

// TestAxeFinds: the test above is able to fail.
func TestAxeFinds(t *testing.T) {
	b := openTab(t)
	b.visit(browserSite(t).base + "/login")
	eval[bool](b, `document.querySelector("label").remove(); document.querySelector("h1").style.color = "#ccc"; document.documentElement.lang = ""; true`)
	found := strings.Join(b.loadAxe().findings(), "\n")
	for _, rule := range []string{"label", "color-contrast", "html-has-lang"} {
		if !strings.Contains(found, rule+":") {
			t.Errorf("axe does not find %s:\n%s", rule, found)
		}
	}
}

// TestNothingSpills: everything stays within its card and the window, on the narrowest screens and, at 640, on
// a wide one that is zoomed to twice its size.
func TestNothingSpills(t *testing.T) {
	for _, page := range tour(t) {
		page.report(t, page.spilled)
	}
}

// TestNothingIsHidden: what a page says is seen. A part that is drawn to be opened later, and then stands in a page of
// its own, would be there for axe and for nobody else.
func TestNothingIsHidden(t *testing.T) {
	for _, page := range tour(t) {
		page.report(t, page.unseen)
	}
}

// TestTouchTargets: where a finger points, every control is big enough for it.
func TestTouchTargets(t *testing.T) {
	for _, page := range tour(t) {
		page.report(t, page.small)
	}
}

// TestSpillIsFound: the test above is able to fail.
func TestSpillIsFound(t *testing.T) {
	b := openTab(t)
	b.visit(browserSite(t).base + "/login")
	b.look(look{320, "light"})
	eval[bool](b, `const h = document.querySelector("h1"); h.textContent = "A heading that is told never to be broken"; h.style.whiteSpace = "nowrap"; true`)
	if found := eval[[]string](b, spilled); len(found) == 0 {
		t.Error("a heading wider than its card is not found")
	}
}

// TestNoPolicyViolation: no page in any state needs what the policy forbids. Every other test here watches, too.
func TestNoPolicyViolation(t *testing.T) {
	for _, page := range tour(t) {
		page.report(t, page.refused)
	}
	b := openTab(t)
	b.visit(browserSite(t).base + "/login")
	eval[bool](b, `const s = document.createElement("style"); s.textContent = "p{}"; document.head.append(s); true`)
	eventually(t, "the violation that was planted", func() bool { return len(b.violations()) > 0 })
}

// TestRejectedFormsMoveFocus: after a mistake the keyboard is at the summary of it, with scripts and without.
func TestRejectedFormsMoveFocus(t *testing.T) {
	s := browserSite(t)
	for _, scripts := range []bool{true, false} {
		t.Run(fmt.Sprintf("scripts=%v", scripts), func(t *testing.T) {
			b := openTab(t)
			if !scripts {
				b.withoutScripts()
			}
			for path, button := range map[string]string{"/login": "Sign in", "/signup": "Create account", "/password/forgot": "Send"} {
				b.visit(s.base + path)
				b.rejects(button)
			}
			b.signIn(s, "admin@example.test")
			for path, button := range map[string]string{"/notes": "Add note", "/account/password": "Change password"} {
				b.visit(s.base + path)
				b.rejects(button)
			}
		})
	}
}

func (b *tab) signIn(s site, email string) {
	b.t.Helper()
	b.visit(s.base + "/login")
	b.fill("email", email)
	b.fill("password", demoPassword)
	b.follow("Sign in")
}

// rejects sends the form as it is, and looks where the focus goes.
func (b *tab) rejects(button string) {
	b.t.Helper()
	b.click(button)
	b.wait("the focus at the summary", `document.activeElement.matches(".alert-error") && document.title.startsWith("Error: ")`)
	if !eval[bool](b, `!!document.querySelector("main [aria-invalid=true]")`) {
		b.t.Errorf("no field is marked after %s", button)
	}
}

// TestDoubleClickPostsOnce, though the answer is slow.
func TestDoubleClickPostsOnce(t *testing.T) {
	s := browserSite(t)
	b := openTab(t)
	b.signIn(s, "admin@example.test")
	b.visit(s.base + "/notes")
	b.fill("title", "Once only")
	b.call("slow the network down", send(network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Latency: 400, DownloadThroughput: -1, UploadThroughput: -1}},
	}))
	x, y := b.point("Add note")
	b.call("click twice", chromedp.MouseClickXY(x, y), chromedp.MouseClickXY(x, y, chromedp.ClickCount(2)))
	b.sees("Note added")
	if n := b.posts("/notes"); n != 1 {
		t.Errorf("%d posts", n)
	}
	if n := eval[int](b, `[...document.querySelectorAll("h3")].filter(e => e.textContent === "Once only").length`); n != 1 {
		t.Errorf("%d notes", n)
	}
}

// TestFirstPageWeight: what a browser that has nothing yet loads to sign in, in bytes on the wire.
func TestFirstPageWeight(t *testing.T) {
	s := browserSite(t)
	b := openTab(t)
	b.visit(s.base + "/login")
	var requests []*network.EventRequestWillBeSent
	eventually(t, "all answers", func() bool {
		requests = slices.DeleteFunc(b.requests(), func(e *network.EventRequestWillBeSent) bool {
			return strings.HasPrefix(e.Request.URL, "data:") // is part of the sheet
		})
		return !slices.ContainsFunc(requests, func(e *network.EventRequestWillBeSent) bool { return b.size(e) == 0 })
	})
	var total float64
	sizes := map[network.ResourceType]float64{}
	for _, e := range requests {
		if !strings.HasPrefix(e.Request.URL, s.base+"/") {
			t.Errorf("%s is asked of another host", e.Request.URL)
		}
		total += b.size(e)
		sizes[e.Type] += b.size(e)
	}
	if len(requests) < 4 || len(requests) > 5 { // a browser without a window may leave out the icon
		t.Errorf("%d requests", len(requests))
	}
	style, script := sizes[network.ResourceTypeStylesheet], sizes[network.ResourceTypeScript]
	if total > 60<<10 || style > 15<<10 || script > 25<<10 || style == 0 || script == 0 {
		t.Errorf("%.0f bytes in all, %.0f of style, %.0f of script", total, style, script)
	}
}

// TestNothingShifts: the page stands still while it loads. A machine that is very busy may draw half of a page
// before the rest has arrived, so the best of three loads counts: what shifts by itself shifts in each.
func TestNothingShifts(t *testing.T) {
	s := browserSite(t)
	for _, path := range []string{"/login", "/signup"} {
		var moved []string
		for range 3 {
			b := openTab(t)
			b.visit(s.base + path)
			if moved = eval[[]string](b, shifts, chromedp.EvalAwaitPromise); len(moved) == 0 {
				break
			}
		}
		if len(moved) > 0 {
			t.Errorf("%s moves while it loads: %v", path, moved)
		}
	}
}

// shifts names what moved, and from where to where.
const shifts = `new Promise(done => {
	const names = e => e.sources.map(s => (s.node?.nodeName ?? "?") + " " + JSON.stringify([s.previousRect, s.currentRect]));
	new PerformanceObserver(list => done(list.getEntries().flatMap(names))).observe({type: "layout-shift", buffered: true});
	setTimeout(() => done([]), 200);
})`
