package main

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"latchkey/auth"
	"latchkey/models/modelstest"
)

// twoStep is a new person whose sign-in asks for a code.
func (s *sweep) twoStep(t *testing.T, email string) string {
	t.Helper()
	if err := s.seedPerson(t.Context(), demoPerson{email: email, name: "Two Steps", verified: true, totpSecret: demoTOTPSecret}); err != nil {
		t.Fatal(err)
	}
	return email
}

// demoCode is what the demo authenticator shows now. The next one comes half a minute later: each works once.
func (s *sweep) demoCode(t *testing.T) string {
	t.Helper()
	s.clock.Add(30 * time.Second)
	code, err := auth.TOTPCode(demoTOTPSecret, s.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// enterTwice signs somebody in with both steps; trust makes the browser skip the second from then on.
func (s *sweep) enterTwice(t *testing.T, email string, trust bool) *actor {
	t.Helper()
	a := s.enter(t, email)
	form := url.Values{"code": {s.demoCode(t)}}
	if trust {
		form.Set("trust", "on")
	}
	if answer := a.browse(t, post("/login/code", form.Encode())); answer.status != http.StatusSeeOther {
		t.Fatalf("second step of %s: %d", email, answer.status)
	}
	return a
}

var shownKey = regexp.MustCompile(`(?s)<code id="totp-key"[^>]*>([^<]+)</code>`)

// setupCode is what an app shows that was just given the key of the actor's page.
func (a *actor) setupCode(t *testing.T) string {
	t.Helper()
	found := shownKey.FindStringSubmatch(a.ask(t, get("/account/totp")).body)
	if found == nil {
		t.Fatal("no key on the page")
	}
	code, err := totp.GenerateCode(strings.ToUpper(strings.ReplaceAll(html.UnescapeString(found[1]), " ", "")), a.s.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// trustedBrowser makes the actor's browser a trusted one, and gives its address under /account/trusted-browsers.
func (s *sweep) trustedBrowser(t *testing.T, a *actor, email string) string {
	t.Helper()
	u, err := s.db.UserByEmail(t.Context(), email)
	if err != nil {
		t.Fatal(err)
	}
	for _, cookie := range a.cookies {
		if strings.HasSuffix(cookie.Name, "browser") {
			err = s.db.TrustBrowser(t.Context(), u.ID, cookie.Value, u.Epoch, s.clock.Now().Add(24*time.Hour))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.db.TrustedBrowsersOf(t.Context(), u.ID)
	if err != nil || len(list) == 0 {
		t.Fatal(len(list), err)
	}
	return "/account/trusted-browsers/" + list[0].ID
}

// authenticatorOf is the id of a person's authenticator.
func (s *sweep) authenticatorOf(t *testing.T, email string) string {
	t.Helper()
	list, err := s.db.AuthenticatorsOf(t.Context(), s.idOf(t, email))
	if err != nil || len(list) == 0 {
		t.Fatal(len(list), err)
	}
	return list[0].ID
}

// TestHalfSignedInReachesNothing (T-503): who has shown a password and owes the second step is, everywhere but there,
// a stranger: the same answer, and nothing changes.
func TestHalfSignedInReachesNothing(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		half, stranger := s.enter(t, s.twoStep(t, "halfway@example.test")), s.anyone()
		places := s.places(t, s.enter(t, "member@example.test"))
		for _, route := range s.routeTable() {
			// What a token in the address opens, it opens for anybody; and one may always give up.
			if strings.HasPrefix(route.Path, "/login/code") || route.Path == "/logout" || strings.HasSuffix(route.Path, "{token}") {
				continue
			}
			path := pathOf(t, route, places)
			want := stranger.ask(t, request(route, path)).inWords()
			before := modelstest.Digest(t, s.pool)
			if got := half.ask(t, request(route, path)).inWords(); got != want {
				t.Errorf("%s: %s, a stranger gets %s", route, got, want)
			}
			if want == "login" {
				s.checkInert(t, before, route.String())
			}
		}
		if answer := half.ask(t, get("/login/code")); answer.status != http.StatusOK {
			t.Errorf("the second step itself: %d", answer.status)
		}
	})
}
