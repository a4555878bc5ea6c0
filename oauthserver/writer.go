package oauthserver

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"latchkey/models"
)

// oauthError is a refusal in the standard's words. Description is one fixed phrase of printable ASCII
// per cause and never holds anything from the request.
type oauthError struct {
	Status      int    // of a JSON answer or a page; 0 is 400
	Code        string // "invalid_request"
	Description string
	Reason      string // for the audit log, never shown
	Challenge   string // WWW-Authenticate, when there is one
	RetryAfter  int    // seconds, with 429 and 503
}

func (e *oauthError) Error() string { return e.Code + ": " + e.Description }

func (e *oauthError) status() int {
	if e.Status == 0 {
		return http.StatusBadRequest
	}
	return e.Status
}

// answer is the ResponseWriter every handler gets: it remembers what is said, for the metrics.
type answer struct {
	http.ResponseWriter
	endpoint string // path of the route
	status   int
	code     string // of the OAuth error
}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
		a.ResponseWriter.WriteHeader(status)
	}
}

func (a *answer) Write(body []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.ResponseWriter.Write(body)
}

// Unwrap lets http.ResponseController reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

const outcomeSuccess = "success"

func (a *answer) outcome() string {
	switch {
	case a.status >= 500:
		return "fault"
	case a.status >= 400 || a.code != "":
		return "refused"
	}
	return outcomeSuccess
}

// noteError keeps the code of a refusal for the metrics.
func noteError(w http.ResponseWriter, code string) {
	if a, ok := w.(*answer); ok {
		a.code = code
	}
}

// writeJSON answers with JSON that nobody may keep.
func (s *Server) writeJSON(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		s.log().Error("oauth answer failed", "error", err)
		status, body = http.StatusInternalServerError, []byte(`{"error":"server_error"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache") // RFC 6749 §5.1
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// writeJSONError answers a machine. An err that is no *oauthError is a fault: logged, and told as
// server_error.
func (s *Server) writeJSONError(w http.ResponseWriter, r *http.Request, err error) {
	e := s.explain(r, err)
	noteError(w, e.Code)
	if e.Challenge != "" {
		w.Header().Set("WWW-Authenticate", e.Challenge)
	}
	setRetryAfter(w, e.RetryAfter)
	body := map[string]string{"error": e.Code}
	if e.Description != "" {
		body["error_description"] = e.Description
	}
	s.writeJSON(w, e.status(), body)
}

// explain turns any error into what may be said; a fault is logged here, once, with the route and not the
// address: that of an interaction is secret.
func (s *Server) explain(r *http.Request, err error) *oauthError {
	var e *oauthError
	if errors.As(err, &e) {
		return e
	}
	s.log().ErrorContext(r.Context(), "oauth request failed", "route", r.Pattern, "error", err)
	if models.IsBusy(err) { // RFC 6749 §4.1.2.1 has a word for it, and a program may try again
		return &oauthError{Status: http.StatusServiceUnavailable, Code: "temporarily_unavailable", Description: "the server is busy, try again", RetryAfter: 1}
	}
	return &oauthError{Status: http.StatusInternalServerError, Code: "server_error", Description: "the server met an unexpected condition"}
}

func (s *Server) log() *slog.Logger {
	if s.cfg.Log != nil {
		return s.cfg.Log
	}
	return slog.Default()
}

// refuse answers with a page where people come and with JSON where machines do.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	a, ok := w.(*answer)
	if ok && (strings.HasPrefix(a.endpoint, "/oauth/authorize") || a.endpoint == "/oauth/logout" || strings.HasPrefix(a.endpoint, "/account/")) {
		s.errorPage(w, r, err)
		return
	}
	s.writeJSONError(w, r, err)
}

// fault answers for what nobody expected.
func (s *Server) fault(w http.ResponseWriter, r *http.Request, err error) {
	if a, ok := w.(*answer); ok && a.status != 0 {
		_ = s.explain(r, err) // too late to say anything; it is logged
		return
	}
	s.refuse(w, r, err)
}

// redirectAnswer sends the browser back to a proven redirect URI: 303 always, so that a form is never
// posted on (RFC 9700 §4.12). iss is added here, so that no answer goes without (RFC 9207). An existing
// query is left byte for byte as it was.
func (s *Server) redirectAnswer(w http.ResponseWriter, r *http.Request, redirectURI, mode string, params [][2]string) {
	params = append(params, [2]string{"iss", s.issuer})
	s.leave(w, r, withParams(redirectURI, mode, params))
}

// leave redirects to another origin and keeps our address out of the Referer.
func (s *Server) leave(w http.ResponseWriter, _ *http.Request, location string) {
	h := w.Header()
	h.Set("Location", location)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(http.StatusSeeOther)
}

func withParams(uri, mode string, params [][2]string) string {
	var encoded strings.Builder
	for i, p := range params {
		if i > 0 {
			encoded.WriteByte('&')
		}
		encoded.WriteString(url.QueryEscape(p[0]) + "=" + url.QueryEscape(p[1]))
	}
	if encoded.Len() == 0 {
		return uri
	}
	separator := "?"
	switch {
	case mode == "fragment":
		separator = "#"
	case strings.HasSuffix(uri, "?"), strings.HasSuffix(uri, "&"):
		separator = ""
	case strings.Contains(uri, "?"):
		separator = "&"
	}
	return uri + separator + encoded.String()
}
