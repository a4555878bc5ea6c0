package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// press sends one key, such as Tab, to whatever has the focus.
func (b *tab) press(key, code string, number int64) {
	b.t.Helper()
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
		params := input.DispatchKeyEventParams{Type: kind, Key: key, Code: code, WindowsVirtualKeyCode: number}
		if key == "Enter" && kind == input.DispatchKeyEventTypeKeyDown {
			params.Text = "\r"
		}
		if len(key) == 1 && kind == input.DispatchKeyEventTypeKeyDown {
			params.Text = key
		}
		b.call("press "+key, send(input.DispatchKeyEvent, params))
	}
}

// tabTo presses Tab until the focus is where the selector says. What has the focus shows it.
func (b *tab) tabTo(selector string) {
	b.t.Helper()
	const shown = `(s => s.outlineStyle !== "none" && s.outlineWidth !== "0px" || s.boxShadow !== "none")(getComputedStyle(document.activeElement))`
	for range 80 {
		b.press("Tab", "Tab", 9)
		if !eval[bool](b, `document.activeElement === document.body || `+shown) {
			b.t.Errorf("the focus does not show at %s", eval[string](b, `document.activeElement.outerHTML.slice(0, 120)`))
		}
		if eval[bool](b, `document.activeElement.matches(`+quoted(selector)+`)`) {
			return
		}
	}
	b.t.Fatalf("Tab does not come to %s", selector)
}

// TestKeyboardJourneys: signing in, adding a note and leaving by keys alone, after a mistake at each form.
func TestKeyboardJourneys(t *testing.T) {
	s := browserSite(t)
	b := openTab(t)
	b.visit(s.base + "/login")
	b.press("Tab", "Tab", 9)
	if !eval[bool](b, `document.activeElement.matches(".skip")`) {
		t.Error("the first stop is not the way past the header")
	}
	b.tabTo("#email")
	b.press("Enter", "Enter", 13)
	b.wait("the summary", `document.activeElement.matches(".alert-error")`)
	b.tabTo("#email")
	b.call("type", send(input.InsertText, input.InsertTextParams{Text: "admin@example.test"}))
	b.tabTo("#password")
	b.call("type", send(input.InsertText, input.InsertTextParams{Text: demoPassword}))
	b.press("Enter", "Enter", 13)
	b.arrives(s.base + "/dashboard")
	b.visit(s.base + "/notes")
	b.tabTo("#title")
	b.call("type", send(input.InsertText, input.InsertTextParams{Text: "By keys alone"}))
	b.tabTo("#note button[type=submit]")
	b.press("Enter", "Enter", 13)
	b.sees("Note added", "By keys alone")
}

// TestForeignAnswersAreNotSwapped: what a proxy or a hotspot answers never lands in a form; a toast says so.
func TestForeignAnswersAreNotSwapped(t *testing.T) {
	s := browserSite(t)
	b := openTab(t)
	b.visit(s.base + "/login")
	// healthz is ours, but no fragment of this page: it stands for anyone's answer.
	eval[bool](b, `const strange = document.querySelector("#login").cloneNode(true); strange.removeAttribute("hx-post"); strange.setAttribute("hx-get", "/healthz");
		document.querySelector("#login").replaceWith(strange); htmx.process(strange); true`)
	b.click("Sign in")
	b.wait("a toast", `document.querySelector("#toasts").innerText.includes("No answer from the server")`)
	if !eval[bool](b, `!!document.querySelector("#login #email")`) {
		t.Error("the form was replaced")
	}
}

// TestOfflineToast: without a network, the page says so and keeps what was typed.
func TestOfflineToast(t *testing.T) {
	s := browserSite(t)
	b := openTab(t)
	b.visit(s.base + "/login")
	b.fill("email", "ada@example.test")
	b.offline(true)
	b.click("Sign in")
	b.wait("a toast", `document.querySelector("#toasts").innerText.includes("No answer from the server")`)
	if kept := eval[string](b, `document.querySelector("#email").value`); kept != "ada@example.test" {
		t.Errorf("the form has %q", kept)
	}
	b.offline(false)
	b.fill("password", "wrong-Password-2026")
	b.click("Sign in")
	b.wait("the answer", `document.activeElement.matches(".alert-error")`)
}

func (b *tab) offline(yes bool) {
	b.t.Helper()
	b.call("network", send(network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Offline: yes, DownloadThroughput: -1, UploadThroughput: -1}},
	}))
}

// TestTypedTextSurvivesSignIn: a note written while the session ended is there again after signing in.
func TestTypedTextSurvivesSignIn(t *testing.T) {
	s := browserSite(t)
	b := openTab(t)
	b.signIn(s, "admin@example.test")
	b.visit(s.base + "/notes")
	b.fill("title", "Written in between")
	eval[int](b, `fetch("/logout", {method: "post", redirect: "manual"}).then(() => 1)`, chromedp.EvalAwaitPromise)
	b.click("Add note")
	b.arrives(s.base + "/login?return_to=%2Fnotes")
	b.fill("email", "admin@example.test")
	b.fill("password", demoPassword)
	b.follow("Sign in")
	b.arrives(s.base + "/notes")
	b.wait("the text", `document.querySelector("#title").value === "Written in between"`)
	b.sees("Your text is back")
}

// TestBackAfterPaging: Back shows the page of the list that was left, from the server, not an old copy.
func TestBackAfterPaging(t *testing.T) {
	s := browserSite(t)
	owner, err := s.people.UserByEmail(t.Context(), "member@example.test")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 * notesPerPage {
		note, _ := newNote(owner.ID, "One of many", "")
		if err := s.db.CreateNote(t.Context(), &note); err != nil {
			t.Fatal(err)
		}
	}
	b := openTab(t)
	b.signIn(s, "member@example.test")
	b.visit(s.base + "/notes")
	b.click("Older")
	b.wait("the second page", `location.search.startsWith("?older=") && [...document.links].some(a => a.innerText === "Newer")`)
	second := eval[string](b, "location.href")
	b.click("Older")
	b.wait("the third page", "location.href !== "+quoted(second)+` && document.body.innerText.includes("Groceries")`)
	b.call("go back", chromedp.NavigateBack())
	plain := s.signIn(t, "member@example.test").Visit(second)
	b.wait("the second page again", fmt.Sprintf(`location.href === %s && document.querySelectorAll("#notes li").length === %d`,
		quoted(second), strings.Count(plain.Body, "One of many")))
}
