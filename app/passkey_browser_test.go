package main

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"latchkey/auth"
)

// authenticator gives the tab an authenticator that verifies its person, and whose finger touch moves.
type authenticator struct {
	tab *tab
	id  webauthn.AuthenticatorID
}

func (b *tab) authenticator() authenticator {
	b.t.Helper()
	a := authenticator{tab: b}
	b.call("plug an authenticator in", send(webauthn.Enable, webauthn.EnableParams{}),
		chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			made, err := cdp.Call(ctx, t, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
				Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true,
			}})
			if err == nil {
				a.id = made.AuthenticatorID
			}
			return err
		}))
	return a
}

// finger lays a finger on the authenticator, or takes it away: a ceremony that begins without one waits for good.
func (a authenticator) finger(there bool) {
	a.tab.t.Helper()
	a.tab.call("move the finger", send(webauthn.SetAutomaticPresenceSimulation, webauthn.SetAutomaticPresenceSimulationParams{AuthenticatorID: a.id, Enabled: there}))
}

// TestBrowser_PasskeyAutofill: a person adds a passkey, signs out, and signs in with it by the button and by the
// autofill of the address field. A ceremony that is refused is a quiet sentence.
func TestBrowser_PasskeyAutofill(t *testing.T) {
	s := browserSite(t)
	chromium(t)
	if _, err := s.people.CreateUser(t.Context(), auth.NewUser{Email: "keys@example.test", Password: demoPassword, Verified: true}); err != nil {
		t.Fatal(err)
	}
	b := openTab(t)
	key := b.authenticator()
	key.finger(true)
	b.signIn(s, "keys@example.test")
	b.visit(s.base + "/account/passkeys")
	b.fill("name", "Everyday key")
	b.follow("Add passkey")
	b.arrives(s.base + "/account/recovery-codes") // it is the account's first second factor
	b.visit(s.base + "/account/passkeys")
	b.sees("Everyday key", "Works without a password")

	b.click("Add passkey") // the authenticator has one for this account
	b.sees("This account already has that passkey.")

	key.finger(false)
	signOut := func() {
		t.Helper()
		eval[bool](b, `document.querySelector("#sign-out").requestSubmit(); true`)
		b.sees("You are signed out.")
		b.visit(s.base + "/login?return_to=/notes")
		b.sees("Use a passkey")
	}
	signOut()
	eval[bool](b, `document.querySelector("#remember").checked = true`)
	eventually(t, "the autofill", func() bool { return b.posts("/login/passkey/options") == 2 }) // of both pages of signing out
	key.finger(true)
	b.click("Use a passkey") // the autofill, which waits, gives way
	b.arrives(s.base + "/notes")
	if !b.remembered() {
		t.Error("the box of the other form was not asked")
	}

	key.finger(false)
	signOut()
	key.finger(true)
	b.visit(s.base + "/login?return_to=/notes") // nothing is clicked
	b.arrives(s.base + "/notes")

	key.finger(false)
	signOut()
	b.call("take the key away", send(webauthn.RemoveVirtualAuthenticator, webauthn.RemoveVirtualAuthenticatorParams{AuthenticatorID: key.id}))
	plain := b.authenticator() // with no passkey on it
	plain.finger(true)
	b.visit(s.base + "/login")
	b.click("Use a passkey")
	b.sees("That did not work. Try again, or use another way.")
	if eval[bool](b, `!!document.querySelector("main .alert-error, main [aria-invalid=true]")`) {
		t.Error("a refused ceremony looks like an error")
	}
}

// remembered tells whether the session's cookie outlives the browser.
func (b *tab) remembered() (lasting bool) {
	b.t.Helper()
	b.call("look at the cookies", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		jar, err := cdp.Call(ctx, t, network.GetCookies, network.GetCookiesParams{})
		if err != nil {
			return err
		}
		for _, cookie := range jar.Cookies {
			lasting = lasting || cookie.Name == "session" && !cookie.Session
		}
		return nil
	}))
	return lasting
}

// TestBrowser_NoPasskeys: a browser without them is not offered any, and the page that adds them says so.
func TestBrowser_NoPasskeys(t *testing.T) {
	s := browserSite(t)
	b := openTab(t).withoutScripts()
	b.visit(s.base + "/login")
	b.wait("the choice to stay hidden", `!document.querySelector("#login-passkey button").checkVisibility()`)
	b.signIn(s, "admin@example.test")
	b.visit(s.base + "/account/passkeys")
	b.sees("This browser cannot add a passkey")
	b.wait("the button to stay hidden", `!document.querySelector("#add-passkey button").checkVisibility()`)
}
