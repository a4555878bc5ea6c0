package main

import (
	"testing"

	"latchkey/views"
)

// TestMainJourneyInChromium: someone signs up, lets a third-party app in, takes the access back, and signs out,
// with mouse and keyboard.
func TestMainJourneyInChromium(t *testing.T) {
	walkMainJourney(t, openTab(t), "ada.clicks@example.test")
}

// TestConsentLeavesToClientWithoutScript: the same with scripts off. Then every form is posted by the browser
// itself, and at each of them the policy's form-action must name the client where the redirects end.
func TestConsentLeavesToClientWithoutScript(t *testing.T) {
	walkMainJourney(t, openTab(t).withoutScripts(), "ada.plain@example.test")
}

func walkMainJourney(t *testing.T, b *tab, email string) {
	s := browserSite(t)
	const password = "correct horse battery 9"
	b.look(look{390, "light"})
	b.visit(s.base + "/signup")
	b.fill("email", email)
	b.fill("password", password)
	b.fill("name", "Ada")
	b.follow("Create account")
	b.fill("code", s.lastMail(t, email).Code)
	b.follow("Confirm")
	b.visit(s.base + "/notes")
	b.fill("title", "A note of Ada's")
	b.follow("Add note")
	b.sees("Note added", "A note of Ada's")
	b.visit(s.base + "/account")
	b.signOut(s)

	b.visit(s.client)
	b.follow("Sign in with Latchkey")
	b.arrives(s.base + "/login")
	b.fill("email", email)
	b.fill("password", password)
	b.click("Sign in")
	b.arrives(s.base + "/oauth/authorize/")
	b.sees("Demo client", "Read your notes", "You will go to")
	eval[bool](b, `document.querySelector("input[name=scope][value=email]").click(); true`) // kept to oneself
	b.click("Allow")
	b.arrives(s.client)
	b.sees("Ada", "A note of Ada's", "You kept your address to yourself")

	b.visit(s.base + "/account/apps/" + demoClientID + "/revoke")
	b.follow("Revoke access")
	b.sees("Access revoked")
	b.visit(s.client)
	b.sees("access was taken back")

	b.follow("Sign in with Latchkey")
	b.sees("Demo client wants to use your " + views.BrandName + " account")
	b.click("Allow")
	b.arrives(s.client)
	b.sees("Ada")
	b.click("Sign out")
	b.sees("Sign in with Latchkey")
	b.visit(s.base + "/account")
	b.arrives(s.base + "/login")
}

// signOut sends the form of the menu, which is closed on a small screen.
func (b *tab) signOut(s site) {
	b.t.Helper()
	eval[bool](b, `document.querySelector("form[action='/logout']").submit(); true`)
	b.sees("You are signed out")
	b.arrives(s.base + "/")
}

// TestConfirmDialog: taking access back asks in a dialog that takes the focus, gives it back, and can be left
// by Escape.
func TestConfirmDialog(t *testing.T) {
	s := browserSite(t)
	b := openTab(t)
	b.signIn(s, "member@example.test")
	b.visit(s.client)
	b.follow("Sign in with Latchkey")
	b.click("Allow")
	b.arrives(s.client)
	b.visit(s.base + "/account/apps")
	const open, shut = `document.querySelector("#dialog").open && document.querySelector("#dialog").contains(document.activeElement)`, `!document.querySelector("#dialog").open`
	b.click("Revoke access")
	b.wait("the dialog", open)
	b.press("Escape", "Escape", 27)
	b.wait("the end of the dialog", shut+` && document.activeElement.id.startsWith("revoke-")`)
	b.click("Revoke access")
	b.wait("the dialog again", open)
	b.follow("Revoke access")
	b.sees("Access revoked", "No app has access")
}
