package auth_test

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"latchkey/auth"
	"latchkey/models/modelstest"
	"latchkey/views"
)

const otherPassword = "another-Kettle-drum-42"

func TestPassword_Length(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		try := func(password string) page {
			st.exec("DELETE FROM attempts")
			return st.browser().post("/signup", "email", newcomer, "password", password)
		}
		for _, script := range []string{"x", "й", "語", "🔑"} {
			text := func(n int) string { return strings.Repeat(script+"z", n/2) + strings.Repeat(script, n%2) }
			wantPage(t, try(text(7)), 422, "Use at least 8 characters")
			for _, n := range []int{8, 127, 128} {
				wantRedirect(t, try(text(n)), "/verify-email")
			}
			wantPage(t, try(text(129)), 422, "Use at most 128 characters")
		}
		// Counted and hashed in one Unicode form: eight letters with combining marks are eight characters.
		decomposed := strings.Repeat("e\u0301", 4) + "wxyz"
		wantRedirect(t, try(decomposed), "/verify-email")
		wantRedirect(t, st.browser().signInWith(newcomer, strings.Repeat("\u00e9", 4)+"wxyz"), "/verify-email")
		// The last byte counts, beyond what bcrypt would have cut.
		long := strings.Repeat("ab", 50)
		wantRedirect(t, try(long+"1"), "/verify-email")
		wantPage(t, st.browser().signInWith(newcomer, long+"2"), 422, "is wrong")
		before := st.s.Hashes()
		wantPage(t, st.browser().signInWith(newcomer, strings.Repeat("x", 100_000)), 422, "is wrong")
		if st.s.Hashes() != before {
			t.Error("a password over the limit was hashed")
		}
	})
}

func TestPassword_Blocklist(t *testing.T) {
	db, clock := modelstest.OpenWithClock(t)
	st := newSite(t, db, clock, func(c *auth.Config) { c.PasswordMin = 1 }) // the product's name may be a short one
	for _, easy := range []string{
		"password", "PASSWORD1", "12345678", "qwertyuiop", "1qaz2wsx", "iloveyou1", "P@ssw0rd", "aaaaaaaa", "11112222", "19871987",
		"ada.lovelace@example.test", "Ada.Lovelace1815", "ada.lovelace", "1815ada.lovelace", "Ada Lovelace", "adalovelace12", views.BrandName + "1", strings.ToUpper(views.BrandName) + "2026",
	} {
		st.exec("DELETE FROM attempts")
		p := st.browser().post("/signup", "email", "ada.lovelace@example.test", "name", "Ada Lovelace", "password", easy)
		if p.status != 422 || !strings.Contains(p.body, "This password is too easy to guess") {
			t.Errorf("%q: %d", easy, p.status)
		}
	}
	for _, fine := range []string{
		strings.ToLower(views.BrandName) + "-12345", "ada.lovelace12345", "correct horse battery", "demo-" + views.BrandName + "-2026",
	} {
		st.exec("DELETE FROM attempts")
		wantRedirect(t, st.browser().post("/signup", "email", "ada.lovelace@example.test", "name", "Ada Lovelace", "password", fine), "/verify-email")
	}
}

// TestPassword_NotOnesName: wherever a new password is chosen, the person's own name is none.
func TestPassword_NotOnesName(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		const guessed = "adalovelace12"
		st.person(member)
		b := st.browser().mustSignIn(member)
		b.post("/account/profile", "name", "Ada Lovelace")
		wantPage(t, b.post("/account/password", "current_password", goodPassword, "password", guessed), 422, "too easy to guess")
		b.post("/password/forgot", "email", member)
		wantPage(t, st.browser().post(st.link(member, "password_reset"), "password", guessed), 422, "too easy to guess")
		if err := st.db.RequirePasswordChange(context.Background(), st.row(member).ID); err != nil {
			t.Fatal(err)
		}
		forced := st.browser()
		wantRedirect(t, forced.signIn(member), "/password/new")
		wantPage(t, forced.post("/password/new", "password", guessed), 422, "too easy to guess")

		st.browser().post("/signup", "email", newcomer, "password", goodPassword, "name", "Ada Lovelace")
		link := st.link(newcomer, "verify_email")
		wantPage(t, st.browser().post(link, "action", views.VerifyNewPassword, "new_password", guessed), 422, "too easy to guess")
	})
}

func TestPassword_Breach(t *testing.T) {
	const stolen = "stolen-Horse-staple-9"
	sum := sha1.Sum([]byte(stolen))
	digest := strings.ToUpper(hex.EncodeToString(sum[:]))
	var asked sync.Map
	var slow, broken atomic.Bool
	list := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.URL.String(), r.Header.Get("Add-Padding"))
		if body := r.ContentLength; body > 0 {
			t.Error("a body was sent")
		}
		if slow.Load() {
			<-r.Context().Done()
			return
		}
		if broken.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		fmt.Fprintf(w, "0000000000000000000000000000000000A:3\r\n%s:0\r\n", strings.Repeat("B", 35))
		if strings.HasSuffix(r.URL.Path, digest[:5]) {
			fmt.Fprintf(w, "%s:12\r\n", digest[5:])
		}
	}))
	defer list.Close()
	withList := func(c *auth.Config) { c.BreachURL = list.URL + "/range/" }

	t.Run("sign-up", func(t *testing.T) {
		each(t, func(t *testing.T, st *site) {
			p := st.browser().post("/signup", "email", newcomer, "password", stolen)
			wantPage(t, p, 422, "This password is in a public list of stolen ones")
			wantRedirect(t, st.browser().signUp(newcomer), "/verify-email")
			asked.Range(func(address, padding any) bool {
				if len(address.(string)) != len("/range/")+5 || padding != "true" {
					t.Errorf("asked %v, padding %v", address, padding)
				}
				return true
			})
			broken.Store(true)
			wantRedirect(t, st.browser().post("/signup", "email", "b@example.test", "password", stolen), "/verify-email") // fails open
			broken.Store(false)
		}, withList)
	})
	t.Run("slow", func(t *testing.T) {
		db, clock := modelstest.OpenWithClock(t)
		st := newSite(t, db, clock, withList)
		slow.Store(true)
		defer slow.Store(false)
		began := time.Now()
		wantRedirect(t, st.browser().post("/signup", "email", newcomer, "password", stolen), "/verify-email")
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("waited %s", took)
		}
	})
	for _, mode := range []string{auth.BreachWarn, auth.BreachForce} {
		t.Run(mode, func(t *testing.T) {
			each(t, func(t *testing.T, st *site) {
				broken.Store(true) // the list learns of it later
				if _, err := st.s.CreateUser(context.Background(), auth.NewUser{Email: member, Password: stolen, Verified: true}); err != nil {
					t.Fatal(err)
				}
				broken.Store(false)
				b := st.browser()
				p := b.signInWith(member, stolen)
				if rows := st.audit(auth.AuditPasswordBreached); len(rows) != 1 {
					t.Errorf("audit: %+v", rows)
				}
				if mode == auth.BreachForce {
					wantRedirect(t, p, "/password/new")
					wantRedirect(t, b.post("/password/new", "password", goodPassword), "/dashboard")
				} else {
					wantRedirect(t, p, "/dashboard")
					wantPage(t, b.get("/account"), 200, "Your password is in a public list of stolen ones.")
					wantRedirect(t, b.post("/account/password", "current_password", stolen, "password", goodPassword), "/account")
				}
				if strings.Contains(b.get("/account").body, "public list of stolen") {
					t.Error("the banner stays")
				}
			}, withList, func(c *auth.Config) { c.BreachAtLogin = mode })
		})
	}
}

func TestPassword_RehashOnLogin(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		first := st.row(member).PasswordHash
		stronger := newSite(t, st.db, st.clock, func(c *auth.Config) { c.ArgonMemory, c.ArgonTime = 16, 2 })
		stronger.browser().mustSignIn(member)
		renewed := st.row(member)
		if !strings.HasPrefix(renewed.PasswordHash, "$argon2id$v=19$m=16,t=2,p=1$") || renewed.PasswordHash == first || renewed.Epoch != 1 {
			t.Errorf("after a sign-in with stronger parameters: %q", renewed.PasswordHash)
		}
		before := stronger.s.Hashes()
		stronger.browser().mustSignIn(member)
		if stronger.s.Hashes() != before+1 || st.row(member).PasswordHash != renewed.PasswordHash {
			t.Error("hashed anew a second time")
		}
		st.browser().mustSignIn(member) // weaker settings leave a stronger hash alone
		if st.row(member).PasswordHash != renewed.PasswordHash {
			t.Error("a stronger hash was replaced by a weaker one")
		}

		imported, err := bcrypt.GenerateFromPassword([]byte(goodPassword), bcrypt.MinCost)
		if err != nil {
			t.Fatal(err)
		}
		st.exec("UPDATE users SET password_hash = '" + string(imported) + "'")
		wantPage(t, st.browser().signInWith(member, "wrong-password"), 422, "is wrong")
		st.browser().mustSignIn(member)
		if hash := st.row(member).PasswordHash; !strings.HasPrefix(hash, "$argon2id$") {
			t.Errorf("after import: %q", hash)
		}
		st.browser().mustSignIn(member)
	})
}

// TestHashGate_Answers503 uses the real cost once: the queue has to fill.
func TestHashGate_Answers503(t *testing.T) {
	db, clock := modelstest.OpenWithClock(t)
	st := newSite(t, db, clock, func(c *auth.Config) {
		c.ArgonMemory, c.ArgonTime = 19456, 2
		c.HashSlots, c.HashQueue = 1, 2
	})
	st.person(member)
	counters := st.number("SELECT count(*) FROM attempts")
	before := st.s.Hashes()
	var busy atomic.Int64
	won, lost := modelstest.Race(40, func(int) error {
		_, err := st.s.Authenticate(context.Background(), auth.SignIn{Email: member, Password: goodPassword})
		if errors.Is(err, auth.ErrBusy) {
			busy.Add(1)
		}
		return err
	})
	if won == 0 || busy.Load() == 0 || won+int(busy.Load()) != 40 {
		t.Fatalf("%d served, %d busy, %d lost", won, busy.Load(), len(lost))
	}
	if hashes := st.s.Hashes() - before; hashes != int64(won) {
		t.Errorf("%d hashes for %d served", hashes, won)
	}
	if n := st.number("SELECT count(*) FROM attempts WHERE hits > 0") - counters; n != 0 {
		t.Errorf("%d counters moved", n)
	}
	// The page: others have every place, and two wait in front of us.
	release := st.s.FillHashGate()
	defer release()
	hung, cancel := context.WithCancel(context.Background())
	for range 2 {
		go func() { _, _ = st.s.HashPassword(hung, goodPassword) }()
	}
	for st.s.HashesWaiting() != 2 {
		time.Sleep(time.Millisecond)
	}
	p := st.browser().signIn(member)
	wantPage(t, p, 503, "Busy, try again in a moment")
	if p.header.Get("Retry-After") != "2" {
		t.Errorf("Retry-After %q", p.header.Get("Retry-After"))
	}
	wantPage(t, st.browser().signUp(newcomer), 503, "Busy, try again in a moment")
	cancel()
	for st.s.HashesWaiting() != 0 { // who hangs up leaves the queue
		time.Sleep(time.Millisecond)
	}
	if st.s.Hashes()-before != int64(won) {
		t.Error("somebody who had left was hashed")
	}
}
