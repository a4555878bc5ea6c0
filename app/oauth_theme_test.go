package main

import (
	"net/http"
	"strings"
	"testing"

	"latchkey/app/apptest"
)

// TestThemeChangeKeepsTheFlow: an app's request survives it, and a refused one still shows nothing that the request said.
func TestThemeChangeKeepsTheFlow(t *testing.T) {
	s := sqliteSite(t)
	b := apptest.New(t).Visit(s.client).Click("Sign in with Latchkey")
	at := b.URL.String()
	if b.Submit("Dark").Sees("To continue to", "Demo client"); b.URL.String() != at {
		t.Errorf("from %s to %s", at, b.URL)
	}
	b.Visit(s.base + "/oauth/authorize?client_id=canary&state=canary")
	if b.Status != http.StatusBadRequest || strings.Contains(b.Body, "canary") {
		t.Errorf("%d: %s", b.Status, b.Body)
	}
}
