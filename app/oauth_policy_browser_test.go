package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// TestPolicyInBrowser (T-1204): in another site's frame no page of ours is shown, the sensitive ones included, and a
// window that another site opened has no way back to it. That all journeys pass the policy is seen by every other
// browser test: each fails at the first thing that is refused; TestConsentLeavesToClientWithoutScript reaches a client
// on another origin and comes back from signing out to it.
func TestPolicyInBrowser(t *testing.T) {
	s, b := browserSite(t), openTab(t)
	b.signIn(s, "member@example.test")
	b.visit(s.base + "/account/profile") // a way to the step that waits
	b.visit(s.client)
	b.visit(s.client + "/login")
	waiting := eval[string](b, "location.href")

	paths := []string{"/login", "/signup", "/reauth", "/account/password", "/account/sessions", "/account/apps", "/account/apps/" + demoClientID + "/revoke", "/oauth/logout", "/password/forgot", "/"}
	frames := `<!DOCTYPE html><title>Other</title><h1>Another site</h1>`
	for _, path := range paths {
		frames += fmt.Sprintf(`<iframe src="%s%s"></iframe>`, s.base, path)
	}
	frames += fmt.Sprintf(`<iframe src="%s"></iframe><button onclick="w = window.open('%s/login')">Open</button>`, waiting, s.base)
	willing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("framed")) }))
	t.Cleanup(willing.Close)
	friend := strings.Replace(willing.URL, "127.0.0.1", "localhost", 1)
	frames += fmt.Sprintf(`<iframe src="%s/"></iframe>`, friend)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(frames))
	}))
	t.Cleanup(other.Close)

	b.visit(other.URL)
	b.wait("all frames", fmt.Sprintf(`frames.length === %d && document.readyState === "complete"`, len(paths)+2))
	all, err := chromedp.Call(b.ctx, target.GetTargets, target.GetTargetsParams{})
	b.must("list the frames", err)
	framed := 0
	for _, one := range all.TargetInfos {
		if one.Type != "iframe" || !strings.HasPrefix(one.URL, s.base) && !strings.HasPrefix(one.URL, friend) {
			continue
		}
		inside, leave := chromedp.NewContext(b.ctx, chromedp.WithTargetID(one.TargetID))
		defer leave()
		at, err := chromedp.Run(inside, chromedp.Evaluate[string]("location.href"))
		b.must("look into a frame", err)
		switch {
		case strings.HasPrefix(at, friend):
			framed++
		case strings.HasPrefix(at, s.base):
			t.Errorf("a frame shows %s", at)
		}
	}
	if framed != 1 {
		t.Errorf("of a site that lets itself be framed %d frames are seen: the search sees nothing", framed)
	}

	b.click("Open")
	b.wait("the window to be out of reach", `typeof w === "object" && (w === null || w.closed)`)
}
