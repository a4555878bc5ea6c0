package oauthserver

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// callFrom is call from an address.
func (w *world) callFrom(address, path string, form url.Values, authorization string) int {
	w.Helper()
	r := httptest.NewRequest("POST", testIssuer+path, strings.NewReader(form.Encode()))
	r.RemoteAddr = address + ":4711"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", authorization)
	recorder := httptest.NewRecorder()
	w.h.ServeHTTP(recorder, r)
	return recorder.Code
}

// TestClientBudget: who knows a client's name can use up their own address's tries, not the client's; and a client
// that asks too much uses up its own rule, not its neighbours'.
func TestClientBudget(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		w.restart(func(c *Config) { c.LimitScale = 1 })
		good, wrong := basic("app", "secret-of-app"), basic("app", "wrong")
		answers := map[int]int{}
		for i := range 1000 {
			answers[w.callFrom("192.0.2.66", clientEndpoints[i%3], anything(), wrong)]++
		}
		most := limitClientFailures.scaled(1)
		if answers[401] != most || answers[429] != 1000-most {
			t.Errorf("answers by status: %v, want %d tries", answers, most)
		}
		if n := len(w.events(eventClientAuthFailed)); n != most {
			t.Errorf("%d rows in the audit log", n)
		}
		// The guesser's address waits, even with the right secret; the client itself and its neighbours there do not.
		if got := w.callFrom("192.0.2.66", "/oauth/token", anything(), good); got != 429 {
			t.Errorf("the guesser's address: %d", got)
		}
		for range 50 {
			if got := w.callFrom("192.0.2.1", "/oauth/token", anything(), good); got != 400 {
				t.Fatalf("the client's own address: %d", got)
			}
		}
		w.client("neighbour", nil)
		if got := w.callFrom("192.0.2.66", "/oauth/token", anything(), basic("neighbour", "secret-of-neighbour")); got != 400 {
			t.Errorf("another client at the guesser's address: %d", got)
		}
		w.clock.Add(limitClientFailures.window)
		if got := w.callFrom("192.0.2.66", "/oauth/token", anything(), good); got != 400 {
			t.Errorf("after the window: %d", got)
		}
	})
}

// TestNoisyClientHurtsItselfAlone: fifty times a client's rule, from as many addresses as it likes, beside ten that
// are quiet.
func TestNoisyClientHurtsItselfAlone(t *testing.T) {
	w := aReady(t)
	const scale = 0.01
	for i := range 10 {
		w.client(fmt.Sprint("quiet", i), nil)
	}
	for _, c := range []struct {
		path string
		rule *limit
	}{{"/oauth/token", limitTokenClient}, {"/oauth/revoke", limitRevokeClient}, {"/oauth/introspect", limitIntrospectByApp}} {
		w.restart(func(c *Config) { c.LimitScale = scale })
		most := c.rule.scaled(scale)
		passed := 0
		for i := range 50 * most {
			address := fmt.Sprintf("198.51.%d.%d", i/200, i%200)
			if w.callFrom(address, c.path, anything(), basic("app", "secret-of-app")) != http.StatusTooManyRequests {
				passed++
			}
			if i%(5*most) == 0 {
				quiet := fmt.Sprint("quiet", i/(5*most))
				if got := w.callFrom("192.0.2.1", c.path, anything(), basic(quiet, "secret-of-"+quiet)); got == http.StatusTooManyRequests {
					t.Errorf("%s: %s has to wait", c.path, quiet)
				}
			}
		}
		if passed != most {
			t.Errorf("%s: %d requests of the noisy one passed, want %d", c.path, passed, most)
		}
		w.clock.Add(2 * time.Minute)
	}
}

// TestLimitsCountNetworks: addresses that the host calls one network share their tries.
func TestLimitsCountNetworks(t *testing.T) {
	w := aWorld(t)
	w.client("app", nil)
	w.restart(func(c *Config) {
		c.LimitScale = 1
		c.Network = func(address string) string { return strings.TrimRight(address, "0123456789") }
	})
	most := limitClientFailures.scaled(1)
	for i := range most + 1 {
		want := 401
		if i == most {
			want = 429
		}
		if got := w.callFrom(fmt.Sprintf("192.0.2.%d", i+1), "/oauth/token", anything(), basic("app", "wrong")); got != want {
			t.Fatalf("try %d: %d, want %d", i+1, got, want)
		}
	}
	if got := w.callFrom("198.51.100.1", "/oauth/token", anything(), basic("app", "wrong")); got != 401 {
		t.Errorf("another network: %d", got)
	}
}
