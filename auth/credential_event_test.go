package auth_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/views"
)

// belongings are all that one person can have open: in browsers, in mails, half done.
type belongings struct {
	current, other, remembered *browser
	forced                     *browser // at the page of a forced change
	verifying                  *browser // at the page of the sign-up
	reset, unlock, verify      string   // links
}

func (st *site) belongingsOf(email string) belongings {
	st.t.Helper()
	own := belongings{verifying: st.browser(), current: st.browser(), other: st.browser(), remembered: st.browser(), forced: st.browser()}
	own.verifying.signUp(email)
	own.current.mustSignIn(email)
	own.other.mustSignIn(email)
	own.remembered.post("/login", "email", email, "password", goodPassword, "remember", "on")
	if err := st.db.RequirePasswordChange(context.Background(), st.row(email).ID); err != nil {
		st.t.Fatal(err)
	}
	wantRedirect(st.t, own.forced.signIn(email), "/password/new")
	st.exec("UPDATE users SET must_change_password = FALSE")
	st.browser().post("/password/forgot", "email", email)
	st.guess(email, 20)
	st.exec("DELETE FROM attempts")
	own.reset, own.unlock, own.verify = st.link(email, "password_reset"), st.link(email, "account_guarded"), st.link(email, "verify_email")
	return own
}

// alive names what still works, without using any of it up.
func (own belongings) alive(st *site, email string) string {
	opens := func(link string) bool { return st.browser().get(link).status == 200 }
	list := []struct {
		name string
		asks func() bool
	}{
		{"current", own.current.signedIn}, {"other", own.other.signedIn}, {"remembered", own.remembered.signedIn},
		{"forced", func() bool { return own.forced.get("/password/new").status == 200 }},
		{"verifying", func() bool { return strings.Contains(own.verifying.get("/verify-email").body, email) }},
		{"reset", func() bool { return opens(own.reset) }}, {"unlock", func() bool { return opens(own.unlock) }},
		{"verify", func() bool { return opens(own.verify) }},
	}
	var names []string
	for _, one := range list {
		if one.asks() {
			names = append(names, one.name)
		}
	}
	return strings.Join(names, " ")
}

const everything = "current other remembered forced verifying reset unlock verify"

// TestCredentialEventMatrix (T-507): what each change of a credential, and each end of sessions, leaves alive of all a
// person has open. The access epoch stands for what other programs were given: TestCascade takes it from there.
func TestCredentialEventMatrix(t *testing.T) {
	if testing.Short() {
		t.Skip("one event after another")
	}
	events := map[string]struct {
		act           func(st *site, own belongings) page
		epoch, access int64
		alive         string
	}{
		"nothing": {func(_ *site, own belongings) page { return own.current.get("/account") }, 1, 1, everything},
		"password changed": {func(_ *site, own belongings) page {
			return own.current.post("/account/password", "current_password", goodPassword, "password", otherPassword)
		}, 2, 1, "current"},
		"password changed, apps ended": {func(_ *site, own belongings) page {
			return own.current.post("/account/password", "current_password", goodPassword, "password", otherPassword, "end_apps", "on")
		}, 2, 2, "current"},
		"first password": {func(st *site, own belongings) page {
			st.exec("UPDATE users SET password_hash = ''")
			return own.current.post("/account/password", "password", otherPassword)
		}, 2, 1, "current"},
		"forced change": {func(_ *site, own belongings) page { return own.forced.post("/password/new", "password", otherPassword) }, 2, 1, ""},
		"reset":         {func(st *site, own belongings) page { return st.browser().post(own.reset, "password", otherPassword) }, 2, 2, ""},
		"new password by the sign-up's link": {func(st *site, own belongings) page {
			return st.browser().post(own.verify, "action", views.VerifyNewPassword, "new_password", otherPassword)
		}, 2, 2, ""},
		"this was not me": {func(st *site, own belongings) page {
			return st.browser().post(st.notMe(member, "account_guarded"))
		}, 2, 2, ""},
		"second step removed after the wait": {func(st *site, own belongings) page {
			_, finish := st.recoveryLinks(member)
			return st.browser().post(finish)
		}, 2, 2, ""},
		"disabled": {func(st *site, own belongings) page {
			return st.operator(st.s.DisableUser(context.Background(), st.row(member).ID, "test", nil))
		}, 2, 2, ""},
		"suspended, and over": {func(st *site, own belongings) page {
			until := st.clock.Now().Add(time.Minute)
			p := st.operator(st.s.DisableUser(context.Background(), st.row(member).ID, "test", &until))
			st.clock.Add(time.Minute)
			return p
		}, 2, 2, ""},
		"disabled and enabled": {func(st *site, own belongings) page {
			id := st.row(member).ID
			_ = st.operator(st.s.DisableUser(context.Background(), id, "test", nil))
			return st.operator(st.s.EnableUser(context.Background(), id, "test"))
		}, 2, 2, ""},
		"locked": {func(st *site, own belongings) page {
			return st.operator(st.s.LockUser(context.Background(), st.row(member).ID))
		}, 1, 1, everything},
		"unlocked by mail": {func(st *site, own belongings) page { return st.browser().post(own.unlock) }, 1, 1, strings.Replace(everything, "unlock ", "", 1)},
		"others ended": {func(_ *site, own belongings) page {
			return own.current.post("/account/sessions/end-others")
		}, 1, 1, strings.Replace(everything, "other remembered ", "", 1)},
		"all ended": {func(_ *site, own belongings) page {
			return own.current.post("/account/sessions/end-others", "this_one", "on")
		}, 1, 1, strings.Replace(everything, "current other remembered ", "", 1)},
		"signed out": {func(_ *site, own belongings) page { return own.current.post("/logout") }, 1, 1, strings.Replace(everything, "current ", "", 1)},
		"proved again": {func(_ *site, own belongings) page {
			return own.current.post("/reauth", "password", goodPassword)
		}, 1, 1, everything},
		"verified by link": {func(_ *site, own belongings) page {
			return own.verifying.post(own.verify, "action", "confirm")
		}, 1, 1, "current other remembered forced reset unlock"},
	}
	for name, event := range events {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, st *site) {
				own := st.belongingsOf(member)
				neighbours := st.browser()
				neighbours.signUp(newcomer)
				neighbours.mustSignIn(newcomer)
				if alive := own.alive(st, member); alive != everything {
					t.Fatalf("before: %s", alive)
				}
				before := []string{own.current.cookies["session"], own.other.cookies["session"], own.remembered.cookies["session"]}
				if p := event.act(st, own); p.status >= 400 {
					t.Fatalf("%d\n%s", p.status, p.body)
				}
				if row := st.row(member); row.Epoch != event.epoch || row.AccessEpoch != event.access {
					t.Errorf("epoch %d and %d, want %d and %d", row.Epoch, row.AccessEpoch, event.epoch, event.access)
				}
				if alive := own.alive(st, member); alive != event.alive {
					t.Errorf("alive: %s\nwant:  %s", alive, event.alive)
				}
				if event.epoch > 1 && slices.Contains(before, own.current.cookies["session"]) && own.current.signedIn() {
					t.Error("who acted keeps the cookie of before")
				}
				if !neighbours.signedIn() || st.row(newcomer).Epoch != 1 {
					t.Error("somebody else's session is gone")
				}
			}, func(c *auth.Config) { c.Unverified = auth.UnverifiedBanner })
		})
	}
}

// operator answers as a page would.
func (st *site) operator(err error) page {
	st.t.Helper()
	if err != nil {
		st.t.Fatal(err)
	}
	return page{status: 200}
}
