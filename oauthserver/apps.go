package oauthserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"latchkey/models"
	"latchkey/views"
)

const appsPath = "/account/apps"

// App is a client that a person let in.
type App struct {
	ID, Name, Host string // Host: where it returns to
	Verified       bool
	Scopes         []Scope
	Since          time.Time
	LastUsed       time.Time
	Families       []Family
}

// Family is one sign-in of an app: the tokens that descend from one consent.
type Family struct {
	ID, Label string
	Since     time.Time
	LastUsed  time.Time
	Expires   time.Time // zero: with the access token, or with the session
}

// Apps lists the clients that can act for a person now, by name.
func (s *Server) Apps(ctx context.Context, subject string) ([]App, error) {
	db := s.db.Joined(ctx)
	grants, err := db.OAuthGrantsOf(ctx, subject)
	if err != nil {
		return nil, fmt.Errorf("list grants: %w", err)
	}
	byClient := map[string][]models.OAuthGrant{}
	var ids []string
	for _, grant := range grants {
		if !s.ended(&grant) {
			if byClient[grant.ClientID] == nil {
				ids = append(ids, grant.ClientID)
			}
			byClient[grant.ClientID] = append(byClient[grant.ClientID], grant)
		}
	}
	clients, err := db.OAuthClientsByID(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("list clients: %w", err)
	}
	var apps []App
	for _, id := range ids {
		if client := clients[id]; client != nil {
			apps = append(apps, s.appOf(client, byClient[id]))
		}
	}
	slices.SortFunc(apps, func(a, b App) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return apps, nil
}

// ended: a family whose code nobody took, or whose refresh token ran out, and whose access tokens are
// older than any may live.
func (s *Server) ended(grant *models.OAuthGrant) bool {
	if grant.LastUsedAt == nil {
		return true
	}
	now := s.now()
	past := func(until *time.Time) bool { return until == nil || !now.Before(*until) }
	refreshes := !past(grant.RefreshIdleUntil) && !past(grant.RefreshAbsoluteUntil)
	// The newest access token was made when it was last used.
	return !refreshes && now.After(grant.LastUsedAt.Add(lifeAccessToken.most))
}

func (s *Server) appOf(client *models.OAuthClient, grants []models.OAuthGrant) App {
	app := App{ID: client.ID, Name: client.Name, Verified: client.Verified, Since: grants[0].CreatedAt}
	if len(client.RedirectURIs) > 0 {
		app.Host = hostOf(client.RedirectURIs[0])
	}
	var names []string
	for _, grant := range grants {
		family := Family{ID: grant.ID, Label: cmp.Or(grant.Label, "Signed in with this app"), Since: grant.CreatedAt, LastUsed: *grant.LastUsedAt}
		app.LastUsed = later(app.LastUsed, family.LastUsed)
		if grant.RefreshIdleUntil != nil {
			family.Expires = *grant.RefreshIdleUntil
		}
		if grant.CreatedAt.Before(app.Since) {
			app.Since = grant.CreatedAt
		}
		names = append(names, grant.Scopes...)
		app.Families = append(app.Families, family)
	}
	for _, scope := range s.cfg.Scopes {
		if slices.Contains(names, scope.Name) {
			scope.Sentence = s.scopeRow(client, scope.Name).Sentence
			app.Scopes = append(app.Scopes, scope)
		}
	}
	return app
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// RevokeApp takes everything back that a person allowed a client: every token ends at once, and the
// consent is forgotten. models.ErrNotFound when the person allowed it nothing.
func (s *Server) RevokeApp(ctx context.Context, subject, clientID string) error {
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		ended, err := tx.RevokeGrantsOfApp(tx.Context(), subject, clientID, "app_revoked")
		if err != nil {
			return fmt.Errorf("end grants of app: %w", err)
		}
		forgotten, err := tx.DeleteOAuthConsent(tx.Context(), subject, clientID)
		if err != nil {
			return fmt.Errorf("forget consent: %w", err)
		}
		if ended == 0 && !forgotten {
			return models.ErrNotFound
		}
		event := models.AuditEvent{
			Action: eventAppRevoke, ActorKind: "person", ActorID: subject, SubjectID: subject, ClientID: clientID,
			Meta: map[string]any{"grants_ended": ended},
		}
		if err := tx.Audit(tx.Context(), event); err != nil || !forgotten {
			return err
		}
		event.Action, event.Meta = eventConsentRevoke, nil
		return tx.Audit(tx.Context(), event)
	})
}

// RevokeFamily ends one sign-in of an app; what is remembered stays. models.ErrNotFound for a family
// that has ended or is another person's.
func (s *Server) RevokeFamily(ctx context.Context, subject, familyID string) error {
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		err := tx.RevokeOAuthGrant(tx.Context(), subject, familyID, "family_ended")
		if errors.Is(err, models.ErrSpent) {
			return models.ErrNotFound
		}
		if err != nil {
			return fmt.Errorf("end family: %w", err)
		}
		return tx.Audit(tx.Context(), models.AuditEvent{
			Action: eventFamilyEnd, ActorKind: "person", ActorID: subject, SubjectID: subject, TargetKind: "family", TargetID: familyID,
		})
	})
}

// person is who is signed in at one of the account pages; it answers itself and returns nil for nobody.
func (s *Server) person(w http.ResponseWriter, r *http.Request) *Account {
	account, err := s.current(r)
	if errors.Is(err, ErrNoAccount) {
		login := s.accounts.LoginURL(LoginRequest{ReturnTo: appsPath, Reasons: NoSession})
		if !localPath(login) {
			s.errorPage(w, r, fmt.Errorf("the host's sign-in address %q is not a local path", login))
			return nil
		}
		views.RedirectHTTP(w, r, login)
		return nil
	}
	if err != nil {
		s.errorPage(w, r, err)
		return nil
	}
	return account
}

func (s *Server) showApps(w http.ResponseWriter, r *http.Request) {
	account := s.person(w, r)
	if account == nil {
		return
	}
	apps, err := s.Apps(r.Context(), account.Subject)
	if err != nil {
		s.errorPage(w, r, err)
		return
	}
	s.page(w, r, http.StatusOK, views.Apps(appsPage(apps)), "")
}

func appsPage(apps []App) views.AppsPage {
	var page views.AppsPage
	for _, app := range apps {
		row := views.AppRow{ID: app.ID, Name: app.Name, Host: app.Host, Verified: app.Verified, Since: app.Since, LastUsed: app.LastUsed}
		for _, scope := range app.Scopes {
			row.Scopes = append(row.Scopes, views.ScopeRow{Name: scope.Name, Sentence: scope.Sentence})
		}
		for _, family := range app.Families {
			row.Families = append(row.Families, views.FamilyRow{ID: family.ID, Label: family.Label, LastUsed: family.LastUsed, Expires: family.Expires})
		}
		page.Rows = append(page.Rows, row)
	}
	return page
}

// showRevokeApp asks before an app loses access. An app the person never let in is not found, whoever
// else did.
func (s *Server) showRevokeApp(w http.ResponseWriter, r *http.Request) {
	account := s.person(w, r)
	if account == nil {
		return
	}
	apps, err := s.Apps(r.Context(), account.Subject)
	if err != nil {
		s.errorPage(w, r, err)
		return
	}
	i := slices.IndexFunc(apps, func(app App) bool { return app.ID == r.PathValue("id") })
	if i < 0 {
		s.missing(w, r)
		return
	}
	s.page(w, r, http.StatusOK, views.RevokeApp(views.RevokeAppPage{ID: apps[i].ID, Name: apps[i].Name}), "")
}

// revokeApp takes back an app, or one family of it.
func (s *Server) revokeApp(w http.ResponseWriter, r *http.Request) {
	form, fault := parseForm(r)
	switch {
	case fault != nil:
		s.errorPage(w, r, fault)
		return
	case !s.sameOrigin(r):
		s.errorPage(w, r, &oauthError{Status: http.StatusForbidden, Code: "access_denied", Description: "the form was sent from another site"})
		return
	}
	account := s.person(w, r)
	if account == nil {
		return
	}
	err := s.revokeFor(r.Context(), account, r.PathValue("id"), form.Get("family"))
	switch {
	case errors.Is(err, models.ErrNotFound):
		s.missing(w, r)
	case err != nil:
		s.errorPage(w, r, err)
	default:
		s.flash(w, views.FlashAppRevoked)
		views.RedirectHTTP(w, r, appsPath)
	}
}

func (s *Server) revokeFor(ctx context.Context, account *Account, clientID, family string) error {
	if family != "" {
		return s.RevokeFamily(ctx, account.Subject, family)
	}
	return s.RevokeApp(ctx, account.Subject, clientID)
}

// missing is the page for an app that is not there, or not this person's: never told apart.
func (s *Server) missing(w http.ResponseWriter, r *http.Request) {
	noteError(w, "not_found")
	s.page(w, r, http.StatusNotFound, views.Error(views.ErrorFor(http.StatusNotFound, models.OriginOf(r.Context()).RequestID)), "")
}

// flash leaves a notice for the next page, as views.RedirectWith does for Fiber.
func (s *Server) flash(w http.ResponseWriter, id string) {
	http.SetCookie(w, &http.Cookie{
		Name: views.CookieName(s.https, "flash"), Value: id, Path: "/", MaxAge: 60, HttpOnly: true, Secure: s.https, SameSite: http.SameSiteLaxMode,
	})
}
