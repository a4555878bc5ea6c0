package oauthserver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"latchkey/models"
	"latchkey/views"
)

const logoutPath = "/oauth/logout"

// leaving is a request to sign out that may be acted on (OpenID Connect RP-Initiated Logout 1.0 §2).
type leaving struct {
	hint      *hintClaims // nil: none was sent
	target    string      // registered address to go to afterwards; empty: our own page
	state     string
	confirmed bool // the person pressed the button on our page
	form      url.Values
}

// logout ends a session because an app asks. With a valid hint of the person signed in it does so at
// once; in any other case the person is asked, because everybody can send a browser here.
func (s *Server) logout(w http.ResponseWriter, r *http.Request) {
	form, fault := logoutForm(r)
	switch {
	case fault != nil:
		s.errorPage(w, r, fault)
		return
	case r.Method == http.MethodPost && form.Get("confirm") == "yes" && !s.sameOrigin(r):
		s.errorPage(w, r, foreignForm())
		return
	case r.Method == http.MethodPost && !s.sameOrigin(r):
		// Our cookies are SameSite=Lax: they come along only when the browser asks again by GET.
		views.RedirectHTTP(w, r, logoutPath+"?"+form.Encode())
		return
	}
	request, fault, err := s.judgeLogout(r.Context(), form)
	if err != nil {
		s.errorPage(w, r, err)
		return
	}
	if fault != nil {
		page := s.errorWords(r, fault)
		page.SignOutButton = true
		s.errorPageWith(w, r, fault, page)
		return
	}
	request.confirmed = r.Method == http.MethodPost && form.Get("confirm") == "yes"
	s.leaveAs(w, r, request)
}

func logoutForm(r *http.Request) (url.Values, *oauthError) {
	if r.Method == http.MethodPost {
		return parseForm(r)
	}
	form, fault := decode(r.URL.RawQuery)
	if fault != nil {
		return nil, fault
	}
	if fault := checkRepeats(form, nil); fault != nil {
		return nil, fault
	}
	return withoutEmpty(form), checkSizes(form)
}

// judgeLogout proves the hint and the address. With a hint a wrong address is a mistake to show;
// without one it is only not followed: nobody proven asked for it.
func (s *Server) judgeLogout(ctx context.Context, form url.Values) (*leaving, *oauthError, error) {
	request := &leaving{state: form.Get("state"), form: form}
	clientID := form.Get("client_id")
	if form.Has("id_token_hint") {
		hint, err := s.verifyIDTokenHint(ctx, form.Get("id_token_hint"))
		if errors.Is(err, errBadHint) || err == nil && (len(hint.Audience) == 0 || clientID != "" && !slices.Contains(hint.Audience, clientID)) {
			return nil, invalidRequest("the id_token_hint is not an ID token of this server for this client"), nil
		}
		if err != nil {
			return nil, nil, fmt.Errorf("verify hint: %w", err)
		}
		request.hint = &hint
		if clientID == "" {
			clientID = hint.Audience[0]
		}
	}
	if !form.Has("post_logout_redirect_uri") {
		return request, nil, nil
	}
	client, err := s.db.OAuthClientByID(ctx, clientID)
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return nil, nil, fmt.Errorf("load client: %w", err)
	}
	uri := form.Get("post_logout_redirect_uri")
	registered := err == nil && slices.Contains(client.PostLogoutRedirectURIs, uri)
	switch {
	case registered && client.Enabled():
		request.target = uri
	case !registered && request.hint != nil:
		return nil, invalidRequest("the post_logout_redirect_uri is not registered for this client"), nil
	}
	return request, nil, nil
}

func (s *Server) leaveAs(w http.ResponseWriter, r *http.Request, request *leaving) {
	account, err := s.current(r)
	if err != nil {
		s.errorPage(w, r, err)
		return
	}
	known := request.hint != nil && account != nil && request.hint.Subject == account.Subject
	switch {
	case account == nil && request.hint == nil:
		s.signedOut(w, r, &leaving{})
	case account == nil:
		s.signedOut(w, r, request)
	case known || request.confirmed:
		if err := s.endSession(w, r, account); err != nil {
			s.errorPage(w, r, err)
			return
		}
		s.signedOut(w, r, request)
	default:
		s.askToLeave(w, r, request, account)
	}
}

func (s *Server) askToLeave(w http.ResponseWriter, r *http.Request, request *leaving, account *Account) {
	page := views.SignOutPage{Account: account.Name, Action: logoutPath}
	for _, name := range []string{"id_token_hint", "client_id", "post_logout_redirect_uri", "state"} {
		if request.form.Has(name) {
			page.Hidden = append(page.Hidden, [2]string{name, request.form.Get(name)})
		}
	}
	target := ""
	if request.target != "" {
		target = formTargetOf(request.target)
	}
	s.page(w, r, http.StatusOK, views.SignOut(page), target)
}

// signedOut goes back to the app with state and nothing else, or shows our own page.
func (s *Server) signedOut(w http.ResponseWriter, r *http.Request, request *leaving) {
	if request.target == "" {
		s.page(w, r, http.StatusOK, views.SignedOut(), "")
		return
	}
	s.leave(w, r, withParams(request.target, "query", withState(nil, request.state)))
}

// endSession ends the host's session first, whose cookie only the host can clear, then what hangs on
// it here. Doing either twice is harmless, so a failure between the two is mended by trying again.
func (s *Server) endSession(w http.ResponseWriter, r *http.Request, account *Account) error {
	if err := s.accounts.EndSession(w, r, account.SessionID); err != nil {
		return fmt.Errorf("end session at the host: %w", err)
	}
	return s.db.InTx(r.Context(), func(tx *models.Tx) error {
		if err := s.SessionEnded(tx.Context(), account.SessionID); err != nil {
			return err
		}
		return tx.Audit(tx.Context(), models.AuditEvent{
			Action: eventLogout, ActorKind: "person", ActorID: account.Subject, SubjectID: account.Subject, SessionID: account.SessionID,
		})
	})
}
