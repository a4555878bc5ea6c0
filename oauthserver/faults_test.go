package oauthserver

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// outage cuts a request off from the database after so many statements.
type outage struct {
	left atomic.Int64
	stop context.CancelFunc
}

type outageKey struct{}

func watchOutage(ctx context.Context, _ string, _ int64, _ time.Duration, _ error) {
	if o, ok := ctx.Value(outageKey{}).(*outage); ok && o.left.Add(-1) == 0 {
		o.stop()
	}
}

// sendCutOff sends a request whose database goes away after n statements.
func (b *browser) sendCutOff(n int64, method, path string, form url.Values) *reply {
	b.Helper()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	o := &outage{stop: stop}
	o.left.Store(n)
	if n == 0 {
		stop()
	}
	r := httptest.NewRequestWithContext(context.WithValue(ctx, outageKey{}, o), method, testIssuer+path, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, cookie := range b.jar.Cookies(r.URL) {
		r.AddCookie(cookie)
	}
	recorder := httptest.NewRecorder()
	b.w.h.ServeHTTP(recorder, r)
	return &reply{T: b.T, Response: recorder.Result(), body: recorder.Body.String()}
}

// TestEveryStorageErrorReachesTheCaller cuts each browser flow off after its first, second, … statement:
// the answer says so, nothing leaves and nothing stays, and with the database back the same request
// succeeds.
func TestEveryStorageErrorReachesTheCaller(t *testing.T) {
	modelstest.URLs(t, func(t *testing.T, address string) {
		clock := modelstest.NewClock()
		db, err := models.Open(context.Background(), models.Options{URL: address, Keys: modelstest.Keys(t), Now: clock.Now, Observe: watchOutage})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		w := newWorld(t, db, clock, nil)
		w.client("app", nil)
		w.client("silent", func(c *models.OAuthClient) { c.Consent = "skip" })
		b := w.browser()
		session := b.signIn("ada")
		w.grant("ada", "app", session, "openid")
		consent := func() string { return b.get(authorizePath("app", "prompt", "consent")).interaction() }
		allowed, denied := consent(), consent()

		for _, flow := range []struct {
			name, method, path string
			form               url.Values
		}{
			{"agreed", "GET", authorizePath("silent"), nil},
			{"consent page", "GET", authorizePath("app", "prompt", "consent"), nil},
			{"sent to sign in", "GET", authorizePath("app", "max_age", "0", "prompt", "login"), nil},
			{"posted", "POST", "/oauth/authorize", authorizeParams("app")},
			{"resumed", "GET", allowed, nil},
			{"allowed", "POST", allowed, url.Values{"decision": {"allow"}, "scope": {"profile"}, "remember": {"on"}}},
			{"denied", "POST", denied, url.Values{"decision": {"deny"}}},
			{"apps", "GET", "/account/apps", nil},
			{"app revoked", "POST", "/account/apps/app/revoke", url.Values{"x": {"1"}}},
		} {
			clock.Add(time.Second)
			// A page is drawn after its interaction is saved, and not for a request that has ended.
			drawn := flow.name == "consent page"
			if !survives(w, b, flow.method, flow.path, flow.form, drawn) {
				t.Errorf("%s never succeeded", flow.name)
			}
		}
	})
}

var watchedTables = []string{"oauth_interactions", "oauth_consents", "oauth_grants", "oauth_codes", "audit_events"}

func survives(w *world, b *browser, method, path string, form url.Values, drawn bool) bool {
	w.Helper()
	for n := range int64(40) {
		before := w.count()
		answer := b.sendCutOff(n, method, path, form)
		location := answer.Header.Get("Location")
		if answer.StatusCode < 400 && !strings.Contains(location, "error=server_error") {
			if n == 0 {
				w.Errorf("%s %s works without a database", method, path)
			}
			return true
		}
		if answer.StatusCode != 500 && answer.StatusCode != 303 {
			w.Errorf("%s %s cut off after %d: status %d", method, path, n, answer.StatusCode)
		}
		if strings.Contains(location, "code=") {
			w.Errorf("%s %s cut off after %d: a code left", method, path, n)
		}
		after := w.count()
		if drawn {
			after[0] = before[0]
		}
		if after != before {
			w.Errorf("%s %s cut off after %d: rows %v, before %v", method, path, n, after, before)
		}
	}
	return false
}

// count is the number of rows of the watched tables, and of answered interactions and ended grants.
func (w *world) count() (n [7]int) {
	w.Helper()
	for i, table := range watchedTables {
		n[i] = w.rows(table)
	}
	w.query("SELECT count(*) FROM oauth_interactions WHERE done_at IS NOT NULL", &n[5])
	w.query("SELECT count(*) FROM oauth_grants WHERE revoked_at IS NOT NULL", &n[6])
	return n
}

// TestStatementBudget: what a person waits for takes few statements.
func TestStatementBudget(t *testing.T) {
	w := aWorld(t)
	w.client("app", nil)
	b := w.browser()
	b.signIn("ada")
	b.remember(authorizePath("app"), "profile", "notes:read")
	writes := 0
	db, err := models.Open(context.Background(), models.Options{
		URL: w.db.URL(), Keys: modelstest.Keys(t), Now: w.clock.Now,
		Observe: func(_ context.Context, statement string, _ int64, _ time.Duration, _ error) {
			if !strings.HasPrefix(strings.TrimSpace(statement), "SELECT") {
				writes++
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	w.db = db
	w.restart(nil)
	b.get(authorizePath("app")).code()
	if writes > 5 {
		t.Errorf("an agreed request took %d writes, at most 5", writes)
	}
}

// FuzzPages: whatever is asked, no page shows it raw, nothing breaks and nobody is sent to an address
// that is not registered.
func FuzzPages(f *testing.F) {
	for _, seed := range []string{
		`<script>alert(1)</script>`, `" onload=x`, "javascript:alert(1)", "a b", "\x00", "\xff", "ü", "openid profile", "none login", "{{.}}", "app", testCallback,
	} {
		for _, name := range []string{"client_id", "redirect_uri", "scope", "state", "prompt", "max_age", "response_type", "response_mode", "id_token_hint", "x<y>"} {
			f.Add(name, seed)
		}
	}
	db, clock := modelstest.OpenWithClock(f)
	host := newStub(clock.Now)
	ready := false
	f.Fuzz(func(t *testing.T, name, value string) {
		w := &world{T: t, db: db, clock: clock, host: host}
		w.restart(nil)
		if !ready {
			w.client("app", nil)
			ready = true
		}
		b := w.browser()
		b.signIn("ada")
		for _, answer := range []*reply{
			b.get(authorizePath("app", name, value)), b.get("/oauth/logout?" + url.Values{name: {value}}.Encode()),
			b.send("POST", "/oauth/authorize", authorizeParams("app", name, value), nil), b.post(interactionPath+"x", url.Values{name: {value}}),
		} {
			checkHarmless(answer, value)
		}
	})
}

func checkHarmless(answer *reply, value string) {
	answer.Helper()
	if answer.StatusCode >= 500 {
		answer.Fatalf("status %d: %.500s", answer.StatusCode, answer.body)
	}
	if strings.ContainsAny(value, `<>"`) && strings.Contains(answer.body, value) {
		answer.Fatalf("shown raw: %.500s", answer.body)
	}
	location := answer.Header.Get("Location")
	if location != "" && !strings.HasPrefix(location, testCallback+"?") && !strings.HasPrefix(location, testCallback+"#") && !localPath(location) {
		answer.Fatalf("sent to %q", location)
	}
}
