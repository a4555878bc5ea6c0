package auth_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models"
)

// TestSpray (T-710): one password tried at many accounts is stopped by the limit of the network it comes from, however
// many addresses of it are used; one account tried from many networks, by its own.
func TestSpray(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		limits := st.most()
		spray := func(at func(i int) (email, from string)) (compared int64) {
			before := st.s.Hashes()
			for i := range 500 {
				email, from := at(i)
				ctx := models.WithOrigin(context.Background(), models.Origin{Address: from})
				if _, err := st.s.Authenticate(ctx, auth.SignIn{Email: email, Password: "Summer-2026-sale"}); err == nil {
					t.Fatal("signed in")
				}
			}
			return st.s.Hashes() - before
		}
		if n := spray(func(i int) (string, string) {
			return fmt.Sprintf("u%d@example.test", i), fmt.Sprintf("2001:db8:1:2:%x::%x", i, i+1)
		}); n != int64(limits["L-04"]) {
			t.Errorf("%d of 500 accounts were tried from one /64, the limit is %d", n, limits["L-04"])
		}
		if n := spray(func(i int) (string, string) { return member, fmt.Sprintf("198.51.%d.%d", i/250, i%250) }); n != int64(limits["L-02"]) {
			t.Errorf("one account was tried from %d of 500 networks, the limit is %d", n, limits["L-02"])
		}
		if len(st.delivered(member, "account_guarded")) != 1 {
			t.Error("its owner was not told, or more than once")
		}
		// A network that sprays is not everybody: others sign in.
		st.browserAt("2001:db8:1:3::1").mustSignIn(st.person("other@example.test").Email)
	})
}

// most is the figure of each limit.
func (st *site) most() map[string]int {
	figures := map[string]int{}
	for _, limit := range st.s.Limits() {
		figures[limit.ID] = limit.Hits
	}
	return figures
}

// TestMailFlood (T-712): from however many networks, no mailbox gets more mails than the rule says; from one network,
// not many mailboxes do; and the owner of the flooded mailbox is not shut out by it.
func TestMailFlood(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		most := st.most()
		flood := func(f func(b *browser)) {
			for i := range 60 {
				f(st.browserAt(fmt.Sprintf("198.51.100.%d", i)))
			}
			st.clock.Add(time.Second)
		}
		flood(func(b *browser) { b.post("/password/forgot", "email", member) })
		flood(func(b *browser) { b.post("/login/link", "email", member) })
		flood(func(b *browser) { b.signUp(member) })
		owner := st.browser()
		owner.signUp(newcomer)
		flood(func(b *browser) {
			b.cookies = owner.copy().cookies
			b.post("/verify-email/resend")
		})
		flood(func(b *browser) { b.signUp(newcomer) })
		flood(func(b *browser) { b.signInWith(member, "wrong-password") })
		for kind, want := range map[string]int{
			"password_reset": most["L-09"], "sign_in_link": most["L-10"], "account_exists": most["L-06 taken"], "account_guarded": most["alarm mail"],
		} {
			if n := len(st.delivered(member, kind)); n != want {
				t.Errorf("%d times %s, the rule says %d", n, kind, want)
			}
		}
		if n := len(st.delivered(newcomer, "verify_email")); n != most["L-06"] {
			t.Errorf("%d times verify_email, the rule says %d", n, most["L-06"])
		}
		// What came last works for its owner, and a window later there is a new one.
		wantPage(t, st.browser().get(st.link(member, "password_reset")), 200, "Choose a new password")
		wantPage(t, st.browser().get(st.link(newcomer, "verify_email")), 200, "Confirm")
		st.clock.Add(15 * time.Minute)
		before := len(st.delivered(member, "password_reset"))
		st.browser().post("/password/forgot", "email", member)
		if n := len(st.delivered(member, "password_reset")) - before; n != 1 {
			t.Errorf("the owner, after the flood: %d mails", n)
		}

		// The reverse: one network, many mailboxes.
		st.exec("DELETE FROM attempts")
		jobs := func() int { return st.number("SELECT count(*) FROM river_job WHERE kind = 'mail'") }
		for what, send := range map[string]func(b *browser, email string) page{
			"L-09 network": func(b *browser, email string) page { return b.post("/password/forgot", "email", email) },
			"L-10 network": func(b *browser, email string) page { return b.post("/login/link", "email", email) },
			"L-05":         func(b *browser, email string) page { return b.signUp(email) },
		} {
			began, refused := jobs(), 0
			for i := range most[what] + 40 {
				if send(st.browserAt("203.0.113.9"), fmt.Sprintf("v%d@example.test", i)).status == 429 {
					refused++
				}
			}
			if n := jobs() - began; n != most[what] || refused != 40 {
				t.Errorf("%s: %d mails to many and %d refusals, the rule says %d", what, n, refused, most[what])
			}
		}
		st.browser().post("/password/forgot", "email", member)
		if n := len(st.delivered(member, "password_reset")) - before; n != 2 {
			t.Errorf("from another network: %d mails", n)
		}
		st.browserAt("192.0.2.50").signUp("late@example.test")
		if len(st.delivered("late@example.test", "verify_email")) != 1 {
			t.Error("nobody else can sign up")
		}
	})
}
