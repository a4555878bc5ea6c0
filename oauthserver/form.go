package oauthserver

import (
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxBody is the largest form this server reads.
const maxBody = 64 << 10

// sizes are the longest values the gate lets through, in bytes; otherSize is that of any other parameter.
var sizes = map[string]int{
	"client_id": 2048, "redirect_uri": 2048, "scope": 2048, "state": 4096, "nonce": 1024, "login_hint": 320,
	"ui_locales": 200, "claims_locales": 200, "id_token_hint": 16 << 10, "post_logout_redirect_uri": 2048,
	"refresh_token": 4096, "token": 16 << 10, "access_token": 16 << 10,
}

const (
	otherSize = 2048
	maxScopes = 50
)

// repeatable parameters are lists by their standard (RFC 8707, RFC 8693).
var repeatable = []string{"resource", "audience"}

func invalidRequest(description string) *oauthError {
	return &oauthError{Code: "invalid_request", Description: description}
}

// parseForm reads the body of a POST: one parameter, one value, in the body alone. alsoRepeat names
// further parameters that may repeat. An empty value counts as absent. The limit on the body and every
// rule of encoding is checked before any value is looked at.
func parseForm(r *http.Request, alsoRepeat ...string) (url.Values, *oauthError) {
	form, refusal := readForm(r)
	if refusal != nil {
		return nil, refusal
	}
	for name := range r.URL.Query() {
		if isKnownParameter(name) {
			return nil, invalidRequest("parameters belong in the body")
		}
	}
	if refusal := checkRepeats(form, alsoRepeat); refusal != nil {
		return nil, refusal
	}
	if refusal := checkSizes(form); refusal != nil {
		return nil, refusal
	}
	return withoutEmpty(form), nil
}

// bodyOnly are the other names that would change a POST's meaning if they were read from its query.
var bodyOnly = []string{
	"grant_type", "code", "code_verifier", "client_secret", "client_assertion", "client_assertion_type",
	"token_type_hint", "decision", "remember", "confirm", "response_type", "response_mode", "code_challenge",
	"code_challenge_method", "prompt", "max_age", "acr_values", "request", "request_uri", "resource",
}

func isKnownParameter(name string) bool {
	_, sized := sizes[name]
	return sized || slices.Contains(bodyOnly, name)
}

// readForm decodes a form body strictly: Go's own parser also takes multipart and drops broken pairs.
func readForm(r *http.Request) (url.Values, *oauthError) {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := strings.ToLower(params["charset"])
	if err != nil || media != "application/x-www-form-urlencoded" || len(r.Header.Values("Content-Type")) != 1 || charset != "" && charset != "utf-8" {
		return nil, &oauthError{Status: http.StatusUnsupportedMediaType, Code: "invalid_request", Description: "the body must be application/x-www-form-urlencoded"}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, invalidRequest("the body ended too soon")
	}
	if len(body) > maxBody {
		return nil, &oauthError{Status: http.StatusRequestEntityTooLarge, Code: "invalid_request", Description: "the body is too large"}
	}
	return decode(string(body))
}

// decode parses pairs and refuses what no well-meaning client sends.
func decode(encoded string) (url.Values, *oauthError) {
	form, err := url.ParseQuery(encoded)
	if err != nil {
		return nil, invalidRequest("the parameters are not form-encoded")
	}
	for name, values := range form {
		for _, text := range append([]string{name}, values...) {
			if !utf8.ValidString(text) || strings.ContainsFunc(text, isControl) {
				return nil, invalidRequest("a parameter holds characters that are not allowed")
			}
		}
	}
	return form, nil
}

func isControl(c rune) bool { return c < 0x20 || c >= 0x7f && c < 0xa0 }

func checkRepeats(form url.Values, alsoRepeat []string) *oauthError {
	for name, values := range form {
		if len(values) > 1 && !slices.Contains(repeatable, name) && !slices.Contains(alsoRepeat, name) {
			return invalidRequest("a parameter is repeated")
		}
	}
	return nil
}

func checkSizes(form url.Values) *oauthError {
	for name, values := range form {
		most, listed := sizes[name]
		if !listed {
			most = otherSize
		}
		for _, value := range values {
			if len(value) > most {
				return invalidRequest("a parameter is too long")
			}
		}
	}
	if len(strings.Fields(form.Get("scope"))) > maxScopes && len(form["scope"]) == 1 {
		return invalidRequest("too many scopes")
	}
	return nil
}

func withoutEmpty(form url.Values) url.Values {
	for name, values := range form {
		values = slices.DeleteFunc(values, func(v string) bool { return v == "" })
		if form[name] = values; len(values) == 0 {
			delete(form, name)
		}
	}
	return form
}
