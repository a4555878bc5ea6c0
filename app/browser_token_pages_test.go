package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"

	"latchkey/auth"
)

// TestTokenPagesLeakNothing (T-1407): a page whose address holds the token of a mail asks nothing of others, links to
// nobody else, tells nobody where one came from, and after its form the token is gone from the address bar. A visitor
// who asks for another page instead, or makes a mistake first, tells as little.
func TestTokenPagesLeakNothing(t *testing.T) {
	s := browserSite(t)
	const email = "forgot.it@example.test"
	if _, err := s.people.CreateUser(t.Context(), auth.NewUser{Email: email, Password: demoPassword, Verified: true}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		begin  func(b *tab) (to string)
		path   string // of the page that the mail leads to
		finish func(b *tab)
		button string
	}{
		"reset": {func(b *tab) string {
			b.visit(s.base + "/password/forgot")
			b.fill("email", email)
			b.follow("Send")
			return email
		}, "/password/reset/", func(b *tab) {
			b.fill("password", "short")
			b.click("Change password")
			b.wait("the mistake", `document.title.startsWith("Error: ")`)
			b.fill("password", "correct horse battery 9")
		}, "Change password"},
		"sign-in link": {func(b *tab) string {
			b.visit(s.base + "/login/link")
			b.fill("email", email)
			b.follow("Email me a sign-in link")
			return email
		}, "/login/link/", func(*tab) {}, "Sign in as"},
		"verify": {func(b *tab) string {
			b.visit(s.base + "/signup")
			b.fill("email", "brand.new@example.test")
			b.fill("password", demoPassword)
			b.follow("Create account")
			return "brand.new@example.test"
		}, "/verify-email/", func(*tab) {}, "Confirm email address"},
	} {
		t.Run(name, func(t *testing.T) {
			b := openTab(t)
			link := s.mailedLink(t, c.begin(b), c.path)
			token := link[strings.LastIndex(link, "/")+1:]
			begun := len(b.requests())
			b.visit(link)
			if foreign := eval[[]string](b, `[...document.querySelectorAll("[href], [src], [action]")].map(e => e.getAttribute("href") ?? e.getAttribute("src") ?? e.getAttribute("action"))
				.filter(a => !a.startsWith("mailto:") && new URL(a, location).origin !== location.origin)`); len(foreign) > 0 {
				t.Errorf("the page leads to %v", foreign)
			}
			eval[bool](b, `fetch("/healthz").then(() => true); true`) // as a script of the page could
			b.visit(s.base + "/login")
			if from := eval[string](b, "document.referrer"); from != "" {
				t.Errorf("typed: the next page knows %s", from)
			}
			b.visit(link)
			eval[bool](b, `(() => { const a = document.createElement("a"); a.href = "/login"; a.textContent = "Elsewhere"; document.querySelector("main").append(a); return true })()`)
			b.follow("Elsewhere")
			if from := eval[string](b, "document.referrer"); from != "" {
				t.Errorf("by a link: the next page knows %s", from)
			}
			b.visit(link)
			c.finish(b)
			b.follow(c.button)
			if at := eval[string](b, "location.href"); strings.Contains(at, token) {
				t.Errorf("after the form the address is %s", at)
			}
			for _, asked := range b.requests()[begun:] {
				checkAsked(t, s, asked, token)
			}
		})
	}
}

// checkAsked: a request of such a page stays here and does not carry its address.
func checkAsked(t *testing.T, s site, asked *network.EventRequestWillBeSent, token string) {
	t.Helper()
	to, err := url.Parse(asked.Request.URL)
	if err != nil || to.Scheme+"://"+to.Host != s.base && to.Scheme != "data" {
		t.Errorf("the page asks for %s (%v)", asked.Request.URL, err)
	}
	for name, value := range asked.Request.Headers {
		if text, _ := value.(string); http.CanonicalHeaderKey(name) == "Referer" && strings.Contains(text, token) {
			t.Errorf("%s is told of %s", asked.Request.URL, text)
		}
	}
}
