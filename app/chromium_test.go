package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromium is the one browser of all tests here. -short leaves them out. Without a browser they skip; in CI that
// is a failure.
func chromium(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("browser tests: left out by -short")
	}
	path := ""
	// The headless shell is Chromium without its windows: it takes half of the time.
	for _, name := range []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" && os.Getenv("CI") == "true" {
		t.Fatal("no Chromium found")
	}
	if path == "" {
		t.Skip("browser tests: no Chromium found")
	}
	theBrowser.once.Do(func() { theBrowser.ctx, theBrowser.err = startChromium(path) })
	if theBrowser.err != nil {
		t.Fatal(theBrowser.err)
	}
	return theBrowser.ctx
}

var theBrowser struct {
	once sync.Once
	ctx  context.Context
	err  error
}

func startChromium(path string) (context.Context, error) {
	profile, err := os.MkdirTemp("", "latchkey-chromium-")
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(profile),
		chromedp.DisableGPU, chromedp.Flag("disable-component-update", true),
		chromedp.Flag("site-per-process", true),             // frames of other sites are targets of their own, as in a window
		chromedp.Flag("js-flags", "--single-threaded"),      // two processors have no room for a compiler beside each page
		chromedp.Flag("force-prefers-reduced-motion", true), // without a window, nothing draws a transition between pages to its end
		chromedp.WSURLReadTimeout(time.Minute))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // its sandbox refuses root
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ := chromedp.NewContext(allocator)
	endLater(func() error {
		err := chromedp.Cancel(ctx)
		stop()
		_ = os.RemoveAll(profile) // a late write of the browser must not fail the tests
		return err
	})
	return ctx, chromedp.Do(ctx, chromedp.Navigate("about:blank"))
}

// browserSite is the site of all browser tests; each of them signs in as someone of its own, or looks only.
func browserSite(t *testing.T) site {
	t.Helper()
	theSite.once.Do(func() {
		dir, err := os.MkdirTemp("", "latchkey-site-")
		if err != nil {
			theSite.err = err
			return
		}
		config := testConfigAt(t, "sqlite:"+dir+"/app.db")
		config.DataDir = dir
		var stop func() error
		theSite.site, stop, theSite.err = openSite(config)
		if theSite.err != nil {
			return
		}
		endLater(func() error { defer os.RemoveAll(dir); return stop() })
	})
	if theSite.err != nil {
		t.Fatal(theSite.err)
	}
	return theSite.site
}

var theSite struct {
	once sync.Once
	site
	err error
}

// tab is a tab with cookies of its own. Whatever a test does in it, the content security policy must have
// refused nothing.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu      sync.Mutex
	refused []string // by the policy
	asked   []*network.EventRequestWillBeSent
	bytes   map[network.RequestID]float64 // on the wire, of answers that are complete
}

// watch tells of what the policy refused, by the browser's own event: the console also has lines for answers
// of status 422, which are no violations.
const watch = `addEventListener("securitypolicyviolation", e => policyRefused(e.effectiveDirective + " " + e.blockedURI + " " + e.sample + " on " + location.pathname))`

func openTab(t *testing.T) *tab {
	t.Helper()
	ctx, done := chromedp.NewContext(chromium(t), chromedp.WithNewBrowserContext())
	b := &tab{t: t, ctx: ctx, bytes: map[network.RequestID]float64{}}
	t.Cleanup(func() {
		for _, one := range b.violations() {
			t.Errorf("the policy refused %s", one)
		}
		done()
	})
	b.must("open a tab", chromedp.Listen(ctx, b.note))
	b.call("watch the policy", send(runtime.AddBinding, runtime.AddBindingParams{Name: "policyRefused"}),
		send(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watch}))
	b.look(look{1280, "light"})
	return b
}

func (b *tab) note(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventBindingCalled:
		b.refused = append(b.refused, e.Payload)
	case *network.EventRequestWillBeSent:
		b.asked = append(b.asked, e)
	case *network.EventLoadingFinished:
		b.bytes[e.RequestID] = e.EncodedDataLength
	}
}

// violations empties the list.
func (b *tab) violations() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := b.refused
	b.refused = nil
	return list
}

// requests are those sent so far.
func (b *tab) requests() []*network.EventRequestWillBeSent {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.asked)
}

// size is that of the answer on the wire, in bytes; 0 while it is not complete.
func (b *tab) size(e *network.EventRequestWillBeSent) float64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bytes[e.RequestID]
}

// posts counts the POST requests sent to a path.
func (b *tab) posts(path string) (n int) {
	for _, e := range b.requests() {
		if e.Request.Method == "POST" && strings.HasSuffix(e.Request.URL, path) {
			n++
		}
	}
	return n
}

// look is how a page is shown.
type look struct {
	width  int64
	scheme string // light or dark
}

// looks are the two that differ most; AXE_FULL=1 asks for all four.
func looks() []look {
	if os.Getenv("AXE_FULL") == "1" {
		return []look{{1280, "light"}, {1280, "dark"}, {390, "light"}, {390, "dark"}}
	}
	return []look{{1280, "light"}, {390, "dark"}}
}

func (l look) String() string { return fmt.Sprintf("%d %s", l.width, l.scheme) }

// settle brings transitions to their end: a colour measured in the middle of one is neither.
const settle = `(() => {
  document.body?.getBoundingClientRect();
  for (const a of document.getAnimations()) if (a.effect.getComputedTiming().iterations !== Infinity) a.finish();
  return true;
})()`

// look changes how the page is shown.
func (b *tab) look(l look) {
	b.t.Helper()
	b.call("look", chromedp.EmulateViewport(l.width, 900), send(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: l.scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	}))
	eval[bool](b, settle)
}

// touch makes the screen one that is pointed at with a finger.
func (b *tab) touch(on bool) {
	b.t.Helper()
	b.call("touch", send(emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: on}))
	eval[bool](b, settle)
}

func (b *tab) withoutScripts() *tab {
	b.t.Helper()
	b.call("turn scripts off", send(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
	return b
}

// visit opens an address and waits until all of it is there.
func (b *tab) visit(address string) {
	b.t.Helper()
	b.call("visit "+address, chromedp.Navigate(address))
}

// fill types into the field of that name, as the keyboard does.
func (b *tab) fill(name, text string) {
	b.t.Helper()
	selector := fmt.Sprintf(":is(main, dialog[open]) [name=%q]:not([type=hidden])", name)
	b.wait("the field "+name, fmt.Sprintf(`!!document.querySelector(%q)`, selector))
	eval[bool](b, fmt.Sprintf(`(f => { f.focus(); f.select(); return true })(document.querySelector(%q))`, selector))
	b.call("type", send(input.InsertText, input.InsertTextParams{Text: text}))
}

// point finds a link, button or label in sight, and the place to click it.
const point = `(text => {
  const all = [...document.querySelectorAll("button, a[href], summary, label")];
  const shown = all.filter(e => e.checkVisibility({visibilityProperty: true}) && e.innerText.trim().startsWith(text));
  const e = shown.find(e => e.closest("dialog")) ?? shown.find(e => e.closest("main")) ?? shown[0];
  if (!e) return [];
  e.scrollIntoView({block: "center"});
  const box = e.getClientRects()[0];
  return [box.x + box.width / 2, box.y + box.height / 2];
})`

// click clicks what begins with this text, with the mouse.
func (b *tab) click(text string) {
	b.t.Helper()
	x, y := b.point(text)
	b.call("click "+text, chromedp.MouseClickXY(x, y))
}

func (b *tab) point(text string) (x, y float64) {
	b.t.Helper()
	script := fmt.Sprintf("%s(%s)", point, quoted(text))
	b.wait("something to click that says "+text, script+".length === 2")
	place := eval[[]float64](b, script)
	return place[0], place[1]
}

// follow clicks, and waits for the page this leads to.
func (b *tab) follow(text string) {
	b.t.Helper()
	eval[bool](b, "window.leaving = true")
	b.click(text)
	b.wait("the page behind "+text, `!window.leaving && document.readyState === "complete"`)
}

func quoted(text string) string {
	literal, _ := json.Marshal(text) // a string always can
	return string(literal)
}

// sees waits until the page says these words.
func (b *tab) sees(words ...string) {
	b.t.Helper()
	for _, text := range words {
		b.wait(fmt.Sprintf("the words %q", text), fmt.Sprintf("document.body.innerText.includes(%s)", quoted(text)))
	}
}

// arrives waits until the tab is at an address that begins so.
func (b *tab) arrives(prefix string) {
	b.t.Helper()
	b.wait("the address "+prefix, fmt.Sprintf(`location.href.startsWith(%s) && document.readyState === "complete"`, quoted(prefix)))
}

// wait asks again and again from outside: with scripts off, a page has no timers.
func (b *tab) wait(what, condition string) {
	b.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		// An error means that the page is just being replaced.
		if ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](condition)); ok && err == nil {
			return
		}
	}
	b.t.Fatalf("still waiting for %s at %s", what, eval[string](b, `location.href + "\n" + document.body.innerText`))
}

// eval is what an expression gives on the page.
func eval[T any](b *tab, expression string, options ...chromedp.EvaluateOption) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, options...))
	b.must(expression, err)
	return value
}

// call runs actions, but not for ever.
func (b *tab) call(what string, actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	b.must(what, chromedp.Do(ctx, actions...))
}

func (b *tab) must(what string, err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
}

// send is a command of the protocol as an action.
func send[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, command, params)
		return err
	})
}
