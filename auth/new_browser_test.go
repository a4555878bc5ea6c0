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

const safariOnPhone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"

// phone is a browser of another kind.
func (st *site) phone(address string) *browser {
	b := st.browserAt(address)
	b.agent = safariOnPhone
	return b
}

// newBrowsers counts sign-ins that the log calls those of a new browser, and the mails about them.
func (st *site) newBrowsers() (logged, mailed int) {
	st.t.Helper()
	return len(withMeta(st.audit(auth.AuditSignIn), "new_browser", true)), len(st.delivered(member, "new_sign_in"))
}

func (st *site) wantNewBrowsers(what string, logged, mailed int) {
	st.t.Helper()
	if l, m := st.newBrowsers(); l != logged || m != mailed {
		st.t.Errorf("%s: %d logged and %d mailed, want %d and %d", what, l, m, logged, mailed)
	}
}

func TestNewDevice_Notice(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		home := st.browser().mustSignIn(member)
		st.wantNewBrowsers("the first", 0, 0)
		home.post("/logout")
		home.mustSignIn(member)
		st.wantNewBrowsers("the same again", 0, 0)

		phone := st.phone("198.51.100.7").mustSignIn(member)
		st.wantNewBrowsers("another kind from elsewhere", 1, 1)
		mail := st.lastMail(member, "new_sign_in")
		for _, want := range []string{"Safari on iPhone", "198.51.100.7", "near Accra", "Signed in with: Password", "/account/not-me/"} {
			if !strings.Contains(mail.Text, want) || !strings.Contains(mail.HTML, strings.TrimPrefix(want, "Signed in with: ")) {
				t.Errorf("the mail does not say %q:\n%s", want, mail.Text)
			}
		}
		wantPage(t, phone.get("/account/sessions"), 200, "near Accra")
		wantPage(t, phone.get("/account/activity"), 200, "near Accra")
		phone.mustSignIn(member)
		st.wantNewBrowsers("known by now", 1, 1)
		st.phone("192.0.2.77").mustSignIn(member)
		st.wantNewBrowsers("that kind, from where another kind was", 2, 2)

		st.clock.Add(29 * 24 * time.Hour)
		st.browserAt("192.0.2.3").mustSignIn(member)
		st.wantNewBrowsers("familiar after 29 days", 3, 2)
		st.clock.Add(31 * 24 * time.Hour)
		st.browser().mustSignIn(member)
		st.wantNewBrowsers("too long ago", 4, 3)

		// After a reset as after anything else.
		st.browser().post("/password/forgot", "email", member)
		wantRedirect(t, st.browser().post(st.link(member, "password_reset"), "password", otherPassword), "/login")
		wantRedirect(t, st.phone("203.0.113.80").signInWith(member, otherPassword), "/dashboard")
		st.wantNewBrowsers("after a reset", 5, 4)
	}, func(c *auth.Config) {
		c.Place = func(context.Context, string) (string, error) { return "Accra", nil }
	})
}

func TestNewDevice_FirstSignInIsQuiet(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		b := st.browser()
		b.signUp(member)
		wantRedirect(t, b.signIn(member), "/dashboard") // not proven yet
		st.clock.Add(time.Second)
		wantRedirect(t, b.post("/verify-email", "code", st.code(member)), "/dashboard")
		b.mustSignIn(member)
		st.wantNewBrowsers("the browser that proved the address", 0, 0)

		// Browsers are forgotten; that somebody signed in is not.
		st.clock.Add(91 * 24 * time.Hour)
		if err := st.s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		st.browser().mustSignIn(member)
		st.wantNewBrowsers("after a long absence", 1, 1)
	}, func(c *auth.Config) { c.Unverified = auth.UnverifiedBanner })
}

func TestNewDevice_CookieLostSameNetworkIsQuiet(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		st.browserAt("192.0.2.1").mustSignIn(member)
		st.browserAt("2001:db8:1:1::1").mustSignIn(member)
		st.wantNewBrowsers("from IPv6", 1, 1)
		for i, address := range []string{"192.0.2.1", "192.0.2.200", "::ffff:192.0.2.9", "2001:db8:1:ffff::9"} {
			b := st.browserAt(address)
			b.agent = strings.ReplaceAll(b.agent, "140.0", "141.0") // it was updated, too
			b.mustSignIn(member)
			st.wantNewBrowsers(address, 2+i, 1)
		}
		st.browserAt("2001:db8:2::1").mustSignIn(member)
		st.wantNewBrowsers("another /48", 6, 2)
		st.browserAt("192.0.3.1").mustSignIn(member)
		st.wantNewBrowsers("another /24", 7, 3)
		for i := range 2 { // of which nothing is known twice over
			b := st.browserAt("192.0.2.1")
			b.agent = "x"
			b.mustSignIn(member)
			st.wantNewBrowsers("an unknown kind", 8+i, 4+i)
		}
	})
}

func TestNewDevice_PlaceFailureIsHarmless(t *testing.T) {
	for name, place := range map[string]func(context.Context, string) (string, error){
		"fails":  func(context.Context, string) (string, error) { return "nowhere", errors.New("no map") },
		"panics": func(context.Context, string) (string, error) { panic("no map") },
		"hangs":  func(context.Context, string) (string, error) { time.Sleep(2 * time.Second); return "nowhere", nil },
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, st *site) {
				st.person(member)
				st.browser().mustSignIn(member)
				began := time.Now()
				phone := st.phone("198.51.100.7").mustSignIn(member)
				if took := time.Since(began); took > time.Second {
					t.Errorf("the sign-in waited %s", took)
				}
				if text := st.lastMail(member, "new_sign_in").Text; strings.Contains(text, "near") {
					t.Error(text)
				}
				wantPage(t, phone.get("/account/activity"), 200, "198.51.100.7")
			}, func(c *auth.Config) { c.Place = place })
		})
	}
}

func TestNewDevice_CanBeSwitchedOff(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		st.browser().mustSignIn(member)
		st.phone("198.51.100.7").mustSignIn(member)
		st.wantNewBrowsers("no notice is wanted", 1, 0)
	}, func(c *auth.Config) { c.NoNewDeviceNotice = true })
}

// TestNewDevice_CostsOnlyTheNew: a known browser pays for no look-up, and one whose cookie was lost neither.
func TestNewDevice_CostsOnlyTheNew(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		known := st.browser().mustSignIn(member)
		sign := func(b *browser) int64 {
			ctx, n := modelstest.Count(models.WithOrigin(context.Background(), models.Origin{Address: b.address, UserAgent: b.agent}))
			in := auth.SignIn{Email: member, Password: goodPassword, Visitor: auth.Visitor{Browser: b.cookies["browser"]}}
			if _, err := st.s.Authenticate(ctx, in); err != nil {
				t.Fatal(err)
			}
			return n.Load()
		}
		if n := sign(known); n > 7 { // one of them asks whether it is known: strangers' failures do not count for it
			t.Errorf("%d statements for a known browser", n)
		}
		if n := sign(st.browser()); n > 6 {
			t.Errorf("%d statements for a lost cookie", n)
		}
		if n := sign(st.browserAt("192.0.2.99")); n > 7 {
			t.Errorf("%d statements for a familiar browser", n)
		}
	})
}

func TestSessions_MaxEndsOldest(t *testing.T) {
	var ended []string
	each(t, func(t *testing.T, st *site) {
		ended = nil
		st.person(member)
		var all []*browser
		for range 3 {
			all = append(all, st.browser().mustSignIn(member))
			st.clock.Add(time.Minute)
		}
		if all[0].signedIn() || !all[1].signedIn() || !all[2].signedIn() {
			t.Error("not the oldest of three was ended")
		}
		st.clock.Add(6 * time.Minute)
		all[1].get("/account") // used last
		all[2].mustSignIn(member)
		if !all[1].signedIn() {
			t.Error("signing in again in a browser costs another its session")
		}
		st.clock.Add(6 * time.Minute)
		all[1].get("/account")
		st.browser().mustSignIn(member)
		if !all[1].signedIn() || all[2].signedIn() {
			t.Error("not the least recently used was ended")
		}
		rows := withReason(st.audit(auth.AuditSessionEnd), "limit")
		if len(rows) != 2 || rows[0].ActorKind != "system" || rows[0].SubjectID == "" || rows[0].SessionID == "" {
			t.Errorf("audit: %+v", rows)
		}
		if len(ended) != 3 { // two by the limit, one replaced
			t.Errorf("told of %d ends", len(ended))
		}
	}, func(c *auth.Config) {
		c.MaxSessions = 2
		c.SessionEnded = func(_ context.Context, id string) error { ended = append(ended, id); return nil }
	})
}

// TestSessions_MaxHoldsInParallel: sign-ins at the same moment count each other.
func TestSessions_MaxHoldsInParallel(t *testing.T) {
	eachRace(t, func(t *testing.T, st *site) {
		st.person(member)
		done := make(chan int)
		for range 20 {
			go func() { done <- st.browser().signIn(member).status }()
		}
		for range 20 {
			if status := <-done; status != 303 {
				t.Errorf("a sign-in gets %d", status)
			}
		}
		if n := st.number("SELECT count(*) FROM sessions"); n != 2 {
			t.Errorf("%d sessions", n)
		}
	}, func(c *auth.Config) { c.MaxSessions = 2 })
}

func TestLoginPage_LastUsed(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser()
		if strings.Contains(b.get("/login").body, "Last used") {
			t.Error("said of a browser that never signed in")
		}
		b.signInWith(member, "wrong-password")
		if b.cookies["last_method"] != "" {
			t.Error("a failed try counts")
		}
		for _, cookie := range b.mustSignIn(member).post("/logout").set {
			if cookie.Name == "last_method" {
				t.Error("signing out touches it")
			}
		}
		wantPage(t, b.get("/login"), 200, "Last used")
		for _, cookie := range b.signIn(member).set {
			if cookie.Name == "last_method" && (cookie.Value != "password" || cookie.MaxAge != 365*86400 || !cookie.HttpOnly) {
				t.Error(cookie.Raw)
			}
		}
		b.post("/logout")
		for _, forged := range []string{"<b>x</b>", "carrier-pigeon", ""} {
			b.cookies["last_method"] = forged
			if body := b.get("/login").body; strings.Contains(body, "Last used") || forged != "" && strings.Contains(body, forged) {
				t.Errorf("%q is drawn", forged)
			}
		}
	})
}
