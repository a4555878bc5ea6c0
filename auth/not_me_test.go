package auth_test

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
)

var notMePattern = regexp.MustCompile(`http://localhost:3000(/account/not-me/\S+)`)

// notMe is the link of the newest mail of a kind that says "This was not me".
func (st *site) notMe(email, kind string) string {
	st.t.Helper()
	mail := st.lastMail(email, kind)
	found := notMePattern.FindStringSubmatch(mail.Text)
	if found == nil || !strings.Contains(mail.HTML, found[1]) {
		st.t.Fatalf("no such link in both parts of %q", mail.Text)
	}
	return found[1]
}

func TestNotMe_GetIsHarmless(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		inside := st.browser().mustSignIn(member)
		st.phone("198.51.100.7").mustSignIn(member)
		link := st.notMe(member, "new_sign_in")
		before := modelstest.Digest(t, st.raw())
		for range 3 {
			for _, b := range []*browser{st.browser(), inside} {
				p := b.get(link)
				wantPage(t, p, 200, member)
				for _, want := range []string{"Every session ends", "The password is removed", "Every app loses its access", "Secure my account"} {
					if !strings.Contains(p.body, want) {
						t.Errorf("the page does not say %q", want)
					}
				}
				if len(p.set) != 0 || p.header.Get("Referrer-Policy") != "no-referrer" || p.header.Get("Cache-Control") != "no-store" {
					t.Errorf("cookies %v, headers %v", p.set, p.header)
				}
			}
		}
		st.inert("looking", before)
		if !inside.signedIn() {
			t.Error("a look ended a session")
		}
	})
}

// intruder signs in with the right password, from elsewhere, and settles down: another password, a second factor,
// recovery codes, a trusted browser.
func (st *site) intruder() *browser {
	st.t.Helper()
	ctx, u := context.Background(), st.row(member)
	b := st.phone("198.51.100.7").mustSignIn(member)
	b.post("/account/password", "current_password", goodPassword, "password", otherPassword)
	for _, err := range []error{
		st.db.CreateAuthenticator(ctx, &models.Authenticator{ID: models.NewID(), UserID: u.ID, Name: "Theirs", Secret: []byte{1}, CreatedAt: st.db.Now()}),
		st.db.InTx(ctx, func(tx *models.Tx) error {
			return tx.ReplaceRecoveryCodes(ctx, u.ID, [][]byte{{1}, {2}, {3}})
		}),
		st.db.TrustBrowser(ctx, u.ID, b.cookies["browser"], u.Epoch+1, st.db.Now().Add(time.Hour)),
	} {
		if err != nil {
			st.t.Fatal(err)
		}
	}
	return b
}

func TestNotMe_UndoesTheIntruder(t *testing.T) {
	var revoked, changed []string
	each(t, func(t *testing.T, st *site) {
		revoked, changed = nil, nil
		ctx, u := context.Background(), st.person(member)
		own := models.Authenticator{ID: models.NewID(), UserID: u.ID, Name: "Mine", Secret: []byte{2}, CreatedAt: st.db.Now()}
		home := st.browser().mustSignIn(member)
		if err := st.db.CreateAuthenticator(ctx, &own); err != nil {
			t.Fatal(err)
		}
		st.exec("DELETE FROM authenticators") // so that the intruder needs none; it comes back below
		st.clock.Add(24 * time.Hour)
		home.mustSignIn(member)
		intruder := st.intruder()
		if err := st.db.CreateAuthenticator(ctx, &own); err != nil {
			t.Fatal(err)
		}
		link, later := st.notMe(member, "new_sign_in"), st.notMe(member, "password_changed")
		st.clock.Add(6 * 24 * time.Hour)

		owner := st.browserAt("203.0.113.9")
		wantRedirect(t, owner.post(link), "/login")
		wantPage(t, owner.get("/login"), 200, "Your account is secured.")
		if owner.cookies["session"] != "" || owner.signedIn() || intruder.signedIn() || home.signedIn() {
			t.Error("somebody is signed in")
		}
		row := st.row(member)
		if row.Epoch != 3 || row.AccessEpoch != 2 || row.PasswordHash != "" || !row.MustChangePassword {
			t.Errorf("%+v", row)
		}
		left, err := st.db.AuthenticatorsOf(ctx, u.ID)
		if err != nil || len(left) != 1 || left[0].Name != "Mine" {
			t.Errorf("authenticators: %+v, %v", left, err)
		}
		if n := st.number("SELECT count(*) FROM recovery_codes"); n != 0 {
			t.Errorf("%d recovery codes", n)
		}
		if n := st.number("SELECT count(*) FROM browsers WHERE trusted_until IS NOT NULL OR address = '198.51.100.7'"); n != 0 {
			t.Errorf("%d browsers of the intruder", n)
		}
		if n := st.number("SELECT count(*) FROM browsers"); n != 1 {
			t.Errorf("%d browsers: the owner's is older", n)
		}
		if !slices.Equal(revoked, []string{u.ID}) || !slices.Equal(changed, []string{u.ID, u.ID}) {
			t.Errorf("revoked %v, password changed %v", revoked, changed)
		}
		rows := st.audit(auth.AuditNotMe)
		if len(rows) != 1 || rows[0].SubjectID != u.ID || rows[0].Meta["authenticators"] != 1.0 || rows[0].Meta["recovery"] != 3.0 || rows[0].Meta["browsers"] != 1.0 {
			t.Errorf("audit: %+v", rows)
		}
		if text := st.lastMail(member, "secured_by_owner").Text; !strings.Contains(text, "1 authenticator app, 3 recovery codes, 1 known browser.") || !strings.Contains(text, "203.0.113.9") {
			t.Error(text)
		}
		for _, password := range []string{goodPassword, otherPassword, ""} {
			if p := st.phone("198.51.100.7").signInWith(member, password); p.status != 422 {
				t.Errorf("password %q: %d", password, p.status)
			}
		}

		// The second use is gone, and so is what later mails would undo; and the way back in is the mailbox.
		before := modelstest.Digest(t, st.raw())
		for _, dead := range []string{link, later} {
			for _, p := range []page{owner.get(dead), owner.post(dead)} {
				wantPage(t, p, 410, "This link no longer works")
			}
		}
		st.inert("a second use", before)
		reset := st.link(member, "password_reset")
		if !strings.Contains(st.lastMail(member, "password_reset").Text, "is secured and has no password now") {
			t.Error(st.lastMail(member, "password_reset").Text)
		}
		st.exec("DELETE FROM authenticators")
		wantRedirect(t, owner.post(reset, "password", "third-Kettle-drum-43"), "/login")
		wantRedirect(t, owner.signInWith(member, "third-Kettle-drum-43"), "/dashboard")
	}, func(c *auth.Config) {
		c.RevokeAccount = func(_ context.Context, id string) error { revoked = append(revoked, id); return nil }
		c.OnPasswordChanged = func(_ context.Context, _ *models.Tx, id string) error { changed = append(changed, id); return nil }
	})
}

func TestNotMe_Race(t *testing.T) {
	eachRace(t, func(t *testing.T, st *site) {
		st.person(member)
		st.browser().mustSignIn(member)
		st.phone("198.51.100.7").mustSignIn(member)
		token := lastPart(st.notMe(member, "new_sign_in"))
		errs := make(chan error)
		for range 50 {
			go func() { errs <- st.s.NotMe(context.Background(), token) }()
		}
		done := 0
		for range 50 {
			switch err := <-errs; {
			case err == nil:
				done++
			case !errors.Is(err, auth.ErrDeadLink):
				t.Error(err)
			}
		}
		if n := len(st.delivered(member, "secured_by_owner")); done != 1 || n != 1 || st.row(member).Epoch != 2 {
			t.Errorf("%d of 50, %d mails, epoch %d", done, n, st.row(member).Epoch)
		}
	}, func(c *auth.Config) { c.RateLimitScale = 100 })
}

// TestAlarmToken_SurvivesPasswordChange: whoever got in cannot silence the mail that told of it, and the mail lets
// nobody in.
func TestAlarmToken_SurvivesPasswordChange(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		st.browser().mustSignIn(member)
		intruder := st.phone("198.51.100.7").mustSignIn(member)
		first := st.notMe(member, "new_sign_in")
		st.clock.Add(time.Minute)
		intruder.post("/account/password", "current_password", goodPassword, "password", otherPassword)
		second := st.notMe(member, "password_changed")
		st.browser().post("/password/forgot", "email", member)
		wantRedirect(t, st.browser().post(st.link(member, "password_reset"), "password", "third-Kettle-drum-43"), "/login")
		st.phone("198.51.100.99").signInWith(member, "third-Kettle-drum-43")
		for _, link := range []string{first, second} {
			wantPage(t, st.browser().get(link), 200, "This was not me")
		}
		for _, path := range []string{"/password/reset/", "/login/unlock/", "/verify-email/"} {
			wantPage(t, st.browser().get(path+lastPart(first)), 410, "This link no longer works")
		}
		st.clock.Add(7*24*time.Hour - 61*time.Second)
		wantPage(t, st.browser().get(first), 200, "This was not me")

		// An account that is off stays as it is, and the link works again when it is on.
		id := st.row(member).ID
		if err := st.s.DisableUser(context.Background(), id, "test", nil); err != nil {
			t.Fatal(err)
		}
		before := modelstest.Digest(t, st.raw())
		b := st.browser()
		wantPage(t, b.get(first), 410, "This link no longer works")
		wantPage(t, b.post(first), 410, "This link no longer works")
		st.inert("an alarm of an account that is off", before)
		if err := st.s.EnableUser(context.Background(), id, "test"); err != nil {
			t.Fatal(err)
		}
		wantRedirect(t, b.post(second), "/login")
		wantPage(t, b.get(first), 200, "This was not me") // it reports an earlier moment
		if b.cookies["session"]+b.cookies["browser"]+b.cookies["login"] != "" {
			t.Errorf("cookies: %v", b.cookies)
		}
		st.clock.Add(time.Second)
		wantPage(t, b.get(first), 410, "This link no longer works")
	})
}

// TestNotMe_OnEverySecurityMail: each carries a link of its own that works; a mail that nobody gets carries none that does.
func TestNotMe_OnEverySecurityMail(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser().mustSignIn(member)
		st.phone("198.51.100.7").mustSignIn(member)
		b.post("/account/password", "current_password", goodPassword, "password", otherPassword)
		for range 5 {
			st.guess(member, 20)
			st.clock.Add(61 * time.Minute)
		}
		seen := map[string]bool{}
		for _, kind := range []string{"new_sign_in", "password_changed", "account_guarded", "account_locked"} {
			link := st.notMe(member, kind)
			wantPage(t, st.browser().get(link), 200, member)
			seen[link] = true
		}
		if len(seen) != 4 {
			t.Errorf("%d links", len(seen))
		}
		st.guess("nobody@example.test", 20)
		for _, mail := range st.mails("nobody@example.test") {
			if found := notMePattern.FindStringSubmatch(mail.Text); found == nil || st.browser().get(found[1]).status != 410 {
				t.Error("a decoy's link opens, or is not there")
			}
		}
	})
}

func TestNotMe_WithoutReset(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		st.browser().mustSignIn(member)
		st.phone("198.51.100.7").mustSignIn(member)
		link := st.notMe(member, "new_sign_in")
		wantPage(t, st.browser().get(link), 200, "to get back in")
		wantRedirect(t, st.browser().post(link), "/login")
		if n := len(st.mails(member)); n != 2 {
			t.Errorf("%d mails, want the notice and the news that it is secured", n)
		}
		if text := st.lastMail(member, "secured_by_owner").Text; !strings.Contains(text, "To get back in, write to") {
			t.Error(text)
		}
	}, func(c *auth.Config) { c.NoPasswordReset = true })
}
