package oauthserver

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"latchkey/models"
	"latchkey/views"
)

const interactionPath = "/oauth/authorize/"

// name gives the visit its secret address, if it has none yet.
func (v *visit) name() {
	if v.id == "" {
		v.id = models.NewToken()
	}
}

func (v *visit) path() string { return interactionPath + v.id }

// pause keeps the request while a person thinks, and notes what the host is asked for.
func (s *Server) pause(w http.ResponseWriter, r *http.Request, v *visit, why LoginReason) error {
	return s.save(w, r, v, func(row *models.OAuthInteraction) { row.Asked |= int(why) })
}

// save writes the interaction: a new row with its own cookie, or the change to an old one.
func (s *Server) save(w http.ResponseWriter, r *http.Request, v *visit, change func(*models.OAuthInteraction)) error {
	db := s.db.Joined(r.Context())
	if v.row != nil {
		change(v.row)
		return db.SaveOAuthInteraction(r.Context(), v.row)
	}
	v.name()
	request, err := json.Marshal(v.q.params)
	if err != nil {
		return fmt.Errorf("write down request: %w", err)
	}
	browser, now := models.NewToken(), s.now()
	row := &models.OAuthInteraction{
		ID: models.NewID(), Hash: models.Digest(v.id), ClientID: v.q.client.ID, Request: string(request),
		RequestedAt: v.q.requestedAt, BrowserHash: models.Digest(browser), State: models.InteractionWaiting,
		CreatedAt: now, ExpiresAt: now.Add(s.usual(lifeInteraction)),
	}
	change(row)
	if err := db.CreateOAuthInteraction(r.Context(), row); err != nil {
		return err
	}
	v.row = row
	http.SetCookie(w, s.flowCookie(v.id, browser))
	return nil
}

// flowCookie binds an interaction to its browser. Each has its own, seen under its own address only, so
// that fifty tabs do not get into each other's way.
func (s *Server) flowCookie(id, value string) *http.Cookie {
	return &http.Cookie{
		Name: views.CookieName(s.https, "flow"), Value: value, Path: interactionPath + id,
		MaxAge: int(s.usual(lifeInteraction).Seconds()), HttpOnly: true, Secure: s.https, SameSite: http.SameSiteLaxMode,
	}
}

// reopen loads the interaction a request names and judges its parameters again: since they were
// stored the client may have been disabled or have lost an address or a scope. It answers itself and
// returns nil when there is nothing to go on with.
func (s *Server) reopen(w http.ResponseWriter, r *http.Request) *visit {
	id := r.PathValue("id")
	row, err := s.db.OAuthInteractionByHash(r.Context(), models.Digest(id))
	if errors.Is(err, models.ErrNotFound) {
		s.errorPage(w, r, notFound())
		return nil
	}
	if err != nil {
		s.errorPage(w, r, fmt.Errorf("load interaction: %w", err))
		return nil
	}
	if !s.sameBrowser(r, row) {
		s.turnAway(w, r, row)
		return nil
	}
	if !s.waiting(row) {
		s.errorPage(w, r, gone())
		return nil
	}
	q, no, err := s.judgeAgain(r.Context(), row)
	switch {
	case err != nil:
		s.errorPage(w, r, fmt.Errorf("judge stored request: %w", err))
	case no != nil:
		s.answerRefusal(w, r, no)
	default:
		return &visit{q: q, row: row, id: id}
	}
	return nil
}

// waiting: neither answered nor expired.
func (s *Server) waiting(row *models.OAuthInteraction) bool {
	return row.State == models.InteractionWaiting && s.now().Before(row.ExpiresAt)
}

func (s *Server) sameBrowser(r *http.Request, row *models.OAuthInteraction) bool {
	for _, cookie := range r.CookiesNamed(views.CookieName(s.https, "flow")) {
		if subtle.ConstantTimeCompare(models.Digest(cookie.Value), row.BrowserHash) == 1 {
			return true
		}
	}
	return false
}

// turnAway answers a browser that did not begin this interaction as if there were none. Someone may
// have been sent another person's link, so it leaves a mark.
func (s *Server) turnAway(w http.ResponseWriter, r *http.Request, row *models.OAuthInteraction) {
	s.observe("oauth_security_events_total", 1, "event", string(eventForeignBrowser))
	err := s.db.Audit(r.Context(), models.AuditEvent{
		Action: eventForeignBrowser, Outcome: models.OutcomeFailure, ActorKind: "anonymous", ClientID: row.ClientID,
		TargetKind: "interaction", TargetID: row.ID,
	})
	if err != nil {
		s.errorPage(w, r, err)
		return
	}
	s.errorPage(w, r, notFound())
}

func (s *Server) judgeAgain(ctx context.Context, row *models.OAuthInteraction) (*authorizeRequest, *refusal, error) {
	var params map[string]string
	if err := json.Unmarshal([]byte(row.Request), &params); err != nil {
		return nil, nil, fmt.Errorf("read stored request: %w", err)
	}
	form := url.Values{}
	for name, value := range params {
		form.Set(name, value)
	}
	q, no, err := s.gateAuthorize(ctx, form)
	if q != nil {
		q.requestedAt = row.RequestedAt
	}
	return q, no, err
}

func notFound() *oauthError {
	return &oauthError{Status: http.StatusNotFound, Code: "invalid_request", Description: "there is no such interaction in this browser"}
}

func gone() *oauthError {
	return &oauthError{Status: http.StatusGone, Code: "invalid_request", Description: "the interaction is answered or expired"}
}

// PendingRequest is a request that waits behind a sign-in page, as far as that page tells of it and leads back to it.
type PendingRequest struct {
	Name, Host string // of the client; Host: where it returns to
	Verified   bool   // an administrator vouches for it
	FormTarget string // what form-action must allow beside 'self': the origins where the request may end, separated by spaces
}

// PendingRequest is the request that waits behind a path of ours, without its browser's proof: the id in the path is secret
// enough to learn a name and an address. Nil: none waits there.
func (s *Server) PendingRequest(ctx context.Context, path string) (*PendingRequest, error) {
	path, _, _ = strings.Cut(path, "?")
	id, found := strings.CutPrefix(path, interactionPath)
	if !found || id == "" || strings.Contains(id, "/") {
		return nil, nil
	}
	row, err := s.db.Joined(ctx).OAuthInteractionByHash(ctx, models.Digest(id))
	if errors.Is(err, models.ErrNotFound) || err == nil && !s.waiting(row) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load interaction: %w", err)
	}
	q, no, err := s.judgeAgain(ctx, row)
	if err != nil {
		return nil, fmt.Errorf("judge stored request: %w", err)
	}
	if no != nil {
		return nil, nil
	}
	return &PendingRequest{
		Name: shownName(q.client), Host: hostOf(q.redirectURI), Verified: q.client.Verified, FormTarget: q.formTarget(),
	}, nil
}

// formTarget is the origins where the request may end. Chromium applies form-action to every redirect that follows a form.
func (q *authorizeRequest) formTarget() string {
	return strings.Join(append([]string{formTargetOf(q.redirectURI)}, q.client.LandingOrigins...), " ")
}
