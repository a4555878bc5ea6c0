package oauthserver

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"latchkey/models"
)

// testKeys are made once: an RSA key takes a while.
var testKeys = sync.OnceValue(func() []*models.OAuthKey {
	var list []*models.OAuthKey
	for _, alg := range []string{"RS256", "ES256"} {
		key, err := newKey(alg)
		if err != nil {
			panic(err)
		}
		list = append(list, key)
	}
	return list
})

// ready gives a world signing keys.
func (w *world) ready() *world {
	w.Helper()
	for _, key := range testKeys() {
		row := *key
		row.State, row.CreatedAt, row.ActivatesAt = models.KeyActive, w.s.now(), w.s.now()
		if _, err := w.db.CreateOAuthKey(context.Background(), &row); err != nil {
			w.Fatal(err)
		}
	}
	w.s.forgetKeys()
	return w
}

// eachReady is eachWorld with keys, the confidential client "app" and the public client "spa".
func eachReady(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	eachWorld(t, func(t *testing.T, w *world) { f(t, w.ready().withClients()) })
}

// Races over HTTP. The rules alone are asked two hundred times, in models.
const raceWidth, raceRounds = 50, 20

// eachReadyRace is eachReady for tests that do things side by side.
func eachReadyRace(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	eachRace(t, func(t *testing.T, w *world) { f(t, w.ready().withClients()) })
}

// aReady is eachReady on SQLite alone.
func aReady(t *testing.T) *world {
	t.Helper()
	return aWorld(t).ready().withClients()
}

func (w *world) withClients() *world {
	w.client("app", func(c *models.OAuthClient) { c.Consent = "skip" })
	w.client("spa", func(c *models.OAuthClient) { c.Consent, c.AuthMethod, c.Kind = "skip", "none", "browser" })
	return w
}

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
}

// call sends a form as a program does: no cookies. An empty header name is left out.
func (w *world) call(path string, form url.Values, header http.Header) *reply {
	w.Helper()
	return callHandler(w.T, w.h, path, form, header)
}

func callHandler(t *testing.T, h http.Handler, path string, form url.Values, header http.Header) *reply {
	t.Helper()
	r := httptest.NewRequest("POST", testIssuer+path, strings.NewReader(form.Encode()))
	r.RemoteAddr = "192.0.2.9:4711"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for name, values := range header {
		r.Header[name] = values
	}
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, r)
	return &reply{T: t, Response: recorder.Result(), body: recorder.Body.String()}
}

// as sends a form with a client's credentials; the public client sends its id.
func (w *world) as(client, path string, form url.Values) *reply {
	w.Helper()
	if client == "spa" {
		form.Set("client_id", client)
		return w.call(path, form, nil)
	}
	return w.call(path, form, http.Header{"Authorization": {basic(client, "secret-of-"+client)}})
}

// json reads a JSON answer.
func (p *reply) json(status int) map[string]any {
	p.Helper()
	p.want(status)
	var value map[string]any
	if err := json.Unmarshal([]byte(p.body), &value); err != nil {
		p.Fatalf("no JSON: %v: %.300s", err, p.body)
	}
	return value
}

// fails checks the error code of a JSON answer.
func (p *reply) fails(status int, code string) {
	p.Helper()
	if got := p.json(status)["error"]; got != code {
		p.Errorf("error %v, want %s", got, code)
	}
}

// codeFor signs a person in at a new browser and returns a code for the scopes, and the session.
func (w *world) codeFor(subject, client, scope string, more ...string) (code, session string) {
	w.Helper()
	b := w.browser()
	session = b.signIn(subject)
	return b.get(authorizePath(client, append([]string{"scope", scope}, more...)...)).code(), session
}

func codeForm(code string) url.Values {
	return url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {testCallback}, "code_verifier": {testVerifier}}
}

func refreshForm(token string, more ...string) url.Values {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

// tokens is a whole sign-in at a client.
type tokens struct {
	access, refresh, id, session string
	all                          map[string]any
}

func (w *world) signInAt(subject, client, scope string, more ...string) tokens {
	w.Helper()
	code, session := w.codeFor(subject, client, scope, more...)
	t := tokensOf(w.as(client, "/oauth/token", codeForm(code)).json(200))
	t.session = session
	return t
}

func tokensOf(answer map[string]any) tokens {
	text := func(name string) string { value, _ := answer[name].(string); return value }
	return tokens{access: text("access_token"), refresh: text("refresh_token"), id: text("id_token"), all: answer}
}

func (w *world) refreshed(client, token string, more ...string) *reply {
	w.Helper()
	return w.as(client, "/oauth/token", refreshForm(token, more...))
}

// userinfo asks with a token in the header.
func (w *world) userinfo(token string) *reply {
	w.Helper()
	return w.call("/oauth/userinfo", nil, http.Header{"Authorization": {"Bearer " + token}, "Content-Type": nil})
}

// alive tells in which of four places an access token still works: userinfo, introspection, own API.
func (w *world) alive(client, access string) bool {
	w.Helper()
	info := w.userinfo(access).StatusCode == 200
	active := w.as(client, "/oauth/introspect", url.Values{"token": {access}}).json(200)["active"] == true
	api := w.api(access, "notes:read").StatusCode == 200
	if info != active || active != api {
		w.Errorf("userinfo %v, introspection %v, api %v", info, active, api)
	}
	return info
}

// api calls a handler of the own API behind the guard; it answers with the subject.
func (w *world) api(access string, scopes ...string) *reply {
	w.Helper()
	handler := w.s.RequireScope(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		_, _ = rw.Write([]byte(TokenOf(r.Context()).Subject))
	}), scopes...)
	header := http.Header{}
	if access != "" {
		header.Set("Authorization", "Bearer "+access)
	}
	return callHandler(w.T, handler, "/api/notes", nil, header)
}

// claimsOfJWT reads a token's header and payload without believing them.
func (w *world) claimsOfJWT(token string) (header, payload map[string]any) {
	w.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		w.Fatalf("no JWT: %q", token)
	}
	for i, into := range []*map[string]any{&header, &payload} {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err == nil {
			err = json.Unmarshal(text, into)
		}
		if err != nil {
			w.Fatal(err)
		}
	}
	return header, payload
}

// onlyGrant is the one grant of the database.
func (w *world) onlyGrant() *models.OAuthGrant {
	w.Helper()
	var id string
	w.query("SELECT id FROM oauth_grants", &id)
	grant, err := w.db.OAuthGrantByID(context.Background(), id)
	if err != nil {
		w.Fatal(err)
	}
	return grant
}

// callIn is call under a context of the application's.
func callIn(ctx context.Context, w *world, path string, form url.Values, header http.Header) *reply {
	w.Helper()
	handler := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.h.ServeHTTP(rw, r.WithContext(ctx)) })
	return callHandler(w.T, handler, path, form, header)
}
