package auth_test

import (
	"strings"
	"testing"
	"time"

	"latchkey/auth"
)

// TestMFAPolicy_StrictestWins: the setting says who must have a second factor. Members get a week from the moment
// they are first asked, and a banner that says until when; administrators get none. Who has one is left alone.
func TestMFAPolicy_StrictestWins(t *testing.T) {
	for _, row := range []struct {
		setting       string
		member, admin bool // are asked
	}{{auth.RequireMFAOff, false, false}, {auth.RequireMFAAdmins, false, true}, {auth.RequireMFAAll, true, true}} {
		each(t, func(t *testing.T, st *site) {
			st.person(member)
			st.person("boss@example.test")
			st.exec("UPDATE users SET role = 'administrator' WHERE email = 'boss@example.test'")
			b, boss := st.browser().mustSignIn(member), st.browser().mustSignIn("boss@example.test")
			if p := b.get("/account/profile"); p.status != 200 || strings.Contains(p.body, "needs a second step by") != row.member {
				t.Errorf("%s: a member within the week: %d, banner %v", row.setting, p.status, strings.Contains(p.body, "needs a second step"))
			}
			if p := boss.get("/account/profile"); (p.status == 303) != row.admin {
				t.Errorf("%s: an administrator: %d", row.setting, p.status)
			}
			st.clock.Add(6 * 24 * time.Hour)
			b.mustSignIn(member)
			wantPage(t, b.get("/account/profile"), 200, "Profile") // the week runs on from the first time
			st.clock.Add(25 * time.Hour)
			b.mustSignIn(member)
			p := b.get("/account/profile")
			if (p.status == 303) != row.member {
				t.Errorf("%s: a member after the week: %d", row.setting, p.status)
			}
			if !row.member {
				return
			}
			wantRedirect(t, p, "/account/secure?return_to=%2Faccount%2Fprofile")
			b.get("/account/sessions")
			if rows := st.audit(auth.AuditPolicyBlock); len(withSubject(rows, st.row(member).ID)) != 1 {
				t.Errorf("the wall is noted %d times in a day", len(rows))
			}
			wantPage(t, b.get("/account/secure?return_to=%2Faccount%2Fprofile"), 200, "Add a passkey", "Add an authenticator app")
			b.addKey("Mine")
			wantRedirect(t, b.get("/account/secure?return_to=%2Faccount%2Fprofile"), "/account/profile")
			wantPage(t, b.get("/account/profile"), 200)
		}, func(c *auth.Config) { c.RequireMFA = row.setting })
	}
}

// TestMFAPolicy_LastFactorStays: it can be replaced, not removed.
func TestMFAPolicy_LastFactorStays(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		b, k := st.keyed()
		const kept = "Your account must keep a second step. Add another one first"
		wantPage(t, b.post("/account/passkeys/"+k.id+"/remove"), 422, kept)
		if n := st.number("SELECT count(*) FROM passkeys"); n != 1 {
			t.Fatalf("%d passkeys", n)
		}
		other := b.addKey("Another")
		wantRedirect(t, b.post("/account/passkeys/"+k.id+"/remove"), "/account/passkeys")
		wantPage(t, b.post("/account/passkeys/"+other.id+"/remove"), 422, kept)
	}, func(c *auth.Config) { c.RequireMFA = auth.RequireMFAAll })
}
