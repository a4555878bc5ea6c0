package oauthserver

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/models"
)

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

// gateAuthorize judges the parameters of an authorization request in the order of the specification:
// of two faults the earlier answers. A fault of the machine comes back as a plain error.
func (s *Server) gateAuthorize(ctx context.Context, form url.Values) (*authorizeRequest, *refusal, error) {
	single := withoutEmpty(form)
	q, fault, err := s.proveTarget(ctx, single)
	if fault != nil || err != nil {
		return nil, fault, err
	}
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
				oauthError: fault, client: q.client, redirectURI: q.redirectURI, mode: q.responseMode, state: q.state,
				silent: single.Get("prompt") == "none",
			}, nil
		}
	}
	q.readRest(single)
	q.keep(single)
	return q, nil, nil
}

// proveTarget finds the client and the address to send the browser back to. Until both are proven, no fault is
// sent anywhere: the person sees it (RFC 6749 section 4.1.2.1).
func (s *Server) proveTarget(ctx context.Context, single url.Values) (*authorizeRequest, *refusal, error) {
	for _, name := range []string{"client_id", "redirect_uri", "request", "request_uri"} {
		if len(single[name]) > 1 {
			return nil, unproven(invalidRequest("a parameter is repeated")), nil
		}
		if len(single.Get(name)) > maxBody/4 || name != "request" && len(single.Get(name)) > otherSize {
			return nil, unproven(invalidRequest("a parameter is too long")), nil
		}
	}
	client, err := s.clientAtBrowser(ctx, single.Get("client_id"))
	if errors.Is(err, models.ErrNotFound) {
		return nil, unproven(unknownClient()), nil
	}
	if err != nil {
		return nil, nil, err
	}
	redirectURI := single.Get("redirect_uri")
	if !redirectProven(client, redirectURI) {
		return nil, unproven(invalidRequest("the redirect_uri is not registered for this client")), nil
	}
	return &authorizeRequest{client: client, redirectURI: redirectURI, responseMode: "query", requestedAt: s.now()}, nil, nil
}

// unproven is a refusal that nobody but the person may hear of.
func unproven(e *oauthError) *refusal { return &refusal{oauthError: e} }

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

// readRest takes what no check is about.
func (q *authorizeRequest) readRest(form url.Values) {
	q.nonce = form.Get("nonce")
	q.acrValues = strings.Fields(form.Get("acr_values"))
	q.loginHint = form.Get("login_hint")
	q.uiLocales = strings.Fields(form.Get("ui_locales"))
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
