package main

import (
	"net/http"
	"net/url"
	"testing"

	"golang.org/x/oauth2"

	"latchkey/app/apptest"
	"latchkey/models"
)

// TestStatementsPerFlow: what a request of each kind costs the database, with the real accounts behind it. The
// numbers go into docs/performance.md (tools/measure.sh). Where a token is used, one of them is the look-up of the
// account behind it, and at UserInfo and the API one is what they tell of the person.
func TestStatementsPerFlow(t *testing.T) {
	eachSite(t, func(t *testing.T, s site) {
		b := s.signIn(t, "member@example.test")
		p := s.newParty(t, nil)
		robot, secret := s.register(t, models.OAuthClient{Name: "Robot", Kind: "service"})
		first := p.begin()
		b.Visit(first.address).Submit("Allow", apptest.Set("remember", "on"))
		first.redeem(t, b)

		least := map[string]int64{}
		count := func(flow string, run func()) {
			before := s.statements(t)
			run()
			n := s.statements(t) - before
			if known, found := least[flow]; !found || n < known {
				least[flow] = n // a duty of the background may run beside one of the rounds
			}
		}
		ok := func(what string, status int) {
			if status != http.StatusOK {
				t.Fatalf("%s answers %d", what, status)
			}
		}
		for range 3 {
			var own oauth2.Token
			v := p.begin()
			count("authorize, signed in and agreed", func() { b.Visit(v.address) })
			code := v.answer(t, b, "code").Get("code")
			var token *oauth2.Token
			count("code for tokens", func() {
				var err error
				if token, err = p.Exchange(t.Context(), code, oauth2.VerifierOption(v.verifier)); err != nil {
					t.Fatal(err)
				}
			})
			count("API check", func() {
				status, _ := s.get(t, token.AccessToken, "/api/me", nil)
				ok("/api/me", status)
			})
			count("userinfo", func() {
				status, _ := s.get(t, token.AccessToken, "/oauth/userinfo", nil)
				ok("/oauth/userinfo", status)
			})
			count("introspection, of a person's token", func() {
				ok("introspection", s.tell(t, p.ClientID, p.ClientSecret, "/oauth/introspect", url.Values{"token": {token.AccessToken}}, nil))
			})
			count("refresh", func() {
				if _, err := p.refreshed(t.Context(), token); err != nil {
					t.Fatal(err)
				}
			})
			count("client credentials", func() {
				form := url.Values{"grant_type": {"client_credentials"}, "scope": {"notes:read"}}
				ok("client credentials", s.tell(t, robot, secret, "/oauth/token", form, &own))
			})
			count("introspection", func() {
				ok("introspection", s.tell(t, robot, secret, "/oauth/introspect", url.Values{"token": {own.AccessToken}}, nil))
			})
			count("discovery", func() {
				status, _ := s.get(t, "", "/.well-known/openid-configuration", nil)
				ok("discovery", status)
			})
			count("JWKS", func() {
				status, _ := s.get(t, "", "/oauth/jwks.json", nil)
				ok("JWKS", status)
			})
			stranger, form := apptest.New(t).Visit(s.base+"/login"), url.Values{"email": {"member@example.test"}, "password": {demoPassword}}
			count("sign-in", func() { stranger.Fetch("POST", "/login", "", form.Encode()) })
		}
		for _, bar := range []struct {
			flow string
			most int64
		}{
			{"authorize, signed in and agreed", 8}, {"code for tokens", 8}, {"refresh", 6},
			{"introspection", 2}, {"introspection, of a person's token", 3}, {"userinfo", 3},
			{"API check", 3}, {"client credentials", 3}, {"sign-in", 6}, {"discovery", 0}, {"JWKS", 0},
		} {
			t.Logf("| %s | %d | %d |", bar.flow, least[bar.flow], bar.most)
			if least[bar.flow] > bar.most {
				t.Errorf("%s: %d statements, at most %d", bar.flow, least[bar.flow], bar.most)
			}
		}
	})
}
