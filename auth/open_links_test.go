package auth_test

import (
	"strings"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
)

// openLink is the id of the newest open link to an address.
func (st *site) openLink(email string) string {
	st.t.Helper()
	ids := st.texts("SELECT id FROM mail_tokens WHERE used_at IS NULL AND email = '" + email + "' ORDER BY created_at DESC")
	if len(ids) == 0 {
		st.t.Fatalf("no open link to %s", email)
	}
	return ids[0]
}

func TestSessions_PendingLinksCancel(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		st.person("other@example.test")
		b := st.browser().mustSignIn(member)
		if strings.Contains(b.get("/account/sessions").body, "Links in your mailbox") {
			t.Error("a list of nothing")
		}
		stranger := st.browserAt("203.0.113.77")
		link := st.loginLink(stranger, member)
		code := st.loginCode(member)
		id := st.openLink(member)
		st.browserAt("203.0.113.78").post("/password/forgot", "email", member)
		reset := st.link(member, "password_reset")
		st.loginLink(st.browserAt("203.0.113.79"), "other@example.test")
		theirs := st.openLink("other@example.test")

		body := b.get("/account/sessions").body
		for _, want := range []string{"Links in your mailbox", "Sign in</h3>", "Choose a new password</h3>", "203.0.113.77", "203.0.113.78", "/account/sessions/links/" + id + "/cancel"} {
			if !strings.Contains(body, want) {
				t.Errorf("the page does not say %q\n%s", want, body)
			}
		}
		if strings.Contains(body, "<h3></h3>") {
			t.Error("a row without a name")
		}
		for _, secret := range []string{lastPart(link), lastPart(reset), code, theirs, "203.0.113.79"} {
			if strings.Contains(body, secret) {
				t.Errorf("the page holds %q", secret)
			}
		}

		before := modelstest.Digest(t, st.raw())
		foreign, missing := b.post("/account/sessions/links/"+theirs+"/cancel"), b.post("/account/sessions/links/"+models.NewID()+"/cancel")
		if foreign.status != 404 || missing.status != 404 || foreign.body != missing.body {
			t.Errorf("another's: %d, nobody's: %d", foreign.status, missing.status)
		}
		wantRedirect(t, st.browser().post("/account/sessions/links/"+id+"/cancel"), "/login?return_to=%2Fdashboard")
		st.inert("somebody else's cancel", before)

		wantRedirect(t, b.post("/account/sessions/links/"+id+"/cancel"), "/account/sessions")
		wantPage(t, b.get("/account/sessions"), 200, "Link cancelled.")
		wantPage(t, stranger.get(link), 410, "This link no longer works")
		wantPage(t, stranger.post("/login/link/code", "code", code), 422, "not right")
		if alive, err := st.db.MailTokenAlive(t.Context(), id); err != nil || alive {
			t.Errorf("a mail still on its way would go out: %v, %v", alive, err)
		}
		wantPage(t, stranger.get(reset), 200, "Choose a new password") // the other one stays
		if p := b.post("/account/sessions/links/" + id + "/cancel"); p.status != 404 {
			t.Errorf("cancelled twice: %d", p.status)
		}
		rows := st.audit(auth.AuditLinkCancel)
		if len(rows) != 1 || rows[0].TargetID != id || rows[0].SubjectID != st.row(member).ID {
			t.Errorf("audit: %+v", rows)
		}
		st.clock.Add(time.Hour)
		if strings.Contains(b.get("/account/sessions").body, "Links in your mailbox") {
			t.Error("an expired link is on the list")
		}
	})
}

// TestSessions_AlarmsStay: whoever broke into a session cannot silence the mails that warn of it.
func TestSessions_AlarmsStay(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		st.browser().mustSignIn(member)
		b := st.phone("198.51.100.7").mustSignIn(member)
		link, id := st.notMe(member, "new_sign_in"), st.texts("SELECT id FROM mail_tokens WHERE alarm")[0]
		if strings.Contains(b.get("/account/sessions").body, "Links in your mailbox") {
			t.Error("an alarm is on the list")
		}
		if p := b.post("/account/sessions/links/" + id + "/cancel"); p.status != 404 {
			t.Error(p.status)
		}
		wantPage(t, st.browser().get(link), 200, "Secure my account")
	})
}
