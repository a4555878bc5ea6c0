package main

import (
	"encoding/json"
	"os"
	"sync"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// axeWorld is axe, loaded beside a page in a world of its own: the page's policy lets no foreign script in.
type axeWorld struct {
	*tab
	id runtime.ExecutionContextID
}

var axeSource = sync.OnceValues(func() ([]byte, error) { return os.ReadFile("testdata/axe.min.js") })

// keepAxe puts axe into every page that the tab opens from now on: handing half a megabyte over for each of them takes
// longer than reading it does.
func (b *tab) keepAxe() {
	b.t.Helper()
	source, err := axeSource()
	b.must("read axe", err)
	b.call("keep axe", send(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: string(source), WorldName: "axe"}))
}

// loadAxe is the world of axe in the page that is open.
func (b *tab) loadAxe() axeWorld {
	b.t.Helper()
	tree, err := chromedp.Call(b.ctx, page.GetFrameTree, cdp.Empty{})
	b.must("find the frame", err)
	world, err := chromedp.Call(b.ctx, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: tree.FrameTree.Frame.ID, WorldName: "axe"})
	b.must("make a world", err)
	w := axeWorld{b, world.ExecutionContextID}
	if string(w.run("typeof axe")) == `"object"` {
		return w
	}
	source, err := axeSource()
	b.must("read axe", err)
	w.run(string(source) + ";0")
	return w
}

// findings are what breaks the rules of WCAG 2.0 to 2.2, A and AA, or the best practices.
func (w axeWorld) findings() (list []string) {
	w.t.Helper()
	answer := w.run(`axe.run(document, {resultTypes: ["violations"],
		runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]}).then(r => r.violations.map(v =>
		v.id + ": " + v.nodes.map(n => n.target.join(" ") + " " + n.html.slice(0, 120)).slice(0, 3).join(" | ")))`)
	w.must("read findings", json.Unmarshal(answer, &list))
	return list
}

func (w axeWorld) run(script string) []byte {
	w.t.Helper()
	yes := true
	answer, err := chromedp.Call(w.ctx, runtime.Evaluate, runtime.EvaluateParams{
		Expression: script, ContextID: w.id, AwaitPromise: &yes, ReturnByValue: &yes,
	})
	w.must("run axe", err)
	if fault := answer.ExceptionDetails; fault != nil {
		w.t.Fatalf("axe: %s %v", fault.Text, fault.Exception)
	}
	return answer.Result.Value
}

// unseen names texts that a page has and does not show: axe passes over them. What waits to be opened may stay hidden.
const unseen = `(() => {
  const found = [], waits = "dialog, [popover], details:not([open]) > :not(summary), .sr-only, template, [hidden], .passkey-missing";
  for (const e of document.querySelectorAll("main :is(h1, h2, p, label, button, a, li, td)")) {
    if (!e.textContent.trim() || e.closest(waits) || e.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
    found.push(e.localName + " “" + e.textContent.trim().slice(0, 40) + "”");
  }
  return found.slice(0, 5);
})()`

// spilled names elements and lines of text that reach out of the window or out of their card. What lies in an
// element that scrolls or cuts is left alone.
const spilled = `(() => {
  const found = [], wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > wide) found.push("the page is " + document.documentElement.scrollWidth + " wide");
  const hidden = e => e.closest(".sr-only, .skip, svg, dialog:not([open])") || !e.checkVisibility({visibilityProperty: true});
  const scrolled = e => { for (let p = e; p && p !== document.body; p = p.parentElement) if (getComputedStyle(p).overflowX !== "visible") return true; };
  const check = (parent, box, what) => {
    if (box.width < 1 || box.height < 1) return;
    const card = parent.closest(".panel")?.getBoundingClientRect();
    const left = Math.max(card?.left ?? 0, 0), right = Math.min(card?.right ?? wide, wide);
    if (box.left < left - 1 || box.right > right + 1) found.push(what + " " + Math.round(box.left) + "–" + Math.round(box.right) + " not in " + Math.round(left) + "–" + Math.round(right));
  };
  for (const e of document.body.querySelectorAll("*")) {
    if (hidden(e) || scrolled(e.parentElement)) continue;
    check(e.parentElement, e.getBoundingClientRect(), "<" + e.localName + " class='" + e.className + "'>");
    if (scrolled(e)) continue;
    for (const text of e.childNodes) {
      if (text.nodeType !== 3 || !text.data.trim()) continue;
      const range = document.createRange();
      range.selectNodeContents(text);
      for (const box of range.getClientRects()) check(e, box, "“" + text.data.trim().slice(0, 40) + "”");
    }
  }
  return found.slice(0, 5);
})()`

// small names controls that a finger misses: less than 44 pixels high or wide (WCAG 2.5.5). A box counts with
// its label; a link that is drawn as text is as high as the text.
const small = `(() => {
  const found = [];
  for (const e of document.querySelectorAll("button, a[href], input:not([type=hidden]), textarea, select, summary")) {
    if (e.closest(".skip, dialog:not([open]), [popover]:not(:popover-open)") || !e.checkVisibility({visibilityProperty: true})) continue;
    if (e.localName === "a" && (e.matches(".link") || getComputedStyle(e).display === "inline")) continue;
    const box = (e.type === "checkbox" ? e.closest("label") ?? e : e).getBoundingClientRect();
    if (box.width < 43.5 || box.height < 43.5) found.push(e.localName + "." + e.className + " “" + e.innerText?.trim().slice(0, 30) + "” is " + Math.round(box.width) + "×" + Math.round(box.height));
  }
  return found.slice(0, 8);
})()`
