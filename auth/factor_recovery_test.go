package auth_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
)

var recoveryLinkPattern = regexp.MustCompile(`http://localhost:3000(/login/recovery/(?:stop|finish)/\S+)`)

// recoveryLink is the link of the newest mail of a kind that stops a recovery, or finishes it.
func (st *site) recoveryLink(email, kind, act string) string {
	st.t.Helper()
	mail := st.lastMail(email, kind)
	for _, found := range recoveryLinkPattern.FindAllStringSubmatch(mail.Text, -1) {
		if strings.Contains(found[1], "/"+act+"/") && strings.Contains(mail.HTML, found[1]) {
			return found[1]
		}
	}
	st.t.Fatalf("no link to %s in both parts of %q", act, mail.Text)
	return ""
}

// beginRecovery takes somebody who has shown the password through to the wait.
func (st *site) beginRecovery(email string, b *browser) {
	st.t.Helper()
	wantPage(st.t, b.get("/login/code"), 200, `href="/login/recovery"`)
	wantPage(st.t, b.get("/login/recovery"), 200, "Email me a code")
	wantRedirect(st.t, b.post("/login/recovery/code"), "/login/recovery")
	wantPage(st.t, b.get("/login/recovery"), 200, "Begin the wait")
	wantRedirect(st.t, b.post("/login/recovery", "code", codeIn(st.t, st.lastMail(email, "sign_in_code"))), "/login/recovery")
	wantPage(st.t, b.get("/login/recovery"), 200, "unless someone stops it")
}

// recoveryLinks are those of the mail at the end of a wait, in which a person is put.
func (st *site) recoveryLinks(email string) (stop, finish string) {
	st.t.Helper()
	now := st.db.Now()
	if err := st.db.StartFactorRecovery(st.t.Context(), st.row(email).ID, now, now); err != nil {
		st.t.Fatal(err)
	}
	st.pass(0)
	return st.recoveryLink(email, "factor_recovery_ready", "stop"), st.recoveryLink(email, "factor_recovery_ready", "finish")
}

// pass lets time go by and does the duty that is due then.
func (st *site) pass(d time.Duration) {
	st.t.Helper()
	st.clock.Add(d)
	if err := st.s.TendFactorRecoveries(st.t.Context()); err != nil {
		st.t.Fatal(err)
	}
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

// TestFactorRecovery_WaitsAndCanBeStopped: password and mailbox begin a wait of a week and nothing else; mails
// come at its start, on day 4 and on the last day; the link at its end removes the factors, once, and signs nobody in.
func TestFactorRecovery_WaitsAndCanBeStopped(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		inside := two.b
		b := two.halfway(member)
		st.beginRecovery(member, b)
		if b.signedIn() || st.row(member).Epoch != st.actor(inside).Epoch {
			t.Error("beginning the wait changed something")
		}
		wantPage(t, inside.get("/account"), 200, "Somebody asked to have your second step removed")
		wantPage(t, b.post("/login/recovery/code"), 422, "This has begun already")

		counts := func(started, reminders, ready int) {
			t.Helper()
			for kind, want := range map[string]int{"started": started, "reminder": reminders, "ready": ready} {
				if n := len(st.delivered(member, "factor_recovery_"+kind)); n != want {
					t.Errorf("%d mails %s, want %d", n, kind, want)
				}
			}
		}
		st.pass(days(4) - time.Minute)
		counts(1, 0, 0)
		st.pass(time.Minute)
		counts(1, 1, 0)
		st.pass(days(2) - time.Minute)
		counts(1, 1, 0)
		st.pass(time.Minute)
		counts(1, 2, 0)
		st.pass(days(1) - time.Minute)
		counts(1, 2, 0)
		st.pass(time.Minute)
		st.pass(time.Minute)
		counts(1, 2, 1)

		link := st.recoveryLink(member, "factor_recovery_ready", "finish")
		before := modelstest.Digest(t, st.raw())
		wantPage(t, b.get(link), 200, "Remove my second step")
		st.inert("looking", before)
		app := st.browser()
		wantRedirect(t, app.signInWith(member, goodPassword), "/login/code") // still asked for
		wantRedirect(t, app.post(link), "/login?return_to=%2Faccount%2Fsecure")
		if app.signedIn() || inside.signedIn() {
			t.Error("somebody is signed in")
		}
		wantPage(t, app.get("/login/code"), 303, "")
		if row := st.row(member); row.AccessEpoch != 2 || row.FactorRecoveryAt != nil || row.FactorRecoveryMailAt != nil {
			t.Errorf("%+v", row)
		}
		for _, table := range []string{"authenticators", "passkeys", "recovery_codes", "pending_logins", "browsers WHERE trusted_until IS NOT NULL"} {
			if n := st.number("SELECT count(*) FROM " + strings.Replace(table, "pending_logins", "pending_logins p JOIN users u ON u.id = p.user_id AND u.epoch = p.epoch", 1)); n != 0 {
				t.Errorf("%d in %s", n, table)
			}
		}
		fresh := st.browser()
		p := fresh.post("/login", "email", member, "password", goodPassword, "return_to", "/account/secure")
		wantRedirect(t, p, "/account/secure")
		wantPage(t, fresh.get("/account/secure"), 200, "Add an authenticator app")
		wantPage(t, st.browser().post(link), 422, "no longer works")
		st.lastMail(member, "factor_recovery_done")
		for action, n := range map[models.Action]int{auth.AuditRecoveryStart: 1, auth.AuditRecoveryStop: 0, auth.AuditRecoveryDone: 1} {
			if rows := st.audit(action); len(rows) != n {
				t.Errorf("%s: %+v", action, rows)
			}
		}
	})
}

// TestFactorRecovery_Stopped: every mail's link stops it, and so does any sign-in or proof with a second factor; what was
// stopped stays stopped, and the links of its mails are dead.
func TestFactorRecovery_Stopped(t *testing.T) {
	stops := map[string]func(*site, *twoStep){
		"the first mail, after a new password": func(st *site, two *twoStep) {
			link := st.recoveryLink(member, "factor_recovery_started", "stop")
			st.browser().post("/password/forgot", "email", member)
			wantRedirect(st.t, st.browser().post(st.link(member, "password_reset"), "password", otherPassword), "/login")
			st.pass(days(4))
			before := modelstest.Digest(st.t, st.raw())
			wantPage(st.t, st.browser().get(link), 200, "Stop this")
			st.inert("looking", before)
			wantRedirect(st.t, st.browser().post(link), "/login")
		},
		"the last mail": func(st *site, two *twoStep) {
			st.pass(days(8))
			st.pass(time.Minute)
			st.pass(days(1))
			wantRedirect(st.t, st.browser().post(st.recoveryLink(member, "factor_recovery_ready", "stop")), "/login")
		},
		"a code": func(st *site, two *twoStep) {
			wantRedirect(st.t, two.halfway(member).post("/login/code", "code", two.code(0)), "/dashboard")
		},
		"a recovery code": func(st *site, two *twoStep) {
			wantRedirect(st.t, two.halfway(member).post("/login/code", "code", two.codes[0]), "/dashboard")
		},
		"a proof in a session": func(st *site, two *twoStep) {
			wantRedirect(st.t, two.b.post("/reauth", "code", two.code(0)), "/dashboard")
		},
		"this was not me": func(st *site, two *twoStep) {
			wantRedirect(st.t, st.browser().post(st.notMe(member, "factor_recovery_started")), "/login")
		},
		"suspended": func(st *site, two *twoStep) {
			if err := st.s.DisableUser(st.t.Context(), st.row(member).ID, "test", nil); err != nil {
				st.t.Fatal(err)
			}
		},
	}
	for name, stop := range stops {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, st *site) {
				two := st.twoStep(member)
				st.clock.Add(time.Hour)
				st.beginRecovery(member, two.halfway(member))
				first := st.recoveryLink(member, "factor_recovery_started", "stop")
				stop(st, two)
				if row := st.row(member); row.FactorRecoveryAt != nil || row.FactorRecoveryMailAt != nil {
					t.Fatalf("it runs: %+v", row)
				}
				wantPage(t, st.browser().get(first), 410, "no longer works")
				wantPage(t, st.browser().post(first), 410, "no longer works")
				if mails := st.delivered(member, "factor_recovery_ready"); len(mails) > 0 {
					wantPage(t, st.browser().post(st.recoveryLink(member, "factor_recovery_ready", "finish")), 422, "no longer works")
				}
				sent := len(st.delivered(member, "factor_recovery_reminder"))
				st.pass(days(10))
				if len(st.delivered(member, "factor_recovery_reminder")) != sent || st.number("SELECT count(*) FROM authenticators") != 1 {
					t.Error("it goes on")
				}
				if name != "suspended" && len(st.audit(auth.AuditRecoveryStop)) != 1 {
					t.Errorf("audit: %+v", st.audit(auth.AuditRecoveryStop))
				}
				if name != "suspended" && name != "this was not me" {
					st.lastMail(member, "factor_recovery_stopped")
				}
			})
		})
	}
}

// TestFactorRecovery_NotFromMailboxAlone: the mails of the wait go to the mailbox, so it must not be all that
// begins one; administrators have none, nor has anybody where it is off.
func TestFactorRecovery_NotFromMailboxAlone(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.twoStep(member)
		mailed := st.browser()
		wantRedirect(t, mailed.post(st.loginLink(mailed, member)), "/login/code")
		wantPage(t, mailed.get("/login/recovery"), 200, "An email alone is not enough")
		sent := len(st.delivered(member, "sign_in_code"))
		before := modelstest.Digest(t, st.raw())
		wantPage(t, mailed.post("/login/recovery"), 422)
		st.inert("nothing typed", before)
		wantPage(t, mailed.post("/login/recovery/code"), 422, "An email alone is not enough")
		wantPage(t, mailed.post("/login/recovery", "code", "123456"), 422, "An email alone is not enough")

		// A code that a password asked for does not help the mailbox either.
		both := st.browser()
		both.signInWith(member, goodPassword)
		both.post("/login/recovery/code")
		code := codeIn(t, st.lastMail(member, "sign_in_code"))
		wantPage(t, mailed.post("/login/recovery", "code", code), 422, "An email alone is not enough")

		st.exec("UPDATE users SET role = 'administrator'")
		wantPage(t, both.get("/login/recovery"), 200, "The second step of an administrator")
		wantPage(t, both.post("/login/recovery/code"), 422, "The second step of an administrator")
		wantPage(t, both.post("/login/recovery", "code", code), 422, "The second step of an administrator")
		if n := len(st.delivered(member, "sign_in_code")); n != sent+1 {
			t.Errorf("%d codes mailed, want %d", n, sent+1)
		}
		if row := st.row(member); row.FactorRecoveryAt != nil || len(st.delivered(member, "factor_recovery_started")) != 0 {
			t.Errorf("it runs: %+v", row)
		}
		wantRedirect(t, st.browser().get("/login/recovery"), "/login")
		wantRedirect(t, st.browser().post("/login/recovery/code"), "/login")
		wantRedirect(t, st.browser().post("/login/recovery", "code", code), "/login")
	})
	each(t, func(t *testing.T, st *site) {
		b := st.twoStep(member).halfway(member)
		if p := b.get("/login/code"); strings.Contains(p.body, "/login/recovery") || !strings.Contains(p.body, "can help you back") {
			t.Error("offered where it is off")
		}
		if p := b.get("/login/recovery"); p.status != 404 {
			t.Error(p.status)
		}
	}, func(c *auth.Config) { c.FactorRecovery = auth.FactorRecoveryOff })
}

// TestFactorRecovery_Limits (L-28): one at a time, three in thirty days, a link that lapses after three days, and an
// administrator's ends; however late the duty runs, there is a day between the last reminder and the link.
func TestFactorRecovery_Limits(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		for range 3 {
			st.beginRecovery(member, two.halfway(member))
			wantRedirect(t, st.browser().post(st.recoveryLink(member, "factor_recovery_started", "stop")), "/login")
			st.clock.Add(time.Hour)
		}
		b := two.halfway(member)
		b.post("/login/recovery/code")
		wantPage(t, b.post("/login/recovery", "code", codeIn(t, st.lastMail(member, "sign_in_code"))), 422, "begun too often in the last 30 days")
		st.clock.Add(days(30))

		st.beginRecovery(member, two.halfway(member))
		st.pass(days(20)) // nobody was at work for that long
		st.pass(time.Minute)
		if n := len(st.delivered(member, "factor_recovery_ready")); n != 0 {
			t.Error("the link came without a day's notice")
		}
		st.pass(days(1))
		link := st.recoveryLink(member, "factor_recovery_ready", "finish")
		st.pass(days(3) + time.Minute)
		wantPage(t, st.browser().post(link), 422, "no longer works")
		rows := st.audit(auth.AuditRecoveryStop)
		if st.row(member).FactorRecoveryAt != nil || rows[0].ActorKind != "system" || rows[0].Reason != "expired" {
			t.Errorf("it runs, or %+v", rows[0])
		}

		st.beginRecovery(member, two.halfway(member))
		st.pass(days(4))
		st.pass(days(2))
		st.pass(days(1))
		link = st.recoveryLink(member, "factor_recovery_ready", "finish")
		st.exec("UPDATE users SET role = 'administrator'")
		wantPage(t, st.browser().post(link), 422, "no longer works")
		st.pass(days(4))
		if st.row(member).FactorRecoveryAt != nil || st.number("SELECT count(*) FROM authenticators") != 1 {
			t.Error("an administrator lost a factor, or it runs")
		}
	})
}

// TestFactorRecovery_Race: of fifty codes one begins it, of fifty buttons one finishes it.
func TestFactorRecovery_Race(t *testing.T) {
	eachRace(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		b := two.halfway(member)
		b.post("/login/recovery/code")
		visitor, code := auth.Visitor{Pending: b.cookies["login"]}, codeIn(t, st.lastMail(member, "sign_in_code"))
		won, _ := modelstest.Race(5, func(int) error { return st.s.StartFactorRecovery(t.Context(), visitor, code) })
		if won != 1 || len(st.delivered(member, "factor_recovery_started")) != 1 {
			t.Errorf("%d begun", won)
		}
		st.pass(days(8))
		won, _ = modelstest.Race(2, func(int) error { return st.s.TendFactorRecoveries(t.Context()) })
		st.pass(days(1))
		if n := len(st.delivered(member, "factor_recovery_ready")); won != 2 || n != 1 {
			t.Errorf("%d duties done, %d links", won, n)
		}
		token := lastPart(st.recoveryLink(member, "factor_recovery_ready", "finish"))
		won, lost := modelstest.Race(50, func(int) error { return st.s.RemoveFactors(t.Context(), token) })
		if won != 1 || len(lost) != 49 || len(st.delivered(member, "factor_recovery_done")) != 1 {
			t.Errorf("%d finished", won)
		}
	})
}
