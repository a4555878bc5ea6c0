package oauthserver

import (
	"errors"
	"fmt"
	"net/http"

	"latchkey/models"
)

// refusal is why the gate refused an authorization request, and where the answer may go: with an empty
// redirectURI nothing is proven yet and the person gets a page.
type refusal struct {
	*oauthError
	client      *models.OAuthClient
	redirectURI string
	mode        string
	state       string
	silent      bool // prompt=none
}

func withState(params [][2]string, state string) [][2]string {
	if state != "" {
		params = append(params, [2]string{"state", state})
	}
	return params
}

// answerRefusal sends the gate's refusal where it may go.
func (s *Server) answerRefusal(w http.ResponseWriter, r *http.Request, no *refusal) {
	if no.redirectURI == "" {
		s.errorPage(w, r, no.oauthError)
		return
	}
	params := withState(errorParams(no.oauthError), no.state)
	bounce, err := s.mayBounce(r, no)
	if err != nil {
		s.errorPage(w, r, err)
		return
	}
	if bounce {
		noteError(w, no.Code)
		s.redirectAnswer(w, r, no.redirectURI, no.mode, params)
		return
	}
	page := s.errorWords(r, no.oauthError)
	page.Continue = withParams(no.redirectURI, no.mode, append(params, [2]string{"iss", s.issuer}))
	page.ContinueHost = hostOf(no.redirectURI)
	s.errorPageWith(w, r, no.oauthError, page)
}

// mayBounce: a client nobody vouches for could use our good name to send strangers anywhere by a
// deliberate mistake (RFC 9700 §4.11.2). Unless someone is signed in here, a page asks first.
func (s *Server) mayBounce(r *http.Request, no *refusal) (bool, error) {
	if no.client.Verified || no.silent {
		return true, nil
	}
	account, err := s.current(r)
	return account != nil, err
}

// answerError tells the client that a request with a proven redirect URI failed.
func (s *Server) answerError(w http.ResponseWriter, r *http.Request, q *authorizeRequest, err error) {
	e := s.explain(r, err)
	noteError(w, e.Code)
	s.redirectAnswer(w, r, q.redirectURI, q.responseMode, withState(errorParams(e), q.state))
}

// answerFinal is answerError that also ends the interaction.
func (s *Server) answerFinal(w http.ResponseWriter, r *http.Request, v *visit, e *oauthError) {
	if v.row != nil {
		err := s.db.Joined(r.Context()).FinishOAuthInteraction(r.Context(), v.row.ID)
		if errors.Is(err, models.ErrSpent) {
			s.errorPage(w, r, gone())
			return
		}
		if err != nil {
			s.answerError(w, r, v.q, fmt.Errorf("end interaction: %w", err))
			return
		}
	}
	s.answerError(w, r, v.q, e)
}

func errorParams(e *oauthError) [][2]string {
	return [][2]string{{"error", e.Code}, {"error_description", e.Description}}
}
