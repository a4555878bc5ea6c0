package main

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestFlood: a burst, then a steady rate, for each network by itself.
func TestFlood(t *testing.T) {
	f, now := newFlood("test", 50, 100, 1), time.Now()
	let := func(network string, tries int) (passed int) {
		for range tries {
			if f.allow(network, now) {
				passed++
			}
		}
		return passed
	}
	if got := let("a", 150); got != 100 {
		t.Errorf("burst: %d", got)
	}
	if got := let("b", 1); got != 1 {
		t.Error("another network pays for the first")
	}
	now = now.Add(time.Second)
	if got := let("a", 100); got != 50 {
		t.Errorf("a second later: %d", got)
	}
	if f := newFlood("test", 50, 100, .001); f.burst != 1 {
		t.Errorf("a small scale leaves a burst of %d: nobody gets in", f.burst)
	}
}

// TestFloodForgets: buckets of networks that stay away do not pile up; one that is not full is kept.
func TestFloodForgets(t *testing.T) {
	f, now := newFlood("test", 1, 100, 1), time.Now()
	for range 100 {
		f.allow("busy", now)
	}
	f.allow("once", now)
	f.allow("other", now.Add(61*time.Second))
	if f.buckets["once"] != nil || f.buckets["busy"] == nil {
		t.Errorf("kept: %d buckets", len(f.buckets))
	}
}

// TestFloodIsAnswered: a plain page with 429 and when to come again; health and files stay open.
func TestFloodIsAnswered(t *testing.T) {
	h := testHouse(t, func(c *Config) { c.RateLimitScale = 1; _ = withProxies(c, "127.0.0.0/8") })
	for _, f := range []*flood{h.floods.pages, h.floods.forms} {
		f.perSecond, f.burst = .001, 3 // what is used up stays so, on a slow machine too
	}
	ask := func(address string) *http.Response {
		return h.send(t, post("/password/forgot", "email=", "X-Forwarded-For: "+address))
	}
	read := func(path string) int { return h.send(t, get(path, "X-Forwarded-For: 2001:db8::1")).StatusCode }

	drain(h.floods.forms, "2001:db8::/64")
	answer := ask("2001:db8::1")
	if answer.StatusCode != http.StatusTooManyRequests || answer.Header.Get("Retry-After") != "1" {
		t.Fatalf("%d, Retry-After %q", answer.StatusCode, answer.Header.Get("Retry-After"))
	}
	if body := bodyOf(t, answer); !strings.Contains(body, "<title>") || !strings.Contains(body, answer.Header.Get("X-Request-Id")) {
		t.Errorf("no page: %s", body)
	}
	if got := ask("2001:db8::2").StatusCode; got != http.StatusTooManyRequests {
		t.Errorf("a neighbour in the same /64: %d", got)
	}
	if got := ask("2001:db8:0:1::1").StatusCode; got != http.StatusUnprocessableEntity {
		t.Errorf("another network: %d", got)
	}
	if got := read("/login"); got != http.StatusOK {
		t.Errorf("reading a page: %d", got)
	}
	drain(h.floods.pages, "2001:db8::/64")
	if got := read("/login"); got != http.StatusTooManyRequests {
		t.Errorf("too many pages: %d", got)
	}
	if got := read("/healthz"); got != http.StatusOK {
		t.Errorf("health: %d", got)
	}
}

// drain empties a network's bucket as a flood of requests would.
func drain(f *flood, network string) {
	for f.allow(network, time.Now()) {
	}
}

func withProxies(c *Config, networks string) error {
	c.TrustedProxies = strings.Fields(networks)
	return c.parseProxies()
}
