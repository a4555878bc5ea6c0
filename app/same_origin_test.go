package main

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// TestCrossSiteWritesAreRefused: another site cannot make a browser act here.
func TestCrossSiteWritesAreRefused(t *testing.T) {
	h := testHouse(t, func(c *Config) { c.BaseURL = "http://localhost:3000" })
	for _, c := range []struct {
		name    string
		headers []string
		refused bool
	}{
		{"cross-site", []string{"Sec-Fetch-Site: cross-site"}, true},
		{"same-site: a subdomain is not us", []string{"Sec-Fetch-Site: same-site"}, true},
		{"cross-site that claims our origin", []string{"Sec-Fetch-Site: cross-site", "Origin: http://localhost:3000"}, true},
		{"foreign origin", []string{"Origin: https://evil.example"}, true},
		{"null origin", []string{"Origin: null"}, true},
		{"our host, other scheme", []string{"Origin: https://localhost:3000"}, true},
		{"our host, other port", []string{"Origin: http://localhost:3001"}, true},
		{"two origins", []string{"Origin: http://localhost:3000", "Origin: https://evil.example"}, true},
		{"two answers", []string{"Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: cross-site"}, true},
		{"same origin", []string{"Sec-Fetch-Site: same-origin", "Origin: http://localhost:3000"}, false},
		{"typed by the person", []string{"Sec-Fetch-Site: none"}, false},
		{"old browser, our page", []string{"Origin: http://localhost:3000"}, false},
		{"no browser", nil, false},
	} {
		answer := h.send(t, post("/login", "email=a@example.test&password=x", c.headers...))
		if got := answer.StatusCode == http.StatusForbidden; got != c.refused {
			t.Errorf("%s: %d", c.name, answer.StatusCode)
		}
	}
}

// TestCrossSiteCoversEveryForm: each POST of the route table is covered, except the list written here.
func TestCrossSiteCoversEveryForm(t *testing.T) {
	h := testHouse(t)
	exempt := sameOrigin{exempt: []string{
		"/oauth/token", "/oauth/userinfo", "/oauth/introspect", "/oauth/revoke", "/oauth/authorize", "/oauth/logout", "/api/", // oauth
	}}
	if !slices.Equal(exempt.exempt, exemptPaths) {
		t.Errorf("exempt are %v", exemptPaths)
	}
	for _, route := range h.routeTable() {
		path := strings.NewReplacer("{", "", "}", "").Replace(route.Path)
		if route.Method != http.MethodPost || exempt.isExempt(path) {
			continue
		}
		if answer := h.send(t, post(path, "", "Sec-Fetch-Site: cross-site")); answer.StatusCode != http.StatusForbidden {
			t.Errorf("POST %s: %d, want 403", route.Path, answer.StatusCode)
		}
	}
}

// TestCrossSiteReadsPass: links from other sites work.
func TestCrossSiteReadsPass(t *testing.T) {
	h := testHouse(t)
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		r := httptest.NewRequest(method, "/login", nil)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if answer := h.send(t, r); answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", method, answer.StatusCode)
		}
	}
}
