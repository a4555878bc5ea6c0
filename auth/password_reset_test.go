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

func TestForgot_IsNeutral(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		off := st.person("off@example.test")
		if err := st.s.DisableUser(context.Background(), off.ID, "test", nil); err != nil {
			t.Fatal(err)
		}
		want := ""
		for _, email := range []string{member, "nobody@example.test", off.Email} {
			before := len(st.mails(email))
			ctx, statements := modelstest.Count(context.Background())
			if _, err := st.s.ForgotPassword(ctx, auth.MailRequest{Email: email}); err != nil {
				t.Fatal(err)
			}
			p := st.browser().post("/password/forgot", "email", email)
			wantRedirect(t, p, "/password/forgot?sent=1")
			got := fmt.Sprint(masked(p, email), statements.Load(), len(st.mails(email))-before)
			if want == "" {
				want = got
			}
			if got != want {
				t.Errorf("%s:\n%s\nwant\n%s", email, got, want)
			}
		}
		wantPage(t, st.browser().get("/password/forgot?sent=1"), 200, "If there is an account for it, an email is on its way")
		if n := len(st.delivered("nobody@example.test", "password_reset")) + len(st.delivered(off.Email, "password_reset")); n != 0 {
			t.Errorf("%d mails to nobody", n)
		}
		st.exec("UPDATE users SET password_hash = '' WHERE email = '" + member + "'")
		st.browser().post("/password/forgot", "email", member)
		if mail := st.lastMail(member, "password_reset"); !strings.Contains(mail.Text, "which has none") {
			t.Errorf("to somebody without a password: %s", mail.Text)
		}
	})
}

func TestReset_EndsEverything(t *testing.T) {
	var revoked, ended []string
	each(t, func(t *testing.T, st *site) {
		revoked, ended = nil, nil
		u := st.person(member)
		inside := st.browser().mustSignIn(member)
		st.guess(member, 19)
		if err := st.s.LockUser(context.Background(), u.ID); err != nil {
			t.Fatal(err)
		}
		b := st.browser()
		b.post("/password/forgot", "email", member)
		older := st.link(member, "password_reset")
		b.post("/password/forgot", "email", member)
		link := st.link(member, "password_reset")
		wantPage(t, b.get(older), 410, "This link no longer works")
		wantPage(t, b.get(link), 200, "Choose a new password")
		wantPage(t, b.post(link, "password", "short"), 422, "Use at least 8 characters") // not used up
		wantRedirect(t, b.post(link, "password", otherPassword), "/login")
		wantPage(t, b.get("/login"), 200, "Password changed.")
		if b.cookies["session"] != "" || inside.signedIn() {
			t.Error("somebody is signed in after a reset")
		}
		after := st.row(member)
		if after.Epoch != 2 || after.AccessEpoch != 2 || after.LockedAt != nil || len(revoked) != 1 || len(ended) != 1 {
			t.Errorf("after: %+v, revoked %v, ended %v", after, revoked, ended)
		}
		if n := st.number("SELECT count(*) FROM attempts WHERE rule IN ('L-01', 'L-02', 'L-02 lock')"); n != 0 {
			t.Errorf("%d counters left", n)
		}
		wantPage(t, b.post(link, "password", otherPassword), 422, "This link no longer works")
		wantPage(t, b.signIn(member), 422, "is wrong")
		wantRedirect(t, b.signInWith(member, otherPassword), "/dashboard")
		st.lastMail(member, "password_changed")
		if rows := st.audit(auth.AuditPasswordReset); len(rows) != 1 || rows[0].SubjectID != u.ID {
			t.Errorf("audit: %+v", rows)
		}
		b.post("/password/forgot", "email", member)
		late := st.link(member, "password_reset")
		st.clock.Add(time.Hour)
		wantPage(t, b.get(late), 410, "no longer works")
	}, func(c *auth.Config) {
		c.RevokeAccount = func(_ context.Context, id string) error { revoked = append(revoked, id); return nil }
		c.SessionEnded = func(_ context.Context, id string) error { ended = append(ended, id); return nil }
	})
}

func TestReset_Race(t *testing.T) {
	eachRace(t, func(t *testing.T, st *site) {
		st.person(member)
		st.browser().post("/password/forgot", "email", member)
		token := lastPart(st.link(member, "password_reset"))
		won, _ := modelstest.Race(50, func(i int) error {
			ctx := models.WithOrigin(context.Background(), models.Origin{Address: fmt.Sprintf("198.51.100.%d", i)})
			return st.s.ResetPassword(ctx, auth.Visitor{}, token, fmt.Sprintf("%s-%d", otherPassword, i))
		})
		if won != 1 || st.row(member).Epoch != 2 || len(st.delivered(member, "password_changed")) != 1 {
			t.Errorf("%d resets by one link, epoch %d", won, st.row(member).Epoch)
		}
	})
}

// TestResetBeatsOldPassword: whatever was in flight with the old password is over.
func TestResetBeatsOldPassword(t *testing.T) {
	eachRace(t, func(t *testing.T, st *site) {
		u := st.person(member)
		st.browser().post("/password/forgot", "email", member)
		token := lastPart(st.link(member, "password_reset"))
		modelstest.Race(50, func(i int) error {
			ctx := models.WithOrigin(context.Background(), models.Origin{Address: fmt.Sprintf("198.51.100.%d", i)})
			if i == 25 {
				return st.s.ResetPassword(ctx, auth.Visitor{}, token, otherPassword)
			}
			_, err := st.s.Authenticate(ctx, auth.SignIn{Email: member, Password: goodPassword})
			return err
		})
		if st.row(member).Epoch != 2 {
			t.Fatal("the reset was lost")
		}
		if alive, err := st.db.CountLiveSessions(context.Background(), u.ID, false); err != nil || alive != 0 {
			t.Errorf("%d sessions of the old password live on, %v", alive, err)
		}
	})
}

func TestPasswordChange_EndsOthersKeepsThis(t *testing.T) {
	var revoked []string
	each(t, func(t *testing.T, st *site) {
		revoked = nil
		st.person(member)
		this, other := st.browser().mustSignIn(member), st.browser().mustSignIn(member)
		copied := this.copy()
		id := st.session(this)
		wantPage(t, this.get("/account/password"), 200, "Current password")
		wantPage(t, this.post("/account/password", "password", otherPassword), 422, "Enter your current password")
		wantPage(t, this.post("/account/password", "current_password", "wrong-password", "password", otherPassword), 422, "That is not your current password")
		wantPage(t, this.post("/account/password", "current_password", goodPassword, "password", "short"), 422, "Use at least 8")
		this.post("/password/forgot", "email", member)
		reset := st.link(member, "password_reset")
		wantRedirect(t, this.post("/account/password", "current_password", goodPassword, "password", otherPassword), "/account")
		wantPage(t, this.get("/account"), 200, "Password changed.")
		if st.session(this) != id {
			t.Error("the session has another id now")
		}
		if other.signedIn() || copied.signedIn() {
			t.Error("another browser, or a copy of the old cookie, is still signed in")
		}
		wantPage(t, this.get(reset), 410, "no longer works")
		if u := st.row(member); u.Epoch != 2 || u.AccessEpoch != 1 || len(revoked) != 0 {
			t.Errorf("%+v, revoked %v", u, revoked)
		}
		st.lastMail(member, "password_changed")
		wantRedirect(t, this.post("/account/password", "current_password", otherPassword, "password", goodPassword, "end_apps", "on"), "/account")
		if u := st.row(member); u.AccessEpoch != 2 || len(revoked) != 1 {
			t.Errorf("with end_apps: %+v, revoked %v", u, revoked)
		}
		if rows := withReason(st.audit(auth.AuditPasswordChange), ""); len(rows) != 2 {
			t.Errorf("audit: %+v", rows)
		}
	}, func(c *auth.Config) {
		c.RevokeAccount = func(_ context.Context, id string) error { revoked = append(revoked, id); return nil }
	})
}

// session is the public id of the browser's session.
func (st *site) session(b *browser) string {
	st.t.Helper()
	u, err := st.s.Load(context.Background(), b.cookies["session"])
	if err != nil {
		st.t.Fatal(err)
	}
	return u.SessionID
}

func TestPasswordSet_NeedsFreshLogin(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser().mustSignIn(member)
		st.exec("UPDATE users SET password_hash = ''")
		st.clock.Add(10*time.Minute + time.Second)
		wantRedirect(t, b.get("/account/password"), "/reauth?return_to=%2Faccount%2Fpassword")
		wantRedirect(t, b.post("/account/password", "password", otherPassword), "/reauth?return_to=%2Faccount%2Fpassword")
		if st.row(member).PasswordHash != "" {
			t.Fatal("set without a fresh sign-in")
		}
		st.clock.Add(-2 * time.Second)
		wantRedirect(t, b.post("/account/password", "password", otherPassword), "/account")
		wantRedirect(t, st.browser().signInWith(member, otherPassword), "/dashboard")
		if rows := st.audit(auth.AuditPasswordSet); len(rows) != 1 {
			t.Errorf("audit: %+v", rows)
		}
	})
}

func TestForcedChange_BlocksEverything(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		u := st.person(member)
		if err := st.db.RequirePasswordChange(context.Background(), u.ID); err != nil {
			t.Fatal(err)
		}
		b := st.browser()
		wantRedirect(t, b.post("/login", "email", member, "password", goodPassword, "return_to", "/notes"), "/password/new")
		if b.signedIn() || st.number("SELECT count(*) FROM sessions") != 0 {
			t.Fatal("signed in before the change")
		}
		wantPage(t, b.get("/password/new"), 200, "Choose a new password to go on")
		wantPage(t, b.post("/password/new", "password", goodPassword), 422, "differs from the old")
		wantPage(t, b.post("/password/new", "password", "short"), 422, "Use at least 8")
		wantRedirect(t, b.post("/password/new", "password", otherPassword), "/notes")
		if !b.signedIn() {
			t.Error("not signed in after the change")
		}
		if rows := withMeta(st.audit(auth.AuditPasswordChange), "forced", true); len(rows) != 1 {
			t.Errorf("audit: %+v", rows)
		}
		wantRedirect(t, st.browser().get("/password/new"), "/login")
		wantRedirect(t, st.browser().post("/password/new", "password", otherPassword), "/login")
		wantRedirect(t, st.browser().signInWith(member, otherPassword), "/dashboard")
	})
}

func TestReset_ByCode(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		u := st.person(member)
		code := func() string { return codeIn(t, st.lastMail(member, "password_reset")) }
		b := st.browser()
		wantRedirect(t, b.post("/password/forgot", "email", member), "/password/forgot?sent=1")
		mailed, first := st.link(member, "password_reset"), code()
		wantPage(t, b.get("/password/reset"), 200, "Code from the email")
		wantPage(t, st.browser().post("/password/reset", "code", first), 422, "That code is not right or has expired") // another browser
		wantPage(t, b.post("/password/reset", "code", "x"), 422, "That code is not right or has expired")
		if rows := withReason(st.audit(auth.AuditPasswordReset), "bad_code"); len(rows) != 1 || rows[0].SubjectID != u.ID {
			t.Errorf("audit: %+v", rows)
		}
		old := b.copy()
		p := b.post("/password/reset", "code", first[:3]+"-"+first[3:])
		if p.status != 303 || !strings.HasPrefix(p.location, "/password/reset/") || p.location == mailed {
			t.Fatalf("%d to %q", p.status, p.location)
		}
		wantPage(t, b.get(mailed), 410, "no longer works") // the code spent the link
		wantPage(t, b.post("/password/reset", "code", first), 422, "not right")

		// The new link opens in this browser alone: not in another, nor with the cookie of before.
		for who, other := range map[string]*browser{"a stranger": st.browser(), "the cookie of before": old} {
			if p := other.get(p.location); p.status != 410 {
				t.Errorf("%s opens it: %d", who, p.status)
			}
			if p := other.post(p.location, "password", otherPassword); p.status != 422 {
				t.Errorf("%s uses it: %d", who, p.status)
			}
		}
		wantPage(t, b.get(p.location), 200, "Choose a new password")
		wantPage(t, b.post(p.location, "password", "short"), 422, "Use at least 8 characters")
		wantRedirect(t, b.post(p.location, "password", otherPassword), "/login")
		if b.cookies["session"] != "" {
			t.Error("a reset signs nobody in")
		}
		wantRedirect(t, b.signInWith(member, otherPassword), "/dashboard")

		// The fresh link has a whole hour of its own; the code had one.
		b.post("/password/forgot", "email", member)
		st.clock.Add(time.Hour - time.Second)
		p = b.post("/password/reset", "code", code())
		st.clock.Add(time.Hour - time.Second)
		wantPage(t, b.get(p.location), 200, "Choose a new password")
		st.clock.Add(time.Second)
		wantPage(t, b.get(p.location), 410, "no longer works")
		b.post("/password/forgot", "email", member)
		st.clock.Add(time.Hour)
		wantPage(t, b.post("/password/reset", "code", code()), 422, "not right")
	})
}
