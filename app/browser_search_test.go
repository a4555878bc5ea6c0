package main

import (
	"testing"

	"github.com/chromedp/cdproto/input"
)

// TestSearchByKeys (D-13): Ctrl K and / lead to the search from everywhere but a field; arrows walk through what it found, Enter
// opens it, Escape puts it away; and the / key can be turned off.
func TestSearchByKeys(t *testing.T) {
	s, b := browserSite(t), openTab(t)
	b.signIn(s, "admin@example.test")
	b.visit(s.base + "/admin/users")
	b.wait("the form to be heard", `document.querySelector("#search").dataset.htmxPowered === "true"`) // htmx begins a moment after the page is there
	b.press("/", "Slash", 191)
	b.atSearch("by the / key")
	b.call("type", send(input.InsertText, input.InsertTextParams{Text: "sess"}))
	b.wait("what was found", `document.querySelector("command-search .found a")?.checkVisibility() && document.querySelector("#announce").textContent.endsWith("results")`)
	for _, finding := range b.loadAxe().findings() {
		t.Error(finding)
	}
	if title := eval[string](b, "document.title"); title != "Members · Latchkey" {
		t.Errorf("the page is now called %q", title)
	}
	b.press("Escape", "Escape", 27)
	b.wait("nothing found in sight", `!document.querySelector("command-search .found").checkVisibility()`)
	b.press("ArrowDown", "ArrowDown", 40)
	b.wait("the first", `document.activeElement.matches('.found a[href="/admin/sessions"]')`)
	b.press("ArrowUp", "ArrowUp", 38)
	b.atSearch("above the first")
	b.press("ArrowDown", "ArrowDown", 40)
	b.press("Enter", "Enter", 13)
	b.arrives(s.base + "/admin/sessions")

	b.tabTo("main input")
	b.press("/", "Slash", 191)
	b.holdControl("k", "KeyK", 75)
	if typed := eval[string](b, `document.activeElement.closest("main") ? document.activeElement.value : ""`); typed != "/" {
		t.Errorf("a field got %q", typed)
	}

	b.visit(s.base + "/admin/search")
	b.tabTo("slash-key input")
	b.press(" ", "Space", 32)
	b.visit(s.base + "/admin/jobs")
	b.press("/", "Slash", 191)
	if eval[bool](b, `document.activeElement.id === "search-text"`) {
		t.Error("the / key is not turned off")
	}
	b.holdControl("k", "KeyK", 75)
	b.atSearch("by Ctrl K")
}

func (b *tab) atSearch(how string) {
	b.t.Helper()
	b.wait("the focus at the search, "+how, `document.activeElement.id === "search-text"`)
}

func (b *tab) holdControl(key, code string, number int64) {
	b.t.Helper()
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
		b.call("press Ctrl "+key, send(input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kind, Key: key, Code: code, WindowsVirtualKeyCode: number, Modifiers: 2}))
	}
}

// TestSearchWithoutScript (D-13): without scripts the search is a form, and a page of links.
func TestSearchWithoutScript(t *testing.T) {
	s, b := browserSite(t), openTab(t).withoutScripts()
	b.signIn(s, "admin@example.test")
	b.visit(s.base + "/admin")
	b.tabTo("#search-text")
	b.call("type", send(input.InsertText, input.InsertTextParams{Text: "dem"}))
	b.press("Enter", "Enter", 13)
	b.arrives(s.base + "/admin/search?q=dem")
	b.follow("Demo Member")
	b.arrives(s.base + "/admin/users/")
}
