package auth_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
)

func TestSession_TokenNeverStoredOrShown(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser().mustSignIn(member)
		token := b.cookies["session"]
		if len(token) != 43 {
			t.Errorf("a token of %d characters", len(token))
		}
		for _, path := range []string{"/account", "/account/sessions", "/dashboard"} {
			if body := b.get(path).body; strings.Contains(body, token) || strings.Contains(body, hex.EncodeToString(models.Digest(token))) {
				t.Errorf("%s shows the token", path)
			}
		}
		for _, table := range []string{"sessions", "browsers", "audit_events", "attempts", "users"} {
			if dump := st.dump(table); strings.Contains(dump, token) || strings.Contains(dump, b.cookies["browser"]) {
				t.Errorf("%s holds a token", table)
			}
		}
		if id := st.session(b); strings.Contains(token, id) || !strings.Contains(st.dump("sessions"), id) {
			t.Error("the public id is not one of its own")
		}
	})
}

// dump is every value of a table as text.
func (st *site) dump(table string) string {
	st.t.Helper()
	var text strings.Builder
	for _, row := range modelstest.Rows(st.t, st.raw(), table) {
		fmt.Fprintln(&text, row)
	}
	return text.String()
}

func TestCookies_Attributes(t *testing.T) {
	cookiesOf := func(st *site) map[string]*http.Cookie {
		st.person(member)
		found := map[string]*http.Cookie{}
		b := st.browser()
		for _, p := range []page{b.signUp(newcomer), b.post("/login", "email", member, "password", goodPassword, "remember", "on"), b.post("/account/profile", "name", "x")} {
			for _, cookie := range p.set {
				if cookie.Value != "" {
					found[cookie.Name] = cookie
				}
			}
		}
		return found
	}
	check := func(t *testing.T, cookies map[string]*http.Cookie, prefix string, secure bool) {
		for _, name := range []string{"session", "login", "browser", "flash"} {
			cookie := cookies[prefix+name]
			if cookie == nil {
				t.Errorf("no cookie %s%s among %v", prefix, name, cookies)
				continue
			}
			if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" || cookie.Secure != secure || cookie.Domain != "" {
				t.Errorf("%s: %s", name, cookie.Raw)
			}
		}
		if age := cookies[prefix+"browser"].MaxAge; age != 400*86400 {
			t.Errorf("browser lives %d s", age)
		}
	}
	t.Run("http", func(t *testing.T) {
		each(t, func(t *testing.T, st *site) {
			check(t, cookiesOf(st), "", false)
			for _, cookie := range st.browser().signIn(member).set {
				if cookie.Name == "session" && (cookie.MaxAge != 0 || !cookie.Expires.IsZero()) {
					t.Errorf("an ordinary session outlives the browser: %s", cookie.Raw)
				}
			}
		})
	})
	t.Run("https", func(t *testing.T) {
		each(t, func(t *testing.T, st *site) { check(t, cookiesOf(st), "__Host-", true) },
			func(c *auth.Config) { c.BaseURL = "https://app.example" })
	})
	t.Run("domain", func(t *testing.T) {
		each(t, func(t *testing.T, st *site) {
			cookie := cookiesOf(st)["__Secure-session"]
			if cookie == nil || cookie.Domain != "app.example" || !cookie.Secure || !cookie.HttpOnly {
				t.Errorf("%v", cookie)
			}
		}, func(c *auth.Config) { c.BaseURL, c.CookieDomain = "https://app.example", "app.example" })
	})
}

func TestSession_IdleAndAbsolute(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		idle := st.browser().mustSignIn(member)
		st.clock.Add(2*time.Hour - time.Second)
		if !idle.copy().signedIn() {
			t.Error("dead a second before the idle limit")
		}
		st.clock.Add(2 * time.Hour)
		if idle.signedIn() {
			t.Error("alive at the idle limit")
		}

		busy := st.browser().mustSignIn(member)
		for range 23 {
			st.clock.Add(time.Hour)
			if !busy.signedIn() {
				t.Fatal("a session in use ended")
			}
		}
		st.clock.Add(time.Hour - time.Second)
		if !busy.signedIn() {
			t.Error("dead a second before the absolute limit")
		}
		st.clock.Add(time.Second)
		if busy.signedIn() {
			t.Error("activity stretched the absolute limit")
		}

		remembered := st.browser()
		remembered.post("/login", "email", member, "password", goodPassword, "remember", "on")
		st.clock.Add(30*24*time.Hour - time.Second)
		if !remembered.signedIn() {
			t.Error("a remembered session ended before 30 days")
		}
		st.clock.Add(29 * 24 * time.Hour)
		if !remembered.signedIn() {
			t.Error("a remembered session ended before 60 days")
		}
		st.clock.Add(24*time.Hour + time.Second)
		if remembered.signedIn() {
			t.Error("a remembered session outlives 60 days")
		}
	})
}

func TestSession_ExpiryIsInTheQuery(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		u := st.person(member)
		b := st.browser().mustSignIn(member)
		ctx, statements := modelstest.Count(context.Background())
		if _, err := st.s.Load(ctx, b.cookies["session"]); err != nil || statements.Load() != 1 {
			t.Errorf("%d statements for session and person, %v", statements.Load(), err)
		}
		if err := st.s.DisableUser(context.Background(), u.ID, "test", nil); err != nil {
			t.Fatal(err)
		}
		if b.signedIn() {
			t.Error("signed in at a disabled account")
		}
		// The conditions are the query's: a row that was left behind opens nothing.
		if err := st.s.EnableUser(context.Background(), u.ID, "test"); err != nil {
			t.Fatal(err)
		}
		b.mustSignIn(member)
		id := st.session(b)
		st.exec("UPDATE users SET epoch = epoch + 1")
		if b.signedIn() {
			t.Error("signed in across an epoch")
		}
		if standing, err := st.s.Standing(context.Background(), st.row(member).ID, id); err != nil || standing.SessionLive {
			t.Errorf("by id: %v, %v", standing.SessionLive, err)
		}
		st.exec("UPDATE users SET epoch = epoch - 1")
		st.exec("UPDATE users SET email_verified_at = NULL")
		if b.signedIn() {
			t.Error("signed in unverified")
		}
	})
}

func TestSession_FixationRotates(t *testing.T) {
	var replaced, ended []string
	each(t, func(t *testing.T, st *site) {
		replaced, ended = nil, nil
		st.person(member)
		st.person("other@example.test")
		b := st.browser()
		b.cookies["session"] = strings.Repeat("A", 43) // planted
		b.mustSignIn(member)
		first, id := b.cookies["session"], st.session(b)
		if first == strings.Repeat("A", 43) {
			t.Fatal("a planted token was adopted")
		}
		wantRedirect(t, b.post("/reauth", "password", goodPassword), "/dashboard")
		if b.cookies["session"] == first || st.session(b) != id {
			t.Error("re-authentication should keep the row and replace the token")
		}
		old := b.copy()
		old.cookies["session"] = first
		if old.signedIn() {
			t.Error("the old token works")
		}
		b.mustSignIn(member)
		if again := st.session(b); again == id || len(replaced) != 1 || replaced[0] != id+">"+again {
			t.Errorf("replaced %v", replaced)
		}
		second := st.session(b)
		b.mustSignIn("other@example.test")
		if len(ended) != 1 || ended[0] != second || st.number("SELECT count(*) FROM sessions") != 1 {
			t.Errorf("ended %v, %d sessions", ended, st.number("SELECT count(*) FROM sessions"))
		}
	}, func(c *auth.Config) {
		c.SessionReplaced = func(_ context.Context, old, replacement string) error {
			replaced = append(replaced, old+">"+replacement)
			return nil
		}
		c.SessionEnded = func(_ context.Context, id string) error { ended = append(ended, id); return nil }
	})
}

func TestSessionIDIsOurs(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser().mustSignIn(member)
		good := b.cookies["session"]
		for _, chosen := range []string{"", "x", strings.Repeat("A", 43), hex.EncodeToString(models.Digest(good)), st.session(b), strings.Repeat("y", 3000)} {
			visitor := st.browser()
			visitor.cookies["session"] = chosen
			if p := visitor.get("/account"); p.status != http.StatusSeeOther || len(p.set) != 0 {
				t.Errorf("%.20q: %d, set %v", chosen, p.status, p.set)
			}
		}
		// Two cookies of one name: one was planted by somebody.
		for _, header := range []string{"session=" + good + "; session=x", "session=x; session=" + good, "session=" + good + "; session=" + good} {
			request := httptest.NewRequest(http.MethodGet, "/account", nil)
			request.Header.Set("Cookie", header)
			response, err := st.app.Test(request, -1)
			if err != nil || response.StatusCode != http.StatusSeeOther {
				t.Errorf("%.30q: %v %v", header, response.StatusCode, err)
			}
			if _, err := st.s.FromRequest(request); !errors.Is(err, auth.ErrSignedOut) {
				t.Errorf("FromRequest: %v", err)
			}
		}
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.AddCookie(&http.Cookie{Name: "session", Value: good})
		if u, err := st.s.FromRequest(request); err != nil || u.Email != member {
			t.Errorf("FromRequest: %v", err)
		}
	})
}

func TestSessions_ListAndEnd(t *testing.T) {
	var ended []string
	each(t, func(t *testing.T, st *site) {
		ended = nil
		st.person(member)
		other := st.browserAt("198.51.100.7")
		other.agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19.0 Mobile Safari/604.1"
		other.mustSignIn(member)
		st.clock.Add(time.Minute)
		third := st.browser().mustSignIn(member)
		b := st.browser().mustSignIn(member)
		p := b.get("/account/sessions")
		for _, want := range []string{"Safari on iPhone", "198.51.100.7", "Firefox on Linux", "This browser", "Password"} {
			if !strings.Contains(p.body, want) {
				t.Errorf("the page does not show %q", want)
			}
		}
		if strings.Index(p.body, "This browser") > strings.Index(p.body, "Safari on iPhone") {
			t.Error("this browser does not come first")
		}
		id := st.session(other)
		wantRedirect(t, b.post("/account/sessions/"+id+"/end"), "/account/sessions")
		if other.signedIn() || !third.signedIn() || len(ended) != 1 || ended[0] != id {
			t.Errorf("ended %v", ended)
		}
		wantRedirect(t, b.post("/account/sessions/end-others"), "/account/sessions")
		if third.signedIn() || !b.signedIn() {
			t.Error("end others: this one should stay, the rest go")
		}
		rows := st.audit(auth.AuditSessionEnd)
		if len(withReason(rows, "self")) != 1 || len(withReason(rows, "others")) != 1 {
			t.Errorf("audit: %+v", rows)
		}
		st.browser().mustSignIn(member)
		wantRedirect(t, b.post("/account/sessions/end-others", "this_one", "on"), "/")
		if b.signedIn() || st.number("SELECT count(*) FROM sessions") != 0 {
			t.Error("this_one should end this one too")
		}
	}, func(c *auth.Config) {
		c.SessionEnded = func(_ context.Context, id string) error { ended = append(ended, id); return nil }
	})
}

func TestSessions_ForeignIdIs404(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		st.person("other@example.test")
		theirs := st.browser().mustSignIn("other@example.test")
		b := st.browser().mustSignIn(member)
		foreign := b.post("/account/sessions/" + st.session(theirs) + "/end")
		missing := b.post("/account/sessions/" + models.NewID() + "/end")
		if foreign.status != 404 || foreign.body != missing.body || missing.status != 404 {
			t.Errorf("foreign %d %q, missing %d %q", foreign.status, foreign.body, missing.status, missing.body)
		}
		if !theirs.signedIn() {
			t.Error("another person's session was ended")
		}
	})
}

func TestEndedSession_Fragment(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser().mustSignIn(member)
		st.exec("DELETE FROM sessions")
		wantRedirect(t, b.get("/account/profile"), "/login?return_to=%2Faccount%2Fprofile")
		b.headers = map[string]string{
			"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "form#profile", "HX-Current-URL": "http://localhost:3000/account/profile",
		}
		p := b.post("/account/profile", "name", "x")
		if p.status != 200 || p.header.Get("HX-Redirect") != "/login?return_to=%2Faccount%2Fprofile" || p.header.Get("Location") != "" || strings.Contains(p.body, "<form") {
			t.Errorf("%d %v\n%s", p.status, p.header, p.body)
		}
	})
}

// TestEndedSessionStaysEnded: requests in flight do not bring a row back.
func TestEndedSessionStaysEnded(t *testing.T) {
	eachRace(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser().mustSignIn(member)
		st.clock.Add(10 * time.Minute) // a touch is due
		ctx, statements := modelstest.Count(context.Background())
		modelstest.Race(100, func(int) error { _, err := st.s.Load(ctx, b.cookies["session"]); return err })
		if writes := statements.Load() - 100; writes > 100 {
			t.Errorf("%d statements for 100 requests", statements.Load())
		}
		statements.Store(0)
		for range 10 {
			_, _ = st.s.Load(ctx, b.cookies["session"])
		}
		if statements.Load() != 10 {
			t.Errorf("%d statements for 10 requests within SessionTouch", statements.Load())
		}
		st.clock.Add(10 * time.Minute)
		modelstest.Race(50, func(i int) error {
			if i == 25 {
				return st.s.SignOut(context.Background(), b.cookies["session"])
			}
			_, err := st.s.Load(context.Background(), b.cookies["session"])
			return err
		})
		if n := st.number("SELECT count(*) FROM sessions"); n != 0 {
			t.Errorf("%d rows came back", n)
		}
	})
}

func TestAuthTime_OnlyProofMoves(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser().mustSignIn(member)
		load := func() *auth.User {
			t.Helper()
			u, err := st.s.Load(context.Background(), b.cookies["session"])
			if err != nil {
				t.Fatal(err)
			}
			return u
		}
		signedInAt := st.clock.Now()
		st.clock.Add(30*time.Minute + 123456*time.Microsecond)
		b.get("/account")
		b.post("/account/profile", "name", "x")
		b.post("/reauth", "password", "wrong-password")
		if u := load(); !u.AuthTime.Equal(signedInAt) || u.ACR != "aal1" || strings.Join(u.AMR, " ") != "pwd" || u.SessionID == "" || u.AccessEpoch != 1 {
			t.Errorf("after activity: %+v", u)
		}
		b.post("/reauth", "password", goodPassword)
		if u := load(); !u.AuthTime.Equal(st.clock.Now()) {
			t.Errorf("after a proof: %v, want %v", u.AuthTime, st.clock.Now())
		}
		proved := load().AuthTime
		st.clock.Add(time.Minute)
		b.post("/account/password", "current_password", goodPassword, "password", otherPassword)
		if u := load(); !u.AuthTime.Equal(proved) {
			t.Errorf("a changed password moved auth_time to %v", u.AuthTime)
		}
	})
}
