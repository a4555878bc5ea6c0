package oauthserver

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"latchkey/models"
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

// authorizeRequest is an authorization request that passed the gate: typed, and true in every field.
type authorizeRequest struct {
	client              *models.OAuthClient
	redirectURI         string // proven
	responseMode        string // "query" or "fragment"
	scopes              []string
	state               string
	nonce               string
	codeChallenge       string // empty only where the client's policy lets PKCE be left out
	codeChallengeMethod string // "S256" with a challenge
	prompt              []string
	maxAge              *int // seconds
	acrValues           []string
	loginHint           string
	uiLocales           []string
	hintSubject         string // of the verified id_token_hint
	requestedAt         time.Time

	params map[string]string // canonical: what an interaction keeps, to be judged again on return
}

func (q *authorizeRequest) prompts(value string) bool { return slices.Contains(q.prompt, value) }

// refusal is why the gate refused an authorization request, and where the answer may go: with an empty
// redirectURI nothing is proven yet and the person gets a page.
type refusal struct {
	*oauthError
	client      *models.OAuthClient
	redirectURI string
	mode        string
	state       string
	silent      bool // prompt=none
}

// gateAuthorize judges the parameters of an authorization request in the order of the specification:
// of two faults the earlier answers. A fault of the machine comes back as a plain error.
func (s *Server) gateAuthorize(ctx context.Context, form url.Values) (*authorizeRequest, *refusal, error) {
	single := withoutEmpty(form)
	for _, name := range []string{"client_id", "redirect_uri", "request", "request_uri"} {
		if len(single[name]) > 1 {
			return nil, page(invalidRequest("a parameter is repeated")), nil
		}
		if len(single.Get(name)) > maxBody/4 || name != "request" && len(single.Get(name)) > otherSize {
			return nil, page(invalidRequest("a parameter is too long")), nil
		}
	}
	client, err := s.clientByID(ctx, single.Get("client_id"))
	if errors.Is(err, models.ErrNotFound) {
		return nil, page(unknownClient()), nil
	}
	if err != nil {
		return nil, nil, err
	}
	redirectURI := single.Get("redirect_uri")
	if !redirectProven(client, redirectURI) {
		return nil, page(invalidRequest("the redirect_uri is not registered for this client")), nil
	}
	q := &authorizeRequest{client: client, redirectURI: redirectURI, responseMode: "query", requestedAt: s.now()}
	if len(single["state"]) == 1 && len(single.Get("state")) <= sizes["state"] {
		q.state = single.Get("state")
	}
	for _, check := range s.authorizeChecks() {
		fault, err := check(ctx, q, single)
		if err != nil {
			return nil, nil, err
		}
		if fault != nil {
			return nil, &refusal{
				oauthError: fault, client: client, redirectURI: redirectURI, mode: q.responseMode, state: q.state,
				silent: single.Get("prompt") == "none",
			}, nil
		}
	}
	q.keep(single)
	return q, nil, nil
}

func page(e *oauthError) *refusal { return &refusal{oauthError: e} }

func unknownClient() *oauthError {
	return &oauthError{Code: "invalid_client", Description: "the client is not known"}
}

// authorizeCheck fills in its part of q, or says what is wrong with it.
type authorizeCheck func(ctx context.Context, q *authorizeRequest, form url.Values) (*oauthError, error)

// authorizeChecks are the steps after client and redirect URI are proven, in order.
func (s *Server) authorizeChecks() []authorizeCheck {
	plain := func(check func(*authorizeRequest, url.Values) *oauthError) authorizeCheck {
		return func(_ context.Context, q *authorizeRequest, form url.Values) (*oauthError, error) {
			return check(q, form), nil
		}
	}
	return []authorizeCheck{
		plain(checkResponseMode),
		plain(checkUnsupported),
		plain(checkResponseType),
		plain(func(_ *authorizeRequest, form url.Values) *oauthError { return checkRepeats(form, nil) }),
		plain(func(_ *authorizeRequest, form url.Values) *oauthError { return checkSizes(form) }),
		plain(s.checkScope),
		plain(checkPKCE),
		plain(checkPrompt),
		plain(checkMaxAge),
		plain(s.checkLists),
		s.checkHint,
	}
}

func checkResponseMode(q *authorizeRequest, form url.Values) *oauthError {
	modes := form["response_mode"]
	if len(modes) == 0 {
		return nil
	}
	if len(modes) > 1 || !slices.Contains(capabilities.responseModes, modes[0]) || !clientAllows(q.client.ResponseModes, modes[0]) {
		return invalidRequest("the response_mode is not supported")
	}
	q.responseMode = modes[0]
	return nil
}

// clientAllows reads an allow-list of a client; an empty one means the server's whole list.
func clientAllows(list []string, value string) bool {
	return len(list) == 0 || slices.Contains(list, value)
}

func checkUnsupported(_ *authorizeRequest, form url.Values) *oauthError {
	switch {
	case form.Has("request"):
		return &oauthError{Code: "request_not_supported", Description: "request objects are not supported"}
	case form.Has("request_uri"):
		return &oauthError{Code: "request_uri_not_supported", Description: "request_uri is not supported"}
	case form.Has("registration"):
		return &oauthError{Code: "registration_not_supported", Description: "registration is not supported"}
	}
	return nil
}

// checkResponseType: who asks for a token in the address expects the answer in the fragment, the error too.
func checkResponseType(q *authorizeRequest, form url.Values) *oauthError {
	kind := form.Get("response_type")
	words := strings.Fields(kind)
	switch {
	case kind == "":
		return invalidRequest("the response_type is missing")
	case kind != "code":
		if slices.Contains(words, "token") || slices.Contains(words, "id_token") {
			q.responseMode = "fragment"
		}
		return &oauthError{Code: "unsupported_response_type", Description: "only the response_type code is supported"}
	case !slices.Contains(q.client.Grants, "authorization_code"):
		return &oauthError{Code: "unauthorized_client", Description: "the client may not use this response_type"}
	}
	return nil
}

// checkScope drops names nobody knows (OpenID Connect Core §3.1.2.1) and refuses known ones that this
// client may not have: silently giving less than was asked would hide a mistake of the registration.
func (s *Server) checkScope(q *authorizeRequest, form url.Values) *oauthError {
	asked := strings.Fields(form.Get("scope"))
	if !form.Has("scope") {
		asked = q.client.DefaultScopes
	}
	for _, name := range asked {
		if _, known := s.scope(name); !known || slices.Contains(q.scopes, name) {
			continue
		}
		if !slices.Contains(q.client.Scopes, name) {
			return &oauthError{Code: "invalid_scope", Description: "the client may not ask for this scope"}
		}
		q.scopes = append(q.scopes, name)
	}
	if len(q.scopes) == 0 {
		return &oauthError{Code: "invalid_scope", Description: "no known scope is left"}
	}
	return nil
}

// challenge is SHA-256 in base64url (RFC 7636 §4.2).
var challenge = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

func checkPKCE(q *authorizeRequest, form url.Values) *oauthError {
	value, method := form.Get("code_challenge"), form.Get("code_challenge_method")
	switch {
	case value == "" && method == "" && pkceOptional(q.client):
		return nil
	case value == "":
		return invalidRequest("the code_challenge is missing")
	case method != "S256":
		return invalidRequest("the code_challenge_method must be S256")
	case !challenge.MatchString(value):
		return invalidRequest("the code_challenge is malformed")
	}
	q.codeChallenge, q.codeChallengeMethod = value, method
	return nil
}

func checkPrompt(q *authorizeRequest, form url.Values) *oauthError {
	q.prompt = strings.Fields(form.Get("prompt"))
	for _, value := range q.prompt {
		if !slices.Contains(capabilities.prompts, value) {
			return invalidRequest("the prompt is not supported")
		}
	}
	if q.prompts("none") && len(q.prompt) > 1 {
		return invalidRequest("prompt none goes with no other value")
	}
	return nil
}

var digits = regexp.MustCompile(`^[0-9]{1,10}$`)

func checkMaxAge(q *authorizeRequest, form url.Values) *oauthError {
	if !form.Has("max_age") {
		q.maxAge = q.client.DefaultMaxAge
		return nil
	}
	if !digits.MatchString(form.Get("max_age")) {
		return invalidRequest("max_age is not a number of seconds")
	}
	seconds, err := strconv.Atoi(form.Get("max_age"))
	if err != nil {
		return invalidRequest("max_age is not a number of seconds")
	}
	q.maxAge = &seconds
	return nil
}

func (s *Server) checkLists(q *authorizeRequest, form url.Values) *oauthError {
	q.nonce = form.Get("nonce")
	q.acrValues = strings.Fields(form.Get("acr_values"))
	q.loginHint = form.Get("login_hint")
	q.uiLocales = strings.Fields(form.Get("ui_locales"))
	return nil
}

// hintSubjectParam is a name no client can send: it stands for a hint that was verified before.
const hintSubjectParam = "\x00hint_subject"

// checkHint takes an ID token of ours, however old, that was made for this client.
func (s *Server) checkHint(ctx context.Context, q *authorizeRequest, form url.Values) (*oauthError, error) {
	if q.hintSubject = form.Get(hintSubjectParam); q.hintSubject != "" || !form.Has("id_token_hint") {
		return nil, nil
	}
	hint, err := s.verifyIDTokenHint(ctx, form.Get("id_token_hint"))
	if errors.Is(err, errBadHint) || err == nil && !slices.Contains(hint.Audience, q.client.ID) {
		return invalidRequest("the id_token_hint was not issued to this client"), nil
	}
	if err != nil {
		return nil, err
	}
	q.hintSubject = hint.Subject
	return nil, nil
}

// keep remembers the parameters for an interaction. The hint itself is a token and is not kept, only
// whom it names; parameters nobody knows are dropped.
func (q *authorizeRequest) keep(form url.Values) {
	q.params = map[string]string{}
	for _, name := range []string{
		"client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "code_challenge",
		"code_challenge_method", "prompt", "max_age", "acr_values", "login_hint", "ui_locales",
	} {
		if form.Has(name) {
			q.params[name] = form.Get(name)
		}
	}
	if q.hintSubject != "" {
		q.params[hintSubjectParam] = q.hintSubject
	}
}
