package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestOnlyFormsAreParsed: a handler sees a form, or nothing.
func TestOnlyFormsAreParsed(t *testing.T) {
	h := testHouse(t)
	for kind, want := range map[string]int{
		"application/x-www-form-urlencoded":                 http.StatusSeeOther,
		"application/x-www-form-urlencoded; charset=UTF-8":  http.StatusSeeOther,
		"application/x-www-form-urlencoded; charset=utf-16": http.StatusUnsupportedMediaType,
		"application/json":                                  http.StatusUnsupportedMediaType, "application/problem+json": http.StatusUnsupportedMediaType,
		"text/xml": http.StatusUnsupportedMediaType, "multipart/form-data; boundary=x": http.StatusUnsupportedMediaType,
		"": http.StatusUnsupportedMediaType,
	} {
		r := httptest.NewRequest(http.MethodPost, "/theme", strings.NewReader("theme=dark"))
		if kind != "" {
			r.Header.Set("Content-Type", kind)
		}
		if got := h.send(t, r).StatusCode; got != want {
			t.Errorf("%q: %d, want %d", kind, got, want)
		}
	}
}

// TestDoubledFieldIsRefused: limiter, look-up, mail and audit log can never see different values.
func TestDoubledFieldIsRefused(t *testing.T) {
	h := testHouse(t)
	for _, form := range []string{
		"email=a@example.test&email=b@example.test&password=x", "email=%ff&password=x", "email=a%00b&password=x", "email=%zz",
		strings.Repeat("a=1&", maxFields) + "b=2",
	} {
		if got := h.send(t, post("/login", form)).StatusCode; got != http.StatusBadRequest {
			t.Errorf("%.60s: %d", form, got)
		}
	}
	for _, query := range []string{"return_to=/a&return_to=/b", "return_to=%ff", "return_to=%00", "a=%zz"} {
		if got := h.send(t, get("/login?"+query)).StatusCode; got != http.StatusBadRequest {
			t.Errorf("?%s: %d", query, got)
		}
	}
}

// TestSizeLimits: too much is refused before any work.
func TestSizeLimits(t *testing.T) {
	h := testHouse(t)
	for name, c := range map[string]struct {
		r    *http.Request
		want int
	}{
		"body at the limit":   {post("/theme", "theme=dark&x="+strings.Repeat("x", maxBody-13)), http.StatusSeeOther},
		"body over the limit": {post("/theme", "theme=dark&x="+strings.Repeat("x", maxBody-12)), http.StatusRequestEntityTooLarge},
		"body far over it":    {post("/theme", "theme=dark&x="+strings.Repeat("x", 8*maxBody)), http.StatusRequestEntityTooLarge},
		"long address":        {get("/" + strings.Repeat("x", maxHeader)), http.StatusRequestHeaderFieldsTooLarge},
		"long header":         {get("/", "X-Long: "+strings.Repeat("x", maxHeader)), http.StatusRequestHeaderFieldsTooLarge},
	} {
		answer := h.send(t, c.r)
		if answer.StatusCode != c.want {
			t.Errorf("%s: %d, want %d", name, answer.StatusCode, c.want)
		}
		if c.want >= 400 && !strings.Contains(bodyOf(t, answer), "<title>") {
			t.Errorf("%s: no page", name)
		}
	}
}
