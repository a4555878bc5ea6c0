package auth_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/models/modelstest"
	"latchkey/views"
)

const member = "member@example.test"

func TestLogin_WrongPassword_IsGeneric(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser()
		p := b.signInWith(member, "wrong-password")
		wantPage(t, p, 422, "Email address or password is wrong")
		if !strings.Contains(p.body, `value="`+member+`"`) || strings.Contains(p.body, "wrong-password") {
			t.Error("the address should be kept and the password not")
		}
		if !strings.Contains(p.body, "<title>Error: ") {
			t.Error("the title does not say that something is wrong")
		}
		unknown := strings.ReplaceAll(b.signInWith("nobodys@example.test", "wrong-password").body, "nobodys@", "member@")
		if unknown != b.signInWith(member, "wrong-password").body {
			t.Error("an unknown address gets another page")
		}
		wantPage(t, b.post("/login", "email", member), 422, "Enter your password")
		wantPage(t, b.post("/login", "email", "nonsense", "password", "x"), 422, "Enter an email address")
		long := strings.Repeat("a", 300) + "@example.test"
		if p := b.signInWith(long, "x"); !strings.Contains(p.body, strings.Repeat("a", 254)) || strings.Contains(p.body, strings.Repeat("a", 255)) {
			t.Error("more than 254 characters of the address are kept")
		}
		var reasons []string
		for _, row := range st.audit(auth.AuditSignIn) {
			reasons = append(reasons, row.Reason)
			if row.Meta["address"] == member || row.Meta["address_hmac"] == "" || row.Method != "password" {
				t.Errorf("audit: %+v", row)
			}
		}
		if got := len(reasons); got != 3 || strings.Count(strings.Join(reasons, " "), "unknown") != 1 {
			t.Errorf("reasons: %v", reasons)
		}
	})
}

func TestLogin_UnknownCostsTheSame(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		st.exec("INSERT INTO users (id, email, created_at, updated_at) SELECT 'PASSWORDLESS', 'passwordless@example.test', created_at, created_at FROM users")
		cost := func(email string) (hashes, statements int64) {
			ctx, count := modelstest.Count(context.Background())
			before := st.s.Hashes()
			_, err := st.s.Authenticate(ctx, auth.SignIn{Email: email, Password: "wrong-password"})
			if err == nil {
				t.Fatal("signed in")
			}
			return st.s.Hashes() - before, count.Load()
		}
		hashes, statements := cost(member)
		if hashes != 1 {
			t.Errorf("%d hashes for a wrong password", hashes)
		}
		for _, email := range []string{"nobody@example.test", "passwordless@example.test"} {
			if h, s := cost(email); h != hashes || s != statements {
				t.Errorf("%s costs %d hashes and %d statements, a known one %d and %d", email, h, s, hashes, statements)
			}
		}
	})
}

func TestLogin_PasswordlessNeverMatches(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		for _, stored := range []string{"", "nonsense", "$argon2id$v=19$m=8,t=1,p=1$$", "$argon2id$v=19$m=4294967295,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "$2a$31$abcdefghijklmnopqrstuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu"} {
			st.exec("UPDATE users SET password_hash = '" + stored + "'")
			st.exec("DELETE FROM attempts")
			for _, typed := range []string{"", " ", "\x00", goodPassword, stored} {
				if p := st.browser().signInWith(member, typed); p.status != 422 {
					t.Errorf("stored %q, typed %q: %d", stored, typed, p.status)
				}
				st.exec("DELETE FROM attempts")
			}
		}
		before := st.s.Hashes()
		st.browser().signInWith(member, "")
		if st.s.Hashes() != before {
			t.Error("an empty password was hashed")
		}
	})
}

func TestLogin_RememberSurvivesSecondFactor(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		u := st.person(member)
		if err := st.db.RequirePasswordChange(context.Background(), u.ID); err != nil {
			t.Fatal(err)
		}
		b := st.browser()
		p := b.post("/login", "email", member, "password", goodPassword, "remember", "on", "return_to", "/notes")
		wantRedirect(t, p, "/password/new")
		p = b.post("/password/new", "password", "another-Kettle-drum-42")
		wantRedirect(t, p, "/notes")
		found := false
		for _, cookie := range p.set {
			if cookie.Name == "session" {
				found = true
				if days := cookie.MaxAge / 86400; days != 60 {
					t.Errorf("a remembered session lives %d days", days)
				}
			}
		}
		if !found {
			t.Error("no session cookie")
		}
	})
}

func TestLogin_AlreadySignedIn(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser().mustSignIn(member)
		wantRedirect(t, b.get("/login?return_to=/notes"), "/notes")
		wantRedirect(t, b.get("/signup?return_to=/notes"), "/notes")
		wantRedirect(t, b.get("/login?switch=1&return_to=/notes"), "/notes")
		p := b.get("/login?switch=1&return_to=/oauth/authorize/X1")
		wantPage(t, p, 200, "Continue as this account")
		if !strings.Contains(p.body, "Demo client") {
			t.Error("the page does not say which app asked")
		}
		st.person("other@example.test")
		old := b.cookies["session"]
		wantRedirect(t, b.post("/login", "email", "other@example.test", "password", goodPassword, "return_to", "/oauth/authorize/X1"), "/oauth/authorize/X1")
		wantPage(t, b.get("/account"), 200, "other@example.test")
		if _, err := st.s.Load(context.Background(), old); err == nil {
			t.Error("the first account is still signed in here")
		}
	}, func(c *auth.Config) {
		c.ReturnClient = func(_ context.Context, returnTo string) *views.ClientStrip {
			if strings.HasPrefix(returnTo, "/oauth/authorize/") {
				return &views.ClientStrip{Name: "Demo client"}
			}
			return nil
		}
	})
}

func TestLogin_SuccessKeepsNetworkCounter(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		st.person("attacker@example.test")
		b := st.browser()
		hits := func(rule string) int {
			return st.number("SELECT COALESCE(SUM(hits), 0) FROM attempts WHERE rule = '" + rule + "'")
		}
		for range 3 {
			b.signInWith(member, "wrong-password")
		}
		if hits("L-01") != 3 || hits("L-02") != 3 || hits("L-04") != 3 {
			t.Errorf("after 3 failures: %d %d %d", hits("L-01"), hits("L-02"), hits("L-04"))
		}
		// An attacker's own account forgives nothing that was tried on another.
		st.browser().mustSignIn("attacker@example.test")
		if hits("L-01") != 3 || hits("L-02") != 3 || hits("L-04") != 3 {
			t.Errorf("after another's sign-in: %d %d %d", hits("L-01"), hits("L-02"), hits("L-04"))
		}
		b.mustSignIn(member)
		if hits("L-01") != 0 || hits("L-02") != 3 || hits("L-04") != 3 {
			t.Errorf("after the own sign-in: %d %d %d", hits("L-01"), hits("L-02"), hits("L-04"))
		}
		b.post("/logout")
		for range 3 {
			b.signInWith(member, "wrong-password") // a known browser now
		}
		if hits("L-03") != 3 || hits("L-02") != 3 {
			t.Errorf("known browser: %d %d", hits("L-03"), hits("L-02"))
		}
		b.mustSignIn(member)
		if hits("L-03") != 0 {
			t.Errorf("L-03 after success: %d", hits("L-03"))
		}
	})
}

func TestLogout_EndsSessionEverywhere(t *testing.T) {
	var ended []string
	each(t, func(t *testing.T, st *site) {
		ended = nil
		st.person(member)
		b := st.browser().mustSignIn(member)
		thief := b.copy()
		if !thief.signedIn() {
			t.Fatal("the copied cookie should work before")
		}
		known := b.cookies["browser"]
		if p := b.get("/logout"); p.status != 405 && p.status != 404 || len(p.set) != 0 || !b.signedIn() {
			t.Errorf("GET signs out: %d, %v", p.status, p.set)
		}
		p := b.post("/logout")
		wantRedirect(t, p, "/")
		if b.cookies["session"] != "" || b.cookies["browser"] != known {
			t.Errorf("cookies: %v", b.cookies)
		}
		if thief.signedIn() {
			t.Error("a copy of the cookie still works")
		}
		if p := thief.get("/account"); p.header.Get("Cache-Control") != "no-store" {
			t.Errorf("Cache-Control %q", p.header.Get("Cache-Control"))
		}
		if n := st.number("SELECT count(*) FROM sessions"); n != 0 || len(ended) != 1 {
			t.Errorf("%d rows, %d told", n, len(ended))
		}
		if rows := st.audit(auth.AuditSignOut); len(rows) != 1 || rows[0].SessionID != ended[0] {
			t.Errorf("audit: %+v", rows)
		}
		wantRedirect(t, b.post("/logout"), "/") // without a session the same answer
	}, func(c *auth.Config) {
		c.SessionEnded = func(_ context.Context, id string) error { ended = append(ended, id); return nil }
	})
}

func TestLoginPage_WithoutJavaScript(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		body := st.browser().get("/login?return_to=/notes").body
		for _, want := range []string{
			`method="post" action="/login"`, `name="email"`, `autocomplete="username`, `name="password"`, `autocomplete="current-password"`,
			`name="remember"`, `name="return_to" value="/notes"`, `href="/password/forgot"`, `href="/login/link?return_to=%2Fnotes"`,
		} {
			if !strings.Contains(body, want) {
				t.Errorf("the page has no %s", want)
			}
		}
		for _, later := range []string{"company"} {
			if strings.Contains(strings.ToLower(body), later) {
				t.Errorf("the page speaks of a %s", later)
			}
		}
	})
}

func TestLogin_HTMX(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser()
		b.headers = map[string]string{"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "form#login"}
		p := b.signInWith(member, "wrong-password")
		if p.status != 422 || p.header.Get("X-Fragment") != "login" || strings.Contains(p.body, "<html") {
			t.Errorf("%d %q\n%s", p.status, p.header.Get("X-Fragment"), p.body)
		}
		p = b.post("/login", "email", member, "password", goodPassword, "return_to", "/notes")
		if p.status != http.StatusOK || p.header.Get("HX-Redirect") != "/notes" || p.header.Get("Location") != "" {
			t.Errorf("%d %q", p.status, p.header.Get("HX-Redirect"))
		}
	})
}

func TestSignIn_OneSessionOneAuditRow(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		u := st.person(member)
		one := func(what string) {
			t.Helper()
			rows := withReason(st.audit(auth.AuditSignIn), "")
			if n := st.number("SELECT count(*) FROM sessions"); n != 1 || len(rows) != 1 || rows[0].SessionID == "" {
				t.Errorf("%s: %d sessions, %d rows", what, n, len(rows))
			}
			st.exec("DELETE FROM sessions")
			st.exec("DELETE FROM audit_events")
		}
		st.browser().mustSignIn(member)
		one("password")
		if err := st.db.RequirePasswordChange(context.Background(), u.ID); err != nil {
			t.Fatal(err)
		}
		b := st.browser()
		b.signIn(member)
		b.post("/password/new", "password", "another-Kettle-drum-42")
		one("with a step between")
		b = st.browser()
		b.signUp(newcomer)
		b.post("/verify-email", "code", st.code(newcomer))
		one("sign-up")
	})
}

func TestForeignIdentity_NextStepIgnoresIt(t *testing.T) { // the pending login of one is no other's
	each(t, func(t *testing.T, st *site) {
		a := st.browser()
		a.signUp("a@example.test")
		b := st.browser()
		b.signUp("b@example.test")
		wantPage(t, b.post("/verify-email", "code", st.code("a@example.test"), "email", "a@example.test", "user_id", st.row("a@example.test").ID), 422, "not right")
	})
}

func TestHandlers_IgnoreForeignIdentity(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		victim := st.person("victim@example.test")
		b := st.browser().mustSignIn(member)
		extra := []string{
			"user_id", victim.ID, "id", victim.ID, "org_id", "x", "role", "admin", "admin", "true", "email_verified", "true",
			"email", "evil@example.test", "subject", victim.ID, "disabled", "true", "created_at", "2001-01-01",
		}
		query := "?user_id=" + victim.ID + "&id=" + victim.ID + "&admin=true&email=" + url.QueryEscape(victim.Email)
		b.post("/account/profile"+query, append([]string{"name", "Mine"}, extra...)...)
		b.post("/account/password"+query, append([]string{"current_password", goodPassword, "password", "another-Kettle-drum-42"}, extra...)...)
		b.post("/account/sessions/end-others"+query, extra...)
		b.post("/reauth"+query, append([]string{"password", "another-Kettle-drum-42"}, extra...)...)
		mine, theirs := st.row(member), st.row(victim.Email)
		if mine.Name != "Mine" || mine.Role != "" || theirs.Name != "Mo" || theirs.Role != "" || theirs.Epoch != 1 || theirs.DisabledAt != nil {
			t.Errorf("mine %+v\ntheirs %+v", mine, theirs)
		}
		st.browser().mustSignIn(victim.Email)
		st.browser().post("/signup", append([]string{"password", goodPassword, "email", "new@example.test"}, "admin", "true", "verified", "true", "email_verified", "true")...)
		if u := st.row("new@example.test"); u.Role != "" || u.Verified() {
			t.Errorf("a sign-up made %+v", u)
		}
	})
}
