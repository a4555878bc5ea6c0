// Package oauthserver lets other programs act for the people of this application: an OAuth 2.0 and
// OpenID Connect server as one plain http.Handler.
//
// It owns these URLs:
//
//	/.well-known/openid-configuration         discovery.go   OpenID Connect Discovery
//	/.well-known/oauth-authorization-server   discovery.go   RFC 8414
//	/oauth/jwks.json                          discovery.go   RFC 7517
//	/oauth/authorize, /oauth/authorize/{id}   authorize.go   RFC 6749 §4.1, RFC 7636, RFC 9207
//	/oauth/logout                             logout.go      OpenID Connect RP-Initiated Logout
//	/oauth/token                              token.go       RFC 6749 §4–6
//	/oauth/userinfo                           userinfo.go    OpenID Connect Core §5.3
//	/oauth/introspect                         introspect.go  RFC 7662
//	/oauth/revoke                             revoke.go      RFC 7009
//	/account/apps                             apps.go        which apps a person has let in
//
// A request goes through three steps. The gate (gate.go) reads it, refuses what is malformed and hands
// on one typed value. The engine (provider.go, fosite) only sees a clean request made from that value.
// The writer (writer.go) answers: the redirect with iss, the JSON, the error page. Two rules carry the
// rest: nothing leaves for a client before client and redirect URI are proven, and an error changes
// nothing but what contains damage (a revoked family, a counted failure, an audit row).
//
// All it knows of people is an AccountResolver (accounts.go), which the application answers. It must
// not import auth, GORM or Fiber, reads no environment and starts no goroutine: periodic work (Sweep,
// TendKeys) is called by the host.
package oauthserver
