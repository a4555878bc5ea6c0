package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestDocumentsAreTheHandlers: what the app sends itself is, byte for byte, what the OAuth server's own handler says, with
// the headers that belong to it; a copy that is still good is not sent again, and other methods are the handler's to refuse.
func TestDocumentsAreTheHandlers(t *testing.T) {
	h := testHouse(t)
	handler := h.oauth.Handler()
	for _, document := range h.oauth.Documents() {
		want := httptest.NewRecorder()
		handler.ServeHTTP(want, httptest.NewRequest(http.MethodGet, document.Path, nil))
		got := h.send(t, get(document.Path))
		body, err := io.ReadAll(got.Body)
		if err != nil {
			t.Fatal(err)
		}
		if got.StatusCode != http.StatusOK || string(body) != want.Body.String() {
			t.Errorf("%s: %d %s\nthe handler: %s", document.Path, got.StatusCode, body, want.Body)
		}
		for name := range want.Header() {
			if got.Header.Get(name) != want.Header().Get(name) {
				t.Errorf("%s: %s is %q, and the handler's %q", document.Path, name, got.Header.Get(name), want.Header().Get(name))
			}
		}
		again := get(document.Path)
		again.Header.Set("If-None-Match", want.Header().Get("Etag"))
		if answer := h.send(t, again); answer.StatusCode != http.StatusNotModified {
			t.Errorf("%s with its own ETag: %d", document.Path, answer.StatusCode)
		}
		if answer := h.send(t, httptest.NewRequest(http.MethodDelete, document.Path, nil)); answer.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("DELETE %s: %d", document.Path, answer.StatusCode)
		}
	}
}
