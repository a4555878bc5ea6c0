package oauthserver

import (
	"cmp"
	"fmt"
	"time"

	"latchkey/models"
)

// Policy is one rule for a client: what holds for all, its own (empty: none), and what holds for it.
type Policy struct{ Name, Server, Own, Result string }

// Policies are the rules that a client may have its own of, under the names of its registration.
func (s *Server) Policies(c models.OAuthClient) []Policy {
	own := func(name, server, own string) Policy { return Policy{name, server, own, cmp.Or(own, server)} }
	lives := func(name string, l life, seconds int) Policy {
		p := Policy{Name: name, Server: lasting(l.usual), Result: lasting(l.of(seconds))}
		if seconds != 0 {
			p.Own = p.Result
		}
		return p
	}
	always := Policy{"refresh_always", "no", "", "no"}
	if c.RefreshAlways {
		always.Own, always.Result = "yes", "yes"
	}
	policies := []Policy{own("pkce", "required", c.PKCE), own("consent", "ask", c.Consent), own("refresh", "rotate", c.Refresh), always}
	if c.Public() { // whatever is registered
		policies[0].Result = "required"
	}
	return append(policies,
		own("id_token_alg", "RS256", c.IDTokenAlg),
		lives("code_seconds", lifeCode, c.CodeSeconds),
		lives("access_token_seconds", lifeAccessToken, c.AccessTokenSeconds),
		lives("id_token_seconds", lifeIDToken, c.IDTokenSeconds),
		lives("refresh_idle_seconds", lifeRefreshIdle, c.RefreshIdleSeconds),
		lives("refresh_absolute_seconds", lifeRefreshAbsolute, c.RefreshAbsoluteSeconds),
	)
}

// lasting is a length of time in its largest whole unit.
func lasting(d time.Duration) string {
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{day, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		if n := d / unit.size; n > 0 && d%unit.size == 0 {
			if n == 1 {
				return "1 " + unit.name
			}
			return fmt.Sprintf("%d %ss", n, unit.name)
		}
	}
	return d.String()
}

// Scopes is the registry.
func (s *Server) Scopes() []Scope { return s.cfg.Scopes }

// Issuer is the address that clients know this server by.
func (s *Server) Issuer() string { return s.issuer }
