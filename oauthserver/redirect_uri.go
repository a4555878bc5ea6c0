package oauthserver

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"latchkey/models"
)

// redirectProven tells whether a presented redirect URI belongs to the client: equal to a registered
// one byte for byte (RFC 9700 §2.1). One exception, for public clients only: a loopback address may
// come with any port, because a native app takes whichever is free (RFC 8252 §7.3).
func redirectProven(client *models.OAuthClient, presented string) bool {
	if presented == "" {
		return false
	}
	return slices.Contains(client.RedirectURIs, presented) || client.Public() && slices.ContainsFunc(client.RedirectURIs, func(registered string) bool {
		return loopbackMatches(registered, presented)
	})
}

// loopbackMatches compares two addresses as text around the port: no parser's idea of equality comes in.
func loopbackMatches(registered, presented string) bool {
	for _, host := range []string{"http://127.0.0.1", "http://[::1]", "http://localhost"} {
		want, ok := strings.CutPrefix(registered, host)
		got, same := strings.CutPrefix(presented, host)
		if !ok || !same {
			continue
		}
		wantPort, wantRest, fine := cutPort(want)
		gotPort, gotRest, well := cutPort(got)
		if !fine || !well || strings.ContainsAny(presented, "#\\") {
			continue
		}
		// The name localhost may be pointed elsewhere by a hosts file, so an owner who wrote a port meant it.
		if host == "http://localhost" && wantPort != "" {
			continue
		}
		return gotPort != "" && wantRest == gotRest
	}
	return false
}

// cutPort splits ":8080/path" into its port and the rest, which begins a path or a query or is empty.
func cutPort(s string) (port, rest string, ok bool) {
	if digits, found := strings.CutPrefix(s, ":"); found {
		end := strings.IndexFunc(digits, func(c rune) bool { return c < '0' || c > '9' })
		if end < 0 {
			end = len(digits)
		}
		port, s = digits[:end], digits[end:]
		n, err := strconv.Atoi(port)
		if err != nil || n < 1 || n > 65535 || port != strconv.Itoa(n) {
			return "", "", false
		}
	}
	return port, s, s == "" || s[0] == '/' || s[0] == '?'
}

// checkRedirectURI says why an address may not be registered, or nil. What is refused here never has to
// be compared later.
func checkRedirectURI(uri string) error {
	if len(uri) > sizes["redirect_uri"] {
		return errors.New("is longer than 2048 characters")
	}
	for _, c := range []byte(uri) {
		if c <= ' ' || c >= 0x7f || c == '\\' || c == '*' {
			return errors.New("holds a space, a control or non-ASCII character, * or \\")
		}
	}
	if strings.Contains(uri, "#") {
		return errors.New("has a fragment")
	}
	u, err := url.Parse(uri)
	if err != nil || u.Scheme == "" {
		return errors.New("is not an absolute URI")
	}
	if u.User != nil || strings.Contains(u.Host, "@") {
		return errors.New("has a user name")
	}
	if hasDotSegment(u) {
		return errors.New("has a . or .. segment")
	}
	for name := range u.Query() {
		if slices.Contains([]string{"code", "state", "error", "iss", "response"}, name) {
			return errors.New("has a query parameter that the answer needs: code, state, error, iss, response")
		}
	}
	if u.RawQuery != "" {
		if _, err := url.ParseQuery(u.RawQuery); err != nil {
			return errors.New("has a malformed query")
		}
	}
	return checkRedirectScheme(uri, u)
}

// hasDotSegment looks at the path as written and as decoded: browsers treat %2e as a dot.
func hasDotSegment(u *url.URL) bool {
	return slices.ContainsFunc(strings.Split(u.Path, "/"), func(segment string) bool { return segment == "." || segment == ".." })
}

func checkRedirectScheme(uri string, u *url.URL) error {
	switch scheme := u.Scheme; {
	case !strings.HasPrefix(uri, scheme+":"):
		return errors.New("must write its scheme in lower case")
	case scheme == "https":
		return checkRedirectHost(u)
	case scheme == "http" && isLoopback(u.Hostname()):
		return checkRedirectHost(u)
	case scheme == "http":
		return errors.New("must be https; http is for 127.0.0.1, [::1] and localhost only")
	case !strings.Contains(scheme, "."):
		return errors.New("needs a scheme with a dot, such as com.example.app (RFC 8252 §7.1)")
	case u.Opaque == "" && u.Path == "" && u.Host == "":
		return errors.New("has nothing after its scheme")
	}
	return nil
}

func checkRedirectHost(u *url.URL) error {
	host := u.Hostname()
	switch {
	case u.Opaque != "" || host == "":
		return errors.New("has no host")
	case strings.HasSuffix(host, "."):
		return errors.New("has a host that ends in a dot")
	case strings.HasSuffix(u.Host, ":"):
		return errors.New("has an empty port")
	}
	if port := u.Port(); port != "" {
		if _, _, ok := cutPort(":" + port); !ok {
			return errors.New("has a port that is not 1 to 65535")
		}
	}
	return nil
}

func isLoopback(host string) bool { return host == "127.0.0.1" || host == "::1" || host == "localhost" }

// formTargetOf is what form-action must name so that a browser may follow a form to this address: the
// origin, or the bare scheme of a private one. A content policy cannot write an IPv6 address, so that
// loopback becomes its scheme.
func formTargetOf(redirectURI string) string {
	u, err := url.Parse(redirectURI)
	switch {
	case err != nil:
		return ""
	case u.Scheme != "https" && u.Scheme != "http", strings.HasPrefix(u.Host, "["):
		return u.Scheme + ":"
	}
	return u.Scheme + "://" + u.Host
}

// hostOf is where an address leads, for people: the host with its port, or the private scheme.
func hostOf(redirectURI string) string {
	u, err := url.Parse(redirectURI)
	if err != nil {
		return ""
	}
	if u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return u.Scheme
	}
	return u.Host
}

func isHTTPS(uri string) bool { return strings.HasPrefix(uri, "https://") }
