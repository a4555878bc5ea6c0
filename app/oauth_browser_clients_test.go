package main

import (
	"testing"

	"latchkey/models"
)

// TestClientActsInChromium: with script an operator's question opens in the dialog, a rejected form stays there with what was
// typed and takes the focus, and a new secret is shown on its page. Without script the same pages do the same.
func TestClientActsInChromium(t *testing.T) {
	for name, scripts := range map[string]bool{"with script": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			s := browserSite(t)
			b := openTab(t)
			if !scripts {
				b.withoutScripts()
			}
			id, _ := s.register(t, models.OAuthClient{Name: "Parcels " + name, RedirectURIs: models.Strings{"https://parcels.example/cb"}})
			b.signIn(s, "admin@example.test")
			b.visit(s.base + "/admin/clients/" + id)
			b.click("Actions")
			b.click("Disable client")
			if scripts {
				b.wait("the dialog", `document.querySelector("#dialog").open && document.querySelector("#dialog").contains(document.activeElement)`)
			}
			b.sees("Disable this client?")
			b.fill("reason", "Asked for by its owner")
			b.fill("typed", "Another client")
			b.click("Disable client")
			b.sees("Type it as it stands above")
			b.wait("the focus at the summary", `document.activeElement.matches(".alert-error")`)
			if kept := eval[string](b, `document.querySelector("#reason").value`); kept != "Asked for by its owner" {
				t.Errorf("the reason is %q now", kept)
			}
			b.fill("typed", "Parcels "+name)
			b.follow("Disable client")
			b.sees("This client is disabled", "Done.")

			b.visit(s.base + "/admin/clients/" + id + "/rotate-secret")
			b.fill("reason", "Asked for by its owner")
			b.follow("Rotate secret")
			b.sees("Save this secret now")
			b.follow("I have saved it")
			b.sees("Current secret")
			b.visit(s.base + "/admin/clients?kind=web")
			b.sees("Demo client", "Parcels "+name)
		})
	}
}
