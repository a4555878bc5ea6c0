package auth_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
)

// loginLink has a browser ask for a sign-in link, and reads it in the mail.
func (st *site) loginLink(b *browser, email string) string {
	st.t.Helper()
	wantRedirect(st.t, b.post("/login/link", "email", email), "/login/link/code")
	return st.link(email, "sign_in_link")
}

func (st *site) loginCode(email string) string {
	st.t.Helper()
	return codeIn(st.t, st.lastMail(email, "sign_in_link"))
}

func TestLoginLink_IsNeutral(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		off := st.person("off@example.test")
		if err := st.s.DisableUser(context.Background(), off.ID, "test", nil); err != nil {
			t.Fatal(err)
		}
		want := ""
		for _, email := range []string{member, "nobody@example.test", off.Email} {
			b, before := st.browser(), len(st.mails(email))
			p := b.post("/login/link", "email", email, "return_to", "/notes")
			wantRedirect(t, p, "/login/link/code")
			if len(b.cookies["login"]) != 43 || b.cookies["session"] != "" {
				t.Errorf("%s: cookies %v", email, b.cookies)
			}
			code := b.get("/login/link/code")
			wantPage(t, code, 200, "If there is an account for")
			got := masked(p, email) + masked(code, email) + masked(b.post("/login/link/code", "code", "x"), email)
			if want == "" {
				want = got
			}
			if got != want {
				t.Errorf("%s: %s", email, firstDifference(got, want))
			}
			if queued := len(st.mails(email)) - before; queued != 1 {
				t.Errorf("%s: %d mails queued", email, queued)
			}
		}
		if n := len(st.delivered("nobody@example.test", "sign_in_link")) + len(st.delivered(off.Email, "sign_in_link")); n != 0 {
			t.Errorf("%d mails to nobody", n)
		}
		mail := st.lastMail(member, "sign_in_link")
		for _, want := range []string{"Firefox on Linux", "192.0.2.1", "10 minutes"} {
			if !strings.Contains(mail.Text, want) {
				t.Errorf("the mail does not say %q:\n%s", want, mail.Text)
			}
		}
		if strings.Contains(mail.Subject, codeIn(t, mail)) {
			t.Error("the code is in the subject")
		}
		rows := st.audit(auth.AuditLinkRequest)
		if len(rows) != 3 || rows[0].ActorKind != "anonymous" {
			t.Errorf("audit: %+v", rows)
		}
		wantPage(t, st.browser().post("/login/link", "email", "nonsense"), 422, "Enter an email address")
		wantPage(t, st.browser().get("/login/link/code"), 200, "If there is an account for it")
		wantPage(t, st.browser().post("/login/link/code", "code", st.loginCode(member)), 422, "That code is not right or has expired")
	})
}

// Over the limit nothing is sent, and what was sent before still works where it was asked for.
func TestLoginLink_OverTheLimit(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser()
		for range 5 {
			st.loginLink(b, member)
		}
		if n := len(st.delivered(member, "sign_in_link")); n != 3 {
			t.Errorf("%d mails, the limit is 3", n)
		}
		wantPage(t, st.browser().get(st.link(member, "sign_in_link")), 200, "Sign in as")
		other := st.browser()
		st.loginLink(other, member)
		wantPage(t, other.post("/login/link/code", "code", st.loginCode(member)), 422, "not right")
		wantRedirect(t, b.post("/login/link/code", "code", st.loginCode(member)), "/dashboard")
	})
}

func TestLoginLink_SignsIn(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		u := st.person(member)
		ways := map[string]func(b *browser, link string) page{
			"link": func(b *browser, link string) page { return b.post(link) },
			"code": func(b *browser, _ string) page {
				code := st.loginCode(member)
				return b.post("/login/link/code", "code", code[:3]+" "+code[3:])
			},
		}
		for way, enter := range ways {
			b := st.browser()
			b.post("/login/link", "email", strings.ToUpper(member), "return_to", "/notes")
			link := st.link(member, "sign_in_link")
			wantPage(t, b.get(link), 200, "Sign in as m…@example.test")
			if body := b.get(link).body; strings.Contains(body, "asked for in another browser") || strings.Contains(body, member) {
				t.Errorf("the page of the browser that asked: %s", body)
			}
			wantRedirect(t, enter(b, link), "/notes")
			if !b.signedIn() || b.cookies["login"] != "" {
				t.Errorf("%s: not signed in, or a step is left", way)
			}
			session := st.actor(b)
			if session.ACR != auth.ACRSingle || len(session.Proofs) != 1 || session.Proofs[0].Method != "email" {
				t.Errorf("%s: %s, %+v", way, session.ACR, session.Proofs)
			}
			rows := st.audit(auth.AuditSignIn)
			if len(rows) == 0 || rows[0].Method != "email" || rows[0].SubjectID != u.ID || rows[0].Outcome == models.OutcomeFailure {
				t.Errorf("%s: audit %+v", way, rows)
			}
			wantPage(t, b.get(link), 410, "This link no longer works")
			wantPage(t, b.post(link), 422, "This link no longer works")
			wantPage(t, b.post("/login/link/code", "code", st.loginCode(member)), 422, "not right")
		}
		b := st.browser()
		late := st.loginLink(b, member)
		st.clock.Add(10 * time.Minute)
		wantPage(t, b.get(late), 410, "Ask for a new link")
		wantPage(t, b.post("/login/link/code", "code", st.loginCode(member)), 422, "not right")
	})
}

// A mail program that opens every link, or its scanner, uses none of them up.
func TestLoginLink_ScannerGetDoesNothing(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser()
		link := st.loginLink(b, member)
		before := modelstest.Digest(t, st.raw())
		for range 40 { // more than dead links are allowed
			scanner := st.browserAt("203.0.113.80")
			wantPage(t, scanner.get(link), 200, "Sign in as")
			wantPage(t, scanner.send("HEAD", link, ""), 200, "")
			if len(scanner.cookies) != 0 {
				t.Fatalf("the scanner has cookies: %v", scanner.cookies)
			}
		}
		st.inert("a scanner", before)
		wantRedirect(t, b.post(link), "/dashboard")
	})
}

func TestLoginLink_OtherBrowser(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		asking := st.browserAt("203.0.113.70")
		asking.post("/login/link", "email", member, "return_to", "/notes")
		link := st.link(member, "sign_in_link")
		other := st.browser()
		p := other.get(link)
		for _, want := range []string{"asked for in another browser", "Firefox on Linux", "203.0.113.70", "type the code from the email there", "Sign in as m…@example.test</button>"} {
			if !strings.Contains(strings.ReplaceAll(strings.Join(strings.Fields(p.body), " "), " </button>", "</button>"), want) {
				t.Errorf("the page does not say %q\n%s", want, p.body)
			}
		}
		wantRedirect(t, other.post(link), "/dashboard") // where the other wanted to go is not its way
		if !other.signedIn() || asking.signedIn() {
			t.Errorf("signed in: the one that pressed %v, the one that asked %v", other.signedIn(), asking.signedIn())
		}
		wantPage(t, asking.post("/login/link/code", "code", st.loginCode(member)), 422, "not right")
	})
}

func TestLoginLink_Strict(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		asking := st.browser()
		link := st.loginLink(asking, member)
		other := st.browser()
		other.post("/login/link", "email", "nobody@example.test") // with a step of its own
		p := other.get(link)
		wantPage(t, p, 200, "Here it signs nobody in")
		if strings.Contains(p.body, "<form") && strings.Contains(p.body, `action="/login/link/`) {
			t.Error("there is a button")
		}
		before := modelstest.Digest(t, st.raw())
		wantPage(t, other.post(link), 422, "Open this link in the browser where you asked for it")
		st.inert("a press where there is no button", before)
		wantRedirect(t, asking.post(link), "/dashboard")
	}, func(c *auth.Config) { c.LoginLinkBinding = auth.BindingStrict })
}

func TestLoginLink_CodeOnlyInAskingBrowser(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		asking := st.browser()
		st.loginLink(asking, member)
		code := st.loginCode(member)
		signingUp, forgetting, another := st.browser(), st.browser(), st.browser()
		signingUp.signUp(newcomer)
		forgetting.post("/password/forgot", "email", member) // the same person, another step
		another.post("/login/link", "email", "nobody@example.test")
		fake := st.browser()
		fake.cookies["login"] = models.NewToken()
		for who, b := range map[string]*browser{
			"with nothing": st.browser(), "signing up": signingUp, "resetting": forgetting, "with another step": another, "made up": fake,
		} {
			st.exec("DELETE FROM attempts")
			if p := b.post("/login/link/code", "code", code); p.status != 422 || b.signedIn() {
				t.Errorf("%s: %d", who, p.status)
			}
		}
		// The step of another browser for the same person is another step.
		st.loginLink(another, member)
		wantPage(t, asking.post("/login/link/code", "code", code), 422, "not right")
		wantPage(t, asking.post("/login/link/code", "code", st.loginCode(member)), 422, "not right")
		wantRedirect(t, another.post("/login/link/code", "code", st.loginCode(member)), "/dashboard")
		rows := withReason(st.audit(auth.AuditSignIn), "bad_code")
		about := 0
		for _, row := range rows {
			if row.Method == "email" && row.SubjectID == st.row(member).ID {
				about++
			}
		}
		if about != 2 {
			t.Errorf("%d of the person's wrong codes are in the log: %+v", about, rows)
		}
	})
}

// giveAuthenticator gives a person a second factor.
func (st *site) giveAuthenticator(userID string) {
	st.t.Helper()
	a := models.Authenticator{ID: models.NewID(), UserID: userID, Name: "Authenticator", Secret: []byte("12345678901234567890"), CreatedAt: st.clock.Now()}
	if err := st.db.CreateAuthenticator(context.Background(), &a); err != nil {
		st.t.Fatal(err)
	}
}

func TestLoginLink_StillAsksSecondFactor(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		u := st.person(member)
		st.giveAuthenticator(u.ID)
		b := st.browser()
		wantRedirect(t, b.post(st.loginLink(b, member)), "/login/code")
		if b.signedIn() || b.cookies["login"] == "" {
			t.Fatal("no second factor was asked for")
		}
		b = st.browser()
		st.loginLink(b, member)
		wantRedirect(t, b.post("/login/link/code", "code", st.loginCode(member)), "/login/code")
		waiting := b.copy()
		// A second proof of the same mailbox is no second factor.
		st.loginLink(b, member)
		wantRedirect(t, b.post("/login/link/code", "code", st.loginCode(member)), "/login/code")
		wantPage(t, waiting.post("/login/link/code", "code", st.loginCode(member)), 422, "not right")
		if b.signedIn() || waiting.signedIn() || st.number("SELECT count(*) FROM sessions") != 0 {
			t.Error("two mails made a session")
		}
		if err := st.db.RequirePasswordChange(context.Background(), st.person("forced@example.test").ID); err != nil {
			t.Fatal(err)
		}
		wantRedirect(t, b.post(st.loginLink(b, "forced@example.test")), "/password/new")
	})
}

// TestLinkBelongsToTheClicker (T-412): a link signs in the browser in which its button is pressed, and no other; a newer
// mail ends the older; who is signed in as somebody else is told before.
func TestLinkBelongsToTheClicker(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		st.person("other@example.test")
		asking := st.browserAt("203.0.113.71")
		older := st.loginLink(asking, member)
		link := st.loginLink(asking, member)
		wantPage(t, asking.get(older), 410, "This link no longer works")
		wantPage(t, asking.post(older), 422, "This link no longer works")

		victim := st.browser().mustSignIn("other@example.test")
		wantPage(t, victim.get(link), 200, "You are signed in as")
		if body := victim.get(link).body; !strings.Contains(body, "other@example.test") || !victim.signedIn() {
			t.Error("the page does not say who is signed in, or looking ended the session")
		}
		if body := st.browser().mustSignIn(member).get(link).body; strings.Contains(body, "You are signed in as") {
			t.Error("the same person is warned of themselves")
		}
		before := st.session(victim)
		wantRedirect(t, victim.post(link), "/dashboard")
		if st.session(victim) == before || !strings.Contains(victim.get("/account").body, member) {
			t.Error("the account was not switched")
		}
		for range 3 {
			if asking.signedIn() || asking.cookies["session"] != "" {
				t.Fatal("the browser that asked is signed in by another's press")
			}
			asking.get("/login/link/code")
			asking.get(link)
		}
		wantPage(t, asking.post(link), 422, "This link no longer works")
	})
}

// TestMailTokenWorksOnce_SignInAndReset (T-306): link and code of a sign-in, and of a reset, have one effect together.
func TestMailTokenWorksOnce_SignInAndReset(t *testing.T) {
	eachRace(t, func(t *testing.T, st *site) {
		ctx := context.Background()
		for round := range 6 {
			email := st.person(fmt.Sprintf("race%d@example.test", round)).Email
			b := st.browserAt(fmt.Sprintf("203.0.113.%d", round))
			token, v := lastPart(st.loginLink(b, email)), auth.Visitor{}
			v.Pending = b.cookies["login"]
			code := st.loginCode(email)
			won, lost := modelstest.Race(48, func(i int) (err error) {
				ctx := models.WithOrigin(ctx, models.Origin{Address: fmt.Sprintf("198.51.100.%d", i)})
				switch i % 3 {
				case 0:
					_, err = st.s.SignInByCode(ctx, v, code)
				case 1:
					_, err = st.s.SignInByLink(ctx, v, token)
				default:
					_, err = st.s.SignInByLink(ctx, auth.Visitor{}, token)
				}
				return err
			})
			sessions := st.number("SELECT count(*) FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email = '" + email + "'")
			if won != 1 || sessions != 1 {
				t.Errorf("round %d: %d signed in by one mail, %d sessions", round, won, sessions)
			}
			onlyExpected(t, lost)

			b.post("/password/forgot", "email", email)
			token, v.Pending = lastPart(st.link(email, "password_reset")), b.cookies["login"]
			code = codeIn(t, st.lastMail(email, "password_reset"))
			won, lost = modelstest.Race(24, func(i int) (err error) {
				ctx := models.WithOrigin(ctx, models.Origin{Address: fmt.Sprintf("198.51.100.%d", i)})
				if i%2 == 0 {
					_, err = st.s.ResetByCode(ctx, v, code)
					return err
				}
				return st.s.ResetPassword(ctx, auth.Visitor{}, token, otherPassword)
			})
			onlyExpected(t, lost)
			if won != 1 || st.number("SELECT count(*) FROM mail_tokens WHERE purpose = 'password_reset' AND used_at IS NULL AND email = '"+email+"'") > 1 {
				t.Errorf("round %d: %d effects of one reset", round, won)
			}
		}
	})
}

func onlyExpected(t *testing.T, errs []error) {
	t.Helper()
	for _, err := range errs {
		var limited auth.Limited
		if !errors.Is(err, auth.ErrDeadLink) && !errors.Is(err, auth.ErrWrongCode) && !errors.As(err, &limited) {
			t.Error(err)
		}
	}
}

// TestEverySecondStepIsLimited_MailedCode (T-708): five tries at a code, fifteen at an address; neither a new step nor a
// new mail nor another network begins them again.
func TestEverySecondStepIsLimited_MailedCode(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser()
		st.loginLink(b, member)
		right := st.loginCode(member)
		for range 5 {
			wantPage(t, b.post("/login/link/code", "code", "x"), 422, "not right")
		}
		wantPage(t, b.post("/login/link/code", "code", right), 422, "not right") // six tries; the code is dead, its link is not
		wantPage(t, b.get(st.link(member, "sign_in_link")), 200, "Sign in as")
		for i := range 9 {
			if i%5 == 0 { // another mail, another step, another network
				st.exec("DELETE FROM attempts WHERE rule LIKE 'L-10%'")
				b = st.browserAt(fmt.Sprintf("203.0.113.%d", i))
				st.loginLink(b, member)
			}
			wantPage(t, b.post("/login/link/code", "code", "x"), 422, "not right")
		}
		for _, path := range []string{"/login/link/code", "/password/reset"} { // one budget for both
			fresh := st.browserAt("203.0.113.99")
			st.exec("DELETE FROM attempts WHERE rule <> 'L-11'")
			code := ""
			if path == "/password/reset" {
				fresh.post("/password/forgot", "email", member)
				code = codeIn(t, st.lastMail(member, "password_reset"))
			} else {
				st.loginLink(fresh, member)
				code = st.loginCode(member)
			}
			p := fresh.post(path, "code", code)
			wantPage(t, p, 429, "Too many tries. Wait 60 minutes")
			if p.header.Get("Retry-After") != "3600" {
				t.Errorf("%s: Retry-After %q", path, p.header.Get("Retry-After"))
			}
		}
		// The link is another way, and the account is not shut out of it.
		wantRedirect(t, b.post(st.link(member, "sign_in_link")), "/dashboard")
	})
}

// TestLoginLinkDoesNotTell (T-605): asking for a link, and typing its code, say and cost the same whatever stands behind
// the address: nobody, a person, one with a second factor, one who is off; and a code that is wrong, expired or used is
// refused by one sentence.
func TestLoginLinkDoesNotTell(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		emails := st.everyState()
		u := st.person("twostepxxx@example.test")
		st.giveAuthenticator(u.ID)
		emails = append(emails, u.Email)
		ask := func(b *browser, email string) page { return b.post("/login/link", "email", email) }
		st.same(emails, func(ctx context.Context, email string) error {
			_, err := st.s.RequestLoginLink(ctx, auth.MailRequest{Email: email})
			return err
		}, func(b *browser, _ string) page { return b.get("/login/link") }, ask,
			func(b *browser, _ string) page { return b.get("/login/link/code") },
			func(b *browser, _ string) page { return b.post("/login/link/code", "code", "x") },
			ask, ask, ask, ask, // over the limit
			func(b *browser, _ string) page { return b.get("/login/link/code") },
			func(b *browser, _ string) page { return b.post("/login/link/code", "code", "x") })
		steps := map[string]string{}
		for _, email := range emails {
			st.exec("DELETE FROM attempts")
			entry, err := st.s.RequestLoginLink(context.Background(), auth.MailRequest{Email: email})
			if err != nil {
				t.Fatal(err)
			}
			steps[email] = entry.Pending
		}
		st.same(emails, func(ctx context.Context, email string) error {
			_, err := st.s.SignInByCode(ctx, auth.Visitor{Pending: steps[email]}, "x")
			return err
		})

		st.exec("DELETE FROM attempts")
		email, answers := emails[1], map[string]bool{}
		refuse := func(b *browser, code string) {
			t.Helper()
			p := b.post("/login/link/code", "code", code)
			wantPage(t, p, 422, "That code is not right or has expired")
			start, end := strings.Index(p.body, "<form"), strings.LastIndex(p.body, "</form>")
			answers[p.body[start:end]] = true
		}
		b := st.browser()
		st.loginLink(b, email)
		refuse(b, "x")
		st.browser().post(st.link(email, "sign_in_link")) // the link uses up the code
		refuse(b, st.loginCode(email))
		late := st.browser()
		st.loginLink(late, email)
		st.exec("UPDATE mail_tokens SET code_expires_at = created_at")
		refuse(late, st.loginCode(email))
		wantPage(t, st.browser().post("/login/link/code", "code", st.loginCode(email)), 422, "That code is not right or has expired")
		if len(answers) != 1 {
			t.Errorf("%d answers to a code that does not work", len(answers))
		}
	})
}

func TestLoginLink_FirstProofWipes(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.browser().signUp(newcomer)
		u := st.row(newcomer)
		st.giveAuthenticator(u.ID) // a stranger's: nobody else could ever pass it
		if err := st.db.InTx(context.Background(), func(tx *models.Tx) error {
			return tx.ReplaceRecoveryCodes(context.Background(), u.ID, [][]byte{{1}, {2}})
		}); err != nil {
			t.Fatal(err)
		}
		b := st.browser()
		wantRedirect(t, b.post(st.loginLink(b, newcomer)), "/dashboard")
		wantPage(t, b.get("/account"), 200, "Email address confirmed. Set a password if you want one.")
		after := st.row(newcomer)
		if !after.Verified() || after.PasswordHash != "" || after.Name != "" || after.ID != u.ID {
			t.Errorf("after: %+v", after)
		}
		if n := st.number("SELECT (SELECT count(*) FROM authenticators) + (SELECT count(*) FROM recovery_codes)"); n != 0 {
			t.Errorf("%d factors are left", n)
		}
		rows := st.audit(auth.AuditEmailVerify)
		if len(rows) != 1 || rows[0].Meta["wiped"] != true {
			t.Errorf("audit: %+v", rows)
		}
		wantPage(t, st.browser().signIn(newcomer), 422, "is wrong")
		again := st.browser()
		wantRedirect(t, again.post(st.loginLink(again, newcomer)), "/dashboard")
		if body := again.get("/account").body; strings.Contains(body, "Email address confirmed.") {
			t.Error("said of a second proof")
		}
	})
}

func TestLoginLink_LiftsTheLock(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		u := st.person(member)
		st.giveAuthenticator(u.ID)
		st.guess(member, 20)
		if err := st.s.LockUser(context.Background(), u.ID); err != nil {
			t.Fatal(err)
		}
		b := st.browser()
		wantRedirect(t, b.post(st.loginLink(b, member)), "/login/code") // lifted by the mailbox, whatever comes next
		if st.row(member).LockedAt != nil || st.number("SELECT count(*) FROM attempts WHERE rule IN ('L-01', 'L-02', 'L-02 lock')") != 0 {
			t.Error("the lock, or its counters, are still there")
		}
		rows := st.audit(auth.AuditUnlock)
		if len(rows) != 1 || rows[0].Method != "email" || rows[0].SubjectID != u.ID {
			t.Errorf("audit: %+v", rows)
		}
		st.browser().post(st.loginLink(st.browser(), member))
		if n := len(st.audit(auth.AuditUnlock)); n != 1 {
			t.Errorf("%d times unlocked", n)
		}
	})
}
