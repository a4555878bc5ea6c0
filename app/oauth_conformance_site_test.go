package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"latchkey/app/apptest"
	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
	"latchkey/oauthserver"
)

// conformanceSite is the whole program as it runs in production: behind an https front that it trusts, with its
// default limits. A relying party lives on another port.
type conformanceSite struct {
	*house
	base  string // https://localhost:PORT
	clock *modelstest.Clock
	https *http.Transport // trusts the throw-away certificate
	party *relyingParty
	seen  map[string]bool // codes and tokens given so far: none comes twice
	hands *rate.Limiter   // how fast the person sends forms, in real time

	basic, second, posts conformanceClient
}

// conformanceClient is a client as the official suite is told of it.
type conformanceClient struct{ id, secret, authMethod, name string }

const (
	conformanceEmail  = "member@example.test"
	conformanceMember = "Demo Member"
)

func openConformanceSite(t *testing.T, databaseURL string) *conformanceSite {
	t.Helper()
	certificate := throwAwayCertificate(t)
	front := httptest.NewUnstartedServer(nil) // its port is part of the settings
	s := &conformanceSite{clock: modelstest.NewClock(), seen: map[string]bool{}, hands: rate.NewLimiter(8, 15), base: "https://localhost:" + portOf(front.Listener)}

	config := testConfigAt(t, databaseURL)
	config.Env, config.AutoMigrate = envProduction, true
	config.BaseURL, config.RateLimitScale, config.Now = s.base, 1, s.clock.Now
	config.TrustedProxies = []string{"127.0.0.1"}
	if err := config.parseProxies(); err != nil {
		t.Fatal(err)
	}
	var err error
	if s.house, err = openHouse(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	s.knowMore(t)
	if err := s.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.ready.Store(true)

	inside, target := &http.Transport{}, &url.URL{Scheme: "http", Host: listenFiber(t, s.web)}
	t.Cleanup(inside.CloseIdleConnections)
	front.Config.Handler = &httputil.ReverseProxy{Transport: inside, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.SetXForwarded()
		r.Out.Host = r.In.Host
	}}
	s.party = &relyingParty{}
	party := httptest.NewUnstartedServer(s.party)
	for _, server := range []*httptest.Server{front, party} {
		server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
		server.StartTLS()
		t.Cleanup(server.Close)
	}
	s.https, s.party.base = front.Client().Transport.(*http.Transport), party.URL
	s.settle(t)
	return s
}

// throwAwayCertificate is for this machine and this run. The front is called localhost and the relying party
// 127.0.0.1: to a browser these are two sites.
func throwAwayCertificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}
}

// profileClaims are what a product may know of a person beside the starter's name, email and updated_at: with them
// every claim of the profile scope has a value.
var profileClaims = map[string]any{
	"given_name": "Demo", "family_name": "Member", "middle_name": "Ada", "nickname": "Dem", "preferred_username": "demo.member",
	"profile": "https://people.example.test/demo", "picture": "https://people.example.test/demo.png", "website": "https://demo.example.test/",
	"gender": "female", "birthdate": "1990-02-28", "zoneinfo": "Europe/London", "locale": "en-GB",
}

// knowingAccounts is the program's own resolver, in a product that knows more of its people.
type knowingAccounts struct{ accounts }

func (a knowingAccounts) Claims(ctx context.Context, q oauthserver.ClaimsQuery) (map[string]any, error) {
	claims, err := a.accounts.Claims(ctx, q)
	if err == nil {
		maps.Copy(claims, profileClaims)
	}
	return claims, err
}

// knowMore puts an OAuth server over such a resolver in the place of the program's own.
func (s *conformanceSite) knowMore(t *testing.T) {
	t.Helper()
	config := s.oauthConfig(knowingAccounts{accounts{s.people, s.pages}})
	for name := range profileClaims {
		if !slices.Contains(config.ClaimNames, name) {
			config.ClaimNames = append(config.ClaimNames, name)
		}
	}
	config.Observe = nil // the product's own server has its metrics already
	var err error
	s.oauth, err = oauthserver.New(config)
	if err != nil {
		t.Fatal(err)
	}
	s.web = s.routes()
}

// settle makes the person who signs in and the clients of docs/conformance.md.
func (s *conformanceSite) settle(t *testing.T) {
	t.Helper()
	member := auth.NewUser{Email: conformanceEmail, Name: conformanceMember, Password: demoPassword, Verified: true}
	if _, err := s.people.CreateUser(t.Context(), member); err != nil {
		t.Fatal(err)
	}
	for client, registration := range map[*conformanceClient][2]string{
		&s.basic:  {"Conformance one", "client_secret_basic"},
		&s.second: {"Conformance two", "client_secret_basic"},
		&s.posts:  {"Conformance posts", "client_secret_post"},
	} {
		client.name, client.authMethod = registration[0], registration[1]
		client.id, client.secret = site{house: s.house}.register(t, models.OAuthClient{
			Name: client.name, AuthMethod: client.authMethod, PKCE: "optional", Verified: true,
			RedirectURIs:           models.Strings{s.party.base + "/callback"},
			PostLogoutRedirectURIs: models.Strings{s.party.base + "/bye"},
		})
	}
}

// begin opens a module: a browser with no cookies, some seconds after the module before.
func (s *conformanceSite) begin(t *testing.T) *trial {
	t.Helper()
	s.clock.Add(5 * time.Second)
	s.party.take()
	module := &trial{T: t, conformanceSite: s}
	module.browser = apptest.NewOver(t, watchedTransport{module})
	module.metadata = module.call(http.MethodGet, s.base+"/.well-known/openid-configuration", nil).object(module)
	return module
}
