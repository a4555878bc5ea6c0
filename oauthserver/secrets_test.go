package oauthserver

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// everyValue reads every column of every table of the OAuth server and of the audit log as text.
func (w *world) everyValue() string {
	w.Helper()
	return w.everyValueBut("")
}

// everyValueBut is everyValue without one table.
func (w *world) everyValueBut(left string) string {
	w.Helper()
	var all strings.Builder
	w.rows("oauth_clients") // opens the pool
	for _, table := range []string{
		"oauth_clients", "oauth_client_secrets", "oauth_interactions", "oauth_grants", "oauth_codes", "oauth_access_tokens",
		"oauth_consents", "oauth_sessions", "oauth_keys", "audit_events",
	} {
		if table == left {
			continue
		}
		for _, row := range modelstest.Rows(w, w.raw, table) {
			fmt.Fprintln(&all, table, row)
		}
	}
	return all.String()
}

// TestNoSecretsInBrowserFlow: after a whole flow neither rows nor log nor metrics know the address of
// the interaction, its cookie, the code or a client secret.
func TestNoSecretsInBrowserFlow(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		var log, metrics bytes.Buffer
		w.restart(func(c *Config) {
			c.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			c.Observe = func(metric string, _ float64, labels ...string) { fmt.Fprintln(&metrics, metric, labels) }
		})
		created, secret, err := w.s.CreateClient(context.Background(), byTest, models.OAuthClient{Name: "App", RedirectURIs: models.Strings{testCallback}, Verified: true})
		if err != nil {
			t.Fatal(err)
		}
		rotated, err := w.s.RotateSecret(context.Background(), byTest, created.ID, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		b := w.browser()
		first := b.get(authorizePath(created.ID, "login_hint", "canary@example.test"))
		back := first.toLogin()
		b.signIn("ada")
		code := b.allow(b.get(back).interaction(), "profile").code()
		w.browser().get(back).want(404)

		stored := w.everyValue()
		if !strings.Contains(stored, created.ID) {
			t.Fatal("the search sees nothing")
		}
		for name, canary := range map[string]string{
			"client secret": secret, "rotated secret": rotated, "interaction id": strings.TrimPrefix(back, interactionPath),
			"cookie": first.Cookies()[0].Value, "code": code,
		} {
			for place, text := range map[string]string{"rows": stored, "log": log.String(), "metrics": metrics.String()} {
				if strings.Contains(text, canary) {
					t.Errorf("%s in the %s", name, place)
				}
			}
		}
		if strings.Contains(metrics.String(), created.ID) || strings.Contains(metrics.String(), "canary") {
			t.Errorf("a metric has a label from a request:\n%s", metrics.String())
		}
	})
}

// TestBrowserMetrics: requests are counted by endpoint, outcome and error.
func TestBrowserMetrics(t *testing.T) {
	w := aWorld(t)
	var seen []string
	w.restart(func(c *Config) {
		c.Observe = func(metric string, value float64, labels ...string) {
			if metric == "oauth_requests_total" || metric == "oauth_security_events_total" {
				seen = append(seen, metric+" "+strings.Join(labels, " "))
			}
			if metric == "oauth_request_seconds" && value < 0 {
				t.Errorf("a request took %f seconds", value)
			}
		}
	})
	w.client("app", nil)
	b := w.browser()
	b.signIn("ada")
	consent := b.get(authorizePath("app")).interaction()
	b.get(authorizePath("nobody"))
	b.get(authorizePath("app", "scope", "nothing"))
	w.browser().get(consent)
	b.post(consent, url.Values{"decision": {"deny"}})
	want := []string{
		"oauth_requests_total endpoint /oauth/authorize outcome success error ",
		"oauth_requests_total endpoint /oauth/authorize outcome refused error invalid_client",
		"oauth_requests_total endpoint /oauth/authorize outcome refused error invalid_scope",
		"oauth_security_events_total event oauth.interaction.foreign_browser",
		"oauth_requests_total endpoint /oauth/authorize/{id} outcome refused error invalid_request",
		"oauth_requests_total endpoint /oauth/authorize/{id} outcome refused error access_denied",
	}
	if !slices.Equal(seen, want) {
		t.Errorf("seen\n%s\nwant\n%s", strings.Join(seen, "\n"), strings.Join(want, "\n"))
	}
}

// TestPanicIsAnAnswer: a bug is a 500 page and a line in the log, not a dropped connection. The line names the
// route: an address may hold the secret of an interaction.
func TestPanicIsAnAnswer(t *testing.T) {
	w := aWorld(t)
	var log bytes.Buffer
	w.restart(func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	w.client("app", nil)
	b := w.browser()
	waiting := b.get(authorizePath("app")).toLogin()
	w.host.loginURL = func(LoginRequest) string { panic("a bug") }
	if code := b.get(waiting).want(500).errorCode(); code != "server_error" || !strings.Contains(log.String(), "a bug") {
		t.Errorf("code %s, log %s", code, log.String())
	}
	if strings.Contains(log.String(), waiting) || !strings.Contains(log.String(), "/oauth/authorize/{id}") {
		t.Errorf("the log names the address:\n%s", log.String())
	}
}
