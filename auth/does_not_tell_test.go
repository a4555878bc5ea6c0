package auth_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models/modelstest"
)

// whole is all that an answer says: status, every header and the body, without the address that was typed and without
// the values of cookies. Addresses that are compared have one length.
func whole(p page, email string) string {
	var text strings.Builder
	header := p.header.Clone()
	header.Del("Date")
	header.Del("Set-Cookie")
	fmt.Fprintln(&text, p.status)
	_ = header.Write(&text) // in order
	cookies := make([]string, len(p.set))
	for i, cookie := range p.set {
		cookies[i] = strings.ReplaceAll(cookie.String(), cookie.Value, fmt.Sprintf("%d characters", len(cookie.Value)))
	}
	slices.Sort(cookies)
	fmt.Fprintf(&text, "%q\n%s", cookies, p.body)
	return strings.NewReplacer(email, "ADDRESS", url.QueryEscape(email), "ADDRESS").Replace(text.String())
}

// spent is whole for several answers, with what they cost: hashes, mails queued and, within two of the expected ones,
// statements.
func (st *site) spent(email string, statements func(ctx context.Context) error, pages ...func(b *browser) page) (text string, cost int64) {
	st.t.Helper()
	st.exec("DELETE FROM attempts")
	hashes, mails := st.s.Hashes(), len(st.mails(email))
	b := st.browser()
	for _, open := range pages {
		text += whole(open(b), email) + "\n"
	}
	text += fmt.Sprintf("%d hashes, %d mails", st.s.Hashes()-hashes, len(st.mails(email))-mails)
	st.exec("DELETE FROM attempts")
	ctx, count := modelstest.Count(context.Background())
	_ = statements(ctx)
	return text, count.Load()
}

// same compares what is told and spent for some addresses with the first of them.
func (st *site) same(emails []string, statements func(ctx context.Context, email string) error, pages ...func(b *browser, email string) page) {
	st.t.Helper()
	var want string
	var cost int64
	for i, email := range emails {
		var opened []func(b *browser) page
		for _, open := range pages {
			opened = append(opened, func(b *browser) page { return open(b, email) })
		}
		got, n := st.spent(email, func(ctx context.Context) error { return statements(ctx, email) }, opened...)
		if i == 0 {
			want, cost = got, n
		}
		if got != want {
			st.t.Errorf("%s and %s: %s", email, emails[0], firstDifference(got, want))
		}
		if n == 0 || n-cost > 2 || cost-n > 2 {
			st.t.Errorf("%s takes %d statements, %s %d", email, n, emails[0], cost)
		}
	}
}

// everyState makes an account in each state and gives their addresses, all of one length, that of nobody first.
func (st *site) everyState() []string {
	st.t.Helper()
	ctx := context.Background()
	at := func(name string) string { return fmt.Sprintf("%-10s@example.test", name)[:10] + "@example.test" }
	pad := func(name string) string { return strings.ReplaceAll(at(name), " ", "x") }
	off, paused, locked := st.person(pad("off")), st.person(pad("paused")), st.person(pad("locked"))
	until := st.clock.Now().Add(time.Hour)
	for _, err := range []error{
		st.s.DisableUser(ctx, off.ID, "test", nil), st.s.DisableUser(ctx, paused.ID, "test", &until), st.s.LockUser(ctx, locked.ID),
	} {
		if err != nil {
			st.t.Fatal(err)
		}
	}
	st.person(pad("active"))
	st.exec("UPDATE users SET password_hash = '' WHERE id = '" + st.person(pad("none")).ID + "'")
	st.browser().signUp(pad("unproven"))
	return []string{pad("nobody"), pad("active"), off.Email, paused.Email, locked.Email, pad("none"), pad("unproven")}
}

// TestLoginDoesNotTell (T-601): a wrong password says the same and costs the same whatever stands behind the address;
// so does the right one of an account that is off or locked. TestLoginDoesNotTell_Rank looks at the time.
func TestLoginDoesNotTell(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		emails := st.everyState()
		st.same(emails, func(ctx context.Context, email string) error {
			_, err := st.s.Authenticate(ctx, auth.SignIn{Email: email, Password: "wrong-password"})
			return err
		}, func(b *browser, email string) page { return b.signInWith(email, "wrong-password") })
		closed := []string{emails[0], emails[2], emails[3], emails[4]}
		st.same(closed, func(ctx context.Context, email string) error {
			_, err := st.s.Authenticate(ctx, auth.SignIn{Email: email, Password: goodPassword})
			return err
		}, func(b *browser, email string) page { return b.signIn(email) })
		// The rest of the table of states: these get on.
		wantRedirect(t, st.browser().signIn("activexxxx@example.test"), "/dashboard")
		wantRedirect(t, st.browser().signIn("unprovenxx@example.test"), "/verify-email")
	})
}

// TestSignupDoesNotTell (T-602): a free address and a taken one get one answer, for one hash each; the owner hears of it.
func TestSignupDoesNotTell(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		emails := st.everyState()
		before := st.s.Hashes()
		st.same(emails, func(ctx context.Context, email string) error {
			_, err := st.s.SignUp(ctx, auth.SignUp{Email: email, Password: goodPassword})
			return err
		}, func(b *browser, email string) page { return b.signUp(email) },
			func(b *browser, _ string) page { return b.get("/verify-email") },
			func(b *browser, _ string) page { return b.post("/verify-email", "code", "123456") })
		if n := st.s.Hashes() - before; n != 2*int64(len(emails)) {
			t.Errorf("%d hashes for %d sign-ups", n, 2*len(emails))
		}
		for i, email := range emails {
			told := len(st.delivered(email, "account_exists")) > 0
			if owner := i == 1 || i == 4 || i == 5; told != owner { // active, locked, without a password
				t.Errorf("%s: told %v", email, told)
			}
		}
	})
}

// TestResetDoesNotTell (T-603): asking for a new password, or for the code once more, gets one answer whoever asks and
// however often; the mail is a job of its own.
func TestResetDoesNotTell(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		emails := st.everyState()
		forgot := func(b *browser, email string) page { return b.post("/password/forgot", "email", email) }
		st.same(emails, func(ctx context.Context, email string) error {
			_, err := st.s.ForgotPassword(ctx, auth.MailRequest{Email: email})
			return err
		},
			func(b *browser, _ string) page { return b.get("/password/forgot") }, forgot,
			func(b *browser, _ string) page { return b.get("/password/forgot?sent=1") })
		st.exec("DELETE FROM attempts")
		for _, email := range emails[:2] { // over the limit as before it
			b, first := st.browser(), ""
			for i := range 6 {
				p := whole(forgot(b, email), email)
				if first == "" {
					first = p
				}
				if p != first {
					t.Errorf("%s, request %d: %s", email, i+1, firstDifference(p, first))
				}
			}
			if n := len(st.mails(email)); n != 3+2 { // the limit, and one in each of the two runs above
				t.Errorf("%s: %d mails queued", email, n)
			}
		}

		st.exec("DELETE FROM attempts")
		answers := map[string]string{}
		for _, email := range append(emails, "") { // and a browser with nothing to confirm
			b := st.browser()
			if email != "" {
				b.signUp(email)
			}
			for range 5 {
				answers[whole(b.post("/verify-email/resend"), "nobodyxxxx@example.test")] = email
			}
		}
		if len(answers) != 1 {
			t.Errorf("%d answers to a second mail: %v", len(answers), answers)
		}
		jobs := st.number("SELECT count(*) FROM river_job WHERE kind <> 'mail' OR attempt > 0")
		if jobs != 0 {
			t.Errorf("%d jobs were begun within a request", jobs)
		}
	})
}

// TestLimitDoesNotTell (T-606): whoever drives an address into its limit learns nothing by when and how it is reached.
func TestLimitDoesNotTell(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		emails := st.everyState()
		doors := map[string]func(email string) func() page{
			"from one network": func(email string) func() page {
				b := st.browser()
				return func() page { return b.signInWith(email, "wrong-password") }
			},
			"from many networks": func(email string) func() page {
				return func() page { return st.guess(email, 1) }
			},
			"mailed codes": func(email string) func() page {
				b := st.browser()
				b.post("/login/link", "email", email)
				return func() page { return b.post("/login/link/code", "code", "x") }
			},
			"codes": func(email string) func() page {
				b := st.browser()
				b.signUp(email)
				return func() page { return b.post("/verify-email", "code", "x") }
			},
		}
		for name, door := range doors {
			want := ""
			for _, email := range emails {
				st.exec("DELETE FROM attempts")
				ask, got, n := door(email), "", 0
				for p := ask(); n < 40; n++ {
					if p.status == http.StatusTooManyRequests {
						got = fmt.Sprintf("after %d, Retry-After %s: %s\n%s", n, p.header.Get("Retry-After"), whole(p, email), whole(ask(), email))
						break
					}
					p = ask()
				}
				if want == "" {
					want = got
				}
				if got == "" || got != want {
					t.Errorf("%s, %s and %s: %s", name, email, emails[0], firstDifference(got, want))
				}
				if name == "codes" {
					st.exec("DELETE FROM users WHERE email = '" + emails[0] + "'") // nobody stays nobody
				}
			}
		}
	})
}
