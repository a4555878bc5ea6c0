package auth_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models"
)

func TestTrustedBrowser_SkipsOnce(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		b := two.halfway(member)
		wantRedirect(t, b.post("/login/code", "code", two.code(0), "trust", "on"), "/dashboard")
		wantRedirect(t, b.signInWith(member, goodPassword), "/dashboard")
		if u := st.actor(b); u.ACR != "aal1" || strings.Join(u.AMR, " ") != "pwd" {
			t.Errorf("trust proved something: %q %v", u.ACR, u.AMR)
		}
		wantPage(t, b.signInWith(member, "wrong-password"), 422) // it skips the second step, not the first
		st.clock.Add(30*24*time.Hour + time.Second)
		wantRedirect(t, b.signInWith(member, goodPassword), "/login/code")
	})
}

// TestTrustedBrowserIsNarrow (T-414): trust is for one browser and one person.
func TestTrustedBrowserIsNarrow(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		b := two.halfway(member)
		wantRedirect(t, b.post("/login/code", "code", two.code(0), "trust", "on"), "/dashboard")
		st.clock.Add(time.Minute)
		other := st.twoStep("other@example.test")
		wantRedirect(t, b.signInWith("other@example.test", goodPassword), "/login/code")
		edited := b.copy()
		edited.cookies["browser"] = "A" + b.cookies["browser"][1:]
		if edited.cookies["browser"] != b.cookies["browser"] {
			wantRedirect(t, edited.signInWith(member, goodPassword), "/login/code")
		}
		stranger := st.browser()
		stranger.cookies["browser"] = models.NewToken()
		wantRedirect(t, stranger.signInWith(member, goodPassword), "/login/code")
		wantRedirect(t, other.b.post("/account/totp/disable"), "/account/totp")
		wantRedirect(t, b.signInWith(member, goodPassword), "/dashboard") // another's change is not this one's
	})
}

func TestTrustedBrowser_DiesWithEpoch(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		changes := map[string]func(){
			"password": func() {
				wantRedirect(t, two.b.post("/account/password", "current_password", goodPassword, "password", otherPassword), "/account")
				wantRedirect(t, two.b.post("/account/password", "current_password", otherPassword, "password", goodPassword), "/account")
			},
			"new recovery codes": func() { wantRedirect(t, two.b.post("/account/recovery-codes"), "/account/recovery-codes") },
		}
		for name, change := range changes {
			st.clock.Add(time.Minute)
			b := two.halfway(member)
			wantRedirect(t, b.post("/login/code", "code", two.code(0), "trust", "on"), "/dashboard")
			wantRedirect(t, b.signInWith(member, goodPassword), "/dashboard")
			change()
			if p := b.signInWith(member, goodPassword); p.location != "/login/code" {
				t.Errorf("%s: %d %q", name, p.status, p.location)
			}
		}
	})
}

func TestTrustedBrowser_ListAndRemove(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		wantPage(t, two.b.get("/account/trusted-browsers"), 200, "No browser is trusted")
		var trusted []*browser
		for range 3 {
			st.clock.Add(time.Minute)
			b := two.halfway(member)
			wantRedirect(t, b.post("/login/code", "code", two.code(0), "trust", "on"), "/dashboard")
			trusted = append(trusted, b)
		}
		page := trusted[0].get("/account/trusted-browsers")
		wantPage(t, page, 200, "Firefox on Linux", "This browser", "192.0.2.1")
		ids := regexp.MustCompile(`id="untrust-([^"]+)"`).FindAllStringSubmatch(page.body, -1)
		if len(ids) != 3 {
			t.Fatalf("%d browsers", len(ids))
		}
		id := ids[0][1] // the newest first
		at := "/account/trusted-browsers/" + id
		wantRedirect(t, two.b.post(at+"/rename", "name", "Kitchen"), "/account/trusted-browsers")
		wantPage(t, two.b.get("/account/trusted-browsers"), 200, "Kitchen")
		wantPage(t, two.b.post(at+"/rename", "name", strings.Repeat("k", 61)), 422, "Use at most 60 characters", strings.Repeat("k", 61))
		st.person("other@example.test")
		stranger := st.actor(st.browser().mustSignIn("other@example.test"))
		for name, err := range map[string]error{
			"rename": st.s.RenameTrustedBrowser(t.Context(), stranger, id, "Mine"), "remove": st.s.UntrustBrowsers(t.Context(), stranger, id),
		} {
			if !errors.Is(err, models.ErrNotFound) {
				t.Errorf("%s by somebody else: %v", name, err)
			}
		}
		wantRedirect(t, two.b.post(at+"/remove"), "/account/trusted-browsers")
		wantRedirect(t, trusted[2].signInWith(member, goodPassword), "/login/code")
		wantRedirect(t, trusted[1].signInWith(member, goodPassword), "/dashboard")
		wantRedirect(t, two.b.post("/account/trusted-browsers"), "/account/trusted-browsers")
		wantRedirect(t, trusted[1].signInWith(member, goodPassword), "/login/code")
		if len(st.audit(auth.AuditBrowserTrust)) != 3 || len(st.audit(auth.AuditBrowserUntrust)) != 2 {
			t.Error("not in the audit log")
		}
	})
}
