package oauthserver

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

const (
	testIssuer   = "https://as.example.test"
	testCallback = "https://client.example.test/cb"
	// testVerifier and testChallenge are the pair of RFC 7636, appendix B.
	testVerifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	testChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// stub is a host: an AccountResolver of five functions over two maps.
type stub struct {
	mu       sync.Mutex
	now      func() time.Time
	people   map[string]Account // by subject
	sessions map[string]Account // by session id
	claims   map[string]any
	asked    []LoginRequest
	ended    []string
	loginURL func(LoginRequest) string
	fail     error // what every question answers
	failFind error
}

func newStub(now func() time.Time) *stub {
	return &stub{now: now, people: map[string]Account{}, sessions: map[string]Account{}, claims: map[string]any{}}
}

// signIn begins a session and returns its id, which is also the cookie's value.
func (h *stub) signIn(subject string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	account, known := h.people[subject]
	if !known {
		account = Account{Subject: subject, Active: true, Name: "Person " + subject, ACR: "aal1", AMR: []string{"pwd"}}
		h.people[subject] = account
	}
	account.SessionID, account.AuthTime = models.NewID(), h.now().UTC().Truncate(time.Microsecond)
	h.sessions[account.SessionID] = account
	return account.SessionID
}

// prove is a fresh proof in the same session.
func (h *stub) prove(session string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	account := h.sessions[session]
	account.AuthTime = h.now().UTC().Truncate(time.Microsecond)
	h.sessions[session] = account
}

func (h *stub) change(subject string, change func(*Account)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	account := h.people[subject]
	change(&account)
	h.people[subject] = account
}

func (h *stub) drop(session string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.sessions, session)
}

func (h *stub) Current(r *http.Request) (Account, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fail != nil {
		return Account{}, h.fail
	}
	cookie, err := r.Cookie("session")
	if err != nil {
		return Account{}, ErrNoAccount
	}
	session, live := h.sessions[cookie.Value]
	if !live {
		return Account{}, ErrNoAccount
	}
	account := h.people[session.Subject]
	account.SessionID, account.AuthTime = session.SessionID, session.AuthTime
	return account, nil
}

func (h *stub) Find(_ context.Context, subject, sessionID string) (Account, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fail != nil || h.failFind != nil {
		return Account{}, errors.Join(h.fail, h.failFind)
	}
	account, known := h.people[subject]
	if !known {
		return Account{}, ErrNoAccount
	}
	if session, live := h.sessions[sessionID]; live && session.Subject == subject {
		account.SessionID, account.AuthTime, account.SessionLive = sessionID, session.AuthTime, true
	}
	return account, nil
}

func (h *stub) Claims(_ context.Context, q ClaimsQuery) (map[string]any, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	claims := map[string]any{}
	for name, value := range h.claims {
		claims[name] = value
	}
	return claims, h.fail
}

func (h *stub) LoginURL(r LoginRequest) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = append(h.asked, r)
	if h.loginURL != nil {
		return h.loginURL(r)
	}
	return "/login?return_to=" + url.QueryEscape(r.ReturnTo)
}

func (h *stub) EndSession(w http.ResponseWriter, _ *http.Request, sessionID string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.sessions, sessionID)
	h.ended = append(h.ended, sessionID)
	http.SetCookie(w, &http.Cookie{Name: "session", Path: "/", MaxAge: -1, Secure: true})
	return h.fail
}

// lastAsked is the newest sign-in this host was asked for.
func (h *stub) lastAsked(t *testing.T) LoginRequest {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := len(h.asked) - 1; i >= 0; i-- {
		if h.asked[i].Reasons != Select { // the consent page's "use another account"
			return h.asked[i]
		}
	}
	t.Fatal("the host was not asked to sign anybody in")
	return LoginRequest{}
}

// world is a server with its host and a clock.
type world struct {
	*testing.T
	db    *models.DB
	clock *modelstest.Clock
	host  *stub
	s     *Server
	h     http.Handler
	raw   *sql.DB // opened by query
}

// eachWorld runs a test on every database, one step after another.
func eachWorld(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	modelstest.EachInSteps(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		f(t, newWorld(t, db, clock, nil))
	})
}

// eachRace is eachWorld for tests that do things side by side.
func eachRace(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		f(t, newWorld(t, db, clock, nil))
	})
}

// aWorld is one on SQLite, for tests where the database plays no part.
func aWorld(t *testing.T) *world {
	t.Helper()
	db, clock := modelstest.OpenWithClock(t)
	return newWorld(t, db, clock, nil)
}

func newWorld(t *testing.T, db *models.DB, clock *modelstest.Clock, change func(*Config)) *world {
	t.Helper()
	w := &world{T: t, db: db, clock: clock, host: newStub(clock.Now)}
	w.restart(change)
	return w
}

// restart makes a new server over the same database and host.
func (w *world) restart(change func(*Config)) {
	w.Helper()
	cfg := Config{
		DB: w.db, Accounts: w.host, Issuer: testIssuer, Now: w.clock.Now, LimitScale: 1000,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Scopes: append(StandardScopes(),
			Scope{Name: "notes:read", Sentence: "Read your notes", Resource: testIssuer + "/api", Machine: true},
			Scope{Name: "notes:write", Sentence: "Add notes", Resource: testIssuer + "/api"}),
	}
	if change != nil {
		change(&cfg)
	}
	server, err := New(cfg)
	if err != nil {
		w.Fatal(err)
	}
	w.s, w.h = server, server.Handler()
}

// client registers a client: a confidential web app unless changed. Its secret is "secret-of-" + id.
func (w *world) client(id string, change func(*models.OAuthClient)) *models.OAuthClient {
	w.Helper()
	client := &models.OAuthClient{
		ID: id, Name: "Client " + id, Kind: "web", AuthMethod: "client_secret_basic",
		RedirectURIs: models.Strings{testCallback}, Grants: models.Strings{"authorization_code", "refresh_token"},
		Scopes: models.Strings{"openid", "profile", "email", "offline_access", "notes:read", "notes:write"},
		PKCE:   "required", Consent: "ask", Verified: true, Provenance: "cli",
	}
	if change != nil {
		change(client)
	}
	client.MetadataHash = metadataHash(client)
	client.CreatedAt, client.UpdatedAt = w.s.now(), w.s.now()
	if err := w.db.CreateOAuthClient(context.Background(), client); err != nil {
		w.Fatal(err)
	}
	if !client.Public() {
		secret := &models.OAuthClientSecret{ID: models.NewID(), ClientID: id, Hash: secretHash(id, "secret-of-"+id), CreatedAt: w.s.now()}
		if err := w.db.CreateOAuthClientSecret(context.Background(), secret); err != nil {
			w.Fatal(err)
		}
	}
	return client
}

func (w *world) changeClient(client *models.OAuthClient, change func(*models.OAuthClient)) {
	w.Helper()
	change(client)
	if err := w.db.UpdateOAuthClient(context.Background(), client); err != nil {
		w.Fatal(err)
	}
}

// browser keeps cookies and never follows a redirect by itself.
type browser struct {
	*testing.T
	w   *world
	jar http.CookieJar
}

func (w *world) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.Fatal(err)
	}
	return &browser{T: w.T, w: w, jar: jar}
}

// signIn signs this browser in and returns the session's id.
func (b *browser) signIn(subject string) string {
	session := b.w.host.signIn(subject)
	b.jar.SetCookies(b.url("/"), []*http.Cookie{{Name: "session", Value: session, Path: "/", Secure: true}})
	return session
}

func (b *browser) url(path string) *url.URL {
	b.Helper()
	u, err := url.Parse(testIssuer + path)
	if err != nil {
		b.Fatal(err)
	}
	return u
}

func (b *browser) get(path string) *reply { b.Helper(); return b.send("GET", path, nil, nil) }

// post sends a form as a page of ours would.
func (b *browser) post(path string, form url.Values) *reply {
	b.Helper()
	return b.send("POST", path, form, http.Header{"Sec-Fetch-Site": {"same-origin"}})
}

// sendIn sends a request without a body under a context of the application's.
func (b *browser) sendIn(ctx context.Context, method, path string) *reply {
	b.Helper()
	r := httptest.NewRequestWithContext(ctx, method, testIssuer+path, nil)
	recorder := httptest.NewRecorder()
	b.w.h.ServeHTTP(recorder, r)
	return &reply{T: b.T, Response: recorder.Result(), body: recorder.Body.String()}
}

func (b *browser) send(method, path string, form url.Values, header http.Header) *reply {
	b.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, testIssuer+path, body)
	r.RemoteAddr = "192.0.2.7:4711"
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, values := range header {
		r.Header[name] = values
	}
	for _, cookie := range b.jar.Cookies(r.URL) {
		r.AddCookie(cookie)
	}
	recorder := httptest.NewRecorder()
	b.w.h.ServeHTTP(recorder, r)
	response := recorder.Result()
	b.jar.SetCookies(r.URL, response.Cookies())
	text, err := io.ReadAll(response.Body)
	if err != nil {
		b.Fatal(err)
	}
	return &reply{T: b.T, Response: response, body: string(text)}
}

// reply is an answer with its body read.
type reply struct {
	*testing.T
	*http.Response
	body string
}

// want checks the status.
func (p *reply) want(status int) *reply {
	p.Helper()
	if p.StatusCode != status {
		p.Fatalf("status %d, want %d; location %q; body %.600s", p.StatusCode, status, p.Header.Get("Location"), p.body)
	}
	return p
}

// back reads an answer to the client: a 303 to the address given, its parameters from query or fragment.
func (p *reply) back(callback string) url.Values {
	p.Helper()
	p.want(http.StatusSeeOther)
	location := p.Header.Get("Location")
	rest, ok := strings.CutPrefix(location, callback)
	if !ok || rest == "" {
		p.Fatalf("redirected to %q, want %s with parameters", location, callback)
	}
	values, err := url.ParseQuery(rest[1:])
	if err != nil {
		p.Fatal(err)
	}
	return values
}

// code is the code of a successful answer at testCallback.
func (p *reply) code() string {
	p.Helper()
	values := p.back(testCallback)
	if values.Get("code") == "" {
		p.Fatalf("no code: %v", values)
	}
	return values.Get("code")
}

// refused is the error of an answer to testCallback.
func (p *reply) refused() string {
	p.Helper()
	values := p.back(testCallback)
	if values.Has("code") || values.Get("iss") != testIssuer {
		p.Fatalf("want an error with iss, got %v", values)
	}
	return values.Get("error")
}

// errorCode is what the error page says for developers.
func (p *reply) errorCode() string {
	p.Helper()
	if location := p.Header.Get("Location"); location != "" {
		p.Fatalf("a page was wanted, not a redirect to %q", location)
	}
	_, rest, ok := strings.Cut(p.body, `id="oauth-error"`)
	if !ok {
		p.Fatalf("no element oauth-error in %.600s", p.body)
	}
	_, rest, _ = strings.Cut(rest, ">")
	code, _, _ := strings.Cut(rest, "<")
	return strings.TrimSpace(code)
}

// interaction is the address of the consent form on this page.
func (p *reply) interaction() string {
	p.Helper()
	p.want(http.StatusOK)
	_, rest, ok := strings.Cut(p.body, `action="`+interactionPath)
	if !ok {
		p.Fatalf("no consent form in %.600s", p.body)
	}
	id, _, _ := strings.Cut(rest, `"`)
	return interactionPath + id
}

// toLogin checks that the browser is sent to the host and returns where it will come back.
func (p *reply) toLogin() string {
	p.Helper()
	p.want(http.StatusSeeOther)
	u, err := url.Parse(p.Header.Get("Location"))
	if err != nil || u.Path != "/login" || u.Host != "" {
		p.Fatalf("want the host's sign-in page, got %q", p.Header.Get("Location"))
	}
	return u.Query().Get("return_to")
}

// authorizePath is a good request of the client, changed by pairs of name and value; an empty value
// takes the parameter out.
func authorizePath(clientID string, changes ...string) string {
	return "/oauth/authorize?" + authorizeParams(clientID, changes...).Encode()
}

func authorizeParams(clientID string, changes ...string) url.Values {
	form := url.Values{
		"client_id": {clientID}, "redirect_uri": {testCallback}, "response_type": {"code"},
		"scope": {"openid profile notes:read"}, "state": {"xyz"}, "code_challenge": {testChallenge}, "code_challenge_method": {"S256"},
	}
	for i := 0; i < len(changes); i += 2 {
		if changes[i+1] == "" {
			form.Del(changes[i])
		} else {
			form.Set(changes[i], changes[i+1])
		}
	}
	return form
}

// allow answers a consent page with these scopes ticked.
func (b *browser) allow(interaction string, scopes ...string) *reply {
	b.Helper()
	return b.post(interaction, url.Values{"decision": {"allow"}, "scope": scopes})
}

// events lists the audit log's actions, newest first.
func (w *world) events(action models.Action) []models.AuditEvent {
	w.Helper()
	list, err := w.db.AuditEvents(context.Background(), models.AuditQuery{Action: action})
	if err != nil {
		w.Fatal(err)
	}
	return list
}

// rows counts the rows of a table, beside GORM.
func (w *world) rows(table string) (n int) {
	w.Helper()
	w.query("SELECT count(*) FROM "+table, &n)
	return n
}

// query reads one row of one column.
func (w *world) query(statement string, into any) {
	w.Helper()
	if w.raw == nil {
		w.raw = modelstest.SQL(w, w.db)
	}
	if err := w.raw.QueryRow(statement).Scan(into); err != nil {
		w.Fatal(err)
	}
}
