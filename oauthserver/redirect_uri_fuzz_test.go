package oauthserver

import (
	"net/url"
	"strings"
	"testing"

	"latchkey/models"
)

// FuzzRedirectURI: what counts as registered is the registered text, or differs from it in the port of a loopback
// address alone.
func FuzzRedirectURI(f *testing.F) {
	registered := []string{testCallback, "http://127.0.0.1:8080/cb", "http://[::1]/cb?x=1", "com.example.app:/cb"}
	for _, seed := range append([]string{"http://127.0.0.1:1/cb", "http://127.0.0.1:99999/cb", "http://127.0.0.1:8080/cb#", "http://127.0.0.1@evil.test/cb", "HTTP://127.0.0.1/cb", testCallback + "/"}, registered...) {
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, presented string, public bool) {
		client := models.OAuthClient{AuthMethod: "client_secret_basic", RedirectURIs: registered}
		if public {
			client.AuthMethod = "none"
		}
		if !redirectProven(&client, presented) {
			return
		}
		for _, known := range registered {
			if presented == known || public && withoutPort(presented) == withoutPort(known) && strings.HasPrefix(known, "http://") {
				return
			}
		}
		t.Errorf("%q is taken for registered (public: %v)", presented, public)
	})
}

// withoutPort is a loopback address as it stands, but for its port.
func withoutPort(uri string) string {
	rest, ok := strings.CutPrefix(uri, "http://")
	if !ok {
		return uri
	}
	host := "127.0.0.1"
	if strings.HasPrefix(rest, "[::1]") {
		host = "[::1]"
	}
	rest = strings.TrimPrefix(rest, host)
	if port, after, found := strings.Cut(rest, "/"); found && strings.HasPrefix(port, ":") && strings.Trim(port[1:], "0123456789") == "" {
		rest = "/" + after
	}
	return "http://" + host + rest
}

// FuzzRegistrationURI: what may be registered is parsed and written again as it was, has a scheme that no browser
// runs, and no fragment, user or wildcard.
func FuzzRegistrationURI(f *testing.F) {
	for _, seed := range []string{testCallback, "javascript:alert(1)", "https://a.test/*", "https://u@a.test/", "https://a.test/#", "http://a.test/", "com.example.app:/cb", "https://a.test/../b", "https://a.test\\@b.test", "https://a.test/\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		if checkRedirectURI(uri) != nil {
			return
		}
		u, err := url.Parse(uri)
		if err != nil || u.String() != uri {
			t.Fatalf("%q is written as %v (%v)", uri, u, err)
		}
		risky := strings.ContainsAny(uri, "#*\\ \r\n\t\x00") || u.User != nil
		scheme := u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()) || strings.Contains(u.Scheme, ".")
		if risky || !scheme {
			t.Errorf("%q may be registered", uri)
		}
	})
}
