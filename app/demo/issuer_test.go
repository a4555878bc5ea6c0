package demo

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// issuer is a provider that does as the test says, right or wrong. How the client fares with the real one is shown
// by the journeys in app.
type issuer struct {
	*httptest.Server
	t   *testing.T
	key *ecdsa.PrivateKey

	mu        sync.Mutex
	nonce     string         // of the sign-in under way
	idClaims  map[string]any // put over the right ones
	userinfo  map[string]any
	access    string // the one access token that lives
	refresh   string // the one refresh token that lives
	refreshes int

	refreshError string // answered to a refresh
	down         bool
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{t: t, key: key, userinfo: map[string]any{"sub": "ada", "name": "Ada"}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", i.metadata)
	mux.HandleFunc("GET /jwks", i.keys)
	mux.HandleFunc("POST /token", i.token)
	mux.HandleFunc("GET /userinfo", i.guarded(func() any { return i.userinfo }))
	mux.HandleFunc("GET /api/me", i.guarded(func() any { return map[string]any{"id": "ada"} }))
	mux.HandleFunc("GET /api/notes", i.guarded(func() any {
		return map[string]any{"notes": []note{{Title: "<b>Groceries</b>", Created: time.Now()}}}
	}))
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		defer i.mu.Unlock()
		if i.down {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) metadata(w http.ResponseWriter, _ *http.Request) {
	i.answer(w, http.StatusOK, map[string]any{
		"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token",
		"userinfo_endpoint": i.URL + "/userinfo", "jwks_uri": i.URL + "/jwks", "end_session_endpoint": i.URL + "/end",
		"id_token_signing_alg_values_supported": []string{"ES256"},
	})
}

func (i *issuer) keys(w http.ResponseWriter, _ *http.Request) {
	point, err := i.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		i.t.Error(err)
	}
	i.answer(w, http.StatusOK, map[string]any{"keys": []any{map[string]any{
		"kty": "EC", "crv": "P-256", "kid": "k", "alg": "ES256", "use": "sig", "x": encoded(point[1:33]), "y": encoded(point[33:]),
	}}})
}

func (i *issuer) token(w http.ResponseWriter, r *http.Request) {
	if r.PostFormValue("grant_type") == "refresh_token" {
		i.refreshes++
		if i.refreshError != "" {
			i.answer(w, http.StatusServiceUnavailable, map[string]any{"error": i.refreshError})
			return
		}
		if r.PostFormValue("refresh_token") != i.refresh {
			i.answer(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
			return
		}
	}
	i.access, i.refresh = rand.Text(), rand.Text()
	i.answer(w, http.StatusOK, map[string]any{
		"access_token": i.access, "token_type": "Bearer", "expires_in": 3600, "refresh_token": i.refresh,
		"scope": strings.Join(scopes, " "), "id_token": i.idToken(),
	})
}

func (i *issuer) idToken() string {
	claims := map[string]any{
		"iss": i.URL, "aud": "fieldnotes", "sub": "ada", "nonce": i.nonce,
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
	}
	maps.Copy(claims, i.idClaims)
	body, err := json.Marshal(claims)
	if err != nil {
		i.t.Error(err)
	}
	signed := encoded([]byte(`{"alg":"ES256","kid":"k"}`)) + "." + encoded(body)
	sum := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, i.key, sum[:])
	if err != nil {
		i.t.Error(err)
		return ""
	}
	var signature [64]byte // RFC 7518 §3.4: two numbers side by side
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return signed + "." + encoded(signature[:])
}

func encoded(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (i *issuer) guarded(value func() any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+i.access {
			i.answer(w, http.StatusUnauthorized, map[string]any{"error": "invalid_token"})
			return
		}
		i.answer(w, http.StatusOK, value())
	}
}

func (i *issuer) answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(value); err != nil {
		i.t.Error(err)
	}
}

// change alters the provider between two requests.
func (i *issuer) change(f func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	f()
}

// expire ends the access token, as an hour does.
func (i *issuer) expire() { i.change(func() { i.access = rand.Text() }) }

// takeBack ends both tokens, as the person does.
func (i *issuer) takeBack() { i.change(func() { i.access, i.refresh = rand.Text(), rand.Text() }) }

// asked reads an authorization request, and keeps its nonce for the ID token.
func (i *issuer) asked(location string) url.Values {
	i.t.Helper()
	u, err := url.Parse(location)
	if err != nil || !strings.HasPrefix(location, i.URL+"/authorize?") {
		i.t.Fatalf("sent to %q (%v)", location, err)
	}
	i.change(func() { i.nonce = u.Query().Get("nonce") })
	return u.Query()
}
