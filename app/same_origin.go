package main

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// sameOrigin refuses what another site makes a browser send: by Sec-Fetch-Site, and for browsers that do
// not send it by Origin, which must be BASE_URL. Together with SameSite=Lax cookies it stands in for tokens
// in forms. A program that is no browser sends neither and carries no cookie either.
type sameOrigin struct {
	protection *http.CrossOriginProtection
	origin     string
	host       string
	exempt     []string
}

// exemptPaths take POSTs from elsewhere: machine endpoints, which know no cookie, and the two pages of the
// OAuth server that check their forms themselves.
var exemptPaths = []string{
	"/oauth/token", "/oauth/userinfo", "/oauth/introspect", "/oauth/revoke", "/oauth/authorize", "/oauth/logout", "/api/", // oauth
}

func newSameOrigin(baseURL string) sameOrigin {
	u, _ := url.Parse(baseURL) // checked with the settings
	return sameOrigin{protection: http.NewCrossOriginProtection(), origin: baseURL, host: u.Host, exempt: exemptPaths}
}

func (s sameOrigin) check(c *fiber.Ctx) error {
	if isSafe(c.Method()) || s.isExempt(c.Path()) {
		return c.Next()
	}
	r := &http.Request{Method: c.Method(), Host: s.host, URL: &url.URL{Path: c.Path()}, Header: http.Header{
		"Origin":         headerValues(c, fiber.HeaderOrigin),
		"Sec-Fetch-Site": headerValues(c, "Sec-Fetch-Site"),
	}}
	if s.protection.Check(r) != nil || !s.ours(r) {
		return fiber.ErrForbidden
	}
	return c.Next()
}

// ours is stricter than the standard library in two points: it compares the scheme as well as the host,
// and refuses a header that came twice.
func (s sameOrigin) ours(r *http.Request) bool {
	origin, site := r.Header["Origin"], r.Header["Sec-Fetch-Site"]
	switch {
	case len(origin) > 1 || len(site) > 1:
		return false
	case len(site) == 1 || len(origin) == 0:
		return true
	}
	return strings.EqualFold(origin[0], s.origin)
}

// isSafe is what changes nothing (RFC 9110 §9.2.1).
func isSafe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

func (s sameOrigin) isExempt(path string) bool {
	return slices.ContainsFunc(s.exempt, func(exempt string) bool {
		if strings.HasSuffix(exempt, "/") {
			return strings.HasPrefix(path, exempt)
		}
		return path == exempt
	})
}
