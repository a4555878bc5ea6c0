package oauthserver

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"latchkey/models"
	"latchkey/views"
)

const appsPath = "/account/apps"

// person is who is signed in at one of the account pages; it answers itself and returns nil for nobody.
func (s *Server) person(w http.ResponseWriter, r *http.Request) *Account {
	account, err := s.current(r)
	if err != nil {
		s.errorPage(w, r, err)
		return nil
	}
	if account != nil {
		return account
	}
	login, err := s.loginURL(LoginRequest{ReturnTo: appsPath, Reasons: NoSession})
	if err != nil {
		s.errorPage(w, r, err)
		return nil
	}
	views.RedirectHTTP(w, r, login)
	return nil
}

// ownApps are the apps of the person signed in; it answers itself and returns false for nobody.
func (s *Server) ownApps(w http.ResponseWriter, r *http.Request) ([]App, bool) {
	account := s.person(w, r)
	if account == nil {
		return nil, false
	}
	apps, err := s.Apps(r.Context(), account.Subject)
	if err != nil {
		s.errorPage(w, r, err)
		return nil, false
	}
	return apps, true
}

func (s *Server) showApps(w http.ResponseWriter, r *http.Request) {
	if apps, ok := s.ownApps(w, r); ok {
		s.page(w, r, http.StatusOK, views.Apps(appsPage(apps)), "")
	}
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
	apps, ok := s.ownApps(w, r)
	if !ok {
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
	form, ok := s.ownForm(w, r)
	if !ok {
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
		views.RedirectHTTPWith(w, r, appsPath, views.FlashAppRevoked)
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
	page := views.ErrorFor(http.StatusNotFound, models.OriginOf(r.Context()).RequestID)
	if !s.toast(w, r, http.StatusNotFound, page.Heading+". "+page.Sentence) {
		s.page(w, r, http.StatusNotFound, views.Error(page), "")
	}
}
