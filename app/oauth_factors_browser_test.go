package main

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"golang.org/x/oauth2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestFactorsJourneyInChromium: someone makes an account with a passkey, adds a password and an authenticator app, signs in
// by each of them, and meets a client that wants a level, or a fresh proof. Each time exactly the proof that is missing
// is asked for.
func TestFactorsJourneyInChromium(t *testing.T) {
	s := browserSite(t)
	party := s.newParty(t, func(c *models.OAuthClient) { c.Consent = "skip" })
	const email, password = "factors@example.test", "correct horse battery 9"
	b := openTab(t)
	key := b.authenticator()
	key.finger(true)

	b.visit(s.base + "/signup")
	b.fill("email", email)
	b.fill("name", "Factor Five")
	b.follow("Create with a passkey")
	b.arrives(s.base + "/verify-email")
	b.fill("code", s.lastMail(t, email).Code)
	b.follow("Confirm")
	b.arrives(s.base + "/account/recovery-codes")
	recovery := strings.Fields(eval[string](b, `document.querySelector("#recovery-codes").value`))[0]
	b.follow("I have saved them")
	b.arrives(s.base + "/dashboard")

	b.signOut(s)
	b.visit(s.base + "/login?return_to=/account/password") // the autofill finds the finger there
	b.arrives(s.base + "/account/password")
	b.fill("password", password)
	b.follow("Set password")
	b.visit(s.base + "/account/totp")
	secret := strings.ReplaceAll(eval[string](b, `document.querySelector("#totp-key").textContent`), " ", "")
	b.fill("code", codeOf(t, secret, 0))
	b.follow("Add this app")
	b.sees("Added ")

	key.finger(false)
	signInWith := func(code string) {
		t.Helper()
		b.signOut(s)
		b.visit(s.base + "/login")
		b.fill("email", email)
		b.fill("password", password)
		b.follow("Sign in")
		b.arrives(s.base + "/login/code")
		b.click("Try another way")
		b.fill("code", code)
		b.follow("Confirm")
		b.arrives(s.base + "/dashboard")
	}
	signInWith(codeOf(t, secret, 30*time.Second)) // the one of now is spent
	signInWith(recovery)

	// What the session has is enough for one client, and not for another.
	if token := b.tokenOf(t, party, "acr_values", "aal2", nil); token.ACR != auth.ACRTwoStep || !slices.Contains(token.AMR, "mfa") {
		t.Errorf("aal2: %+v", token)
	}
	usePasskey := func() {
		t.Helper()
		b.arrives(s.base + "/reauth")
		key.finger(true)
		b.click("Use a passkey")
	}
	if token := b.tokenOf(t, party, "acr_values", "phr", usePasskey); token.ACR != auth.ACRPasskey || !slices.Contains(token.AMR, "pop") {
		t.Errorf("phr: %+v", token)
	}
	key.finger(false)
	began := time.Now().Truncate(time.Second)
	if token := b.tokenOf(t, party, "max_age", "0", usePasskey); token.AuthTime < began.Unix() {
		t.Errorf("max_age=0: signed in at %d, asked at %d", token.AuthTime, began.Unix())
	}

	// An hour later the account wants to be sure.
	if _, err := modelstest.SQL(t, s.db).ExecContext(t.Context(), "UPDATE sessions SET auth_time = '2026-01-01 00:00:00+00:00'"); err != nil {
		t.Fatal(err)
	}
	key.finger(false)
	b.visit(s.base + "/account/passkeys")
	b.click("Remove")
	b.sees("To change your passkeys, confirm it is you.")
	usePasskey()
	b.arrives(s.base + "/account/passkeys")
}

func codeOf(t *testing.T, secret string, later time.Duration) string {
	t.Helper()
	code, err := totp.GenerateCode(strings.ToUpper(secret), time.Now().Add(later))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// assured is what an ID token tells of a sign-in.
type assured struct {
	ACR      string   `json:"acr"`
	AMR      []string `json:"amr"`
	AuthTime int64    `json:"auth_time"`
}

// tokenOf sends the tab through a client's request with one parameter more; meanwhile does what the person is asked for.
func (b *tab) tokenOf(t *testing.T, p *party, name, value string, meanwhile func()) (token assured) {
	t.Helper()
	v := p.begin(oauth2.SetAuthURLParam(name, value))
	b.visit(v.address)
	if meanwhile != nil {
		meanwhile()
	}
	b.arrives(p.RedirectURL)
	place, err := url.Parse(eval[string](b, "location.href"))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := v.Exchange(t.Context(), place.Query().Get("code"), oauth2.VerifierOption(v.verifier))
	if err != nil {
		t.Fatal(err, place)
	}
	verified := v.verify(t, answer)
	if err := verified.Claims(&token); err != nil {
		t.Fatal(err)
	}
	return token
}
