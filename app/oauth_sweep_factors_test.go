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

// TestHalfSignedInReachesNothing (T-503): who has shown a password and owes the second step is, everywhere but there
// and where one goes who has lost it, a stranger: the same answer, and nothing changes.
func TestHalfSignedInReachesNothing(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		half, stranger := s.enter(t, s.twoStep(t, "halfway@example.test")), s.anyone()
		places := s.places(t, s.enter(t, "member@example.test"))
		for _, route := range s.routeTable() {
			// What a token in the address opens, it opens for anybody; and one may always give up.
			if strings.HasPrefix(route.Path, "/login/code") || strings.HasPrefix(route.Path, "/login/recovery") || route.Path == "/logout" || strings.HasSuffix(route.Path, "{token}") {
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

// behindTheWall is what somebody who owes a second factor still reaches, and why. Programs bring a proof of their own.
var behindTheWall = map[string]string{
	"/account/secure": "says what is wanted", "/account/totp": "adds one", "/account/passkeys": "adds one", "/account/passkeys/options": "adds one",
	"/account/recovery-codes": "come with it", "/reauth": "adding one may ask for it", "/reauth/code": "adding one may ask for it", "/reauth/passkey/options": "adding one may ask for it",
	"/logout": "one may always give up", "/theme": "is part of those pages",
	"/account/not-me/{token}": "closes an account that somebody else is in",
	"/healthz":                "knows nobody", "/readyz": "knows nobody", "/static/{file}": "knows nobody",
	"/.well-known/openid-configuration": "knows nobody", "/.well-known/oauth-authorization-server": "knows nobody", "/oauth/jwks.json": "knows nobody",
	"/oauth/token": "a program's", "/oauth/userinfo": "a program's", "/oauth/introspect": "a program's", "/oauth/revoke": "a program's",
	"/api/me": "a program's", "/api/notes": "a program's",
}

// TestMFAPolicy_WallHasNoHole: once the days of grace are over, every route leads to the page that asks for a
// second factor, and changes nothing, but for those that are listed.
func TestMFAPolicy_WallHasNoHole(t *testing.T) {
	modelstest.URLs(t, func(t *testing.T, databaseURL string) {
		s := newSweep(t, databaseURL, func(c *Config) { c.RequireMFA = auth.RequireMFAAll })
		places := s.places(t, s.enter(t, "member@example.test"))
		person := s.newPerson(t, "owing@example.test")
		s.enter(t, person).ask(t, get("/account"))
		s.clock.Add(7*24*time.Hour + time.Minute)
		owing := s.enter(t, person)
		seen := map[string]bool{}
		for _, route := range s.lastly() {
			answer := owing.ask(t, request(route, pathOf(t, route, places)))
			wall := strings.HasPrefix(answer.place(), "/account/secure")
			reason, open := behindTheWall[route.Path]
			seen[route.Path] = true
			if wall == open {
				t.Errorf("%s: %s (%q)", route, answer.inWords(), reason)
			}
		}
		for path := range behindTheWall {
			if !seen[path] {
				t.Errorf("%s is listed and does not exist", path)
			}
		}
	})
}
