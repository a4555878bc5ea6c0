package main

import (
	"net/http"
	"os"
	"testing"
	"time"
)

// TestDemoClientWithoutItsSecret: a demo client that cannot be made stops the start before anything runs.
func TestDemoClientWithoutItsSecret(t *testing.T) {
	h, d := testHouse(t), doors{app: freePort(t), demo: freePort(t)}
	if err := os.MkdirAll(h.demoSecretFile(), 0o700); err != nil { // a folder cannot be read as a file
		t.Fatal(err)
	}
	if err := h.run(t.Context(), d); err == nil {
		t.Error("it runs")
	}
	browser := http.Client{Timeout: 300 * time.Millisecond} // the port is taken, and nobody answers there
	if answer, err := browser.Get("http://" + d.app.Addr().String() + "/healthz"); err == nil {
		_ = answer.Body.Close()
		t.Error("the app is served")
	}
}
