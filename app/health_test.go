package main

import (
	"net/http"
	"strings"
	"testing"
)

// TestNotReadySaysWhy: whoever looks into the log of a program that takes no requests finds the reason there.
func TestNotReadySaysWhy(t *testing.T) {
	h, log := testHouse(t), &logged{}
	h.logTo(log)
	if err := h.db.Close(); err != nil {
		t.Fatal(err)
	}
	if got := h.send(t, get("/readyz")).StatusCode; got != http.StatusServiceUnavailable || !strings.Contains(log.String(), "not ready") || !strings.Contains(log.String(), "closed") {
		t.Errorf("%d without a database; the log says %q", got, log)
	}

	config := testConfig(t)
	h, err := openHouse(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.close)
	log = &logged{}
	h.logTo(log)
	h.ready.Store(true)
	if got := h.send(t, get("/readyz")).StatusCode; got != http.StatusServiceUnavailable || !strings.Contains(log.String(), "migrations are pending") {
		t.Errorf("%d with pending migrations; the log says %q", got, log)
	}
}
