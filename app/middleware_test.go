package main

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

// TestPanics: a panic is a page with a reference, one line in the log, and nothing of its value in the answer.
func TestPanics(t *testing.T) {
	h := testHouse(t)
	var log logged
	h.logTo(&log)
	h.web.Get("/planted", func(*fiber.Ctx) error { panic("a secret value") })
	answer := h.send(t, get("/planted"))
	body := bodyOf(t, answer)
	if answer.StatusCode != http.StatusInternalServerError || !strings.Contains(body, answer.Header.Get("X-Request-Id")) {
		t.Errorf("%d without its reference", answer.StatusCode)
	}
	if strings.Contains(body, "secret value") || strings.Contains(body, "goroutine") {
		t.Error("the page tells what panicked")
	}
	if got := strings.Count(log.String(), "request failed"); got != 1 {
		t.Errorf("%d lines about it, want 1", got)
	}
	if again := h.send(t, get("/healthz")); again.StatusCode != http.StatusOK {
		t.Error("the process did not go on")
	}
}

// TestErrorsAreAnsweredInKind: a page, a toast for a part of one, JSON for the API.
func TestErrorsAreAnsweredInKind(t *testing.T) {
	h := testHouse(t)
	h.web.Get("/broken", func(*fiber.Ctx) error { return errors.New("the disk is full") })
	h.web.Get("/api/broken", func(*fiber.Ctx) error { return errors.New("the disk is full") })
	page := h.send(t, get("/broken"))
	if body := bodyOf(t, page); !strings.Contains(body, "<title>") || strings.Contains(body, "disk") {
		t.Errorf("page: %s", body)
	}
	part := h.send(t, get("/broken", "HX-Request: true", "HX-Request-Type: partial", "HX-Target: form#login"))
	if body := bodyOf(t, part); !strings.Contains(body, `hx-target="#toasts"`) || strings.Contains(body, "<title>") || part.Header.Get("X-Fragment") != "none" {
		t.Errorf("part: %s", body)
	}
	machine := h.send(t, get("/api/broken"))
	if body := bodyOf(t, machine); machine.Header.Get("Content-Type") != "application/json" || !strings.Contains(body, `"server_error"`) {
		t.Errorf("API: %s", body)
	}
}

// TestEveryAnswerHasItsHeaders: pages, errors, redirects, files and what is refused before any handler.
func TestEveryAnswerHasItsHeaders(t *testing.T) {
	h := testHouse(t)
	h.logTo(io.Discard)
	h.web.Get("/planted", func(*fiber.Ctx) error { panic("planted") })
	for name, r := range map[string]*http.Request{
		"page": get("/login"), "missing": get("/nothing"), "redirect": get("/notes"), "health": get("/healthz"),
		"forbidden": post("/login", "", "Sec-Fetch-Site: cross-site"), "wrong type": post("/login", "{}", "Content-Type: application/json"),
		"wrong method": httptest.NewRequest(http.MethodPut, "/login", nil), "too large": post("/login", strings.Repeat("x", maxBody+1)),
		"head": httptest.NewRequest(http.MethodHead, "/login", nil), "long header": get("/", "X-Long: "+strings.Repeat("x", maxHeader)),
		"fault": get("/planted"), "a part": get("/login", "HX-Request: true", "HX-Request-Type: partial", "HX-Target: form#login"),
	} {
		answer := h.send(t, r)
		for header, want := range map[string]string{
			"Content-Security-Policy": views.ContentPolicy(""), "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
			"Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin", "Server": "", "Strict-Transport-Security": "",
		} {
			if got := answer.Header.Get(header); got != want {
				t.Errorf("%s (%d): %s is %q, want %q", name, answer.StatusCode, header, got, want)
			}
		}
	}
	policy := views.ContentPolicy("")
	for _, never := range []string{"unsafe-", "*", "http:"} {
		if strings.Contains(policy, never) {
			t.Errorf("the policy holds %q", never)
		}
	}
}

// TestHTTPSOnlyHeaders: over https browsers are told never to come by http again.
func TestHTTPSOnlyHeaders(t *testing.T) {
	h := testHouse(t, func(c *Config) { c.BaseURL = "https://id.example.test" })
	if got := h.send(t, get("/login")).Header.Get("Strict-Transport-Security"); got == "" {
		t.Error("no Strict-Transport-Security")
	}
}

// TestLogHoldsNoSecret: the log names the route; what was in address, header and form stays out.
func TestLogHoldsNoSecret(t *testing.T) {
	h := testHouse(t)
	var log logged
	h.logTo(&log)
	h.send(t, get("/password/reset/canary-token?canary=query", "Cookie: session=canary-cookie", "Authorization: Bearer canary-bearer"))
	h.send(t, post("/login", "email=canary@example.test&password=canary-password"))
	h.send(t, get("/canary-unknown"))
	h.log.Error("planted", "password", "canary-attribute", "dsn", Secret("canary-setting"))
	if text := log.String(); strings.Contains(text, "canary") || !strings.Contains(text, "/password/reset/:token") {
		t.Errorf("the log: %s", text)
	}
}

// TestClientAddress: forwarded headers count from a trusted proxy only, and then the right-most hop that is none.
func TestClientAddress(t *testing.T) {
	for _, c := range []struct{ proxies, want string }{
		{"", "127.0.0.1"}, {"127.0.0.0/8", "203.0.113.9"},
	} {
		config := testConfig(t)
		config.TrustedProxies = strings.Fields(c.proxies)
		if err := config.parseProxies(); err != nil {
			t.Fatal(err)
		}
		h := testHouse(t, func(own *Config) { own.proxies = config.proxies })
		var log logged
		h.logTo(&log)
		h.send(t, get("/login", "X-Forwarded-For: 10.1.1.1, 203.0.113.9", "X-Real-IP: 10.2.2.2"))
		if text := log.String(); !strings.Contains(text, "address="+c.want+" ") {
			t.Errorf("proxies %q: %s", c.proxies, text)
		}
	}
}

// TestTheme: the choice is a cookie; the way back stays here.
func TestTheme(t *testing.T) {
	h := testHouse(t)
	for _, c := range []struct{ form, want string }{
		{"theme=dark&return_to=/notes", "/notes"}, {"theme=light&return_to=/login", "/login"}, {"theme=system", "/"},
		{"theme=dark&return_to=//evil.example", "/"}, {"theme=dark&return_to=https://evil.example/", "/"}, {"theme=dark&return_to=/dashboard", "/dashboard"},
		{"theme=dark&return_to=%2Flogin%3Freturn_to%3D%252Fnotes", "/login?return_to=%2Fnotes"}, {"theme=dark&return_to=/verify-email/token", "/verify-email/token"},
		{"theme=dark&return_to=/login//evil.example", "/"}, {"theme=dark&return_to=/%5Cevil.example", "/"}, {"theme=dark&return_to=/login%250d%250aX:y", "/"},
	} {
		answer := h.send(t, post("/theme", c.form))
		if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != c.want || len(answer.Cookies()) != 1 {
			t.Errorf("%s: %d to %q", c.form, answer.StatusCode, answer.Header.Get("Location"))
		}
	}
	if answer := h.send(t, post("/theme", "theme=%22onload")); answer.StatusCode != http.StatusUnprocessableEntity || len(answer.Cookies()) != 0 {
		t.Errorf("unknown theme: %d", answer.StatusCode)
	}
	if body := bodyOf(t, h.send(t, get("/nothing", "Cookie: theme=dark"))); !strings.Contains(body, `data-theme="dark"`) {
		t.Error("an error page forgets the theme")
	}
}

// TestHealth: alive at once, ready only between start and stop.
func TestHealth(t *testing.T) {
	h := testHouse(t)
	if got := h.send(t, get("/readyz")).StatusCode; got != http.StatusOK {
		t.Errorf("ready: %d", got)
	}
	h.ready.Store(false)
	if got := h.send(t, get("/readyz")).StatusCode; got != http.StatusServiceUnavailable {
		t.Errorf("stopping: %d", got)
	}
	if got := h.send(t, get("/healthz")).StatusCode; got != http.StatusOK {
		t.Errorf("alive: %d", got)
	}
	h.ready.Store(true)
	if err := h.db.Close(); err != nil {
		t.Fatal(err)
	}
	if got := h.send(t, get("/readyz")).StatusCode; got != http.StatusServiceUnavailable {
		t.Errorf("without a database: %d", got)
	}
}
