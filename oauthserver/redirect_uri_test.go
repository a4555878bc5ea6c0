package oauthserver

import (
	"strings"
	"testing"

	"latchkey/models"
)

func TestRedirectURIExact(t *testing.T) {
	w := aWorld(t)
	w.client("app", func(c *models.OAuthClient) { c.Consent = "skip" })
	b := w.browser()
	b.signIn("ada")
	b.get(authorizePath("app")).code()
	for _, presented := range []string{
		"https://client.example.test/cb/", "https://client.example.test/CB", "https://CLIENT.example.test/cb", "HTTPS://client.example.test/cb",
		"http://client.example.test/cb", "https://client.example.test:443/cb", "https://client.example.test/./cb", "https://client.example.test/x/../cb",
		"https://client.example.test/%63b", "https://client.example.test/cb?", "https://client.example.test/cb?x=1", "https://client.example.test/cb#",
		"https://client.example.test/cb#x", "https://client.example.test//cb", "https://client.example.test\\cb", "https://client.example.test/c",
		"https://client.example.test/cbx", "https://client.example.test.evil.example/cb", "https://evil.example@client.example.test/cb",
		"https://client.example.test@evil.example/cb", "https://client.example.test./cb", "//client.example.test/cb", "/cb", "client.example.test/cb",
		" https://client.example.test/cb", "https://client.example.test/cb ", "javascript:alert(1)", "data:text/html,x",
	} {
		if code := b.get(authorizePath("app", "redirect_uri", presented)).want(400).errorCode(); code != "invalid_request" {
			t.Errorf("%q: %s", presented, code)
		}
	}
}

func TestRedirectURILoopback(t *testing.T) {
	public := &models.OAuthClient{AuthMethod: "none"}
	confidential := &models.OAuthClient{AuthMethod: "client_secret_basic"}
	for _, c := range []struct {
		registered, presented string
		want                  bool
	}{
		{"http://127.0.0.1/cb", "http://127.0.0.1:49152/cb", true},
		{"http://127.0.0.1:8080/cb", "http://127.0.0.1:49152/cb", true},
		{"http://127.0.0.1/cb", "http://127.0.0.1/cb", true},
		{"http://[::1]/cb", "http://[::1]:1/cb", true},
		{"http://[::1]:9/cb", "http://[::1]:65535/cb", true},
		{"http://localhost/cb", "http://localhost:3000/cb", true},
		{"http://127.0.0.1/cb?a=1", "http://127.0.0.1:5/cb?a=1", true},
		{"http://127.0.0.1", "http://127.0.0.1:5", true},

		{"http://localhost:3000/cb", "http://localhost:3001/cb", false},
		{"http://localhost:3000/cb", "http://localhost/cb", false},
		{"http://127.0.0.1:8080/cb", "http://127.0.0.1/cb", false},
		{"http://127.0.0.1/cb", "http://localhost:5/cb", false},
		{"http://127.0.0.1/cb", "http://[::1]:5/cb", false},
		{"http://127.0.0.1/cb", "https://127.0.0.1:5/cb", false},
		{"https://127.0.0.1/cb", "http://127.0.0.1:5/cb", false},
		{"https://127.0.0.1/cb", "https://127.0.0.1:5/cb", false},
		{"http://127.0.0.1/cb", "http://127.0.0.1:5/cb/", false},
		{"http://127.0.0.1/cb", "http://127.0.0.1:5/cb?x=1", false},
		{"http://127.0.0.1/cb?a=1", "http://127.0.0.1:5/cb", false},
		{"http://127.0.0.1/cb", "http://127.0.0.1:5/cb#x", false},
		{"http://127.0.0.1/cb", "http://127.0.0.1:0/cb", false},
		{"http://127.0.0.1/cb", "http://127.0.0.1:65536/cb", false},
		{"http://127.0.0.1/cb", "http://127.0.0.1:080/cb", false},
		{"http://127.0.0.1/cb", "http://127.0.0.1:+80/cb", false},
		{"http://127.0.0.1/cb", "http://127.0.0.1:/cb", false},
		{"http://127.0.0.1/cb", "http://127.0.0.1:5@evil.example/cb", false},
		{"http://127.0.0.1/cb", "http://127.0.0.1@evil.example:5/cb", false},
		{"http://127.0.0.1/cb", "http://user@127.0.0.1:5/cb", false},
		{"http://127.0.0.1/cb", "http://127.0.0.1.evil.example:5/cb", false},
		{"http://127.0.0.1/cb", "http://127.0.0.2:5/cb", false},
		{"http://127.0.0.1/cb", "http://127.1:5/cb", false},
		{"http://127.0.0.1/cb", "http://2130706433:5/cb", false},
		{"http://[::1]/cb", "http://[0:0:0:0:0:0:0:1]:5/cb", false},
		{"http://localhost/cb", "http://localhost.evil.example:5/cb", false},
		{"http://localhost/cb", "http://LOCALHOST:5/cb", false},
		{"http://localhost", "http://localhost:5evil.example", false},
	} {
		public.RedirectURIs, confidential.RedirectURIs = models.Strings{c.registered}, models.Strings{c.registered}
		if got := redirectProven(public, c.presented); got != c.want {
			t.Errorf("registered %s, presented %s: %v", c.registered, c.presented, got)
		}
		if got := redirectProven(confidential, c.presented); got != (c.registered == c.presented) {
			t.Errorf("confidential, registered %s, presented %s: %v", c.registered, c.presented, got)
		}
	}
}

func TestRedirectURIRegistration(t *testing.T) {
	for _, good := range []string{
		"https://client.example.test/cb", "https://client.example.test", "https://client.example.test:8443/cb?tenant=1", "http://127.0.0.1/cb",
		"http://127.0.0.1:8080/cb", "http://[::1]:8080/cb", "http://localhost:3000/cb", "com.example.app:/cb", "com.example.app://cb", "com.example.app:cb",
	} {
		if err := checkRedirectURI(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "cb", "/cb", "//client.example.test/cb", "http://client.example.test/cb", "http://127.0.0.2/cb", "http://localhost.example/cb",
		"https://client.example.test/cb#", "https://client.example.test/cb#x", "https://user@client.example.test/cb", "https://user:pw@client.example.test/cb",
		"https://*.example.test/cb", "https://client.example.test/*", "https://client.example.test\\cb", "https://client.example.test/c b",
		"https://client.example.test/c\tb", "https://client.example.test/cb\x7f", "https://client.example.test/cä", "https://cliént.example.test/cb",
		"https://client.example.test/../cb", "https://client.example.test/./cb", "https://client.example.test/%2e%2e/cb", "https://client.example.test/a/..",
		"https://client.example.test./cb", "https://client.example.test:/cb", "https://client.example.test/cb?code=1", "https://client.example.test/cb?state=1",
		"https://client.example.test/cb?error=1", "https://client.example.test/cb?iss=1", "https://client.example.test/cb?response=1",
		"https://client.example.test/cb?x=%zz", "https:///cb", "https:cb", "HTTPS://client.example.test/cb", "Com.Example.App:/cb",
		"myapp:/cb", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "about:blank", "com.example.app:",
		"https://client.example.test/" + strings.Repeat("x", 2048),
	} {
		if err := checkRedirectURI(bad); err == nil {
			t.Errorf("%s may be registered", bad)
		}
	}
}
