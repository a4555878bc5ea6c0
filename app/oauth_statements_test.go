package main

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"
	"golang.org/x/oauth2"

	"latchkey/app/apptest"
	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
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

		signs := s.passkeySignIn(t, "keys@example.test")
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
		for range 5 {
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
			count("introspection, of a refresh token", func() {
				ok("introspection", s.tell(t, p.ClientID, p.ClientSecret, "/oauth/introspect", url.Values{"token": {token.RefreshToken}}, nil))
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
			count("second step, by a code", s.halfway(t))
			count("sign-in by passkey, its options too", func() { signs() })
		}
		for _, bar := range []struct {
			flow string
			most int64
		}{
			{"authorize, signed in and agreed", 8}, {"code for tokens", 8}, {"refresh", 6},
			{"introspection", 2}, {"introspection, of a person's token", 2}, {"introspection, of a refresh token", 2}, {"userinfo", 3},
			{"API check", 3}, {"client credentials", 3}, {"sign-in", 6}, {"second step, by a code", 6}, {"sign-in by passkey, its options too", 8},
			{"discovery", 0}, {"JWKS", 0},
		} {
			t.Logf("| %s | %d | %d |", bar.flow, least[bar.flow], bar.most)
			if least[bar.flow] > bar.most {
				t.Errorf("%s: %d statements, at most %d", bar.flow, least[bar.flow], bar.most)
			}
		}
	})
}

// halfway is somebody new at the second step, who then types the code.
func (s site) halfway(t *testing.T) (finish func()) {
	t.Helper()
	if _, err := modelstest.SQL(t, s.db).ExecContext(t.Context(), "UPDATE authenticators SET last_step = 0"); err != nil { // the code of this half minute may have been used
		t.Fatal(err)
	}
	b, form := apptest.New(t).Visit(s.base+"/login"), url.Values{"email": {"totp@example.test"}, "password": {demoPassword}}
	b.Fetch("POST", "/login", "", form.Encode())
	code, err := auth.TOTPCode(demoTOTPSecret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		answer := b.Fetch("POST", "/login/code", "", "code="+code)
		if answer.Header.Get("HX-Redirect") != "/dashboard" {
			t.Fatalf("the second step answers %d", answer.Status)
		}
	}
}

// passkeySignIn makes an account with a passkey; each call signs in with it, in the same browser.
func (s site) passkeySignIn(t *testing.T, email string) (signIn func()) {
	t.Helper()
	if _, err := s.people.CreateUser(t.Context(), auth.NewUser{Email: email, Password: demoPassword, Verified: true}); err != nil {
		t.Fatal(err)
	}
	b := s.signIn(t, email)
	party := virtualwebauthn.RelyingParty{Name: "Latchkey", ID: "localhost", Origin: s.base}
	asked, err := virtualwebauthn.ParseAttestationOptions(b.Fetch("POST", "/account/passkeys/options", "", "").Body)
	if err != nil {
		t.Fatal(err)
	}
	// Not an elliptic one: this library drops zeros in front of a coordinate, which no authenticator does.
	keeper, key := virtualwebauthn.NewAuthenticator(), virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeRSA)
	keeper.Options.UserHandle = []byte(asked.UserID)
	keeper.AddCredential(key)
	made := virtualwebauthn.CreateAttestationResponse(party, keeper, key, *asked)
	b.Fetch("POST", "/account/passkeys", "", url.Values{"credential": {made}}.Encode())
	b.Fetch("POST", "/logout", "", "")
	return func() {
		t.Helper()
		asked, err := virtualwebauthn.ParseAssertionOptions(b.Fetch("POST", "/login/passkey/options", "", "").Body)
		if err != nil {
			t.Fatal(err)
		}
		signed := virtualwebauthn.CreateAssertionResponse(party, keeper, keeper.Credentials[0], *asked)
		answer := b.Fetch("POST", "/login/passkey", "", url.Values{"credential": {signed}}.Encode())
		if answer.Header.Get("HX-Redirect") != "/dashboard" {
			t.Fatalf("the passkey answers %d", answer.Status)
		}
	}
}
