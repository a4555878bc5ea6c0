package oauthserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
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
	Lifetimes  Lifetimes       // what operators change while the server runs begins with it
	NewClients NewClients      // the same

	// OtherBearer answers for bearer tokens of other makers, such as personal access tokens. It returns
	// ErrNoAccount for a token it does not know or no longer honours. Nil: there are none.
	OtherBearer func(ctx context.Context, token string) (OtherToken, error)

	LimitScale float64 // multiplies every limit of limits.go; 0 is 1

	// Network says what an address counts as under the limits: one household of IPv6 has more addresses than a
	// counter could keep. Nil: the address itself.
	Network func(address string) string
	Now     func() time.Time // default: the database's clock
	Log     *slog.Logger     // faults go here; default: slog.Default

	// Observe is told of everything worth a metric: oauth_requests_total and the like, the value to
	// add or observe, and label names and values in turn, for a metric always in one order. No label comes from a request. Nil: nobody
	// listens.
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
	if c.Network == nil {
		c.Network = func(address string) string { return address }
	}
	if c.LimitScale == 0 {
		c.LimitScale = 1
	}
}
