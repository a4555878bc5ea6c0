package oauthserver

import (
	"cmp"
	"regexp"

	"latchkey/models"
)

// Policy is one rule for a client: what holds for all, its own (empty: none), and what holds for it. Setting names where what
// holds for all is changed; empty: nowhere.
type Policy struct {
	Name, Server, Own, Result, Setting string
	Fixed                              bool // no client has its own
}

// Policies are the rules that hold for a client, under the names of its registration.
func (s *Server) Policies(c models.OAuthClient) []Policy {
	own := func(name, server, own string) Policy {
		return Policy{Name: name, Server: server, Own: own, Result: cmp.Or(own, server)}
	}
	lives := func(name, setting string, l life, seconds int) Policy {
		p := Policy{Name: name, Server: models.LengthInWords(s.usual(l)), Result: models.LengthInWords(s.lasts(l, seconds)), Setting: setting}
		if seconds != 0 {
			p.Own = p.Result
		}
		return p
	}
	always := own("refresh_always", "no", "")
	if c.RefreshAlways {
		always.Own, always.Result = "yes", "yes"
	}
	policies := []Policy{own("pkce", usualPKCE, c.PKCE), own("consent", usualConsent, c.Consent), own("refresh", "rotate", c.Refresh), always}
	if c.Public() { // whatever is registered
		policies[0].Result = "required"
	}
	access := lives("access_token_seconds", "access-token", lifeAccessToken, c.AccessTokenSeconds)
	if c.Kind == "service" {
		access = lives("access_token_seconds", "service-token", lifeServiceToken, c.AccessTokenSeconds)
	}
	return append(policies,
		Policy{Name: "access_token_format", Server: accessTokenFormat, Result: accessTokenFormat, Setting: "access-token-format", Fixed: true},
		own("id_token_alg", usualAlg, c.IDTokenAlg),
		lives("code_seconds", "authorization-code", lifeCode, c.CodeSeconds),
		access,
		lives("id_token_seconds", "id-token", lifeIDToken, c.IDTokenSeconds),
		lives("refresh_idle_seconds", "refresh-idle", lifeRefreshIdle, c.RefreshIdleSeconds),
		lives("refresh_absolute_seconds", "refresh-absolute", lifeRefreshAbsolute, c.RefreshAbsoluteSeconds),
	)
}

// IDTokenAlgs are the algorithms that an ID token can be signed with, the usual one first.
func (s *Server) IDTokenAlgs() []string { return s.algs() }

// Scopes is the registry.
func (s *Server) Scopes() []Scope { return s.cfg.Scopes }

// scopeName is how RFC 6749 §3.3 writes a scope, within reason.
var scopeName = regexp.MustCompile(`^[\x21\x23-\x5B\x5D-\x7E]{1,128}$`)

// ScopeName tells whether a text may name a scope: one of the registry, or one that was there when a member gave it.
func ScopeName(text string) bool { return scopeName.MatchString(text) }

// Issuer is the address that clients know this server by.
func (s *Server) Issuer() string { return s.issuer }
