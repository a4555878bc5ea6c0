package main

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
)

// media changes what the person has asked their system for, and loads the page so.
func (b *tab) media(address string, features ...*emulation.MediaFeature) {
	b.t.Helper()
	b.call("media", send(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features}))
	b.visit(address)
}

// TestForcedColors: with the system's own few colours every control still has an edge, the current place in a
// navigation is marked and focus shows. With less motion asked for, nothing moves but the sign that work is going on.
func TestForcedColors(t *testing.T) {
	s := browserSite(t)
	b := openTab(t)
	b.signIn(s, "member@example.test")
	for _, path := range []string{"/login", "/account/profile", "/notes", "/dev/ui"} {
		b.media(s.base+path, &emulation.MediaFeature{Name: "forced-colors", Value: "active"})
		if !eval[bool](b, `matchMedia("(forced-colors: active)").matches`) {
			t.Fatal("the colours are not forced")
		}
		if lost := eval[[]string](b, withoutEdge); len(lost) > 0 {
			t.Errorf("%s loses its edges: %s", path, strings.Join(lost, ", "))
		}
		b.media(s.base+path, &emulation.MediaFeature{Name: "prefers-reduced-motion", Value: "reduce"})
		if moving := eval[[]string](b, moves); len(moving) > 0 {
			t.Errorf("%s moves: %s", path, strings.Join(moving, ", "))
		}
	}
}

// withoutEdge names what could not be told from the page around it.
const withoutEdge = `(() => {
  const seen = e => e.checkVisibility({visibilityProperty: true, opacityProperty: true}) && e.getBoundingClientRect().width > 1;
  const has = (e, kind) => { const s = getComputedStyle(e); return s[kind + "Style"] !== "none" && parseFloat(s[kind + "Width"]) > 0; };
  const named = e => e.tagName + " " + (e.id || e.textContent.trim().slice(0, 20));
  const lost = [...document.querySelectorAll(".btn, input:not([type=hidden]), textarea, select")].filter(e => seen(e) && !has(e, "borderTop")).map(named);
  for (const e of document.querySelectorAll(".nav [aria-current]")) if (seen(e) && !has(e, "outline")) lost.push("current " + named(e));
  for (const e of document.querySelectorAll(".btn:not([disabled]), input:not([type=hidden]):not([disabled])")) {
    if (!seen(e)) continue;
    e.focus({focusVisible: true});
    if (document.activeElement === e && !has(e, "outline")) lost.push("focus " + named(e));
  }
  return lost;
})()`

// moves names what is animated or would be at the next change.
const moves = `[...document.querySelectorAll("*")].filter(e => {
  const s = getComputedStyle(e);
  const changes = s.transitionDuration.split(",").some(d => parseFloat(d) > 0.01);
  return !e.matches(".spinner, .loading") && !e.closest(".loading") && (changes || s.animationName !== "none" && parseFloat(s.animationDuration) > 0.01);
}).map(e => e.tagName + "." + e.className)`
