package demo

import (
	"context"
	"crypto/rand"
	"embed"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Config says who this client is and where its provider lives.
type Config struct {
	Issuer       string
	ClientID     string
	ClientSecret string
	PublicURL    string       // of this client, without a final slash
	HTTPClient   *http.Client // for calls to the provider; nil: http.DefaultClient
}

// scopes are what the client asks for; the person may allow less.
var scopes = []string{oidc.ScopeOpenID, "profile", "email", "offline_access", "notes:read"}

type client struct {
	config Config

	mu       sync.Mutex
	provider *provider // found at the first use: the server starts at the same time
	sessions map[string]*session
}

// provider is what discovery told.
type provider struct {
	*oidc.Provider
	endSession string
}

//go:embed pages.html style.css
var files embed.FS

// New gives the client as a handler.
func New(config Config) http.Handler {
	if config.HTTPClient == nil {
		config.HTTPClient = http.DefaultClient
	}
	c := &client{config: config, sessions: map[string]*session{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", c.showHome)
	mux.HandleFunc("GET /login", c.startLogin)
	mux.HandleFunc("GET /callback", c.finishLogin)
	mux.HandleFunc("POST /refresh", c.refresh)
	mux.HandleFunc("POST /logout", c.signOut)
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, files, "style.css") })
	return http.NewCrossOriginProtection().Handler(secured(mux))
}

// secured sets the policy of a page without scripts.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		// form-action names the provider too: signing out posts here and redirects there.
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self' http: https:; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// discover asks the issuer where its endpoints are, once it answers.
func (c *client) discover(ctx context.Context) (*provider, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.provider != nil {
		return c.provider, nil
	}
	// The keys are fetched later, so their context must outlive this request.
	found, err := oidc.NewProvider(context.WithoutCancel(c.outbound(ctx)), c.config.Issuer)
	if err != nil {
		return nil, fmt.Errorf("discover %s: %w", c.config.Issuer, err)
	}
	var more struct {
		EndSession string `json:"end_session_endpoint"`
	}
	if err := found.Claims(&more); err != nil {
		return nil, fmt.Errorf("read metadata: %w", err)
	}
	c.provider = &provider{found, more.EndSession}
	return c.provider, nil
}

func (c *client) outbound(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, c.config.HTTPClient)
}

func (c *client) oauth(p *provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: c.config.ClientID, ClientSecret: c.config.ClientSecret, Endpoint: p.Endpoint(),
		RedirectURL: c.config.PublicURL + "/callback", Scopes: scopes,
	}
}

// startLogin begins the authorization code flow. What the answer must match waits in the session.
func (c *client) startLogin(w http.ResponseWriter, r *http.Request) {
	p, err := c.discover(r.Context())
	if err != nil {
		c.say(w, r, http.StatusBadGateway, "Latchkey does not answer. Try again in a moment.")
		return
	}
	s := &session{state: rand.Text(), nonce: rand.Text(), verifier: oauth2.GenerateVerifier(), began: time.Now()}
	c.keep(w, s)
	http.Redirect(w, r, c.oauth(p).AuthCodeURL(s.state, oidc.Nonce(s.nonce), oauth2.S256ChallengeOption(s.verifier)), http.StatusSeeOther)
}

// finishLogin takes the provider's answer: only the one this browser asked for.
func (c *client) finishLogin(w http.ResponseWriter, r *http.Request) {
	answer, s := r.URL.Query(), c.session(r)
	switch {
	case s == nil || s.state == "" || answer.Get("state") != s.state:
		c.say(w, r, http.StatusBadRequest, "That answer does not belong to a sign-in begun in this browser. Begin again.")
		return
	case answer.Get("iss") != c.config.Issuer: // RFC 9207: an answer from another server is refused
		c.say(w, r, http.StatusBadRequest, "That answer came from somewhere else. Begin again.")
		return
	case answer.Get("error") == "access_denied":
		c.forget(w, r)
		c.say(w, r, http.StatusOK, "You did not allow Fieldnotes to use your account. That is fine: nothing was shared.")
		return
	case answer.Get("error") != "":
		c.forget(w, r)
		c.say(w, r, http.StatusBadRequest, "Latchkey could not sign you in ("+answer.Get("error")+").")
		return
	}
	signedIn, err := c.redeem(r.Context(), s, answer.Get("code"))
	if err != nil {
		c.forget(w, r)
		c.say(w, r, http.StatusBadGateway, "The sign-in did not work out. Begin again.")
		return
	}
	c.forget(w, r)
	c.keep(w, signedIn)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// redeem exchanges the code and checks the ID token: signature, issuer, audience, expiry and nonce.
func (c *client) redeem(ctx context.Context, began *session, code string) (*session, error) {
	p, err := c.discover(ctx)
	if err != nil {
		return nil, err
	}
	ctx = c.outbound(ctx)
	token, err := c.oauth(p).Exchange(ctx, code, oauth2.VerifierOption(began.verifier))
	if err != nil {
		return nil, fmt.Errorf("exchange code: %w", err)
	}
	raw, _ := token.Extra("id_token").(string)
	verified, err := p.Verifier(&oidc.Config{ClientID: c.config.ClientID}).Verify(ctx, raw)
	if err != nil {
		return nil, fmt.Errorf("verify ID token: %w", err)
	}
	if verified.Nonce != began.nonce {
		return nil, fmt.Errorf("the ID token answers another sign-in")
	}
	s := &session{token: token, idToken: raw, began: time.Now(), granted: grantedScopes(token)}
	if err := verified.Claims(&s.claims); err != nil {
		return nil, fmt.Errorf("read ID token: %w", err)
	}
	return s, nil
}

// refresh trades the refresh token for new ones, as a server does when an hour has passed.
func (c *client) refresh(w http.ResponseWriter, r *http.Request) {
	s := c.session(r)
	if s == nil || s.token == nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	p, err := c.discover(r.Context())
	if err != nil {
		c.say(w, r, http.StatusBadGateway, "Latchkey does not answer. Try again in a moment.")
		return
	}
	token, err := c.oauth(p).TokenSource(c.outbound(r.Context()), &oauth2.Token{RefreshToken: s.token.RefreshToken}).Token()
	if err != nil {
		c.note(s, "Latchkey says this access was taken back. Sign in again to give it anew.")
	} else {
		c.update(s, token)
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// signOut ends the session here and asks the provider to end its own (RP-initiated logout).
func (c *client) signOut(w http.ResponseWriter, r *http.Request) {
	s := c.session(r)
	c.forget(w, r)
	p, err := c.discover(r.Context())
	if err != nil || s == nil || s.idToken == "" || p.endSession == "" {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	query := url.Values{"id_token_hint": {s.idToken}, "post_logout_redirect_uri": {c.config.PublicURL + "/"}}
	http.Redirect(w, r, p.endSession+"?"+query.Encode(), http.StatusSeeOther)
}
