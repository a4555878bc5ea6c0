package oauthserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"latchkey/models"
)

// Config says what this server is. DB, Accounts and Issuer are required; the zero value of the rest is
// its default.
type Config struct {
	DB       *models.DB
	Accounts AccountResolver
	Issuer   string // BASE_URL: scheme, host and optional port, nothing more; the only source of links and iss

	Production bool            // https only
	Secrets    *models.KeyRing // purpose keys are derived from it; default: the database's
	Scopes     []Scope         // default: StandardScopes
	Resources  []Resource      // own APIs, the first is the default audience; default: {Issuer}/api
	ClaimNames []string        // what the host can fill; default: what the scopes show
	ACRValues  []string        // weakest first; default: aal1 aal2 phr
	Algs       []string        // signing algorithms with a key; default: RS256 ES256
	Locales    []string        // default: en

	// OtherBearer answers for bearer tokens of other makers, such as personal access tokens. It returns
	// ErrNoAccount for a token it does not know or no longer honours. Nil: there are none.
	OtherBearer func(ctx context.Context, token string) (OtherToken, error)

	LimitScale float64          // multiplies every limit of limits.go; 0 is 1
	Now        func() time.Time // default: the database's clock
	Log        *slog.Logger     // faults go here; default: slog.Default

	// Observe is told of everything worth a metric: oauth_requests_total and the like, the value to
	// add or observe, and label names and values in turn. No label comes from a request. Nil: nobody listens.
	Observe func(metric string, value float64, labels ...string)
}

// Scope is something a client may ask for.
type Scope struct {
	Name     string   // "notes:read"
	Sentence string   // for the consent page: "Read your notes"
	Resource string   // identifier of the API that knows it; empty: the person's identity, at this server
	Claims   []string // shown at userinfo when granted
	Machine  bool     // may be granted to a client without a person
}

// Resource is an API of this application.
type Resource struct {
	Identifier string // absolute URI without fragment; the aud of its tokens
	Name       string
}

// OtherToken is what a foreign bearer token stands for.
type OtherToken struct {
	Account  Account
	ClientID string // empty: the person's own
	Scopes   []string
}

// StandardScopes are those of OpenID Connect. A host adds its own to them.
func StandardScopes() []Scope {
	return []Scope{
		{Name: "openid", Sentence: "Know who you are in this account", Claims: []string{"sub"}},
		{Name: "profile", Sentence: "See your name and profile", Claims: []string{
			"name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile",
			"picture", "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at",
		}},
		{Name: "email", Sentence: "See your email address", Claims: []string{"email", "email_verified"}},
		{Name: "offline_access", Sentence: "Keep access when you are not here, for up to 180 days"},
	}
}

// Server is the authorization server. Its methods are safe for concurrent use.
type Server struct {
	cfg      Config
	db       *models.DB
	accounts AccountResolver
	issuer   string
	https    bool // of the issuer: cookies are Secure
	limits   *limiter
	engine   engine
}

// New checks the configuration, naming every mistake at once, and makes the server.
func New(cfg Config) (*Server, error) {
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("oauth server: %w", err)
	}
	cfg.fill()
	s := &Server{
		cfg: cfg, db: cfg.DB, accounts: cfg.Accounts, issuer: cfg.Issuer,
		https: strings.HasPrefix(cfg.Issuer, "https://"), limits: newLimiter(cfg.LimitScale),
	}
	if err := s.startEngine(); err != nil {
		return nil, fmt.Errorf("oauth server: %w", err)
	}
	return s, nil
}

func (c *Config) check() error {
	var mistakes []error
	if c.DB == nil {
		mistakes = append(mistakes, errors.New("no database"))
	}
	if c.Accounts == nil {
		mistakes = append(mistakes, errors.New("no account resolver"))
	}
	if err := checkIssuer(c.Issuer, c.Production); err != nil {
		mistakes = append(mistakes, err)
	}
	for _, alg := range c.Algs {
		if alg != "RS256" && alg != "ES256" {
			mistakes = append(mistakes, fmt.Errorf("signing algorithm %q: only RS256 and ES256", alg))
		}
	}
	return errors.Join(mistakes...)
}

// checkIssuer accepts scheme, host and port written in their one canonical way: clients compare the
// issuer byte for byte (RFC 8414 §2, RFC 9207 §2.4).
func checkIssuer(issuer string, production bool) error {
	u, err := url.Parse(issuer)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		return fmt.Errorf("issuer %q: want https://host[:port]", issuer)
	case u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("issuer %q: the scheme must be https", issuer)
	case u.Scheme == "http" && production:
		return fmt.Errorf("issuer %q: production needs https", issuer)
	case issuer != u.Scheme+"://"+strings.ToLower(u.Host) || strings.HasSuffix(u.Host, ":"):
		return fmt.Errorf("issuer %q: only scheme, lower-case host and port; no path, not even a final slash", issuer)
	}
	return nil
}

func (c *Config) fill() {
	c.Secrets = cmp.Or(c.Secrets, c.DB.Keys())
	if c.Scopes == nil {
		c.Scopes = StandardScopes()
	}
	if c.Resources == nil {
		c.Resources = []Resource{{Identifier: c.Issuer + "/api", Name: "API"}}
	}
	if c.ClaimNames == nil {
		for _, scope := range c.Scopes {
			c.ClaimNames = append(c.ClaimNames, scope.Claims...)
		}
	}
	if c.ACRValues == nil {
		c.ACRValues = []string{"aal1", "aal2", "phr"}
	}
	if c.Algs == nil {
		c.Algs = []string{"RS256", "ES256"}
	}
	if c.Locales == nil {
		c.Locales = []string{"en"}
	}
	if c.LimitScale == 0 {
		c.LimitScale = 1
	}
}

// now is the time in UTC, in whole microseconds: what a database gives back equals what was written.
func (s *Server) now() time.Time {
	if s.cfg.Now != nil {
		return s.cfg.Now().UTC().Truncate(time.Microsecond)
	}
	return s.db.Now()
}

func (s *Server) observe(metric string, value float64, labels ...string) {
	if s.cfg.Observe != nil {
		s.cfg.Observe(metric, value, labels...)
	}
}

// scope finds a scope of the registry by name.
func (s *Server) scope(name string) (Scope, bool) {
	i := slices.IndexFunc(s.cfg.Scopes, func(scope Scope) bool { return scope.Name == name })
	if i < 0 {
		return Scope{}, false
	}
	return s.cfg.Scopes[i], true
}

// Route is one line of the route table.
type Route struct {
	Method, Path string // "/oauth/authorize/{id}"
	Guard        string // who may call it, in words
	Limit        string // flood limit, in words
	limit        *limit
	handle       http.HandlerFunc
}

// Routes is every route of this server, in the order of doc.go.
func (s *Server) Routes() []Route {
	const (
		everyone = "everyone"
		browser  = "browser"
		began    = "the browser that began it"
		clients  = "client authentication"
		person   = "signed-in person"
		token    = "access token with openid"
	)
	return slices.Concat(
		methods("GET HEAD", "/.well-known/openid-configuration", everyone, nil, s.metadata),
		methods("GET HEAD", "/.well-known/oauth-authorization-server", everyone, nil, s.metadata),
		methods("GET HEAD", "/oauth/jwks.json", everyone, nil, s.jwks),
		methods("GET POST", "/oauth/authorize", browser, limitAuthorize, s.authorize),
		methods("GET", "/oauth/authorize/{id}", began, limitAuthorize, s.resume),
		methods("POST", "/oauth/authorize/{id}", began, limitDecision, s.decide),
		methods("GET POST", "/oauth/logout", browser, limitDecision, s.logout),
		methods("POST", "/oauth/token", clients, limitToken, s.token),
		methods("GET POST", "/oauth/userinfo", token, limitUserInfo, s.userinfo),
		methods("POST", "/oauth/introspect", clients, limitIntrospect, s.introspect),
		methods("POST", "/oauth/revoke", clients, limitRevoke, s.revoke),
		methods("GET", "/account/apps", person, nil, s.showApps),
		methods("GET", "/account/apps/{id}/revoke", person, nil, s.showRevokeApp),
		methods("POST", "/account/apps/{id}/revoke", person, limitDecision, s.revokeApp),
	)
}

func methods(names, path, guard string, limit *limit, handle http.HandlerFunc) []Route {
	var routes []Route
	for name := range strings.FieldsSeq(names) {
		routes = append(routes, Route{Method: name, Path: path, Guard: guard, Limit: limit.String(), limit: limit, handle: handle})
	}
	return routes
}

// Handler serves Routes. A known path with another method is 405 with Allow.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	byPath := map[string][]Route{}
	for _, route := range s.Routes() {
		byPath[route.Path] = append(byPath[route.Path], route)
	}
	for path, routes := range byPath {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, path, routes) })
	}
	return mux
}

// serve answers one request to a known path, counts it and never lets a panic out as half an answer.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, path string, routes []Route) {
	began := time.Now()
	answer := &answer{ResponseWriter: w, endpoint: path}
	defer func() {
		if fault := recover(); fault != nil {
			s.fault(answer, r, fmt.Errorf("panic: %v\n%s", fault, debug.Stack()))
		}
		s.observe("oauth_requests_total", 1, "endpoint", path, "outcome", answer.outcome(), "error", answer.code)
		s.observe("oauth_request_seconds", time.Since(began).Seconds(), "endpoint", path)
	}()
	var allowed []string
	for _, route := range routes {
		if route.Method == r.Method {
			if s.withinLimit(answer, r, route.limit, caller(route.limit, r)) {
				route.handle(answer, r)
			}
			return
		}
		allowed = append(allowed, route.Method)
	}
	answer.Header().Set("Allow", strings.Join(allowed, ", "))
	s.refuse(answer, r, &oauthError{Status: http.StatusMethodNotAllowed, Code: "invalid_request", Description: "this address does not take that method"})
}
