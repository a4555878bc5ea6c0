package main

import (
	"crypto/rand"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/oauth2"

	"latchkey/app/apptest"
)

// relyingParty is where clients live: it receives what the server sends through the browser, and its page can send an
// authorization request as a form.
type relyingParty struct {
	base string

	mu      sync.Mutex
	arrived []arrival
	action  string // of the form on /send
	fields  url.Values
}

// arrival is a browser that came back.
type arrival struct {
	method, path, body string
	query              url.Values
}

var sendPage = template.Must(template.New("").Parse(`<!DOCTYPE html><title>Party</title><form method="post" action="{{.Action}}">
{{range $name, $values := .Fields}}{{range $values}}<input type="hidden" name="{{$name}}" value="{{.}}">{{end}}{{end}}<button>Send</button></form>`))

// ServeHTTP shows the form, or notes who arrives.
func (p *relyingParty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if r.URL.Path == "/send" {
		_ = sendPage.Execute(w, struct {
			Action string
			Fields url.Values
		}{p.action, p.fields})
		return
	}
	body, _ := io.ReadAll(r.Body)
	p.arrived = append(p.arrived, arrival{r.Method, r.URL.Path, string(body), r.URL.Query()})
	_, _ = io.WriteString(w, "<!DOCTYPE html><title>Party</title><h1>You are back</h1>")
}

// offer puts a form on the page /send.
func (p *relyingParty) offer(action string, fields url.Values) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.action, p.fields = action, fields
}

// take empties the list of arrivals.
func (p *relyingParty) take() []arrival {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := p.arrived
	p.arrived = nil
	return list
}

// trial is one module under way on one database.
type trial struct {
	*testing.T
	*conformanceSite
	browser  *apptest.Browser
	metadata map[string]any
}

// endpoint is an address as the metadata give it.
func (t *trial) endpoint(name string) string {
	t.Helper()
	address, _ := t.metadata[name].(string)
	if address == "" {
		t.Fatalf("the metadata have no %s", name)
	}
	return address
}

// answered is what a program got.
type answered struct {
	status int
	header http.Header
	body   string
}

// call is one request of a program; headers are written "Name: value". form nil: no body.
func (t *trial) call(method, address string, form url.Values, headers ...string) answered {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := t.https.RoundTrip(withHeaders(r, headers))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answered{answer.StatusCode, answer.Header, string(body)}
}

// asks is an authorization request and what must come of it.
type asks struct {
	url.Values
	client   conformanceClient
	verifier string // of a PKCE challenge
}

// ask is the request every module starts from. Names and values that follow replace its own; an empty value takes one
// away.
func (t *trial) ask(client conformanceClient, pairs ...string) asks {
	a := asks{client: client, Values: url.Values{
		"client_id": {client.id}, "redirect_uri": {t.party.base + "/callback"}, "response_type": {"code"}, "scope": {"openid"},
		"state": {rand.Text()}, "nonce": {rand.Text()},
	}}
	for i := 0; i < len(pairs); i += 2 {
		if a.Set(pairs[i], pairs[i+1]); pairs[i+1] == "" {
			a.Del(pairs[i])
		}
	}
	return a
}

// sendOff is the browser on its way with a request.
func (t *trial) sendOff(a asks) {
	t.Helper()
	t.browser.Visit(t.endpoint("authorization_endpoint") + "?" + a.Encode())
}

// The pages that asPerson answers.
const (
	pageSignIn  = "sign in"
	pageConfirm = "confirm"
	pageConsent = "consent"
)

// asPerson does what the pages ask for until the browser is elsewhere, and tells which they were.
func (t *trial) asPerson() (pages []string) {
	t.Helper()
	for range 5 {
		password := apptest.Set("password", demoPassword)
		switch page := t.browser.URL; {
		case page.Host == strings.TrimPrefix(t.party.base, "https://"):
			return pages
		case page.Path == "/login":
			pages = append(pages, pageSignIn)
			t.browser.Submit("Sign in", apptest.Set("email", conformanceEmail), password)
		case page.Path == "/reauth":
			pages = append(pages, pageConfirm)
			t.browser.Submit("Confirm", password)
		default:
			pages = append(pages, pageConsent)
			t.browser.Submit("Allow")
		}
	}
	t.Fatalf("the pages go on and on: %v", pages)
	return nil
}

// signedIn is one completed flow.
type signedIn struct {
	asked                asks
	pages                []string
	code                 string
	access, refresh, raw string         // raw is the ID token
	scopes               []string       // granted
	claims, info         map[string]any // of the ID token, of userinfo
}

// authTime is the moment of the sign-in, in seconds.
func (in signedIn) authTime() int64 { return wholeNumber(in.claims["auth_time"]) }

// flow is a whole code flow with every shared check.
func (t *trial) flow(client conformanceClient, pairs ...string) signedIn {
	t.Helper()
	a := t.ask(client, pairs...)
	t.sendOff(a)
	return t.complete(a)
}

// complete goes on from wherever the request led the browser.
func (t *trial) complete(a asks) signedIn {
	t.Helper()
	in := signedIn{asked: a, pages: t.asPerson()}
	in.code = t.code(a)
	t.checkTokens(&in, t.redeem(in), a.Get("nonce"))
	in.info = t.checkUserInfo(in, t.call(http.MethodGet, t.endpoint("userinfo_endpoint"), nil, "Authorization: Bearer "+in.access))
	return in
}

// redeem sends the code of a flow to the token endpoint.
func (t *trial) redeem(in signedIn) answered {
	t.Helper()
	form := url.Values{"grant_type": {"authorization_code"}, "code": {in.code}, "redirect_uri": {in.asked.Get("redirect_uri")}}
	if in.asked.verifier != "" {
		form.Set("code_verifier", in.asked.verifier)
	}
	return t.tokenCall(in.asked.client, form)
}

// tokenCall asks for tokens, with the client's way to prove itself.
func (t *trial) tokenCall(client conformanceClient, form url.Values) answered {
	t.Helper()
	if client.authMethod == "client_secret_post" {
		form.Set("client_id", client.id)
		form.Set("client_secret", client.secret)
		return t.call(http.MethodPost, t.endpoint("token_endpoint"), form)
	}
	r := &http.Request{Header: http.Header{}}
	r.SetBasicAuth(url.QueryEscape(client.id), url.QueryEscape(client.secret))
	return t.call(http.MethodPost, t.endpoint("token_endpoint"), form, "Authorization: "+r.Header.Get("Authorization"))
}

// withChallenge adds a PKCE pair.
func (a asks) withChallenge() asks {
	a.verifier = oauth2.GenerateVerifier()
	a.Set("code_challenge", oauth2.S256ChallengeFromVerifier(a.verifier))
	a.Set("code_challenge_method", "S256")
	return a
}

// saw tells whether the person met this page on the way.
func (in signedIn) saw(page string) bool { return slices.Contains(in.pages, page) }
