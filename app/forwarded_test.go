package main

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/models/modelstest"
)

// TestForwardedHeadersAreIgnored (T-704): without a trusted proxy nothing that a client writes about itself is its
// address. Whatever it claims, and however often, it is one visitor to the limits, and the peer in log, audit and
// session.
func TestForwardedHeadersAreIgnored(t *testing.T) {
	const claimed, peer = "198.51.100.7", "127.0.0.1"
	var lies [][]string
	for _, name := range []string{
		"X-Forwarded-For", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP", "X-Client-IP", "X-Cluster-Client-IP", "Fastly-Client-IP",
		"Forwarded-For", "X-Forwarded", "X_Forwarded_For", "X-Original-Forwarded-For",
	} {
		lies = append(lies, []string{name + ": " + claimed}, []string{name + ": " + claimed + ", " + peer})
	}
	lies = append(lies, []string{"Forwarded: for=" + claimed + ";proto=https;host=evil.example"}, []string{`Forwarded: for="[2001:db8::7]:4711"`},
		slices.Repeat([]string{"X-Forwarded-For: " + claimed}, 100), []string{"X-Forwarded-For: " + strings.Repeat(claimed+", ", 99) + claimed})

	modelstest.URLs(t, func(t *testing.T, databaseURL string) {
		h := testHouse(t, func(c *Config) { c.DatabaseURL = Secret(databaseURL) })
		var log logged
		h.logTo(&log)
		if _, err := h.people.CreateUser(t.Context(), auth.NewUser{Email: "ada@example.test", Password: "correct horse battery 9", Verified: true}); err != nil {
			t.Fatal(err)
		}
		entries := 0
		for i, headers := range lies {
			h.send(t, post("/login", "email=nobody@example.test&password=wrong", headers...))
			if i%5 == 0 {
				h.send(t, post("/login", "email=ada@example.test&password=correct+horse+battery+9", headers...))
				entries++
			}
		}

		pool := modelstest.SQL(t, h.db)
		var most int
		if err := pool.QueryRowContext(t.Context(), "SELECT max(hits) FROM attempts WHERE subject LIKE '%"+peer+"%'").Scan(&most); err != nil || most < len(lies) {
			t.Errorf("%d wrong passwords, the peer's counter stands at %d (%v)", len(lies), most, err)
		}
		for query, want := range map[string]int{
			"SELECT count(*) FROM attempts WHERE subject LIKE '%198.51.%' OR subject LIKE '%2001:db8%'": 0,
			"SELECT count(*) FROM audit_events WHERE address = '" + peer + "'":                          len(lies) + entries,
			"SELECT count(*) FROM audit_events WHERE address NOT IN ('', '" + peer + "')":               0, // no address: what no request did
			"SELECT count(*) FROM sessions WHERE address = '" + peer + "'":                              entries,
			"SELECT count(*) FROM sessions WHERE address <> '" + peer + "'":                             0,
		} {
			var n int
			if err := pool.QueryRowContext(t.Context(), query).Scan(&n); err != nil || n != want {
				t.Errorf("%s: %d, want %d (%v)", query, n, want, err)
			}
		}
		for _, f := range []*flood{h.floods.pages, h.floods.forms} {
			if networks := slices.Collect(maps.Keys(f.buckets)); !slices.Equal(networks, []string{auth.Network(peer)}) {
				t.Errorf("%s counts %v", f.name, networks)
			}
		}
		text := log.String()
		if got := strings.Count(text, "address="+peer+" "); got != len(lies)+entries || strings.Contains(text, "198.51.") || strings.Contains(text, "2001:db8") {
			t.Errorf("%d lines with the peer's address:\n%.2000s", got, text)
		}
	})
}
