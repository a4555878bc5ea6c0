package main

import (
	"bytes"
	"encoding/base64"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"latchkey/models/modelstest"
)

// testConfig is a development machine without demo data: an empty SQLite file and no flood limits.
func testConfig(t testing.TB) Config {
	t.Helper()
	return testConfigAt(t, "sqlite:"+t.TempDir()+"/app.db")
}

func testConfigAt(t testing.TB, databaseURL string) Config {
	t.Helper()
	config, err := loadConfig([]string{
		"APP_ENV=test", "DATABASE_URL=" + databaseURL, "SECRET_KEY=" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, keyBytes)),
		"METRICS_ADDR=", "RATE_LIMIT_SCALE=1000", "LOG_LEVEL=error",
	})
	if err != nil {
		t.Fatal(err)
	}
	config.DataDir, config.HashMemory = t.TempDir(), 8 // hashing is auth's to test
	return config
}

// testHouse is the whole program over that database, migrated and with its keys; nothing listens yet.
func testHouse(t testing.TB, change ...func(*Config)) *house {
	t.Helper()
	config := testConfigAt(t, modelstest.SQLiteURL(t))
	for _, f := range change {
		f(&config)
	}
	h, err := openHouse(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.close)
	if err := lendKeys(t.Context(), h); err != nil { // oauth
		t.Fatal(err) // oauth
	} // oauth
	if err := h.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.ready.Store(true)
	return h
}

// logged collects what the house logs.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (h *house) logTo(w io.Writer) { h.log = newLog(w, "text", slog.LevelDebug) }

// send is one request over the wire, through the whole house. Redirects are not followed.
func (h *house) send(t testing.TB, r *http.Request) *http.Response {
	t.Helper()
	address, listening := listeners[h]
	if !listening {
		address = listenFiber(t, h.web)
		listeners[h] = address
		t.Cleanup(func() { delete(listeners, h) })
	}
	r.RequestURI, r.URL.Scheme, r.URL.Host = "", "http", address
	answer, err := http.DefaultTransport.RoundTrip(r.WithContext(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

// listeners are the addresses of the houses of running tests, which do not run in parallel.
var listeners = map[*house]string{}

// listenFiber serves an app on a port of this machine until the test ends, and gives its address.
func listenFiber(t testing.TB, app *fiber.App) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = app.Listener(listener) }()
	t.Cleanup(func() { _ = app.ShutdownWithTimeout(time.Second) })
	return listener.Addr().String()
}

func get(path string, headers ...string) *http.Request {
	return withHeaders(httptest.NewRequest(http.MethodGet, path, nil), headers)
}

// post is a form from our own page.
func post(path, form string, headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return withHeaders(r, headers)
}

// withHeaders sets headers given as "Name: value".
func withHeaders(r *http.Request, headers []string) *http.Request {
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Add(name, value)
	}
	return r
}

func bodyOf(t testing.TB, answer *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
