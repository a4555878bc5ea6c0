package auth_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
)

func TestRecentLogin_Window(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser().mustSignIn(member)
		st.clock.Add(10 * time.Minute)
		wantPage(t, b.get("/fresh"), 200, "fresh")
		st.clock.Add(time.Second)
		wantRedirect(t, b.get("/fresh?x=1"), "/reauth?return_to=%2Ffresh%3Fx%3D1")
		wantRedirect(t, b.post("/fresh", "a", "b"), "/reauth?return_to=%2Ffresh") // not replayed: its form again
		b.headers = map[string]string{"HX-Request": "true", "HX-Current-URL": "http://localhost:3000/account"}
		if p := b.post("/fresh"); p.status != 200 || p.header.Get("HX-Redirect") != "/reauth?return_to=%2Faccount" {
			t.Errorf("%d %q", p.status, p.header.Get("HX-Redirect"))
		}
		b.headers = map[string]string{}
		wantRedirect(t, b.post("/reauth", "password", goodPassword, "return_to", "/fresh?x=1"), "/fresh?x=1")
		wantPage(t, b.get("/fresh?x=1"), 200, "fresh")
		wantRedirect(t, st.browser().get("/fresh"), "/login?return_to=%2Ffresh")
	})
}

func TestReauth_Password(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser().mustSignIn(member)
		wantPage(t, b.get("/reauth?return_to=/notes"), 200, "To go on, confirm it is you.")
		wantPage(t, b.post("/reauth", "password", ""), 422, "Enter your password")
		wantPage(t, b.post("/reauth", "password", "wrong-password", "return_to", "/notes"), 422, "That is not right")
		wantRedirect(t, b.post("/reauth", "password", goodPassword, "return_to", "/notes"), "/notes")
		rows := st.audit(auth.AuditReauth)
		if len(rows) != 2 || len(withReason(rows, "bad_password")) != 1 || rows[0].SessionID != st.session(b) {
			t.Errorf("audit: %+v", rows)
		}
		wantRedirect(t, b.post("/reauth", "password", goodPassword, "return_to", "//evil.example"), "/dashboard")
	})
}

func TestReauth_AlwaysAsks(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser().mustSignIn(member)
		for range 2 {
			p := b.get("/reauth?return_to=/oauth/authorize/X1")
			wantPage(t, p, 200, `name="password"`)
			if strings.Contains(p.body, `name="email"`) && !strings.Contains(p.body, "readonly") && !strings.Contains(p.body, "hidden") {
				t.Error("the page lets the account be changed")
			}
			b.post("/reauth", "password", goodPassword)
		}
		for range 12 { // right ones are not counted
			wantRedirect(t, b.post("/reauth", "password", goodPassword), "/dashboard")
		}
	})
}

func TestRecentLogin_RefusesTokens(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser()
		signedIn := st.browser().mustSignIn(member)
		for _, header := range []string{"Bearer " + signedIn.cookies["session"], "Bearer x", "Basic x"} {
			b.headers["Authorization"] = header
			for _, path := range []string{"/fresh", "/reauth", "/account/password"} {
				if p := b.get(path); p.status != http.StatusSeeOther || !strings.HasPrefix(p.location, "/login") {
					t.Errorf("%s with %.12s: %d %q", path, header, p.status, p.location)
				}
			}
		}
	})
}

func TestRequireOperator(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser()
		wantRedirect(t, b.get("/admin"), "/login?return_to=%2Fadmin")
		b.mustSignIn(member)
		if p := b.get("/admin"); p.status != 404 {
			t.Errorf("a member: %d", p.status)
		}
		st.exec("UPDATE users SET role = 'administrator'")
		wantPage(t, b.get("/admin"), 200, "admin")
	})
}
