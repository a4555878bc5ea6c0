package auth_test

import (
	"strings"
	"testing"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestSessionList (T-510): the list of sessions, and what the log keeps of them, names them by public ids that open
// nothing and end nothing but one's own.
func TestSessionList(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		st.person("other@example.test")
		phone, theirs := st.browserAt("198.51.100.7").mustSignIn(member), st.browserAt("198.51.100.8").mustSignIn("other@example.test")
		b := st.browser().mustSignIn(member)
		body := b.get("/account/sessions").body
		if !strings.Contains(body, st.session(phone)) {
			t.Error("a session is not on the list")
		}
		if strings.Contains(body, st.session(theirs)) || strings.Contains(body, "198.51.100.8") {
			t.Error("somebody else's session is on the list")
		}
		log := st.dump("audit_events")
		for _, own := range []*browser{b, phone, theirs} {
			for _, secret := range []string{own.cookies["session"], own.cookies["browser"]} {
				if len(secret) != 43 {
					t.Fatalf("the cookie is %q", secret)
				}
				for _, text := range append(spellings(models.Digest(secret)), secret) {
					if strings.Contains(body, text) || strings.Contains(log, text) {
						t.Errorf("the page or the log holds %q", text)
					}
				}
			}
		}

		// The id is no cookie, and ends what is one's own alone.
		before := modelstest.Digest(t, st.raw())
		foreign, missing := b.post("/account/sessions/"+st.session(theirs)+"/end"), b.post("/account/sessions/"+models.NewID()+"/end")
		if foreign.status != 404 || missing.status != 404 || foreign.body != missing.body {
			t.Errorf("another's: %d, nobody's: %d", foreign.status, missing.status)
		}
		wantRedirect(t, st.browser().post("/account/sessions/"+st.session(b)+"/end"), "/login?return_to=%2Fdashboard")
		reader := st.browser()
		reader.cookies["session"], reader.cookies["browser"], reader.cookies["login"] = st.session(b), st.session(b), st.session(b)
		if reader.signedIn() {
			t.Error("the public id signs in")
		}
		st.inert("the id of another's session", before)
		id := st.session(phone)
		wantRedirect(t, b.post("/account/sessions/"+id+"/end"), "/account/sessions")
		if phone.signedIn() || !theirs.signedIn() || !b.signedIn() {
			t.Error("another session than the one named was ended")
		}
		if p := b.post("/account/sessions/" + id + "/end"); p.status != 404 {
			t.Errorf("ended twice: %d", p.status)
		}
	})
}
