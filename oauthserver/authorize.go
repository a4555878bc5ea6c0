package oauthserver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"latchkey/models"
	"latchkey/views"
)

// visit is one authorization request on its way through a browser. row is nil while nobody had to think
// about it: a request that can be answered at once leaves no trace.
type visit struct {
	q   *authorizeRequest
	row *models.OAuthInteraction
	id  string // in the address of the interaction; only its hash is stored
}

// authorize takes a request to act for a person (RFC 6749 §4.1.1). A POST is saved and led on by GET,
// so that the session cookie, which is SameSite=Lax, comes along from another site.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	form, fault := authorizeForm(r)
	if fault != nil {
		s.errorPage(w, r, fault)
		return
	}
	q, refusal, err := s.gateAuthorize(r.Context(), form)
	switch {
	case err != nil:
		s.errorPage(w, r, fmt.Errorf("judge authorization request: %w", err))
	case refusal != nil:
		s.answerRefusal(w, r, refusal)
	case r.Method == http.MethodPost:
		s.saveAndReload(w, r, &visit{q: q})
	default:
		s.advance(w, r, &visit{q: q})
	}
}

func authorizeForm(r *http.Request) (url.Values, *oauthError) {
	query, fault := decode(r.URL.RawQuery)
	if fault != nil || r.Method != http.MethodPost {
		return query, fault
	}
	form, fault := readForm(r)
	if fault != nil {
		return nil, fault
	}
	for name := range query {
		if isKnownParameter(name) {
			return nil, invalidRequest("parameters belong in the body")
		}
	}
	return form, nil
}

func (s *Server) saveAndReload(w http.ResponseWriter, r *http.Request, v *visit) {
	if err := s.pause(w, r, v, 0); err != nil {
		s.answerError(w, r, v.q, fmt.Errorf("save interaction: %w", err))
		return
	}
	views.RedirectHTTP(w, r, v.path())
}

// resume takes a browser back in after the host's sign-in pages.
func (s *Server) resume(w http.ResponseWriter, r *http.Request) {
	if v := s.reopen(w, r); v != nil {
		s.advance(w, r, v)
	}
}

// advance alone decides what is next: sign in, agree, or the answer.
func (s *Server) advance(w http.ResponseWriter, r *http.Request, v *visit) {
	account := s.suitable(w, r, v)
	if account == nil {
		return
	}
	before, agreed, err := s.agreed(r.Context(), v.q, account)
	switch {
	case err != nil:
		s.answerError(w, r, v.q, err)
	case !agreed:
		s.showConsent(w, r, v, account, before)
	default:
		s.respond(w, r, v, account, v.q.scopes, nil)
	}
}

// decision is what a person said on the consent page.
type decision struct {
	remember bool
	before   *models.OAuthConsent // what they had allowed until now
}

// errFactsChanged: between the page and the answer the account was disabled, signed out or given a new
// access epoch.
var errFactsChanged = errors.New("the account changed meanwhile")

// errClientChanged: meanwhile the client was disabled or lost the address, which is therefore no longer
// proven and gets no answer.
var errClientChanged = errors.New("the client changed meanwhile")

// respond answers the client with a code, once: all that makes the answer true is checked again and
// written in one transaction.
func (s *Server) respond(w http.ResponseWriter, r *http.Request, v *visit, account *Account, granted []string, said *decision) {
	var code string
	err := s.db.InTx(r.Context(), func(tx *models.Tx) error {
		if err := s.recheck(tx.Context(), v, account); err != nil {
			return err
		}
		if v.row != nil {
			if err := tx.FinishOAuthInteraction(tx.Context(), v.row.ID); err != nil {
				return err
			}
		}
		if said != nil {
			if err := s.recordConsent(tx, v.q, account, granted, said); err != nil {
				return err
			}
		}
		var err error
		code, err = s.issueCode(tx.Context(), tx, v.q, *account, granted)
		return err
	})
	switch {
	case errors.Is(err, models.ErrSpent):
		s.errorPage(w, r, gone())
	case errors.Is(err, errClientChanged):
		s.errorPage(w, r, unknownClient())
	case errors.Is(err, errFactsChanged):
		s.ask(w, r, v, NoSession)
	case err != nil:
		s.answerError(w, r, v.q, fmt.Errorf("issue code: %w", err))
	default:
		params := [][2]string{{"code", code}}
		s.redirectAnswer(w, r, v.q.redirectURI, v.q.responseMode, withState(params, v.q.state))
	}
}

// recheck asks the host once more. Find only reads, so it is safe while this transaction holds the
// database's only writer.
func (s *Server) recheck(ctx context.Context, v *visit, account *Account) error {
	found, err := s.accounts.Find(ctx, account.Subject, account.SessionID)
	if errors.Is(err, ErrNoAccount) {
		return errFactsChanged
	}
	if err != nil {
		return fmt.Errorf("check account again: %w", err)
	}
	if !found.Active || !found.SessionLive || found.AccessEpoch != account.AccessEpoch {
		return errFactsChanged
	}
	if s.reasons(v, account) != 0 {
		return errFactsChanged
	}
	client, err := s.clientByID(ctx, v.q.client.ID)
	if errors.Is(err, models.ErrNotFound) || err == nil && !redirectProven(client, v.q.redirectURI) {
		return errClientChanged
	}
	return err
}
