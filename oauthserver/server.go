package oauthserver

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"latchkey/models"
)

// Server is the authorization server. Its methods are safe for concurrent use.
type Server struct {
	cfg      Config
	live     *models.Live[Choices]
	db       *models.DB
	accounts AccountResolver
	issuer   string
	https    bool // of the issuer: cookies are Secure
	limits   *limiter
	engine   engine
	clashes  sync.Map // names of protocol claims that the host tried to fill, each logged once
	notes    sync.WaitGroup
}

// New checks the configuration, naming every mistake at once, and makes the server.
func New(cfg Config) (*Server, error) {
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("oauth server: %w", err)
	}
	cfg.fill()
	s := &Server{
		cfg: cfg, live: models.NewLive(Choices{cfg.Lifetimes, cfg.NewClients}, settingRules(cfg.Algs), nil, fillChoices), db: cfg.DB, accounts: cfg.Accounts, issuer: cfg.Issuer,
		https: strings.HasPrefix(cfg.Issuer, "https://"), limits: newLimiter(cfg.LimitScale),
	}
	s.startEngine()
	return s, nil
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
		methods("GET HEAD", discoveryPath, everyone, nil, s.metadata),
		methods("GET HEAD", metadataPath, everyone, nil, s.metadata),
		methods("GET HEAD", jwksPath, everyone, nil, s.jwks),
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
		s.countRequest(path, answer.outcome(), answer.code, began)
	}()
	var allowed []string
	for _, route := range routes {
		if route.Method == r.Method {
			if s.withinLimit(answer, r, route.limit, s.caller(route.limit, r)) {
				route.handle(answer, r)
			}
			return
		}
		allowed = append(allowed, route.Method)
	}
	answer.Header().Set("Allow", strings.Join(allowed, ", "))
	s.refuse(answer, r, &oauthError{Status: http.StatusMethodNotAllowed, Code: "invalid_request", Description: "this address does not take that method"})
}

func (s *Server) countRequest(path, outcome, code string, began time.Time) {
	s.observe("oauth_requests_total", 1, "endpoint", path, "outcome", outcome, "error", code)
	s.observe("oauth_request_seconds", time.Since(began).Seconds(), "endpoint", path)
}
