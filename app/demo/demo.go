package demo

import (
	"embed"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Config says who this client is and where its provider lives.
type Config struct {
	Issuer       string
	ClientID     string
	ClientSecret string
	PublicURL    string       // of this client, without a final slash
	HTTPClient   *http.Client // for calls to the provider; nil: one that waits ten seconds
}

type client struct {
	config Config

	finding  sync.Mutex // held while the provider is asked; apart from mu, so that a slow provider stops no other page
	provider *provider

	mu       sync.Mutex
	sessions map[string]*session
}

//go:embed pages.html style.css
var files embed.FS

// New gives the client as a handler.
func New(config Config) http.Handler {
	if config.HTTPClient == nil {
		config.HTTPClient = &http.Client{Timeout: 10 * time.Second}
	}
	c := &client{config: config, sessions: map[string]*session{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", c.showHome)
	mux.HandleFunc("GET /login", c.startLogin)
	mux.HandleFunc("GET /callback", c.finishLogin)
	mux.HandleFunc("POST /refresh", c.refresh)
	mux.HandleFunc("POST /logout", c.signOut)
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, files, "style.css") })
	return c.secured(http.NewCrossOriginProtection().Handler(mux))
}

// secured sets the policy of a page without scripts. Signing out posts here and is sent on to the provider, which
// is a form's way, too.
func (c *client) secured(next http.Handler) http.Handler {
	provider := ""
	if u, err := url.Parse(c.config.Issuer); err == nil {
		provider = " " + u.Scheme + "://" + u.Host
	}
	policy := "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'" + provider + "; base-uri 'none'; frame-ancestors 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
