package main

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
)

// TestServe: the program answers on its ports, and stops in order although a browser keeps its connection
// open: what is in flight is answered, nothing new is taken.
func TestServe(t *testing.T) {
	h, d := testHouse(t), doors{app: freePort(t), metrics: freePort(t)}
	h.ready.Store(false)
	began, finish := make(chan bool), make(chan bool)
	h.web.Get("/slow", func(c *fiber.Ctx) error {
		close(began)
		<-finish
		return c.SendString("done")
	})
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- h.run(ctx, d) }()
	site := "http://" + d.app.Addr().String()
	waitFor(t, func() bool { return statusAt(site+"/readyz") == http.StatusOK })
	if got := statusAt("http://" + d.metrics.Addr().String() + "/metrics"); got != http.StatusOK {
		t.Errorf("metrics: %d", got)
	}
	if got := statusAt(site + "/metrics"); got != http.StatusNotFound {
		t.Errorf("metrics at the public address: %d", got)
	}
	inFlight := make(chan int, 1)
	go func() { inFlight <- statusAt(site + "/slow") }()
	<-began
	stop()
	waitFor(t, func() bool { return statusAt(site+"/healthz") == 0 })
	close(finish)
	if got := <-inFlight; got != http.StatusOK {
		t.Errorf("the request in flight: %d", got)
	}
	select {
	case err := <-stopped:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(requestStopTime + jobStopTime):
		t.Fatal("still running")
	}
}

// TestStopIsBounded: a request that never ends does not hold the program.
func TestStopIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("takes the whole stop time")
	}
	t.Parallel() // it only waits
	h, d := testHouse(t), doors{app: freePort(t)}
	began, finish := make(chan bool), make(chan bool)
	defer close(finish)
	h.web.Get("/stuck", func(*fiber.Ctx) error { close(began); <-finish; return nil })
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- h.run(ctx, d) }()
	go statusAt("http://" + d.app.Addr().String() + "/stuck")
	<-began
	stop()
	select {
	case <-stopped:
	case <-time.After(10 * time.Second):
		t.Fatal("still running")
	}
}

// TestTakenPort: one sentence that names setting and way out; nothing is written.
func TestTakenPort(t *testing.T) {
	taken, config := freePort(t), testConfig(t)
	config.Addr = taken.Addr().String()
	err := serve(t.Context(), config)
	if err == nil || !strings.Contains(err.Error(), "ADDR") || !strings.Contains(err.Error(), "taken") || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(strings.TrimPrefix(string(config.DatabaseURL), "sqlite:")); err == nil {
		t.Error("a database was made before the port was free")
	}
}

// TestUnreachableDatabase: one sentence, without user and password.
func TestUnreachableDatabase(t *testing.T) {
	config := testConfig(t)
	config.Addr = "127.0.0.1:0"
	config.DatabaseURL = "postgres://canary:canary@127.0.0.1:1/app"
	err := serve(t.Context(), config)
	if err == nil || !strings.Contains(err.Error(), "DATABASE_URL") || strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "\n") {
		t.Errorf("server: %v", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	config.DatabaseURL = Secret("sqlite:" + file + "/app.db")
	if err := serve(t.Context(), config); err == nil || !strings.Contains(err.Error(), "DATABASE_URL") {
		t.Errorf("file: %v", err)
	}
}

// TestProductionDoesNotMigrate unless told so: an operator decides when the schema changes.
func TestProductionDoesNotMigrate(t *testing.T) {
	config := testConfig(t)
	config.Env, config.BaseURL = envProduction, "https://id.example.test"
	h, err := openHouse(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.close)
	if err := h.prepare(t.Context()); err == nil || !strings.Contains(err.Error(), "app migrate up") {
		t.Errorf("pending migrations: %v", err)
	}
	h.ready.Store(true)
	if got := h.send(t, get("/readyz")).StatusCode; got != http.StatusServiceUnavailable {
		t.Errorf("ready with pending migrations: %d", got)
	}
	h.config.AutoMigrate = true
	if err := h.prepare(t.Context()); err != nil {
		t.Errorf("AUTO_MIGRATE: %v", err)
	}
	if got := h.send(t, get("/readyz")).StatusCode; got != http.StatusOK {
		t.Errorf("not ready: %d", got)
	}
}

func freePort(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener
}

// statusAt is 0 when nobody answers. Its connections stay open, as a browser's do.
func statusAt(url string) int {
	answer, err := http.Get(url)
	if err != nil {
		return 0
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it does not happen")
		}
	}
}
