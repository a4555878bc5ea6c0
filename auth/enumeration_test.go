package auth_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
)

// ledger is what one flow costs and says for one address.
func (st *site) ledger(email string, flow func(b *browser) []page) string {
	st.t.Helper()
	st.exec("DELETE FROM attempts")
	before, mails := st.s.Hashes(), len(st.mails(email))
	b := st.browser()
	var text strings.Builder
	for _, p := range flow(b) {
		text.WriteString(masked(p, email))
	}
	fmt.Fprintf(&text, "\n%d hashes, %d mails queued", st.s.Hashes()-before, len(st.mails(email))-mails)
	return text.String()
}

// TestEnumeration_AllFlows walks every flow with an address that has an account and one that has none.
func TestEnumeration_AllFlows(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		off, locked := st.person("off@example.test"), st.person("locked@example.test")
		if err := st.s.DisableUser(context.Background(), off.ID, "test", nil); err != nil {
			t.Fatal(err)
		}
		if err := st.s.LockUser(context.Background(), locked.ID); err != nil {
			t.Fatal(err)
		}
		st.person(member)
		st.exec("INSERT INTO users (id, email, created_at, updated_at, email_verified_at) SELECT 'PASSWORDLESS', 'none@example.test', created_at, created_at, created_at FROM users WHERE email = '" + member + "'")
		flows := map[string]struct {
			run   func(email string) func(b *browser) []page
			known []string
		}{
			"sign up": {func(email string) func(b *browser) []page {
				return func(b *browser) []page {
					return []page{
						b.signUp(email), b.get("/verify-email"), b.post("/verify-email", "code", "123456"),
						b.post("/verify-email/resend"), b.get("/verify-email"), b.get("/verify-email"),
					}
				}
			}, []string{member, off.Email, locked.Email, "none@example.test"}},
			"sign in": {func(email string) func(b *browser) []page {
				return func(b *browser) []page {
					var list []page
					for range 7 { // into the limit, too
						list = append(list, b.signInWith(email, "wrong-password"))
					}
					return list
				}
			}, []string{member, off.Email, locked.Email, "none@example.test"}},
			"sign in with the right password": {func(email string) func(b *browser) []page {
				return func(b *browser) []page { return []page{b.signIn(email)} }
			}, []string{off.Email, locked.Email}},
			"forgot": {func(email string) func(b *browser) []page {
				return func(b *browser) []page {
					var list []page
					for range 5 { // over the limit of mails, too
						list = append(list, b.post("/password/forgot", "email", email), b.get("/password/forgot?sent=1"))
					}
					for range 7 { // past the tries at one code
						list = append(list, b.post("/password/reset", "code", "x"))
					}
					return list
				}
			}, []string{member, off.Email, locked.Email, "none@example.test"}},
			"sign-in link": {func(email string) func(b *browser) []page {
				return func(b *browser) []page {
					var list []page
					for range 5 {
						list = append(list, b.post("/login/link", "email", email), b.get("/login/link/code"))
					}
					for range 17 { // into the limit of codes
						list = append(list, b.post("/login/link/code", "code", "x"))
					}
					return list
				}
			}, []string{member, off.Email, locked.Email, "none@example.test"}},
		}
		for name, flow := range flows {
			const unknown = "nobody@example.test"
			want := st.ledger(unknown, flow.run(unknown))
			st.exec("DELETE FROM users WHERE email = '" + unknown + "'")
			for _, email := range flow.known {
				if got := st.ledger(email, flow.run(email)); got != want {
					t.Errorf("%s, %s:\n%s\nunknown:\n%s", name, email, firstDifference(got, want), "")
				}
			}
		}
	})
}

func firstDifference(a, b string) string {
	for i := 0; i < len(a) && i < len(b); i++ {
		if a[i] != b[i] {
			from := max(0, i-80)
			return fmt.Sprintf("…%q\n…%q", a[from:min(len(a), i+80)], b[from:min(len(b), i+80)])
		}
	}
	return fmt.Sprintf("%d and %d bytes", len(a), len(b))
}

// TestEnumeration_Statements counts SQL: within two of each other for known and unknown.
func TestEnumeration_Statements(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		costs := map[string][]int64{}
		for _, email := range []string{member, "nobody@example.test"} {
			ctx, n := modelstest.Count(context.Background())
			add := func(flow string) {
				costs[flow] = append(costs[flow], n.Load())
				n.Store(0)
			}
			entry, err := st.s.SignUp(ctx, auth.SignUp{Email: email, Password: goodPassword})
			if err != nil {
				t.Fatal(err)
			}
			add("sign up")
			_, _ = st.s.VerifyByCode(ctx, auth.Visitor{Pending: entry.Pending}, nil, "x")
			add("verify")
			_ = st.s.ResendVerification(ctx, auth.Visitor{Pending: entry.Pending}, nil)
			add("resend")
			_, _ = st.s.ForgotPassword(ctx, auth.MailRequest{Email: email})
			add("forgot")
			entry, err = st.s.RequestLoginLink(ctx, auth.MailRequest{Email: email})
			if err != nil {
				t.Fatal(err)
			}
			add("sign-in link")
			_, _ = st.s.SignInByCode(ctx, auth.Visitor{Pending: entry.Pending}, "x")
			add("code of a sign-in link")
			if email == member {
				_, _ = st.s.Authenticate(ctx, auth.SignIn{Email: email, Password: "wrong-password"})
			} else {
				_, _ = st.s.Authenticate(ctx, auth.SignIn{Email: "unseen@example.test", Password: "wrong-password"})
			}
			add("sign in")
		}
		for flow, n := range costs {
			if n[0] == 0 || n[0]-n[1] > 2 || n[1]-n[0] > 2 {
				t.Errorf("%s: %d statements for a known address, %d for an unknown one", flow, n[0], n[1])
			}
		}
	})
}

// TestStates_TimesEveryMethod is the table of states and ways in, as far as ways exist.
func TestStates_TimesEveryMethod(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		ctx := context.Background()
		set := map[string]func(u *auth.User){
			"locked":   func(u *auth.User) { _ = st.s.LockUser(ctx, u.ID) },
			"disabled": func(u *auth.User) { _ = st.s.DisableUser(ctx, u.ID, "test", nil) },
			"suspended": func(u *auth.User) {
				until := st.clock.Now().Add(time.Hour)
				_ = st.s.DisableUser(ctx, u.ID, "test", &until)
			},
		}
		for state, into := range set {
			email := state + "@example.test"
			u := st.person(email)
			inside := st.browser().mustSignIn(email)
			known := st.browser().mustSignIn(email)
			known.post("/logout")
			st.browser().post("/password/forgot", "email", email)
			outBefore := st.link(email, "password_reset")
			asking := st.browser()
			linkBefore, codeBefore := st.loginLink(asking, email), st.loginCode(email)
			pending := st.browser()
			if err := st.db.RequirePasswordChange(ctx, u.ID); err != nil {
				t.Fatal(err)
			}
			wantRedirect(t, pending.signIn(email), "/password/new")
			st.exec("UPDATE users SET must_change_password = FALSE")
			into(u)
			locked := state == "locked"

			wantPage(t, st.browser().signIn(email), 422, "Email address or password is wrong")
			reason := "disabled"
			if locked {
				reason = "locked"
			}
			if rows := withReason(st.audit(auth.AuditSignIn), reason); len(rows) == 0 || rows[0].SubjectID == "" {
				t.Errorf("%s: no audit row says so", state)
			}
			if p := known.signIn(email); (p.status == 303) != locked {
				t.Errorf("%s: known browser gets %d", state, p.status)
			}
			if inside.signedIn() != locked {
				t.Errorf("%s: the live session lives: %v", state, !locked)
			}
			if standing, err := st.s.Standing(ctx, u.ID, ""); err != nil || standing.Active != locked {
				t.Errorf("%s: apps may act: %v, %v", state, standing.Active, err)
			}
			p := pending.post("/password/new", "password", otherPassword)
			if locked {
				wantRedirect(t, p, "/dashboard")
			} else {
				wantRedirect(t, p, "/login")
			}
			sent := len(st.delivered(email, "password_reset"))
			st.browser().post("/password/forgot", "email", email)
			if mailed := len(st.delivered(email, "password_reset")) > sent; mailed != locked {
				t.Errorf("%s: reset mail %v", state, mailed)
			}
			st.browser().signUp(email)
			if told := len(st.delivered(email, "account_exists")) > 0; told != locked {
				t.Errorf("%s: account_exists %v", state, told)
			}
			sent = len(st.delivered(email, "sign_in_link"))
			st.browser().post("/login/link", "email", email)
			if mailed := len(st.delivered(email, "sign_in_link")) > sent; mailed != locked {
				t.Errorf("%s: sign-in link %v", state, mailed)
			}
			if locked {
				wantRedirect(t, st.browser().post(st.link(email, "sign_in_link")), "/dashboard")
				if st.row(email).LockedAt != nil {
					t.Error("the sign-in link left the lock")
				}
				into(u)
				wantRedirect(t, st.browser().post(st.link(email, "password_reset"), "password", goodPassword), "/login")
				if st.row(email).LockedAt != nil {
					t.Error("the reset left the lock")
				}
			} else {
				for _, b := range []*browser{asking, st.browser()} {
					wantPage(t, b.get(linkBefore), 403, "This account is switched off")
					wantPage(t, b.post(linkBefore), 403, "This account is switched off")
				}
				wantPage(t, asking.post("/login/link/code", "code", codeBefore), 422, "That code is not right or has expired")
				wantPage(t, st.browser().get(outBefore), 410, "This link no longer works")
				wantPage(t, st.browser().post(outBefore, "password", otherPassword), 422, "This link no longer works")
			}
			st.exec("DELETE FROM attempts")
		}
		st.clock.Add(time.Hour)
		st.browser().mustSignIn("suspended@example.test") // lifts itself
		wantPage(t, st.browser().signIn("disabled@example.test"), 422, "is wrong")
		if err := st.s.EnableUser(ctx, st.row("disabled@example.test").ID, "test"); err != nil {
			t.Fatal(err)
		}
		st.browser().mustSignIn("disabled@example.test")
	})
}

// TestEpoch_EveryTokenTypeTimesEveryEvent is the product of what carries an epoch and what raises it.
func TestEpoch_EveryTokenTypeTimesEveryEvent(t *testing.T) {
	events := map[string]struct {
		act          func(st *site, b *browser)
		access       int64
		currentStays bool
	}{
		"change": {func(st *site, b *browser) {
			b.post("/account/password", "current_password", goodPassword, "password", otherPassword)
		}, 1, true},
		"change and end apps": {func(st *site, b *browser) {
			b.post("/account/password", "current_password", goodPassword, "password", otherPassword, "end_apps", "on")
		}, 2, true},
		"reset": {func(st *site, b *browser) {
			st.browser().post(st.link(member, "password_reset"), "password", otherPassword)
		}, 2, false},
		"this was not me": {func(st *site, b *browser) {
			st.browser().post(st.notMe(member, "account_guarded"))
		}, 2, false},
		"disabled": {func(st *site, b *browser) {
			_ = st.s.DisableUser(context.Background(), st.row(member).ID, "test", nil)
		}, 2, false},
	}
	for name, event := range events {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, st *site) {
				u := st.person(member)
				ctx := context.Background()
				current, other := st.browser().mustSignIn(member), st.browser().mustSignIn(member)
				st.browser().post("/password/forgot", "email", member)
				reset := lastPart(st.link(member, "password_reset"))
				st.guess(member, 20)
				unlock := lastPart(st.link(member, "account_guarded"))
				st.exec("DELETE FROM attempts")
				pending := st.browser()
				if err := st.db.RequirePasswordChange(ctx, u.ID); err != nil {
					t.Fatal(err)
				}
				wantRedirect(t, pending.signIn(member), "/password/new")
				st.exec("UPDATE users SET must_change_password = FALSE")

				event.act(st, current)
				if row := st.row(member); row.Epoch != 2 || row.AccessEpoch != event.access {
					t.Fatalf("epoch %d, access %d", row.Epoch, row.AccessEpoch)
				}
				if current.signedIn() != event.currentStays || other.signedIn() {
					t.Errorf("sessions: current %v, other %v", current.signedIn(), other.signedIn())
				}
				for purpose, token := range map[string]string{"/password/reset/": reset, "/login/unlock/": unlock} {
					if p := st.browser().get(purpose + token); p.status != 410 {
						t.Errorf("%s: %d", purpose, p.status)
					}
				}
				wantRedirect(t, pending.get("/password/new"), "/login")
				if _, err := st.s.OpenForcedPassword(ctx, auth.Visitor{Pending: pending.cookies["login"]}); err == nil {
					t.Error("the pending login lives on")
				}
			})
		})
	}
}

func TestPendingLogin_IsNotASession(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		b := st.browser()
		b.signUp(newcomer)
		if b.cookies["session"] != "" {
			t.Fatal("a session before the step is done")
		}
		b.cookies["session"] = b.cookies["login"] // the other cookie's value is no session either
		asked := 0
		for _, route := range st.h.Routes() {
			path := strings.NewReplacer(":token", models.NewToken(), ":id", models.NewID()).Replace(route.Path)
			if !strings.HasPrefix(route.Guard, "user") {
				continue
			}
			asked++
			if p := b.copy().send(route.Method, path, ""); p.status != 303 || !strings.HasPrefix(p.location, "/login") {
				t.Errorf("%s %s: %d %q", route.Method, path, p.status, p.location)
			}
		}
		if asked < 10 {
			t.Errorf("only %d routes want a person", asked)
		}
		wantRedirect(t, b.copy().get("/password/new"), "/login") // the page of another step
		st.clock.Add(24*time.Hour + time.Second)
		wantPage(t, b.post("/verify-email", "code", st.code(newcomer)), 422, "not right")

		u := st.person(member)
		if err := st.db.RequirePasswordChange(context.Background(), u.ID); err != nil {
			t.Fatal(err)
		}
		late := st.browser()
		wantRedirect(t, late.signIn(member), "/password/new")
		st.clock.Add(10*time.Minute + time.Second)
		wantRedirect(t, late.post("/password/new", "password", otherPassword), "/login")
	})
}

func TestNext_OrderOfSteps(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		ctx := context.Background()
		b := st.browser()
		b.signUp(newcomer)
		u := st.row(newcomer)
		if err := st.db.RequirePasswordChange(ctx, u.ID); err != nil {
			t.Fatal(err)
		}
		wantRedirect(t, b.signIn(newcomer), "/verify-email")                                 // the address first
		wantRedirect(t, b.post("/verify-email", "code", st.code(newcomer)), "/password/new") // then the password
		if b.signedIn() {
			t.Fatal("a session before the last step")
		}
		if err := st.s.DisableUser(ctx, u.ID, "test", nil); err != nil {
			t.Fatal(err)
		}
		wantRedirect(t, b.post("/password/new", "password", otherPassword), "/login") // the state, read at that moment
		if err := st.s.EnableUser(ctx, u.ID, "test"); err != nil {
			t.Fatal(err)
		}
		wantRedirect(t, b.signIn(newcomer), "/password/new")
		wantRedirect(t, b.post("/password/new", "password", otherPassword), "/dashboard")
		if !b.signedIn() {
			t.Error("no session at the end")
		}
	})
}
