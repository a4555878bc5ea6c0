package auth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
)

const newcomer = "ada@example.test"

func (b *browser) signUp(email string) page {
	b.st.t.Helper()
	return b.post("/signup", "email", email, "password", goodPassword, "name", "Ada")
}

func (st *site) code(email string) string {
	st.t.Helper()
	return codeIn(st.t, st.lastMail(email, "verify_email"))
}

func (st *site) link(email, kind string) string {
	st.t.Helper()
	return linkIn(st.t, st.lastMail(email, kind))
}

func TestSignUp_SendsCodeAndLink(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		b := st.browser()
		p := b.signUp(newcomer)
		wantRedirect(t, p, "/verify-email")
		if b.cookies["login"] == "" || b.cookies["session"] != "" {
			t.Errorf("cookies after sign-up: %v", b.cookies)
		}
		u := st.row(newcomer)
		if u.Verified() || !strings.HasPrefix(u.PasswordHash, "$argon2id$v=19$m=8,t=1,p=1$") || u.Name != "Ada" {
			t.Errorf("stored: %+v", u)
		}
		mail := st.lastMail(newcomer, "verify_email")
		if !strings.HasPrefix(linkIn(t, mail), "/verify-email/") || strings.Contains(mail.Subject, codeIn(t, mail)) {
			t.Errorf("mail: %+v", mail)
		}
		if rows := st.audit(auth.AuditSignUp); len(rows) != 1 || rows[0].SubjectID != u.ID || rows[0].Outcome != "success" || rows[0].Address != "192.0.2.1" {
			t.Errorf("audit: %+v", rows)
		}

		long := strings.Repeat("n", 101)
		for field, form := range map[string][]string{
			"Enter an email address":                {"email", "nobody", "password", goodPassword},
			"Use at least 8 characters":             {"email", "b@example.test", "password", "short"},
			"too easy to guess":                     {"email", "b@example.test", "password", "password123"},
			"without control characters":            {"email", "b@example.test", "password", goodPassword, "name", "a\x07b"},
			"Use at most 100 characters, without c": {"email", "b@example.test", "password", goodPassword, "name", long},
		} {
			p := st.browser().post("/signup", form...)
			wantPage(t, p, 422, field)
			if strings.Contains(p.body, goodPassword) {
				t.Error("the page holds the password")
			}
		}
	})
}

// masked removes what may differ: the typed address, and how much a mail waits.
func masked(p page, email string) string {
	body := strings.ReplaceAll(p.body, email, "ADDRESS")
	body = regexp.MustCompile(`[0-9]+ seconds?|data-[a-z]+="[0-9TZ:.+-]+"|datetime="[^"]*"`).ReplaceAllString(body, "TIME")
	var names []string
	for name := range p.header {
		names = append(names, name)
	}
	cookies := 0
	for range p.set {
		cookies++
	}
	return fmt.Sprintf("%d %s %d cookies, %d headers, Retry-After %s\n%s", p.status, p.location, cookies, len(names), p.header.Get("Retry-After"), body)
}

func TestSignUp_TakenLooksTheSame(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		const taken, free = "taken@example.test", "other@example.test"
		st.person(taken)
		a, b := st.browser(), st.browser()
		if got, want := masked(a.signUp(taken), taken), masked(b.signUp(free), free); got != want {
			t.Errorf("taken:\n%s\nfree:\n%s", got, want)
		}
		if got, want := masked(a.get("/verify-email"), taken), masked(b.get("/verify-email"), free); got != want {
			t.Errorf("taken:\n%s\nfree:\n%s", got, want)
		}
		for _, code := range []string{"123456", "", "12 34-56"} {
			if got, want := masked(a.post("/verify-email", "code", code), taken), masked(b.post("/verify-email", "code", code), free); got != want {
				t.Errorf("code %q: taken:\n%s\nfree:\n%s", code, got, want)
			}
		}
		if got, want := masked(a.post("/verify-email/resend"), taken), masked(b.post("/verify-email/resend"), free); got != want {
			t.Errorf("resend: taken:\n%s\nfree:\n%s", got, want)
		}
		if n := len(st.delivered(taken, "verify_email")); n != 0 {
			t.Errorf("%d codes went to the owner of the account", n)
		}
		if mail := st.lastMail(taken, "account_exists"); strings.Contains(mail.Text, "/verify-email/") {
			t.Error("the notice carries a link to verify")
		}
		rows := st.audit(auth.AuditSignUp)
		if len(rows) != 2 || (rows[0].Reason != "taken" && rows[1].Reason != "taken") {
			t.Errorf("audit: %+v", rows)
		}
		for _, row := range rows {
			if row.Reason == "taken" && row.Meta["address"] != "t…@example.test" {
				t.Errorf("audit keeps the address: %v", row.Meta)
			}
		}
		if st.row(taken).Name != "Mo" {
			t.Error("the account was changed")
		}
	})
}

func TestSignUp_ReplacesUnverified(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		stranger, owner := st.browser(), st.browser()
		stranger.post("/signup", "email", newcomer, "password", "strangers-Pass-77")
		old, oldCode, oldLink := st.row(newcomer), st.code(newcomer), st.link(newcomer, "verify_email")
		owner.signUp(newcomer)
		if st.row(newcomer).ID == old.ID {
			t.Fatal("the account is still the stranger's")
		}
		wantPage(t, stranger.post("/verify-email", "code", oldCode), 422, "not right")
		wantPage(t, stranger.post("/verify-email", "code", st.code(newcomer)), 422, "not right")
		wantPage(t, stranger.get(oldLink), 410, "This link no longer works")
		wantPage(t, st.browser().signInWith(newcomer, "strangers-Pass-77"), 422, "is wrong")
		wantRedirect(t, owner.post("/verify-email", "code", st.code(newcomer)), "/dashboard")
		if rows := st.audit(auth.AuditSignUp); len(withMeta(rows, "replaced", old.ID)) != 1 {
			t.Errorf("audit: %+v", rows)
		}
	})
}

// TestSignUp_DisabledStaysWhatItIs: nobody gets around an account that was switched off by signing up anew.
func TestSignUp_DisabledStaysWhatItIs(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.browser().signUp(newcomer)
		u := st.row(newcomer)
		if err := st.s.DisableUser(context.Background(), u.ID, "test", nil); err != nil {
			t.Fatal(err)
		}
		sent := len(st.delivered(newcomer, "verify_email"))
		wantRedirect(t, st.browser().signUp(newcomer), "/verify-email")
		if again := st.row(newcomer); again.ID != u.ID || again.DisabledAt == nil {
			t.Errorf("replaced: %+v", again)
		}
		if n := len(st.delivered(newcomer, "verify_email")) - sent + len(st.delivered(newcomer, "account_exists")); n != 0 {
			t.Errorf("%d mails", n)
		}
	})
}

func TestSignUp_Modes(t *testing.T) {
	for mode, sentence := range map[string]string{"closed": "New accounts are closed", "invite": "New accounts are by invitation"} {
		t.Run(mode, func(t *testing.T) {
			each(t, func(t *testing.T, st *site) {
				wantPage(t, st.browser().get("/signup"), 200, sentence)
				wantPage(t, st.browser().signUp(newcomer), 422, sentence)
				if n := st.number("SELECT count(*) FROM users"); n != 0 {
					t.Errorf("%d accounts", n)
				}
			}, func(c *auth.Config) { c.SignUp = mode })
		})
	}
	t.Run("domains", func(t *testing.T) {
		each(t, func(t *testing.T, st *site) {
			wantRedirect(t, st.browser().signUp("a@A.example"), "/verify-email")
			wantRedirect(t, st.browser().signUp("a@b.example"), "/verify-email")
			wantPage(t, st.browser().signUp("a@sub.a.example"), 422, "at a.example, b.example")
		}, func(c *auth.Config) { c.SignUp = "domains:a.example, B.example" })
	})
	db := modelstest.Open(t)
	for _, bad := range []string{"maybe", "domains:", "domains:a.example,,"} {
		config := auth.Config{DB: db, SignUp: bad}
		cheap(&config)
		if _, err := auth.New(config); err == nil {
			t.Errorf("SIGNUP=%q is accepted", bad)
		}
	}
}

func TestSweep_Unverified(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		ctx := context.Background()
		st.browser().signUp(newcomer)
		st.person("kept@example.test")
		made, err := st.s.CreateUser(ctx, auth.NewUser{Email: "operator-made@example.test", Password: goodPassword})
		if err != nil {
			t.Fatal(err)
		}
		st.clock.Add(7*24*time.Hour - time.Second)
		if err := st.s.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		gone := st.row(newcomer)
		st.clock.Add(2 * time.Second)
		if err := st.s.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := st.db.UserByEmail(ctx, newcomer); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("still there: %v", err)
		}
		st.row("kept@example.test")
		st.row(made.Email)
		if rows := st.audit(auth.AuditSignUpExpired); len(rows) != 1 || rows[0].SubjectID != gone.ID {
			t.Errorf("audit: %+v", rows)
		}
		for _, table := range []string{"pending_logins", "mail_tokens"} {
			if n := st.number("SELECT count(*) FROM " + table); n != 0 {
				t.Errorf("%d rows left in %s", n, table)
			}
		}
	})
}

// TestOneAccountPerAddress: however it is spelt and however many come at once.
func TestOneAccountPerAddress(t *testing.T) {
	eachRace(t, func(t *testing.T, st *site) {
		spellings := []string{"ada@bücher.example", "ADA@BÜCHER.example", "Ada@xn--bcher-kva.example", "ada@bu\u0308cher.example"}
		answers := make([]string, 50)
		_, lost := modelstest.Race(50, func(i int) error {
			entry, err := st.s.SignUp(context.Background(), auth.SignUp{Email: spellings[i%4], Password: goodPassword})
			answers[i] = entry.Next
			return err
		})
		if len(lost) != 0 {
			t.Fatalf("refused: %v", lost)
		}
		for _, next := range answers {
			if next != "/verify-email" {
				t.Errorf("an answer differs: %q", next)
			}
		}
		if n := st.number("SELECT count(*) FROM users"); n != 1 {
			t.Errorf("%d accounts", n)
		}
		if n := len(st.delivered("ada@xn--bcher-kva.example", "verify_email")); n != 3 {
			t.Errorf("%d mails, the limit is 3", n)
		}
	})
}

func TestHooks_RunInsideTransaction(t *testing.T) {
	var fail error
	var seen []string
	hook := func(name string) func(context.Context, *models.Tx, string) error {
		return func(ctx context.Context, tx *models.Tx, id string) error {
			if _, err := tx.UserByID(ctx, id); err != nil { // the row of the open transaction
				return err
			}
			seen = append(seen, name)
			return fail
		}
	}
	each(t, func(t *testing.T, st *site) {
		seen, fail = nil, errors.New("product says no")
		b := st.browser()
		if p := b.signUp(newcomer); p.status != http.StatusInternalServerError {
			t.Errorf("sign-up answers %d", p.status)
		}
		if n := st.number("SELECT count(*) FROM users") + st.number("SELECT count(*) FROM river_job") + len(st.audit(auth.AuditSignUp)); n != 0 {
			t.Errorf("%d traces of an undone sign-up", n)
		}
		fail = nil
		b.signUp(newcomer)
		fail = errors.New("no")
		if p := b.post("/verify-email", "code", st.code(newcomer)); p.status != http.StatusInternalServerError || st.row(newcomer).Verified() {
			t.Errorf("verify: %d, verified %v", p.status, st.row(newcomer).Verified())
		}
		fail = nil
		wantRedirect(t, b.post("/verify-email", "code", st.code(newcomer)), "/dashboard")
		fail = errors.New("no")
		change := []string{"current_password", goodPassword, "password", "another-Kettle-drum-42"}
		if p := b.post("/account/password", change...); p.status != http.StatusInternalServerError || !b.signedIn() {
			t.Errorf("change: %d", p.status)
		}
		fail = nil
		wantRedirect(t, b.post("/account/password", change...), "/account")
		st.browser().signUp("b@example.test")
		st.clock.Add(8 * 24 * time.Hour)
		if err := st.s.Sweep(context.Background()); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(seen, " "); got != "signup signup verified verified password password signup deleted" {
			t.Errorf("hooks: %s", got)
		}
	}, func(c *auth.Config) {
		c.OnSignUp, c.OnVerified, c.OnPasswordChanged, c.OnDeleted = hook("signup"), hook("verified"), hook("password"), hook("deleted")
	})
}
