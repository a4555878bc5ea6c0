package main

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"latchkey/models/modelstest"
)

// secrets are what the program gave out or was told, each with what it is, and the answers it was seen in.
type secrets struct {
	mu      sync.Mutex
	known   map[string]string
	answers map[string]string // by what gave them: a route's name
}

// learn notes a secret. A short one would be found anywhere.
func (s *secrets) learn(kind, value string) {
	if len(value) < 16 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known[value] = kind
}

// watch learns from each request and answer, and keeps what was answered.
func (s *secrets) watch(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(c *fasthttp.RequestCtx) {
		next(c)
		c.Request.PostArgs().VisitAll(func(name, value []byte) {
			switch string(name) {
			case "password", "current_password", "code_verifier", "refresh_token", "client_secret", "token", "code":
				s.learn(string(name), string(value))
			}
		})
		path := string(c.Path())
		var lines strings.Builder
		c.Response.Header.VisitAll(func(name, value []byte) {
			if string(name) != fasthttp.HeaderSetCookie {
				fmt.Fprintf(&lines, "%s: %s\n", name, value)
			}
		})
		c.Response.Header.VisitAllCookie(func(name, value []byte) {
			var cookie fasthttp.Cookie
			if cookie.ParseBytes(value) == nil && string(name) != "theme" && string(name) != "flash" {
				s.learn("cookie "+string(name), string(cookie.Value()))
			}
		})
		if place, err := url.Parse(string(c.Response.Header.Peek("Location"))); err == nil {
			s.learn("code", place.Query().Get("code"))
		}
		body := string(c.Response.Body())
		var tokens granted
		if path == "/oauth/token" && json.Unmarshal(c.Response.Body(), &tokens) == nil {
			s.learn("access token", tokens.Access)
			s.learn("refresh token", tokens.Refresh)
			s.learn("ID token", tokens.ID)
			body = ""
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.answers[path] += lines.String() + body
	}
}

// spelt are the ways a secret can be written down.
func spelt(value string) []string {
	return []string{
		value, url.QueryEscape(value), hex.EncodeToString([]byte(value)), strings.ToUpper(hex.EncodeToString([]byte(value))),
		base64.StdEncoding.EncodeToString([]byte(value)), base64.RawURLEncoding.EncodeToString([]byte(value)), strings.TrimPrefix(value, "lk_at_"),
	}
}

// found names the secrets that stand in a text, however they are spelt, but for those of allowed kinds.
func (s *secrets) found(text string, allowed ...string) (kinds []string) {
	for value, kind := range s.known {
		if !slices.Contains(allowed, kind) && slices.ContainsFunc(spelt(value), func(v string) bool { return strings.Contains(text, v) }) {
			kinds = append(kinds, kind)
		}
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// TestCanaries (T-1401): every request of every journey, well and with its database lost after one of its first
// statements; then nothing that was given out or told in secret stands in any row, in the database's files, in the log at
// its most talkative, among statements and metrics, or in any answer but the one that is there to carry it.
func TestCanaries(t *testing.T) {
	if testing.Short() {
		t.Skip("takes its time, and none of it is about races")
	}
	modelstest.URLs(t, func(t *testing.T, databaseURL string) {
		var log, traced logged
		o := &outage{left: -1}
		s := newSweepIn(t, func(ctx context.Context, config Config) (*house, error) {
			h := &house{config: config, log: newLog(&log, "text", slog.LevelDebug), metrics: newMetrics()}
			statement := h.metrics.statement(h.log)
			var err error
			h.db, err = openDatabase(ctx, config, func(ctx context.Context, sql string, rows int64, took time.Duration, err error) {
				fmt.Fprintln(&traced, sql, err)
				statement(ctx, sql, rows, took, err)
				o.observe(ctx, sql, rows, took, err)
			})
			if err != nil {
				return nil, err
			}
			return h, h.furnish()
		}, databaseURL, func(c *Config) { c.SMTPURL = "smtp://127.0.0.1:1?starttls=optional" }) // so that jobs keep errors
		canaries := &secrets{known: map[string]string{s.secret: "client secret"}, answers: map[string]string{}}
		s.web.Get("/planted", func(c *fiber.Ctx) error { panic("panicked over " + c.Get("Cookie")) })
		listenFastHTTP(t, s, canaries.watch(o.around(s.web.Handler())))

		for n, j := range everyJourney() {
			for left := -1; left < 3; left++ {
				send := j.prepare(t, s, 1000+10*n+left)
				o.begin(left)
				send()
				o.over()
			}
		}
		planted := s.enter(t, "member@example.test")
		if answer := planted.ask(t, get("/planted")); answer.status != http.StatusInternalServerError {
			t.Errorf("the panic: %d", answer.status)
		}
		s.anyone().ask(t, post("/login", "email=canary-in-the-password%40example.test&password=a-wrong-canary-password"))
		s.program("lk_at_"+"a-canary-that-was-never-given-out").ask(t, get("/api/me"))
		canaries.learn("unknown token", "lk_at_"+"a-canary-that-was-never-given-out")
		s.learnMails(t, canaries)
		s.failMails(t)

		kinds := slices.Compact(slices.Sorted(maps.Values(canaries.known)))
		for _, kind := range []string{"access token", "client secret", "code", "code_verifier", "cookie browser", "cookie flow", "cookie login", "cookie session", "ID token", "link", "password", "refresh token"} {
			if !slices.Contains(kinds, kind) {
				t.Errorf("nothing learned of the kind %s: %v", kind, kinds)
			}
		}
		places := map[string]string{"log": log.String(), "statements": traced.String(), "metrics": metricsOf(t, s), "rows": everyRow(t, s)}
		if path, isFile := strings.CutPrefix(s.db.URL(), "sqlite:"); isFile {
			for _, suffix := range []string{"", "-wal"} {
				content, err := os.ReadFile(path + suffix)
				if err != nil {
					t.Error(err)
				}
				places["file"+suffix] = string(content)
			}
		}
		for place, sign := range map[string]string{"log": "request failed", "statements": "INSERT INTO", "metrics": "http_requests_total", "rows": "member@example.test"} {
			if !strings.Contains(places[place], sign) {
				t.Errorf("nothing in the %s: the search sees nothing", place)
			}
		}
		for place, text := range places {
			if found := canaries.found(text); len(found) > 0 {
				t.Errorf("in the %s: %v", place, found)
			}
		}
		for path, text := range canaries.answers {
			var allowed []string
			switch {
			case strings.HasPrefix(path, "/oauth/authorize"):
				allowed = []string{"code"} // in the address of the client
			case strings.HasPrefix(path, "/verify-email/"), strings.HasPrefix(path, "/password/reset/"), strings.HasPrefix(path, "/login/unlock/"), strings.HasPrefix(path, "/login/link/"), strings.HasPrefix(path, "/account/not-me/"), strings.HasPrefix(path, "/login/recovery/"):
				allowed = []string{"link"} // its form goes there
			case path == "/oauth/logout":
				allowed = []string{"ID token"} // the question hands the hint on that it was asked with
			case path == "/":
				allowed = []string{"password", "current_password"} // that of the demo accounts
			}
			if found := canaries.found(text, allowed...); len(found) > 0 {
				t.Errorf("in the answer of %s: %v", path, found)
			}
		}
		t.Logf("%d secrets of %d kinds looked for", len(canaries.known), len(kinds))
	})
}

// listenFastHTTP serves a sweep by a handler of the test's own.
func listenFastHTTP(t *testing.T, s *sweep, handler fasthttp.RequestHandler) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &fasthttp.Server{Handler: handler, NoDefaultServerHeader: true}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() {
		delete(listeners, s.house)
		_ = server.Shutdown()
	})
	listeners[s.house] = listener.Addr().String()
}

// learnMails reads the links of all mails that wait.
func (s *sweep) learnMails(t *testing.T, canaries *secrets) {
	t.Helper()
	people, err := s.db.ListUsers(t.Context(), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range people {
		for _, mail := range s.mails(t, u.Email) {
			for _, link := range mailLink.FindAllString(mail.Text, -1) {
				if token := link[strings.LastIndex(link, "/")+1:]; len(token) == 43 {
					canaries.learn("link", token)
				}
			}
		}
	}
}

// failMails works the queue until a delivery has failed and its job keeps the error.
func (s *sweep) failMails(t *testing.T) {
	t.Helper()
	if err := s.queue.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a mail that cannot be sent", func() bool {
		var n int
		err := s.pool.QueryRowContext(t.Context(), "SELECT count(*) FROM river_job WHERE kind = 'mail' AND errors IS NOT NULL").Scan(&n)
		return err == nil && n > 0
	})
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := s.queue.Stop(ctx); err != nil {
		t.Error(err)
	}
}

func metricsOf(t *testing.T, s *sweep) string {
	t.Helper()
	families, err := s.metrics.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(families)
}

// everyRow is every value of every table as text; bytes as they are.
func everyRow(t *testing.T, s *sweep) string {
	t.Helper()
	var all strings.Builder
	for _, table := range append(slices.Collect(maps.Keys(modelstest.Digest(t, s.pool))), "attempts", "audit_events") {
		for _, row := range modelstest.Rows(t, s.pool, table) {
			fmt.Fprintln(&all, row)
		}
	}
	return all.String()
}
