package main

import (
	"testing"

	"github.com/chromedp/cdproto/input"

	"latchkey/auth"
	"latchkey/models"
)

// type by keys: to the field, and what is typed there.
func (b *tab) typeInto(selector, text string) {
	b.t.Helper()
	b.tabTo(selector)
	b.call("type", send(input.InsertText, input.InsertTextParams{Text: text}))
}

// enter goes to a link or button by Tab and presses it.
func (b *tab) enter(selector string) {
	b.t.Helper()
	b.tabTo(selector)
	b.press("Enter", "Enter", 13)
}

// inDialog waits until a question is open, with the focus in it.
func (b *tab) inDialog() {
	b.t.Helper()
	b.wait("the dialog", `document.querySelector("#dialog").open && document.querySelector("#dialog").contains(document.activeElement)`)
}

// TestOperatorByKeys: what an operator does in a day, by keys alone: find a member, read what happened, remove their second
// steps, view as them and stop, rotate the signing key, disable a client.
func TestOperatorByKeys(t *testing.T) {
	s, b := browserSite(t), openTab(t)
	member, err := s.people.CreateUser(t.Context(), auth.NewUser{Email: "keys-alone@example.test", Name: "Keyboard Kofi", Password: demoPassword, Verified: true, TOTPSecret: demoTOTPSecret})
	if err != nil {
		t.Fatal(err)
	}
	client, _ := s.register(t, models.OAuthClient{Name: "Keyboard parcels", RedirectURIs: models.Strings{"https://keys.example/cb"}})
	record := s.base + "/admin/users/" + member.ID
	b.signIn(s, "admin@example.test")
	b.visit(s.base + "/admin")
	b.typeInto("#search-text", "kofi")
	b.press("Enter", "Enter", 13)
	b.arrives(s.base + "/admin/search?q=kofi")
	b.enter(`main a[href$="` + member.ID + `"]`)
	b.arrives(record)
	b.enter(`main a[href^="/admin/audit?person="]`)
	b.arrives(s.base + "/admin/audit")
	b.sees("Account created", "Keyboard Kofi")

	b.visit(record)
	b.enter(`[popovertarget="act-menu"]`)
	b.enter("#do-reset_factors")
	b.inDialog()
	b.typeInto("#dialog #reason", "They lost their phone")
	b.typeInto("#dialog #typed", "keys-alone@example.test")
	b.enter("#dialog button[type=submit]")
	b.sees("Done. The audit log has it.")

	b.enter(`[popovertarget="act-menu"]`)
	b.enter("#do-view-as")
	b.inDialog()
	b.tabTo("#dialog #public_reason")
	b.press("Y", "KeyY", 89) // the choice that begins so
	b.typeInto("#dialog #reason", "To see what they see")
	b.enter("#dialog button[type=submit]")
	b.arrives(s.base + "/dashboard")
	b.sees("You are viewing as", "keys-alone@example.test")
	b.enter("#stop-viewing button")
	b.arrives(s.base + "/admin/views/")

	b.visit(s.base + "/admin/keys")
	b.enter(`main a[href="/admin/keys/rotate"]`)
	b.inDialog()
	b.typeInto("#dialog #reason", "Once a quarter, by hand")
	b.enter("#dialog button[type=submit]")
	b.sees("Done. The audit log has it.")

	b.visit(s.base + "/admin/clients/" + client)
	b.enter(`[popovertarget="act-menu"]`)
	b.enter("#do-disable")
	b.inDialog()
	b.typeInto("#dialog #reason", "Its owner asked for it")
	b.typeInto("#dialog #typed", "Keyboard parcels")
	b.enter("#dialog button[type=submit]")
	b.sees("This client is disabled")
}
