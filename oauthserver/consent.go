package oauthserver

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"latchkey/models"
	"latchkey/views"
)

// agreed tells whether the person already allowed what is asked, and returns what they allowed last
// (nil: nothing), for the marks on the page.
func (s *Server) agreed(ctx context.Context, q *authorizeRequest, account *Account) (*models.OAuthConsent, bool, error) {
	before, err := s.db.OAuthConsentOf(ctx, account.Subject, q.client.ID)
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return nil, false, fmt.Errorf("look up consent: %w", err)
	}
	if q.prompts("consent") {
		return before, false, nil
	}
	switch consentMode(q.client, q.redirectURI) {
	case "skip":
		return before, true, nil
	case "always":
		return before, false, nil
	}
	return before, before != nil && covers(before, q), nil
}

// consentMode is ask, always or skip. A public client whose answer goes to an app on the person's own
// machine cannot prove who it is (RFC 8252 §8.6): any other app there could send the same request, so a
// person is always asked.
func consentMode(client *models.OAuthClient, redirectURI string) string {
	if client.Public() && !isHTTPS(redirectURI) {
		return "always"
	}
	return cmp.Or(client.Consent, usualConsent)
}

// covers: nothing more is asked than was allowed, and the client is still what it was.
func covers(c *models.OAuthConsent, q *authorizeRequest) bool {
	for _, scope := range q.scopes {
		if !slices.Contains(c.Scopes, scope) {
			return false
		}
	}
	return c.Remembered && bytes.Equal(c.MetadataHash, q.client.MetadataHash)
}

// showConsent shows the consent page and stores what it said and to whom: what was shown is what can
// be granted.
func (s *Server) showConsent(w http.ResponseWriter, r *http.Request, v *visit, account *Account, before *models.OAuthConsent) {
	if v.q.prompts("none") {
		s.answerFinal(w, r, v, &oauthError{Code: "consent_required", Description: "the person has to agree"})
		return
	}
	v.name()
	page, err := s.consentPage(v, account, before)
	if err != nil {
		s.errorPage(w, r, err)
		return
	}
	err = s.save(w, r, v, func(row *models.OAuthInteraction) {
		row.ShownSubject, row.ShownDigest = account.Subject, shownDigest(v.q)
	})
	if errors.Is(err, models.ErrSpent) {
		s.errorPage(w, r, gone())
		return
	}
	if err != nil {
		s.answerError(w, r, v.q, fmt.Errorf("save interaction: %w", err))
		return
	}
	s.page(w, r, http.StatusOK, views.Consent(page), v.q.formTarget())
}

// shownDigest stands for everything the page lets a person allow.
func shownDigest(q *authorizeRequest) []byte {
	scopes := slices.Sorted(slices.Values(q.scopes))
	text, _ := json.Marshal(map[string]any{"client": q.client.ID, "redirect_uri": q.redirectURI, "scopes": scopes}) // strings always encode
	sum := sha256.Sum256(text)
	return sum[:]
}

func (s *Server) consentPage(v *visit, account *Account, before *models.OAuthConsent) (views.ConsentPage, error) {
	client := v.q.client
	other, err := s.loginURL(LoginRequest{ReturnTo: v.path(), Reasons: Select, LoginHint: v.q.loginHint, ClientName: shownName(client)})
	if err != nil {
		return views.ConsentPage{}, err
	}
	page := views.ConsentPage{
		ID: v.id, SwitchURL: other,
		Client:     views.ClientStrip{Name: shownName(client), Host: hostOf(v.q.redirectURI), Verified: client.Verified},
		SignedInAs: account.Name,
		Remember:   client.Verified, AlwaysAsks: consentMode(client, v.q.redirectURI) != "ask",
		PolicyURL: client.PolicyURI, TermsURL: client.TOSURI,
	}
	for _, name := range v.q.scopes {
		row := s.scopeRow(client, name)
		row.Required, row.Checked = name == "openid", true
		row.New = before != nil && !slices.Contains(before.Scopes, name)
		page.Scopes = append(page.Scopes, row)
	}
	return page, nil
}

// scopeRow is a scope in words; that of offline_access says how long.
func (s *Server) scopeRow(client *models.OAuthClient, name string) views.ScopeRow {
	scope, _ := s.scope(name)
	row := views.ScopeRow{Name: name, Sentence: scope.Sentence}
	if name == "offline_access" {
		row.Sentence = fmt.Sprintf("Keep access when you are not here, for up to %s", inWords(s.lasts(lifeRefreshAbsolute, client.RefreshAbsoluteSeconds)))
	}
	return row
}

func inWords(d time.Duration) string {
	if d < 2*day {
		return fmt.Sprintf("%d hours", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d/day))
}

// decide takes the answer of the consent page, or the cancel of a sign-in page.
func (s *Server) decide(w http.ResponseWriter, r *http.Request) {
	form, ok := s.ownForm(w, r, "scope")
	if !ok {
		return
	}
	v := s.reopen(w, r)
	switch {
	case v == nil:
	case form.Get("decision") == "deny":
		s.deny(w, r, v)
	case form.Get("decision") == "allow":
		s.allow(w, r, v, form["scope"], form.Get("remember") == "on")
	default:
		s.errorPage(w, r, invalidRequest("the decision is missing"))
	}
}

// allow grants what was shown, asked and ticked.
func (s *Server) allow(w http.ResponseWriter, r *http.Request, v *visit, ticked []string, remember bool) {
	account := s.suitable(w, r, v)
	if account == nil {
		return
	}
	before, _, err := s.agreed(r.Context(), v.q, account)
	if err != nil {
		s.answerError(w, r, v.q, err)
		return
	}
	if account.Subject != v.row.ShownSubject || !bytes.Equal(shownDigest(v.q), v.row.ShownDigest) {
		s.showAgain(w, r, v, account, before)
		return
	}
	var granted []string
	for _, scope := range v.q.scopes {
		if scope == "openid" || slices.Contains(ticked, scope) {
			granted = append(granted, scope)
		}
	}
	if len(granted) == 0 {
		s.deny(w, r, v)
		return
	}
	remember = remember && consentMode(v.q.client, v.q.redirectURI) == "ask"
	s.respond(w, r, v, account, granted, &decision{remember: remember, before: before})
}

// showAgain: the account or the request is not the one on the page this answer came from.
func (s *Server) showAgain(w http.ResponseWriter, r *http.Request, v *visit, account *Account, before *models.OAuthConsent) {
	if v.row.ShownSubject != "" && account.Subject != v.row.ShownSubject {
		s.observe("oauth_security_events_total", 1, "event", string(eventAccountChanged))
		err := s.db.Audit(r.Context(), models.AuditEvent{
			Action: eventAccountChanged, Outcome: models.OutcomeFailure, ActorKind: "person", ActorID: account.Subject,
			SubjectID: account.Subject, ClientID: v.q.client.ID, TargetKind: "interaction", TargetID: v.row.ID, SessionID: account.SessionID,
		})
		if err != nil {
			s.answerError(w, r, v.q, err)
			return
		}
	}
	s.showConsent(w, r, v, account, before)
}

// recordConsent writes what the person allowed. Scopes they were not asked about stay as they were.
func (s *Server) recordConsent(tx *models.Tx, q *authorizeRequest, account *Account, granted []string, said *decision) error {
	now := s.now()
	scopes := slices.Clone(granted)
	if old := said.before; old != nil && old.Remembered && bytes.Equal(old.MetadataHash, q.client.MetadataHash) {
		for _, scope := range old.Scopes {
			if !slices.Contains(q.scopes, scope) {
				scopes = append(scopes, scope)
			}
		}
	}
	err := tx.PutOAuthConsent(tx.Context(), &models.OAuthConsent{
		ID: models.NewID(), Subject: account.Subject, ClientID: q.client.ID, Scopes: scopes,
		MetadataHash: q.client.MetadataHash, Remembered: said.remember, CreatedAt: now, ExpiresAt: now.Add(s.usual(lifeConsent)),
	})
	if err != nil {
		return fmt.Errorf("record consent: %w", err)
	}
	return tx.Audit(tx.Context(), models.AuditEvent{
		Action: eventConsentGrant, ActorKind: "person", ActorID: account.Subject, SubjectID: account.Subject,
		ClientID: q.client.ID, SessionID: account.SessionID, Meta: map[string]any{"scopes": granted, "remembered": said.remember},
	})
}

// deny tells the client that the person said no; that needs no sign-in.
func (s *Server) deny(w http.ResponseWriter, r *http.Request, v *visit) {
	account, err := s.current(r)
	if err != nil {
		s.answerError(w, r, v.q, err)
		return
	}
	event := models.AuditEvent{Action: eventConsentDeny, ActorKind: "anonymous", ClientID: v.q.client.ID}
	if account != nil {
		event.ActorKind, event.ActorID, event.SubjectID, event.SessionID = "person", account.Subject, account.Subject, account.SessionID
	}
	err = s.db.InTx(r.Context(), func(tx *models.Tx) error {
		if err := tx.FinishOAuthInteraction(tx.Context(), v.row.ID); err != nil {
			return err
		}
		return tx.Audit(tx.Context(), event)
	})
	switch {
	case errors.Is(err, models.ErrSpent):
		s.errorPage(w, r, gone())
	case err != nil:
		s.answerError(w, r, v.q, fmt.Errorf("deny: %w", err))
	default:
		s.answerError(w, r, v.q, &oauthError{Code: "access_denied", Description: "the person said no"})
	}
}
