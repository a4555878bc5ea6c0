package auth_test

import (
	"net/http"
	"strings"
	"testing"

	"latchkey/models"
)

func TestToken_TargetIsOnTheRow(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		st.browser().post("/password/forgot", "email", member)
		link := st.link(member, "password_reset")
		st.exec("UPDATE users SET email = 'moved@example.test' WHERE email = '" + member + "'")
		wantPage(t, st.browser().get(link), 200, member) // what the mail went to, not what the row says now
		if dump := st.dump("mail_tokens"); !strings.Contains(dump, "email="+member) || !strings.Contains(dump, "purpose=password_reset") {
			t.Errorf("row: %s", dump)
		}
		b := st.browser()
		b.signUp(newcomer)
		if n := st.number("SELECT count(*) FROM mail_tokens t JOIN pending_logins p ON p.id = t.pending_login_id AND p.user_id = t.user_id AND t.email = p.email WHERE t.epoch = 1"); n != 2 {
			t.Errorf("%d rows tie mail and pending login", n)
		}
	})
}

func TestToken_StoredHashed(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.browser().signUp(newcomer)
		token, code := lastPart(st.link(newcomer, "verify_email")), st.code(newcomer)
		if len(token) != 43 {
			t.Errorf("a token of %d characters", len(token))
		}
		for _, table := range []string{"mail_tokens", "pending_logins", "audit_events", "river_job"} {
			dump := st.dump(table)
			if strings.Contains(dump, token) || table == "mail_tokens" && strings.Contains(dump, code) {
				t.Errorf("%s holds the token or the code", table)
			}
		}
		if dump := st.dump("mail_tokens"); !strings.Contains(dump, string(models.Digest(token))) {
			t.Error("the token is not stored as its digest")
		}
	})
}

func TestToken_OneTextWhenDead(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser()
		fresh := func() string {
			b.post("/password/forgot", "email", member)
			st.exec("DELETE FROM attempts")
			return st.link(member, "password_reset")
		}
		replaced := fresh()
		used := fresh()
		b.post(used, "password", otherPassword)
		expired := fresh()
		st.exec("UPDATE mail_tokens SET expires_at = created_at WHERE used_at IS NULL")
		otherPurpose := fresh()
		b.signUp(newcomer)
		verify := st.link(newcomer, "verify_email")
		texts := map[string]bool{}
		for _, link := range []string{
			replaced, used, expired, "/password/reset/" + models.NewToken(), "/password/reset/x", "/password/reset/" + lastPart(verify),
			"/password/reset/" + strings.Repeat("A", 43),
		} {
			p := st.browser().get(link)
			wantPage(t, p, 410, "This link no longer works")
			texts[strings.ReplaceAll(p.body, link, "LINK")] = true
			if p := b.post(link, "password", otherPassword); p.status != 422 {
				t.Errorf("POST %s: %d", link, p.status)
			}
		}
		if len(texts) != 1 {
			t.Errorf("%d texts for dead links", len(texts))
		}
		// Every purpose at every other route.
		for _, path := range []string{"/verify-email/", "/login/unlock/", "/login/link/"} {
			wantPage(t, b.get(path+lastPart(otherPurpose)), 410, "This link no longer works")
		}
		wantPage(t, b.get("/login/unlock/"+lastPart(verify)), 410, "This link no longer works")
		wantPage(t, b.get(verify), 200, "Confirm")
	})
}

func TestTokenPages_Headers(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser()
		b.post("/password/forgot", "email", member)
		b.signUp(newcomer)
		st.guess(member, 20)
		for _, link := range []string{
			st.link(member, "password_reset"), st.link(newcomer, "verify_email"), st.link(member, "account_guarded"),
			st.loginLink(st.browser(), member), "/password/reset/dead", "/login/link/dead",
		} {
			p := b.get(link)
			if p.header.Get("Referrer-Policy") != "no-referrer" || p.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %q %q", link, p.header.Get("Referrer-Policy"), p.header.Get("Cache-Control"))
			}
		}
		b = st.browser().mustSignIn(st.person("a@example.test").Email)
		for _, path := range []string{"/account", "/account/sessions", "/dashboard"} {
			if p := b.get(path); p.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %q", path, p.header.Get("Cache-Control"))
			}
		}
	})
}

// TestGet_NeverActs opens every page, with live links too, and finds the tables as they were.
func TestGet_NeverActs(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		signedIn := st.browser().mustSignIn(member)
		key := signedIn.addKey("")
		pending := st.browser()
		pending.signUp(newcomer)
		asking := st.browser()
		st.browser().post("/password/forgot", "email", member)
		st.guess(member, 20)
		stop, finish := st.recoveryLinks(member)
		tokens := map[string]string{
			"/login/recovery/stop/:token": lastPart(stop), "/login/recovery/finish/:token": lastPart(finish),
			"/verify-email/:token": lastPart(st.link(newcomer, "verify_email")), "/password/reset/:token": lastPart(st.link(member, "password_reset")),
			"/login/unlock/:token": lastPart(st.link(member, "account_guarded")), "/account/not-me/:token": lastPart(st.notMe(member, "account_guarded")),
			"/login/link/:token": lastPart(st.loginLink(asking, member)), "/setup/:token": lastPart(st.setupLink()),
		}
		tables := []string{"users", "sessions", "pending_logins", "mail_tokens", "browsers", "setup_links", "passkeys", "passkey_challenges", "river_job", "audit_events"}
		state := func() (all string) {
			for _, table := range tables {
				all += st.dump(table)
			}
			return all
		}
		before, opened := state(), 0
		for _, route := range st.h.Routes() {
			if route.Method != http.MethodGet {
				continue
			}
			path := strings.NewReplacer(":token", tokens[route.Path], ":id", key.id).Replace(route.Path)
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				for _, b := range []*browser{st.browser(), signedIn, pending, asking} {
					if p := b.send(method, path, ""); p.status >= 400 {
						t.Errorf("%s %s: %d", method, path, p.status)
					}
					opened++
				}
			}
		}
		if opened < 60 {
			t.Errorf("only %d pages opened", opened)
		}
		if after := state(); after != before {
			t.Errorf("a GET changed something:\n%s\n---\n%s", before, after)
		}
	})
}

func TestMails_IgnoreHostHeader(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser()
		b.headers = map[string]string{
			"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Forwarded": "host=evil.example",
			"X-Original-URL": "https://evil.example/", "X-Forwarded-Prefix": "/evil",
		}
		for _, p := range []page{b.signUp(newcomer), b.signUp(member), b.post("/password/forgot", "email", member), b.post("/login/link", "email", member), b.get("/account")} {
			if strings.Contains(p.location, "evil") || !strings.HasPrefix(p.location, "/") {
				t.Errorf("redirect to %q", p.location)
			}
			for _, cookie := range p.set {
				if cookie.Domain != "" {
					t.Errorf("cookie for %q", cookie.Domain)
				}
			}
		}
		st.guess(member, 20)
		mails := append(st.mails(newcomer), st.mails(member)...)
		if len(mails) < 5 {
			t.Errorf("only %d mails", len(mails))
		}
		for _, mail := range mails {
			if strings.Contains(mail.Text+mail.HTML, "evil.example") || !strings.Contains(mail.Text, "http://localhost:3000/") {
				t.Errorf("%s: %s", mail.Kind, mail.Text)
			}
		}
	})
}

func TestMails_EachOnce(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser()
		b.signUp(newcomer)
		b.signUp(member)
		b.post("/password/forgot", "email", member)
		link := st.link(member, "password_reset")
		b.post(link, "password", otherPassword)
		b.post("/login/link", "email", member)
		st.guess(member, 20)
		for kind, to := range map[string]string{
			"verify_email": newcomer, "account_exists": member, "password_reset": member, "password_changed": member, "account_guarded": member,
			"sign_in_link": member,
		} {
			sent := st.delivered(to, kind)
			if len(sent) != 1 {
				t.Errorf("%d times %s", len(sent), kind)
				continue
			}
			if mail := sent[0]; mail.Subject == "" || mail.HTML == "" || mail.Text == "" {
				t.Errorf("%s lacks a part", kind)
			}
		}
		changed := st.lastMail(member, "password_changed").Text
		for _, want := range []string{"Firefox on Linux", "192.0.2.1"} {
			if !strings.Contains(changed, want) {
				t.Errorf("the notice does not name %s", want)
			}
		}
		seen := map[string]bool{}
		for _, mail := range append(st.mails(member), st.mails(newcomer)...) {
			if mail.TokenID != "" && seen[mail.TokenID] {
				t.Errorf("two mails for one cause: %s", mail.Kind)
			}
			seen[mail.TokenID] = true
		}
	})
}

// TestMailTokenAlive_SaysWhatTheWorkerAsks: a mail whose link died is not sent.
func TestMailTokenAlive_SaysWhatTheWorkerAsks(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		st.browser().post("/password/forgot", "email", member)
		first := st.lastMail(member, "password_reset")
		st.browser().post("/password/forgot", "email", member)
		for _, c := range []struct {
			mail models.Mail
			want bool
		}{{first, false}, {st.lastMail(member, "password_reset"), true}} {
			if alive, err := st.db.MailTokenAlive(t.Context(), c.mail.TokenID); err != nil || alive != c.want {
				t.Errorf("alive %v, want %v (%v)", alive, c.want, err)
			}
		}
	})
}
