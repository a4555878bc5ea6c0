package oauthserver

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"latchkey/models"
)

// Invalid names every mistake in what an operator gave, by field.
type Invalid map[string]string

// Error lists the mistakes in the order of their fields.
func (e Invalid) Error() string {
	var lines []string
	for _, field := range slices.Sorted(maps.Keys(e)) {
		lines = append(lines, field+" "+e[field])
	}
	return strings.Join(lines, "; ")
}

// add keeps the first mistake of a field: the later ones often follow from it.
func (e Invalid) add(field, format string, args ...any) {
	if _, told := e[field]; !told {
		e[field] = fmt.Sprintf(format, args...)
	}
}

const maxRedirectURIs = 20

// chosenID is a client_id that a person picked.
var chosenID = regexp.MustCompile(`^[a-z0-9-]{3,64}$`)

// fillClient puts in what the kind implies and nobody said.
func (s *Server) fillClient(c *models.OAuthClient) {
	if c.Kind == "" {
		c.Kind = kindFor(c)
	}
	if c.AuthMethod == "" {
		c.AuthMethod = map[string]string{"native": "none", "browser": "none"}[c.Kind]
		if c.AuthMethod == "" {
			c.AuthMethod = "client_secret_basic"
		}
	}
	if c.Grants == nil {
		c.Grants = map[string]models.Strings{
			"service": {"client_credentials"}, "resource_server": {},
		}[c.Kind]
		if c.Grants == nil {
			c.Grants = models.Strings{"authorization_code", "refresh_token"}
		}
	}
	if c.Scopes == nil && c.Kind != "resource_server" {
		for _, scope := range s.cfg.Scopes {
			if c.Kind != "service" || scope.Machine {
				c.Scopes = append(c.Scopes, scope.Name)
			}
		}
	}
	if c.Resources == nil && c.Kind == "resource_server" {
		for _, resource := range s.cfg.Resources {
			c.Resources = append(c.Resources, resource.Identifier)
		}
	}
	if c.Provenance == "" {
		c.Provenance = "admin"
	}
}

// kindFor guesses the kind from what is known: who keeps no secret runs in a browser, or, when every
// address leads to the person's own machine, as an installed app.
func kindFor(c *models.OAuthClient) string {
	switch {
	case !c.Public():
		return "web"
	case len(c.RedirectURIs) > 0 && !slices.ContainsFunc(c.RedirectURIs, isHTTPS):
		return "native"
	}
	return "browser"
}

// checkClient is the one validator: command line and pages get the same words from it.
func (s *Server) checkClient(c *models.OAuthClient) error {
	mistakes := Invalid{}
	if cleanName(c.Name) == "" || len(c.Name) > 100 || strings.ContainsFunc(c.Name, isControl) {
		mistakes.add("name", "must have 1 to 100 characters, none of them a control character")
	}
	if !slices.Contains(capabilities.kinds, c.Kind) {
		mistakes.add("kind", "must be one of %s", strings.Join(capabilities.kinds, ", "))
	}
	s.checkClientAuth(c, mistakes)
	checkClientAddresses(c, mistakes)
	s.checkAllowLists(c, mistakes)
	s.checkPolicy(c, mistakes)
	if len(mistakes) > 0 {
		return mistakes
	}
	return nil
}

func (s *Server) checkClientAuth(c *models.OAuthClient, mistakes Invalid) {
	public := c.Kind == "native" || c.Kind == "browser"
	switch {
	case !slices.Contains(capabilities.tokenAuth, c.AuthMethod):
		mistakes.add("auth_method", "must be one of %s", strings.Join(capabilities.tokenAuth, ", "))
	case public && !c.Public():
		mistakes.add("auth_method", "must be none: a %s client cannot keep a secret", c.Kind)
	case c.Public() && !public:
		mistakes.add("auth_method", "cannot be none for a %s client", c.Kind)
	}
}

func checkClientAddresses(c *models.OAuthClient, mistakes Invalid) {
	wantsRedirect := slices.Contains(c.Grants, "authorization_code")
	switch {
	case wantsRedirect && len(c.RedirectURIs) == 0:
		mistakes.add("redirect_uris", "must name at least one address")
	case !wantsRedirect && len(c.RedirectURIs) > 0:
		mistakes.add("redirect_uris", "are of no use without the authorization_code grant")
	case len(c.RedirectURIs) > maxRedirectURIs || len(c.PostLogoutRedirectURIs) > maxRedirectURIs:
		mistakes.add("redirect_uris", "may be at most %d", maxRedirectURIs)
	}
	for field, list := range map[string]models.Strings{"redirect_uris": c.RedirectURIs, "post_logout_redirect_uris": c.PostLogoutRedirectURIs} {
		for _, uri := range list {
			if err := checkRedirectURI(uri); err != nil {
				mistakes.add(field, "%q %s", uri, err)
			}
		}
	}
	for field, uri := range map[string]string{"client_uri": c.ClientURI, "policy_uri": c.PolicyURI, "tos_uri": c.TOSURI, "initiate_login_uri": c.InitiateLoginURI} {
		if uri != "" && !isHTTPSLink(uri) {
			mistakes.add(field, "must be an https address")
		}
	}
	for _, origin := range c.LandingOrigins {
		if !isOrigin(origin) {
			mistakes.add("landing_origins", "%q must be https://host[:port] and nothing more", origin)
		}
	}
}

func isHTTPSLink(uri string) bool {
	u, err := url.Parse(uri)
	return err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil && len(uri) <= sizes["redirect_uri"]
}

// isOrigin is strict because the value goes into a content security policy as it is.
func isOrigin(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && origin == "https://"+u.Host && originHost.MatchString(u.Host)
}

var originHost = regexp.MustCompile(`^[a-z0-9.-]+(:[0-9]{1,5})?$`)

func (s *Server) checkAllowLists(c *models.OAuthClient, mistakes Invalid) {
	within := func(field string, list, allowed []string) {
		for _, value := range list {
			if !slices.Contains(allowed, value) {
				mistakes.add(field, "%q is not one of %s", value, strings.Join(allowed, ", "))
			}
		}
	}
	var scopes, resources []string
	for _, scope := range s.cfg.Scopes {
		scopes = append(scopes, scope.Name)
	}
	for _, resource := range s.cfg.Resources {
		resources = append(resources, resource.Identifier)
	}
	within("grants", c.Grants, capabilities.grants)
	within("response_modes", c.ResponseModes, capabilities.responseModes)
	within("scopes", c.Scopes, scopes)
	within("default_scopes", c.DefaultScopes, c.Scopes)
	within("resources", c.Resources, resources)
	s.checkGrants(c, mistakes)
}

func (s *Server) checkGrants(c *models.OAuthClient, mistakes Invalid) {
	has := func(grant string) bool { return slices.Contains(c.Grants, grant) }
	switch {
	case has("client_credentials") && c.Public():
		mistakes.add("grants", "cannot hold client_credentials without a secret")
	case has("refresh_token") && !has("authorization_code"):
		mistakes.add("grants", "cannot hold refresh_token without authorization_code")
	case c.Kind == "service" && !slices.Equal(c.Grants, models.Strings{"client_credentials"}):
		mistakes.add("grants", "of a service are client_credentials alone")
	case c.Kind == "resource_server" && len(c.Grants) > 0:
		mistakes.add("grants", "of a resource_server are none: it only asks about tokens")
	case c.Kind != "resource_server" && len(c.Grants) == 0:
		mistakes.add("grants", "must name at least one")
	}
	if c.Kind == "service" {
		for _, name := range c.Scopes {
			if scope, known := s.scope(name); known && !scope.Machine {
				mistakes.add("scopes", "%q needs a person", name)
			}
		}
	}
}

func (s *Server) checkPolicy(c *models.OAuthClient, mistakes Invalid) {
	one := func(field, value string, allowed ...string) {
		if value != "" && !slices.Contains(allowed, value) {
			mistakes.add(field, "must be one of %s", strings.Join(allowed, ", "))
		}
	}
	one("pkce", c.PKCE, "required", "optional")
	one("consent", c.Consent, "ask", "always", "skip")
	one("refresh", c.Refresh, "rotate", "off")
	one("access_token_format", c.AccessTokenFormat, accessTokenFormat)
	one("id_token_alg", c.IDTokenAlg, s.algs()...)
	if c.PKCE == "optional" && c.Public() {
		mistakes.add("pkce", "can be optional only for a client with a secret")
	}
	if c.Consent == "skip" && c.Public() && slices.ContainsFunc(c.RedirectURIs, func(uri string) bool { return !isHTTPS(uri) }) {
		mistakes.add("consent", "cannot be skipped: an app on a person's machine cannot prove who it is")
	}
	if c.DefaultMaxAge != nil && *c.DefaultMaxAge < 0 {
		mistakes.add("default_max_age", "must be 0 or more seconds")
	}
	for _, name := range c.IDTokenClaims {
		if !slices.Contains(s.cfg.ClaimNames, name) {
			mistakes.add("id_token_claims", "%q is not a claim of this server", name)
		}
	}
	checkLives(c, mistakes)
}

func checkLives(c *models.OAuthClient, mistakes Invalid) {
	for _, l := range []struct {
		field   string
		seconds int
		life    life
	}{
		{"code_seconds", c.CodeSeconds, lifeCode},
		{"access_token_seconds", c.AccessTokenSeconds, lifeAccessToken},
		{"id_token_seconds", c.IDTokenSeconds, lifeIDToken},
		{"refresh_idle_seconds", c.RefreshIdleSeconds, lifeRefreshIdle},
		{"refresh_absolute_seconds", c.RefreshAbsoluteSeconds, lifeRefreshAbsolute},
	} {
		if d := time.Duration(l.seconds) * time.Second; l.seconds != 0 && (d < l.life.least || d > l.life.most) {
			mistakes.add(l.field, "must be %d to %d", int(l.life.least.Seconds()), int(l.life.most.Seconds()))
		}
	}
	window := lifeRetry
	if c.Public() {
		window = lifeRetryPublic
	}
	if c.RetrySeconds != nil && (*c.RetrySeconds < 0 || time.Duration(*c.RetrySeconds)*time.Second > window.most) {
		mistakes.add("retry_seconds", "must be 0 to %d", int(window.most.Seconds()))
	}
}
