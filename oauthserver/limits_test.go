package oauthserver

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestLimits hits each flood rule: the last one allowed passes, the next is 429 with the time to wait,
// and after the window all is well.
func TestLimits(t *testing.T) {
	db, clock := modelstest.OpenWithClock(t)
	w := newWorld(t, db, clock, func(c *Config) { c.LimitScale = 0.05 })
	for _, c := range []struct {
		rule         *limit
		method, path string
		json         bool
	}{
		{limitAuthorize, "GET", "/oauth/authorize", false},
		{limitDecision, "POST", "/oauth/authorize/x", false},
		{limitToken, "POST", "/oauth/token", true},
		{limitIntrospect, "POST", "/oauth/introspect", true},
		{limitRevoke, "POST", "/oauth/revoke", true},
		{limitUserInfo, "GET", "/oauth/userinfo", true},
	} {
		b := w.browser()
		var form url.Values
		if c.method == "POST" {
			form = url.Values{"x": {"1"}}
		}
		for i := range c.rule.scaled(0.05) {
			if got := b.send(c.method, c.path, form, nil).StatusCode; got == http.StatusTooManyRequests {
				t.Fatalf("%s: request %d of %d is refused", c.rule.name, i+1, c.rule.scaled(0.05))
			}
		}
		refused := b.send(c.method, c.path, form, nil).want(429)
		wait, err := strconv.Atoi(refused.Header.Get("Retry-After"))
		if err != nil || wait < 1 || wait > 61 {
			t.Errorf("%s: Retry-After %q", c.rule.name, refused.Header.Get("Retry-After"))
		}
		if isJSON := refused.Header.Get("Content-Type") == "application/json"; isJSON != c.json {
			t.Errorf("%s: answered as %s", c.rule.name, refused.Header.Get("Content-Type"))
		}
		clock.Add(time.Duration(wait) * time.Second)
		if got := b.send(c.method, c.path, form, nil).StatusCode; got == http.StatusTooManyRequests {
			t.Errorf("%s: still refused after the window", c.rule.name)
		}
	}
}

// TestFailureLimit: a client's failures from one address do not lock it for another, nor another
// client, and every node sees them.
func TestFailureLimit(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		prove := func(clientID, address string) error {
			_, _, err := w.s.proveClient(ctx, credentials{clientID: clientID}, address, models.OAuthTokenKey{})
			return err
		}
		w.restart(func(c *Config) { c.LimitScale = 0.25 })
		for i := range 5 {
			if err := prove("app", "192.0.2.1"); err != nil {
				t.Fatalf("after %d failures: %v", i, err)
			}
			if err := w.s.countFailure(ctx, "app", "192.0.2.1"); err != nil {
				t.Fatal(err)
			}
		}
		w.restart(func(c *Config) { c.LimitScale = 0.25 }) // another node
		var refused *oauthError
		if err := prove("app", "192.0.2.1"); !errors.As(err, &refused) || refused.Status != 429 || refused.RetryAfter < 1 || refused.RetryAfter > 301 {
			t.Errorf("after five failures: %v", err)
		}
		for _, other := range [][2]string{{"app", "192.0.2.2"}, {"app2", "192.0.2.1"}} {
			if err := prove(other[0], other[1]); err != nil {
				t.Errorf("%v: %v", other, err)
			}
		}
		w.clock.Add(5 * time.Minute)
		if err := prove("app", "192.0.2.1"); err != nil {
			t.Errorf("after the window: %v", err)
		}
	})
}

func TestSweep(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		app := w.client("app", nil)
		swept := map[string]float64{}
		w.restart(func(c *Config) {
			c.Observe = func(metric string, value float64, labels ...string) {
				if metric == "oauth_swept_rows_total" {
					swept[labels[1]] += value
				}
			}
		})
		b := w.browser()
		b.signIn("ada")
		b.remember(authorizePath("app"), "profile")
		for range sweepBatch + 3 {
			id := models.NewToken()
			err := w.db.CreateOAuthInteraction(ctx, &models.OAuthInteraction{
				ID: models.NewID(), Hash: models.Digest(id), ClientID: app.ID, Request: "{}", RequestedAt: w.s.now(), BrowserHash: models.Digest(id),
				State: models.InteractionWaiting, CreatedAt: w.s.now(), ExpiresAt: w.s.now().Add(time.Hour),
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		rows := w.rows("oauth_interactions")
		w.clock.Add(2*time.Hour - time.Second)
		if err := w.s.Sweep(ctx); err != nil || w.rows("oauth_interactions") != rows {
			t.Fatalf("too early: %d rows of %d, %v", w.rows("oauth_interactions"), rows, err)
		}
		w.clock.Add(2 * time.Second)
		if err := w.s.Sweep(ctx); err != nil || w.rows("oauth_interactions") != 0 || w.rows("oauth_consents") != 1 {
			t.Errorf("%d interactions, %d consents, %v", w.rows("oauth_interactions"), w.rows("oauth_consents"), err)
		}
		if int(swept["oauth_interactions"]) != rows {
			t.Errorf("counted %v of %d", swept, rows)
		}
		w.clock.Add(365 * day)
		if err := w.s.Sweep(ctx); err != nil || w.rows("oauth_consents") != 0 {
			t.Errorf("%d consents, %v", w.rows("oauth_consents"), err)
		}
	})
}

// TestSweepTokens: codes go a day after their end, access tokens an hour, grants nobody took up a day,
// ended ones thirty days; what lives stays.
func TestSweepTokens(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		b := w.browser()
		b.signIn("ada")
		b.exchange("app", b.get(authorizePath("app", "scope", "openid offline_access")).code())
		b.get(authorizePath("app")).code() // never redeemed
		step := func(wait time.Duration, codes, tokens, grants int) {
			t.Helper()
			w.clock.Add(wait)
			if err := w.s.Sweep(ctx); err != nil {
				t.Fatal(err)
			}
			if got := [3]int{w.rows("oauth_codes"), w.rows("oauth_access_tokens"), w.rows("oauth_grants")}; got != [3]int{codes, tokens, grants} {
				t.Errorf("codes, access tokens, grants: %v, want %d %d %d", got, codes, tokens, grants)
			}
		}
		step(2*time.Hour-time.Second, 2, 1, 2)
		step(2*time.Second, 2, 0, 2)
		step(23*time.Hour, 0, 0, 1)
		if err := w.s.RevokeApp(ctx, "ada", "app"); err != nil {
			t.Fatal(err)
		}
		step(30*day-time.Second, 0, 0, 1)
		step(2*time.Second, 0, 0, 0)
	})
}

func TestDoctor(t *testing.T) {
	w := aWorld(t).ready()
	find := func(check string) *Finding {
		for _, f := range w.s.Doctor(context.Background()) {
			if f.Check == check {
				return &f
			}
		}
		return nil
	}
	for _, check := range []string{"issuer", "sweep", "clients"} {
		if f := find(check); f == nil || f.Level != "ok" || f.Fix != "" {
			t.Errorf("healthy %s: %+v", check, f)
		}
	}
	w.client("lax", func(c *models.OAuthClient) { c.PKCE = "optional" })
	w.client("skip", func(c *models.OAuthClient) { c.Consent = "skip" })
	w.client("http", func(c *models.OAuthClient) { c.RedirectURIs = models.Strings{"http://localhost:3001/cb"} })
	w.client("fine", nil)
	for _, id := range []string{"lax", "skip", "http"} {
		if f := find("client " + id); f == nil || f.Level != "warning" || f.Fix == "" {
			t.Errorf("client %s: %+v", id, f)
		}
	}
	if f := find("client fine"); f != nil {
		t.Errorf("a good client: %+v", f)
	}
	w.browser().get(authorizePath("fine")).toLogin()
	w.clock.Add(3 * time.Hour)
	if f := find("sweep"); f == nil || f.Level != "warning" || f.Fix == "" {
		t.Errorf("nobody sweeps: %+v", f)
	}
	w.restart(func(c *Config) { c.Issuer = "http://as.example.test" })
	if f := find("client http"); f == nil || f.Level != "warning" {
		t.Errorf("a client on this machine of a server that others reach: %+v", f)
	}
	if f := find("issuer"); f == nil || f.Level != "error" || f.Fix == "" {
		t.Errorf("http issuer: %+v", f)
	}
	for _, here := range []string{"http://localhost:3000", "http://127.0.0.1", "http://[::1]:3000", "http://[::1]"} {
		w.restart(func(c *Config) { c.Issuer = here })
		if f := find("issuer"); f == nil || f.Level != "ok" {
			t.Errorf("http on this machine: %+v", f)
		}
		if f := find("client http"); f != nil {
			t.Errorf("%s: a client on the same machine: %+v", here, f)
		}
	}
}

func TestIssuer(t *testing.T) {
	w := aWorld(t)
	try := func(issuer string, production bool) error {
		_, err := New(Config{DB: w.db, Accounts: w.host, Issuer: issuer, Production: production})
		return err
	}
	for _, good := range []string{"https://as.example.test", "https://as.example.test:8443", "http://localhost:3000", "http://[::1]:3000"} {
		if err := try(good, false); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "as.example.test", "https://", "https://as.example.test/", "https://as.example.test/path", "https://as.example.test?x=1",
		"https://as.example.test#x", "https://user@as.example.test", "ftp://as.example.test", "HTTPS://as.example.test", "https://AS.example.test",
		"https://as.example.test:", "https://as.example.test?", "https://as.example.test#",
	} {
		if try(bad, false) == nil {
			t.Errorf("%s is taken for an issuer", bad)
		}
	}
	if try("http://as.example.test", true) == nil || try("https://as.example.test", true) != nil {
		t.Error("production wants https, and only that")
	}
}

// TestIssuerNeverFromHeaders: no header moves an answer, a link or iss.
func TestIssuerNeverFromHeaders(t *testing.T) {
	w := aWorld(t)
	w.client("app", func(c *models.OAuthClient) { c.Consent = "skip" })
	b := w.browser()
	b.signIn("ada")
	evil := http.Header{
		"Forwarded": {"host=evil.example.test;proto=http"}, "X-Forwarded-Host": {"evil.example.test"}, "X-Forwarded-Proto": {"http"},
		"X-Forwarded-For": {"198.51.100.9"}, "X_forwarded_host": {"evil.example.test"}, "X-Original-Host": {"evil.example.test"}, "Host": {"evil.example.test"},
	}
	if iss := b.send("GET", authorizePath("app"), nil, evil).back(testCallback).Get("iss"); iss != testIssuer {
		t.Errorf("iss %q", iss)
	}
	stranger := w.browser()
	stranger.send("GET", authorizePath("app"), nil, evil).toLogin()
	posted := b.send("POST", "/oauth/authorize", authorizeParams("app"), evil).want(303)
	if location := posted.Header.Get("Location"); location[:len(interactionPath)] != interactionPath {
		t.Errorf("led on to %q", location)
	}
}
