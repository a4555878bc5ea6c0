package main

import (
	"strings"
	"testing"
)

// TestMailsQuoteNobody (T-1108): what a stranger types at sign-up is in no mail to an address that is not proven.
func TestMailsQuoteNobody(t *testing.T) {
	s := sqliteSweep(t)
	form := fields("email", newcomer, "password", demoPassword, "name", "Visit evil.example now")
	hostile := s.anyone()
	hostile.headers = []string{"User-Agent: Visit evil.example now"}
	if answer := hostile.browse(t, post("/signup", form.Encode())); answer.place() != "/verify-email" {
		t.Fatalf("sign-up: %d", answer.status)
	}
	hostile.ask(t, post("/signup", form.Encode()))
	hostile.ask(t, post("/password/forgot", fields("email", newcomer).Encode()))
	mails := s.mails(t, newcomer)
	if len(mails) < 2 {
		t.Fatalf("%d mails", len(mails))
	}
	for _, m := range mails {
		if strings.Contains(m.Subject+m.Text+m.HTML, "evil.example") {
			t.Errorf("%s quotes a stranger: %s", m.Kind, m.Text)
		}
	}
}
