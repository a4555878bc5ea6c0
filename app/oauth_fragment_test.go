package main

import (
	"net/http"
	"strings"
	"testing"
)

// TestOAuthErrorInAPart: where htmx asks for a part of a page and there is only an error to show, the page stays and a
// toast says what is wrong.
func TestOAuthErrorInAPart(t *testing.T) {
	s := sqliteSweep(t)
	member := s.enter(t, "member@example.test")
	for path, status := range map[string]int{
		"/account/apps/nothing/revoke": http.StatusNotFound, "/oauth/authorize/nothing": http.StatusNotFound, "/account/apps": http.StatusBadRequest,
	} {
		answer := member.ask(t, get(path, "HX-Request: true", "HX-Request-Type: partial", "HX-Target: div#no-such-part"))
		if answer.status != status || !strings.Contains(answer.body, `hx-target="#toasts"`) || strings.Contains(answer.body, "<title>") {
			t.Errorf("%s: %d %.300s", path, answer.status, answer.body)
		}
	}
}
