package main

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/zitadel/oidc/v3/pkg/client/rp"
	"github.com/zitadel/oidc/v3/pkg/client/rs"
	httphelper "github.com/zitadel/oidc/v3/pkg/http"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"golang.org/x/oauth2"

	"latchkey/app/apptest"
	"latchkey/models"
)

// zitadelParty is an app built on another library, with that library's own handlers for both ends of the flow.
type zitadelParty struct {
	rp.RelyingParty
	id, secret, home string

	tokens *oidc.Tokens[*oidc.IDTokenClaims] // of the last sign-in
	name   string                            // of who signed in
	failed string                            // what the library said of the last answer that it refused
}

func (s site) newZitadelParty(t *testing.T, style oauth2.AuthStyle) *zitadelParty {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	p := &zitadelParty{home: server.URL}
	p.id, p.secret = s.register(t, models.OAuthClient{
		Name: "Zitadel's", AuthMethod: map[oauth2.AuthStyle]string{oauth2.AuthStyleInParams: "client_secret_post"}[style],
		RedirectURIs: models.Strings{p.home + "/callback"}, PostLogoutRedirectURIs: models.Strings{p.home + "/bye"},
	})
	cookies := httphelper.NewCookieHandler(bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32), httphelper.WithUnsecure())
	var err error
	p.RelyingParty, err = rp.NewRelyingPartyOIDC(t.Context(), s.base, p.id, p.secret, p.home+"/callback",
		[]string{"openid", "profile", "offline_access", "notes:read"},
		rp.WithCookieHandler(cookies), rp.WithPKCE(cookies), rp.WithAuthStyle(style), rp.WithSigningAlgsFromDiscovery(),
		rp.WithErrorHandler(func(w http.ResponseWriter, _ *http.Request, kind, description, _ string) {
			p.failed = kind
			http.Error(w, kind+": "+description, http.StatusUnauthorized)
		}))
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/login", rp.AuthURLHandler(rand.Text, p))
	mux.Handle("/callback", rp.CodeExchangeHandler(rp.UserinfoCallback(p.welcome), p))
	mux.HandleFunc("/bye", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<h1>Bye</h1>") })
	return p
}

func (p *zitadelParty) welcome(w http.ResponseWriter, _ *http.Request, tokens *oidc.Tokens[*oidc.IDTokenClaims], _ string, _ rp.RelyingParty, info *oidc.UserInfo) {
	p.tokens, p.name = tokens, info.Name
	w.Header().Set("Content-Type", "text/html")
	fmt.Fprintf(w, "<h1>Hello, %s</h1>", html.EscapeString(info.Name))
}

// zitadelSignsIn: sign-in with PKCE, refresh, introspection by another program, revocation.
func zitadelSignsIn(t *testing.T, s site) {
	for _, style := range []oauth2.AuthStyle{oauth2.AuthStyleInHeader, oauth2.AuthStyleInParams} {
		p, b := s.newZitadelParty(t, style), s.signIn(t, "member@example.test")
		b.Visit(p.home + "/login").Submit("Allow").Sees("Hello, Demo Member")
		fresh, err := rp.RefreshTokens[*oidc.IDTokenClaims](t.Context(), p, p.tokens.RefreshToken, "", "")
		if err != nil {
			t.Fatal(err)
		}
		if fresh.IDTokenClaims.Subject != p.tokens.IDTokenClaims.Subject || fresh.AccessToken == p.tokens.AccessToken {
			t.Errorf("refreshed: %+v", fresh.IDTokenClaims)
		}
		facts := s.zitadelAsks(t, fresh.AccessToken)
		if !facts.Active || facts.Subject != fresh.IDTokenClaims.Subject || facts.ClientID != p.id {
			t.Errorf("introspection: %+v", facts)
		}
		if err := rp.RevokeToken(t.Context(), p, fresh.RefreshToken, "refresh_token"); err != nil {
			t.Errorf("revoke: %v", err)
		}
		if facts := s.zitadelAsks(t, fresh.AccessToken); facts.Active {
			t.Error("a revoked token is active")
		}
		_, err = rp.RefreshTokens[*oidc.IDTokenClaims](t.Context(), p, fresh.RefreshToken, "", "")
		var refused *oidc.Error
		if !errors.As(err, &refused) || refused.ErrorType != oidc.InvalidGrant {
			t.Errorf("a revoked family is refreshed: %v", err)
		}
	}
}

// zitadelAsks is an API of someone else's that asks about a token.
func (s site) zitadelAsks(t *testing.T, token string) *oidc.IntrospectionResponse {
	t.Helper()
	id, secret := s.register(t, models.OAuthClient{Name: "API", Kind: "resource_server"})
	server, err := rs.NewResourceServerClientCredentials(t.Context(), s.base, id, secret)
	if err != nil {
		t.Fatal(err)
	}
	facts, err := rs.Introspect[*oidc.IntrospectionResponse](t.Context(), server, token)
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

// zitadelEnds: the library sends its own request to end a session, and says where the browser should go.
func zitadelEnds(t *testing.T, s site) {
	p, b := s.newZitadelParty(t, oauth2.AuthStyleInHeader), s.signIn(t, "member@example.test")
	b.Visit(p.home + "/login").Submit("Allow").Sees("Hello, Demo Member")
	to, err := rp.EndSession(t.Context(), p, p.tokens.IDToken, p.home+"/bye", "later", "", nil)
	if err != nil || to == nil {
		t.Fatalf("end session: %v, to %v", err, to)
	}
	if b.Visit(to.String()).Sees("Bye"); !strings.HasSuffix(b.URL.String(), "/bye?state=later") {
		t.Errorf("after signing out the browser is at %s", b.URL)
	}
}

// zitadelDenied: the library reads our refusal.
func zitadelDenied(t *testing.T, s site) {
	p := s.newZitadelParty(t, oauth2.AuthStyleInHeader)
	apptest.New(t).Visit(p.home + "/login").Submit("Cancel")
	if p.failed != "access_denied" || p.tokens != nil {
		t.Errorf("the library heard %q", p.failed)
	}
}
