package oauthserver

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestUnwritableAnswersAreLogged: a value that is no JSON is a fault of ours, and somebody must hear of it.
func TestUnwritableAnswersAreLogged(t *testing.T) {
	w := aWorld(t)
	var log bytes.Buffer
	w.restart(func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	recorder := httptest.NewRecorder()
	w.s.writeJSON(recorder, 200, make(chan int))
	if recorder.Code != 500 || recorder.Body.String() != `{"error":"server_error"}` || !strings.Contains(log.String(), "unsupported type") {
		t.Errorf("%d %s, logged: %s", recorder.Code, recorder.Body, log.String())
	}
}
