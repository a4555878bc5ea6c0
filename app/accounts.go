package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/oauthserver"
	"latchkey/views"
)

// accounts answers what the OAuth server asks about people (oauthserver.AccountResolver) with what auth knows
// of them. main.go wires it. What auth tells the OAuth server goes through tellOAuth in oauth.go.
type accounts struct {
	people *auth.Service
	pages  *auth.Handler
}

type personKey struct{}

// keepPerson hands on who LoadSession found, so that the session is not looked up twice.
func (h *house) keepPerson(c *fiber.Ctx) error {
	if u := auth.CurrentUser(c); u != nil {
		c.SetUserContext(context.WithValue(c.UserContext(), personKey{}, u))
	}
	return c.Next()
}

// Current is the person signed in at the browser of r.
func (a accounts) Current(r *http.Request) (oauthserver.Account, error) {
	if u, found := r.Context().Value(personKey{}).(*auth.User); found {
		if u.ActorID != "" { // an operator views: no app may be let in by them
			return oauthserver.Account{}, oauthserver.ErrNoAccount
		}
		return account(u), nil
	}
	u, err := a.people.FromRequest(r)
	if errors.Is(err, auth.ErrSignedOut) {
		return oauthserver.Account{}, oauthserver.ErrNoAccount
	}
	if err != nil {
		return oauthserver.Account{}, fmt.Errorf("who is signed in: %w", err)
	}
	return account(u), nil
}

// account tells of a person whose session is open. auth finds no session of an account that is off; one whose
// address is not proven yet may look around, but nobody acts for it.
func account(u *auth.User) oauthserver.Account {
	return oauthserver.Account{
		Subject: u.ID, Active: u.Verified, Name: views.DisplayName(u.Name, u.Email), SessionID: u.SessionID, SessionLive: true,
		AccessEpoch: u.AccessEpoch, AuthTime: u.AuthTime, ACR: u.ACR, AMR: u.AMR,
	}
}

// Find is a person by subject, signed in or not.
func (a accounts) Find(ctx context.Context, subject, sessionID string) (oauthserver.Account, error) {
	found, err := a.people.Standing(ctx, subject, sessionID)
	if errors.Is(err, models.ErrNotFound) {
		return oauthserver.Account{}, oauthserver.ErrNoAccount
	}
	if err != nil {
		return oauthserver.Account{}, fmt.Errorf("find account: %w", err)
	}
	return oauthserver.Account{
		Subject: found.User.ID, Active: found.Active, Name: views.DisplayName(found.User.Name, found.User.Email), AccessEpoch: found.User.AccessEpoch,
		SessionID: sessionID, SessionLive: found.SessionLive,
	}, nil
}

// Claims is what is known of a person; the OAuth server decides which of it a client sees.
func (a accounts) Claims(ctx context.Context, q oauthserver.ClaimsQuery) (map[string]any, error) {
	claims, err := a.people.Claims(ctx, q.Subject)
	if errors.Is(err, models.ErrNotFound) {
		return nil, oauthserver.ErrNoAccount
	}
	return claims, err
}

// LoginURL leads to the page that satisfies the reasons. A fresh or stronger proof of the same person is asked
// for at /reauth: the session stays, so no other program is signed out by it.
func (a accounts) LoginURL(r oauthserver.LoginRequest) string {
	query := url.Values{"return_to": {r.ReturnTo}}
	if hint := r.LoginHint; hint != "" && strings.Contains(hint, "@") {
		query.Set("login_hint", hint)
	}
	page := "/login"
	switch {
	case r.Reasons.Has(oauthserver.Select), r.Reasons.Has(oauthserver.OtherAccount):
		query.Set("switch", "1")
	case r.Reasons.Has(oauthserver.Create):
		page = "/signup"
	case r.Reasons.Has(oauthserver.NoSession):
	default:
		page = "/reauth"
		query.Del("login_hint")
		if r.Reasons.Has(oauthserver.Stronger) && len(r.ACRValues) > 0 {
			query.Set("level", weakest(r.ACRValues))
		}
	}
	return page + "?" + query.Encode()
}

// weakest is the level that is enough where any of these is.
func weakest(levels []string) string {
	return slices.MinFunc(levels, func(a, b string) int {
		return cmp.Compare(slices.Index(auth.Levels, a), slices.Index(auth.Levels, b))
	})
}

// EndSession ends a session, and clears the cookie when it is this browser's.
func (a accounts) EndSession(w http.ResponseWriter, r *http.Request, sessionID string) error {
	u, err := a.people.FromRequest(r)
	if err != nil && !errors.Is(err, auth.ErrSignedOut) {
		return fmt.Errorf("end session: %w", err)
	}
	if err := a.people.EndSession(r.Context(), sessionID); err != nil {
		return err
	}
	if u != nil && u.SessionID == sessionID {
		a.pages.ClearCookie(w)
	}
	return nil
}
