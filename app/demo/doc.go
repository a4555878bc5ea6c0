// Package demo is a third-party app: "Fieldnotes", which mails people a weekly digest of their notes. It is
// another company's program that happens to run beside this one, so it knows nothing of ours: it is built on the
// standard library, golang.org/x/oauth2 and go-oidc, and speaks to the server over HTTP like anyone else.
//
// It shows what a good client does: PKCE, state, nonce and iss are checked, tokens stay on the server, a refused
// call is told in plain words.
//
//	GET  /          the digest, or "Sign in with Latchkey"
//	GET  /login     sends the browser to the authorization endpoint
//	GET  /callback  takes the answer
//	POST /refresh   asks for new tokens
//	POST /logout    signs out here and there
package demo
