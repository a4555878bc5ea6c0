package auth_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
)

func TestVerify_ByCode(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		b := st.browser()
		b.signUp(newcomer)
		code := st.code(newcomer)
		wantPage(t, st.browser().post("/verify-email", "code", code), 422, "not right") // another browser has no attempt
		typed := code[:3] + " " + code[3:5] + "-" + code[5:]
		wantRedirect(t, b.post("/verify-email", "code", typed), "/dashboard")
		u := st.row(newcomer)
		if !u.Verified() || !b.signedIn() {
			t.Errorf("verified %v", u.Verified())
		}
		if b.cookies["login"] != "" || st.number("SELECT count(*) FROM pending_logins") != 0 {
			t.Error("the pending login is still there")
		}
		if rows := st.audit(auth.AuditEmailVerify); len(rows) != 1 || rows[0].SubjectID != u.ID {
			t.Errorf("audit: %+v", rows)
		}
		wantPage(t, b.get(st.link(newcomer, "verify_email")), 410, "This link no longer works") // the code spent the link

		late := st.browser()
		late.signUp("late@example.test")
		st.clock.Add(30*time.Minute + time.Second)
		wantPage(t, late.post("/verify-email", "code", st.code("late@example.test")), 422, "not right")
		wantRedirect(t, late.post(st.link("late@example.test", "verify_email"), "action", "confirm"), "/dashboard") // the link lives a day
	})
}

func TestCode_TriesCountedBeforeCompare_Race(t *testing.T) {
	eachRace(t, func(t *testing.T, st *site) {
		b := st.browser()
		b.signUp(newcomer)
		code := st.code(newcomer)
		wrong := "000000"
		if code == wrong {
			wrong = "000001"
		}
		visitor := auth.Visitor{Pending: b.cookies["login"]}
		won, _ := modelstest.Race(50, func(int) error {
			_, err := st.s.VerifyByCode(context.Background(), visitor, nil, wrong)
			return err
		})
		if won != 0 || st.number("SELECT tries FROM mail_tokens") != 5 {
			t.Errorf("%d won, %d tries counted", won, st.number("SELECT tries FROM mail_tokens"))
		}
		st.exec("DELETE FROM attempts") // L-07 is another guard
		wantPage(t, b.post("/verify-email", "code", code), 422, "not right")
		wantRedirect(t, b.post(st.link(newcomer, "verify_email"), "action", "confirm"), "/dashboard")
	})
}

func TestToken_SingleUse_Race(t *testing.T) {
	eachRace(t, func(t *testing.T, st *site) {
		ctx := context.Background()
		b := st.browser()
		b.signUp(newcomer)
		visitor := auth.Visitor{Pending: b.cookies["login"]}
		token, code := lastPart(st.link(newcomer, "verify_email")), st.code(newcomer)
		// Half by link, half by code: one row, one success.
		won, _ := modelstest.Race(50, func(i int) error {
			if i%2 == 0 {
				_, err := st.s.ConfirmLink(ctx, visitor, nil, token, "")
				return err
			}
			_, err := st.s.VerifyByCode(ctx, visitor, nil, code)
			return err
		})
		if won != 1 || st.number("SELECT count(*) FROM sessions") != 1 {
			t.Errorf("verify: %d won, %d sessions", won, st.number("SELECT count(*) FROM sessions"))
		}

		owner := st.person("owner@example.test")
		st.exec("DELETE FROM attempts")
		st.guess(owner.Email, 20)
		unlock := lastPart(st.link(owner.Email, "account_guarded"))
		st.exec("DELETE FROM attempts")
		won, lost := modelstest.Race(50, func(int) error {
			_, err := st.s.Unlock(ctx, auth.Visitor{}, unlock)
			return err
		})
		if won != 1 {
			t.Errorf("unlock: %d won", won)
		}
		for _, err := range lost {
			var limited auth.Limited
			if !errors.Is(err, auth.ErrDeadLink) && !errors.As(err, &limited) {
				t.Errorf("unlock: %v", err)
			}
		}
	})
}

func lastPart(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

func TestVerify_ByLink(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		b := st.browser()
		b.post("/signup", "email", newcomer, "password", goodPassword, "return_to", "/notes")
		link := st.link(newcomer, "verify_email")
		p := b.get(link)
		wantPage(t, p, 200, "Confirm email address")
		if strings.Contains(p.body, `type="password"`) {
			t.Error("asks for a password in the browser that signed up")
		}
		if st.row(newcomer).Verified() {
			t.Fatal("GET verified the address")
		}
		wantRedirect(t, b.post(link, "action", "confirm"), "/notes")
		if !b.signedIn() {
			t.Error("not signed in")
		}
		wantPage(t, b.post("/verify-email", "code", st.code(newcomer)), 422, "not right") // the link spent the code
		wantPage(t, b.get(link), 410, "This link no longer works")
		wantPage(t, b.post(link, "action", "confirm"), 422, "This link no longer works")
	})
}

func TestVerify_OtherBrowserNeedsPassword(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.browser().signUp(newcomer)
		other := st.browser()
		link := st.link(newcomer, "verify_email")
		wantPage(t, other.get(link), 200, "I did not create this account")
		wantPage(t, other.post(link, "action", "confirm"), 422, "Enter the password you chose")
		for range 4 {
			wantPage(t, other.post(link, "action", "confirm", "password", "not that one"), 422, "That is not the password chosen for this account")
		}
		wantRedirect(t, other.post(link, "action", "confirm", "password", goodPassword), "/dashboard")
		rows := st.audit(auth.AuditEmailVerify)
		if !other.signedIn() || len(withMeta(rows, "other_browser", true)) != 1 {
			t.Errorf("audit: %+v", rows)
		}

		// A browser with a sign-up of its own, or with a decoy, is another browser too.
		for _, address := range []string{"stranger@example.test", newcomer} {
			st.browser().signUp("victim@example.test")
			elsewhere := st.browser()
			elsewhere.signUp(address)
			link := st.link("victim@example.test", "verify_email")
			wantPage(t, elsewhere.get(link), 200, "I did not create this account")
			wantPage(t, elsewhere.post(link, "action", "confirm"), 422, "Enter the password you chose")
		}

		const second = "second@example.test"
		stranger := st.browser()
		stranger.post("/signup", "email", second, "password", "strangers-Pass-77")
		link = st.link(second, "verify_email")
		owner := st.browser()
		wantPage(t, owner.post(link, "action", "new_password", "new_password", "short"), 422, "Use at least 8 characters")
		wantRedirect(t, owner.post(link, "action", "new_password", "new_password", goodPassword), "/dashboard")
		wantPage(t, st.browser().signInWith(second, "strangers-Pass-77"), 422, "is wrong")
		wantRedirect(t, st.browser().signIn(second), "/dashboard")
		wantPage(t, stranger.post("/verify-email", "code", st.code(second)), 422, "not right")

		const third = "third@example.test"
		st.browser().signUp(third)
		link = st.link(third, "verify_email")
		gone := st.row(third)
		wantRedirect(t, st.browser().post(link, "action", "discard"), "/")
		if _, err := st.db.UserByEmail(context.Background(), third); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("after discarding: %v", err)
		}
		if rows := st.audit(auth.AuditSignUpDiscarded); len(rows) != 1 || rows[0].SubjectID != gone.ID {
			t.Errorf("audit: %+v", rows)
		}
		wantPage(t, st.browser().get(link), 410, "This link no longer works")

		const fourth = "fourth@example.test"
		st.browser().signUp(fourth)
		link = st.link(fourth, "verify_email")
		for range 5 {
			other.post(link, "action", "confirm", "password", "not that one")
		}
		if p := st.browser().post(link, "action", "confirm", "password", goodPassword); p.status != 429 {
			t.Errorf("the sixth try at a link: %d", p.status)
		}
	})
}

func TestVerify_Resend(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		b := st.browser()
		b.signUp(newcomer)
		code, link := st.code(newcomer), st.link(newcomer, "verify_email")
		wantPage(t, b.get("/verify-email"), 200, "60 seconds")
		st.clock.Add(time.Minute)
		wantRedirect(t, b.post("/verify-email/resend"), "/verify-email")
		wantPage(t, b.get("/verify-email"), 200, "A new code is on its way")
		wantPage(t, b.post("/verify-email", "code", code), 422, "not right")
		wantPage(t, b.get(link), 410, "no longer works")
		for range 5 {
			wantRedirect(t, b.post("/verify-email/resend"), "/verify-email")
		}
		if n := len(st.delivered(newcomer, "verify_email")); n != 3 {
			t.Errorf("%d mails, the limit is 3", n)
		}
		wantRedirect(t, b.post("/verify-email", "code", st.code(newcomer)), "/dashboard") // over the limit the last one still works
		wantRedirect(t, st.browser().post("/verify-email/resend"), "/verify-email")
	})
}

func TestLogin_Unverified_AsksForCode(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.browser().signUp(newcomer)
		b := st.browser()
		wantPage(t, b.signInWith(newcomer, "wrong-password"), 422, "is wrong")
		p := b.post("/login", "email", newcomer, "password", goodPassword, "return_to", "/notes")
		wantRedirect(t, p, "/verify-email")
		if b.signedIn() {
			t.Fatal("signed in unverified")
		}
		if n := len(st.delivered(newcomer, "verify_email")); n != 1 {
			t.Errorf("%d mails within a minute", n)
		}
		st.clock.Add(time.Minute + time.Second)
		wantRedirect(t, b.post("/login", "email", newcomer, "password", goodPassword, "return_to", "/notes"), "/verify-email")
		if n := len(st.delivered(newcomer, "verify_email")); n != 2 {
			t.Errorf("%d mails after a minute", n)
		}
		if rows := withReason(st.audit(auth.AuditSignIn), "unverified"); len(rows) != 2 || rows[0].Outcome != "failure" {
			t.Errorf("audit: %+v", rows)
		}
		wantRedirect(t, b.post("/verify-email", "code", st.code(newcomer)), "/notes")
		if !b.signedIn() {
			t.Error("not signed in")
		}
	})
}

func TestUnverified_Banner(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		b := st.browser()
		b.signUp(newcomer)
		if b.signedIn() {
			t.Error("sign-up itself signed somebody in")
		}
		wantRedirect(t, b.signIn(newcomer), "/dashboard")
		wantPage(t, b.get("/account"), 200, "Your email address is not confirmed yet.")
		u, err := st.s.Load(context.Background(), b.cookies["session"])
		if err != nil || u.Verified {
			t.Errorf("%+v, %v", u, err)
		}
		if standing, err := st.s.Standing(context.Background(), u.ID, ""); err != nil || standing.Active {
			t.Errorf("apps may act for somebody unverified: %v, %v", standing.Active, err)
		}
		st.clock.Add(2 * time.Minute)
		wantRedirect(t, b.post("/verify-email/resend"), "/verify-email")
		wantRedirect(t, b.post("/verify-email", "code", st.code(newcomer)), "/dashboard")
		if strings.Contains(b.get("/account").body, "not confirmed yet") {
			t.Error("the banner stays")
		}
	}, func(c *auth.Config) { c.Unverified = auth.UnverifiedBanner })
}

func TestFirstProof_WipesPreHijack(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		stranger := st.browser()
		stranger.post("/signup", "email", newcomer, "password", "strangers-Pass-77")
		stranger.signInWith(newcomer, "strangers-Pass-77")
		if !stranger.signedIn() {
			t.Fatal("the test needs the stranger inside")
		}
		verify := st.link(newcomer, "verify_email")

		owner := st.browser()
		owner.post("/password/forgot", "email", newcomer)
		wantRedirect(t, owner.post(st.link(newcomer, "password_reset"), "password", goodPassword), "/login")
		if !st.row(newcomer).Verified() {
			t.Error("the reset did not prove the address")
		}
		if stranger.signedIn() {
			t.Error("the stranger is still inside")
		}
		wantPage(t, stranger.signInWith(newcomer, "strangers-Pass-77"), 422, "is wrong")
		wantPage(t, stranger.get(verify), 410, "no longer works")
		rows := st.audit(auth.AuditEmailVerify)
		if len(rows) != 1 || rows[0].Meta["wiped"] != true {
			t.Errorf("audit: %+v", rows)
		}
	}, func(c *auth.Config) { c.Unverified = auth.UnverifiedBanner })
}
