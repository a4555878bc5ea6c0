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

func TestLockout_OwnerOnKnownBrowserGetsIn(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		owner := st.browser().mustSignIn(member)
		owner.post("/logout")
		for range 6 {
			st.browser().signInWith(member, "wrong-password") // the owner's own network
		}
		st.guess(member, 19)
		st.clock.Add(61 * time.Minute)
		for range 5 {
			st.guess(member, 20)
			st.clock.Add(61 * time.Minute)
		}
		if st.row(member).LockedAt == nil {
			t.Fatal("the test needs a locked account")
		}
		st.guess(member, 20)
		owner.mustSignIn(member)
		owner.post("/logout")
		// After 90 days the browser is as good as new.
		st.clock.Add(91 * 24 * time.Hour)
		wantPage(t, owner.signIn(member), 422, "Email address or password is wrong")
	})
}

func TestLockout_Steps(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		pair := st.browser()
		for range 5 {
			wantPage(t, pair.signInWith(member, "wrong-password"), 422, "is wrong")
		}
		p := pair.signIn(member)
		wantPage(t, p, 429, "Too many tries. Wait 15 minutes or use another way")
		if p.header.Get("Retry-After") != "900" {
			t.Errorf("Retry-After %q", p.header.Get("Retry-After"))
		}
		st.browserAt("192.0.2.77").mustSignIn(member) // another network is not concerned
		st.clock.Add(15*time.Minute - time.Second)
		wantPage(t, pair.signIn(member), 429, "Wait 1 minute ")
		st.clock.Add(time.Second)
		pair.mustSignIn(member)

		wantPage(t, st.guess(member, 15), 422, "is wrong") // 5 + 15 = 20 within the hour
		if mails := st.delivered(member, "account_guarded"); len(mails) != 1 {
			t.Errorf("%d mails at the 20th failure", len(mails))
		}
		if rows := st.audit(auth.AuditGuard); len(rows) != 1 || rows[0].SubjectID != st.row(member).ID {
			t.Errorf("audit: %+v", rows)
		}
		p = st.browserAt("198.51.100.1").signIn(member)
		wantPage(t, p, 429, "Wait 60 minutes")
		pair.post("/logout")
		pair.mustSignIn(member) // a known browser does not wait
		st.clock.Add(time.Hour)
		st.browserAt("198.51.100.1").mustSignIn(member)

		for range 3 {
			st.guess(member, 20)
			st.clock.Add(time.Hour)
		}
		st.guess(member, 19)
		if st.row(member).LockedAt != nil {
			t.Fatal("locked before 100 failures")
		}
		st.guess(member, 1)
		if st.row(member).LockedAt == nil {
			t.Error("not locked at 100 failures in a day")
		}
		st.clock.Add(100 * 24 * time.Hour)
		wantPage(t, st.browserAt("198.51.100.1").signIn(member), 422, "is wrong") // no timer lifts it
	})
}

func TestLockout_Race(t *testing.T) {
	eachRace(t, func(t *testing.T, st *site) {
		st.person(member)
		before := st.s.Hashes()
		won, lost := modelstest.Race(50, func(i int) error {
			ctx := models.WithOrigin(context.Background(), models.Origin{Address: "192.0.2.1"})
			_, err := st.s.Authenticate(ctx, auth.SignIn{Email: member, Password: "wrong-password"})
			return err
		})
		if hashes := st.s.Hashes() - before; won != 0 || len(lost) != 50 || hashes != 5 {
			t.Errorf("%d hashes at a limit of 5", hashes)
		}
		before = st.s.Hashes()
		modelstest.Race(50, func(i int) error {
			ctx := models.WithOrigin(context.Background(), models.Origin{Address: fmt.Sprintf("198.51.100.%d", i)})
			_, err := st.s.Authenticate(ctx, auth.SignIn{Email: member, Password: "wrong-password"})
			return err
		})
		if hashes := st.s.Hashes() - before; hashes != 15 {
			t.Errorf("%d hashes, 15 were left of 20", hashes)
		}
		if n := len(st.delivered(member, "account_guarded")); n != 1 || len(st.audit(auth.AuditGuard)) != 1 {
			t.Errorf("%d mails", n)
		}
	})
}

func (st *site) lockBy100(email string) {
	st.t.Helper()
	for range 5 {
		st.guess(email, 20)
		st.clock.Add(time.Hour)
	}
}

func TestLockout_UnlockByMail(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		st.guess(member, 20)
		guarded := st.link(member, "account_guarded")
		stranger := st.browserAt("203.0.113.5")
		wantPage(t, stranger.get(guarded), 200, "Unlock account")
		if st.number("SELECT count(*) FROM attempts WHERE rule = 'L-02'") == 0 {
			t.Fatal("GET lifted the wait")
		}
		p := stranger.post(guarded)
		wantRedirect(t, p, "/login")
		if stranger.cookies["session"] != "" || stranger.cookies["browser"] == "" {
			t.Errorf("cookies: %v", stranger.cookies)
		}
		stranger.mustSignIn(member)
		wantPage(t, stranger.get(guarded), 410, "no longer works")
		wantPage(t, stranger.post(guarded), 422, "no longer works")

		st.clock.Add(25 * time.Hour)
		st.lockBy100(member)
		locked := st.link(member, "account_locked")
		wantRedirect(t, st.browserAt("203.0.113.6").post(locked), "/login")
		if st.row(member).LockedAt != nil {
			t.Error("still locked")
		}
		st.browserAt("203.0.113.7").mustSignIn(member)
		if rows := st.audit(auth.AuditUnlock); len(rows) != 2 {
			t.Errorf("audit: %+v", rows)
		}
	})
}

func TestLockout_MailOnce(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		st.lockBy100(member)
		st.guess(member, 20)
		if g, l := len(st.delivered(member, "account_guarded")), len(st.delivered(member, "account_locked")); g != 1 || l != 1 {
			t.Errorf("%d and %d mails in one day", g, l)
		}
		if n := len(st.mails("nobody@example.test")); n != 0 {
			t.Errorf("%d mails", n)
		}
		st.guess("nobody@example.test", 20)
		if all, sent := st.mails("nobody@example.test"), st.delivered("nobody@example.test", "account_guarded"); len(all) != 1 || len(sent) != 0 {
			t.Errorf("an unknown address: %d queued, %d delivered", len(all), len(sent))
		}
	})
}

func TestLocked_LooksLikeWrongPassword(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		locked, plain := st.person("locked@example.test"), st.person("normal@example.test")
		if err := st.s.LockUser(context.Background(), locked.ID); err != nil {
			t.Fatal(err)
		}
		wrong := func(email, password string) string {
			return masked(st.browser().signInWith(email, password), email)
		}
		want := wrong(plain.Email, "wrong-password")
		for _, password := range []string{goodPassword, "wrong-password"} {
			if got := wrong(locked.Email, password); got != want {
				t.Errorf("password %q at a locked account:\n%s\nwant\n%s", password, got, want)
			}
		}
		// Reset still works, and lifts it.
		b := st.browser()
		b.post("/password/forgot", "email", locked.Email)
		wantRedirect(t, b.post(st.link(locked.Email, "password_reset"), "password", "another-Kettle-drum-42"), "/login")
		wantRedirect(t, b.signInWith(locked.Email, "another-Kettle-drum-42"), "/dashboard")
	})
}

func TestLimits_EachRowAnswers429(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		most := map[string]int{}
		for _, limit := range st.s.Limits() {
			most[limit.ID] = limit.Hits
		}
		addresses := 0
		fresh := func() string { addresses++; return fmt.Sprintf("u%d@example.test", addresses) }
		signedIn := st.browserAt("203.0.113.200").mustSignIn(member)
		signer := st.browserAt("203.0.113.201")
		signer.signUp("verify@example.test")
		known := st.browserAt("203.0.113.202").mustSignIn(member)
		known.post("/logout")
		asking := st.browserAt("203.0.113.203")
		asking.post("/login/link", "email", "link@example.test")
		rows := map[string]func() page{
			"L-01": func() page { return st.browserAt("203.0.113.1").signInWith("one@example.test", "wrong-password") },
			"L-02": func() page { return st.guess("two@example.test", 1) },
			"L-03": func() page { return known.signInWith(member, "wrong-password") },
			"L-04": func() page { return st.browserAt("203.0.113.4").signInWith(fresh(), "wrong-password") },
			"L-05": func() page { return st.browserAt("203.0.113.5").signUp(fresh()) },
			"L-07": func() page { return signer.post("/verify-email", "code", "x") },
			"L-09 network": func() page {
				return st.browserAt("203.0.113.9").post("/password/forgot", "email", fresh())
			},
			"L-10 network": func() page {
				return st.browserAt("203.0.113.10").post("/login/link", "email", fresh())
			},
			"L-11":        func() page { return asking.post("/login/link/code", "code", "x") },
			"L-12":        func() page { return st.browserAt("203.0.113.12").get("/password/reset/" + models.NewToken()) },
			"L-15":        func() page { return st.browserAt("203.0.113.15").post("/login/passkey/options") },
			"L-15 failed": func() page { return st.browserAt("203.0.113.15").post("/login/passkey", "credential", "{}") },
			"L-16":        func() page { return signedIn.post("/reauth", "password", "wrong-password") },
		}
		for id, request := range rows {
			for i := range most[id] {
				if p := request(); p.status == 429 {
					t.Fatalf("%s: refused at %d, the limit is %d", id, i+1, most[id])
				}
			}
			p := request()
			if p.status != 429 || p.header.Get("Retry-After") == "" || !strings.Contains(p.body, "Too many tries. Wait ") {
				t.Errorf("%s: try %d gets %d\n%s", id, most[id]+1, p.status, p.body)
			}
		}
		limited := st.audit(auth.AuditLimited)
		for id := range rows {
			if n := len(withReason(limited, id)); n != 1 {
				t.Errorf("%s: %d audit rows for the first refusal", id, n)
			}
		}
		// L-06 and L-09 of an address answer as success, and nothing is sent.
		for range 5 {
			wantRedirect(t, st.browser().post("/password/forgot", "email", member), "/password/forgot?sent=1")
			wantRedirect(t, st.browser().signUp("six@example.test"), "/verify-email")
		}
		if r, v := len(st.delivered(member, "password_reset")), len(st.delivered("six@example.test", "verify_email")); r != most["L-09"] || v != most["L-06"] {
			t.Errorf("%d reset and %d verification mails", r, v)
		}
	})
}

func TestLimits_Scale(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		b := st.browser()
		for i := range 10 {
			if p := b.signInWith("a@example.test", "wrong-password"); p.status != 422 {
				t.Fatalf("try %d: %d", i+1, p.status)
			}
		}
		if p := b.signInWith("a@example.test", "wrong-password"); p.status != 429 || p.header.Get("Retry-After") != "900" {
			t.Errorf("try 11: %d, Retry-After %q: counts are scaled, windows are not", p.status, p.header.Get("Retry-After"))
		}
		b.signUp(newcomer)
		for range 5 {
			wantPage(t, b.post("/verify-email", "code", "x"), 422, "not right")
		}
		wantPage(t, b.post("/verify-email", "code", st.code(newcomer)), 422, "not right") // five tries at one code, whatever the scale
	}, func(c *auth.Config) { c.RateLimitScale = 2 })
}

func TestLimits_RefusingIsCheap(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		ctx := models.WithOrigin(context.Background(), models.Origin{Address: "192.0.2.1"})
		for range 6 {
			_, _ = st.s.Authenticate(ctx, auth.SignIn{Email: member, Password: "wrong-password"})
		}
		counted, statements := modelstest.Count(ctx)
		before := st.s.Hashes()
		_, err := st.s.Authenticate(counted, auth.SignIn{Email: member, Password: "wrong-password"})
		if err == nil || statements.Load() > 2 || st.s.Hashes() != before {
			t.Errorf("%v after %d statements and %d hashes", err, statements.Load(), st.s.Hashes()-before)
		}
	})
}

// TestDoorsShareACounter: guesses spread over doors and sessions add up.
func TestDoorsShareACounter(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		guesses := 0
		var last *browser
		for i := 0; guesses < 10; i++ {
			last = st.browserAt(fmt.Sprintf("203.0.113.%d", i)).mustSignIn(member)
			for range 2 {
				wantPage(t, last.post("/reauth", "password", "wrong-password"), 422, "That is not right")
				wantPage(t, last.post("/account/password", "current_password", "wrong-password", "password", "another-Kettle-drum-42"), 422, "That is not your current password")
				guesses += 2
				if guesses >= 10 {
					break
				}
			}
		}
		if p := last.post("/reauth", "password", goodPassword); p.status != 429 {
			t.Errorf("the 11th guess at the account: %d", p.status)
		}
		if last.signedIn() {
			t.Error("the guessing session goes on")
		}
		if n := len(st.delivered(member, "account_guarded")); n != 1 {
			t.Errorf("%d mails", n)
		}
	})
}

// TestVictimIsNotLockable (T-709): a thousand failures from two hundred networks keep strangers out, and not the owner, who
// comes by a passkey, by a browser that the account knows, or by the unlock link; what strangers used up stays used up.
func TestVictimIsNotLockable(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		home, k := st.keyed()
		home.post("/logout")
		for network := range 200 {
			ctx := models.WithOrigin(t.Context(), models.Origin{Address: fmt.Sprintf("198.51.%d.9", network)})
			for range 5 {
				if _, err := st.s.Authenticate(ctx, auth.SignIn{Email: member, Password: "wrong-password"}); err == nil {
					t.Fatal("signed in")
				}
			}
			if network%4 == 3 {
				st.clock.Add(10 * time.Minute) // so that the account is locked in the end, and not only guarded
			}
		}
		if st.row(member).LockedAt == nil {
			t.Fatal("the test needs a locked account")
		}
		stranger := func(when string) {
			t.Helper()
			if p := st.browserAt("198.51.0.9").signInWith(member, goodPassword); p.status != 422 && p.status != 429 {
				t.Errorf("%s a stranger with the right password gets %d", when, p.status)
			}
		}
		stranger("at first")
		wantRedirect(t, st.browserAt("203.0.113.5").enterWith(k), "/dashboard")
		stranger("after the passkey")
		wantRedirect(t, home.signInWith(member, goodPassword), "/login/code") // known, and asked for the second step as ever
		stranger("after the known browser")
		wantRedirect(t, st.browserAt("203.0.113.6").post(st.link(member, "account_locked")), "/login")
		wantRedirect(t, st.browserAt("203.0.113.6").signInWith(member, goodPassword), "/login/code")
	})
}
