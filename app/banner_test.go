package main

import (
	"bytes"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"latchkey/auth"
)

// TestGreet_OffersSetup: a start without an administrator prints the link that makes one, which opens; with one it prints nothing.
func TestGreet_OffersSetup(t *testing.T) {
	h := testHouse(t, func(c *Config) { c.Demo = new(bool) })
	greeting := func() string {
		t.Helper()
		var out bytes.Buffer
		if err := h.greet(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	link := regexp.MustCompile(regexp.QuoteMeta(h.config.BaseURL) + `(/setup/\S+)`).FindStringSubmatch(greeting())
	if link == nil {
		t.Fatal("no link")
	}
	if answer := h.send(t, get(link[1])); answer.StatusCode != http.StatusOK {
		t.Errorf("the link answers %d", answer.StatusCode)
	}
	if _, err := h.people.CreateUser(t.Context(), auth.NewUser{Email: "root@example.test", Role: auth.RoleAdministrator}); err != nil {
		t.Fatal(err)
	}
	if text := greeting(); strings.TrimSpace(text) != "" {
		t.Errorf("with an administrator: %q", text)
	}
}
