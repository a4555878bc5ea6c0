package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

const noAnswer = "Latchkey does not answer. Try again in a moment."

// startLogin begins the authorization code flow. What the answer must match waits in the session.
func (c *client) startLogin(w http.ResponseWriter, r *http.Request) {
	p, err := c.discover(r.Context())
	if err != nil {
		c.say(w, http.StatusBadGateway, noAnswer, err)
		return
	}
	s := &session{state: rand.Text(), nonce: rand.Text(), verifier: oauth2.GenerateVerifier()}
	c.forget(r)
	c.keep(w, s)
	http.Redirect(w, r, p.oauth.AuthCodeURL(s.state, oidc.Nonce(s.nonce), oauth2.S256ChallengeOption(s.verifier)), http.StatusSeeOther)
}

// finishLogin takes the provider's answer: only the one this browser asked for, and only once.
func (c *client) finishLogin(w http.ResponseWriter, r *http.Request) {
	answer, s := r.URL.Query(), c.session(r)
	if s == nil || s.state == "" || answer.Get("state") != s.state {
		c.say(w, http.StatusBadRequest, "That answer does not belong to a sign-in begun in this browser. Begin again.", nil)
		return
	}
	c.forget(r)
	switch {
	case answer.Get("iss") != c.config.Issuer: // RFC 9207: an answer from another server is refused
		c.say(w, http.StatusBadRequest, "That answer came from somewhere else. Begin again.", nil)
		return
	case answer.Get("error") == "access_denied":
		c.say(w, http.StatusOK, "You did not allow Fieldnotes to use your account. That is fine: nothing was shared.", nil)
		return
	case answer.Get("error") != "":
		c.say(w, http.StatusBadRequest, "Latchkey could not sign you in.", errors.New(answer.Get("error")+": "+answer.Get("error_description")))
		return
	}
	signedIn, err := c.redeem(r.Context(), s, answer.Get("code"))
	if err != nil {
		c.say(w, http.StatusBadGateway, "The sign-in did not work out. Begin again.", err)
		return
	}
	c.keep(w, signedIn)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// redeem exchanges the code and checks that the ID token answers this sign-in.
func (c *client) redeem(ctx context.Context, began *session, code string) (*session, error) {
	p, err := c.discover(ctx)
	if err != nil {
		return nil, err
	}
	token, err := p.oauth.Exchange(c.outbound(ctx), code, oauth2.VerifierOption(began.verifier))
	if err != nil {
		return nil, fmt.Errorf("exchange code: %w", err)
	}
	raw, verified, err := c.verify(ctx, p, token)
	if err != nil {
		return nil, err
	}
	if verified.Nonce != began.nonce {
		return nil, errors.New("the ID token answers another sign-in")
	}
	s := &session{token: token, idToken: raw, subject: verified.Subject, granted: grantedScopes(token)}
	if err := verified.Claims(&s.claims); err != nil {
		return nil, fmt.Errorf("read ID token: %w", err)
	}
	return s, nil
}

// refresh trades the refresh token when the person asks. Otherwise it happens when a call needs it.
func (c *client) refresh(w http.ResponseWriter, r *http.Request) {
	s := c.session(r)
	if s == nil || c.tokenOf(s) == nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	switch _, err := c.renew(r.Context(), s, c.tokenOf(s)); {
	case err == nil:
		c.note(s, "New tokens arrived, and the old ones are gone.")
	case !errors.Is(err, errRefused): // what was refused is told by the page itself
		c.note(s, noAnswer)
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// signOut ends the session here and asks the provider to end its own (OpenID Connect RP-Initiated Logout).
func (c *client) signOut(w http.ResponseWriter, r *http.Request) {
	s := c.session(r)
	c.forget(r)
	c.clearCookie(w)
	p, err := c.discover(r.Context())
	if err != nil || s == nil || c.tokenOf(s) == nil || p.endSession == "" {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	query := url.Values{"id_token_hint": {c.hintOf(s)}, "post_logout_redirect_uri": {c.config.PublicURL + "/"}}
	http.Redirect(w, r, p.endSession+"?"+query.Encode(), http.StatusSeeOther)
}
