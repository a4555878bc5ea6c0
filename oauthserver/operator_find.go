package oauthserver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"latchkey/models"
)

// clientsFound is how many clients a search names at most.
const clientsFound = 6

// Found is what a text leads operators to.
type Found struct {
	Clients []models.OAuthClient     // of which a word of the name, the id or a redirect host begins with it
	Client  *models.OAuthClient      // that has it for an id; nil: none
	Consent *models.OAuthConsent     // that has it
	Family  *models.OAuthGrant       // of tokens
	Access  *models.OAuthAccessToken // that has it
	Key     string                   // the id of the signing key that has it
}

// Find looks for what operators may mean by a text. Nothing of it is kept. Errors: ErrRefused.
func (s *Server) Find(ctx context.Context, by Operator, typed string) (f Found, err error) {
	if err := by.reads(); err != nil {
		return f, err
	}
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return f, nil
	}
	if f.Clients, err = s.db.FindOAuthClients(ctx, typed, clientsFound); err != nil {
		return f, fmt.Errorf("find clients: %w", err)
	}
	if plainID.MatchString(typed) {
		err = f.findByID(ctx, s.db, typed)
	}
	return f, err
}

// clientsMeant is how many clients are looked at for the one that is meant.
const clientsMeant = 50

// ClientsMeant are the clients that an operator may mean by a text: the one with that id, the one with that name, or those that a
// search would find. Errors: ErrRefused.
func (s *Server) ClientsMeant(ctx context.Context, by Operator, typed string) ([]models.OAuthClient, error) {
	if err := by.reads(); err != nil {
		return nil, err
	}
	client, err := s.db.OAuthClientByID(ctx, typed)
	if err == nil {
		return []models.OAuthClient{*client}, nil
	}
	if !errors.Is(err, models.ErrNotFound) {
		return nil, fmt.Errorf("find a client: %w", err)
	}
	first, _, several := strings.Cut(typed, " ") // a term is one word
	found, err := s.db.FindOAuthClients(ctx, first, clientsMeant)
	if err != nil {
		return nil, fmt.Errorf("find clients: %w", err)
	}
	unlike := func(c models.OAuthClient) bool {
		return several && !strings.HasPrefix(strings.ToLower(c.Name), strings.ToLower(typed))
	}
	found = slices.DeleteFunc(found, unlike)
	if i := slices.IndexFunc(found, func(c models.OAuthClient) bool { return strings.EqualFold(c.Name, typed) }); i >= 0 {
		return found[i : i+1], nil
	}
	return found, nil
}

func (f *Found) findByID(ctx context.Context, db *models.DB, id string) (err error) {
	missing := func(err error) bool { return errors.Is(err, models.ErrNotFound) }
	if f.Client, err = db.OAuthClientByID(ctx, id); err != nil && !missing(err) {
		return fmt.Errorf("find a client: %w", err)
	}
	if f.Key, err = db.OAuthKeyNamed(ctx, id); err != nil && !missing(err) {
		return fmt.Errorf("find a key: %w", err)
	}
	if f.Family, err = db.OAuthGrantByID(ctx, strings.ToUpper(id)); err != nil && !missing(err) {
		return fmt.Errorf("find a family of tokens: %w", err)
	}
	if f.Access, err = db.OAuthAccessTokenByID(ctx, strings.ToUpper(id)); err != nil && !missing(err) {
		return fmt.Errorf("find an access token: %w", err)
	}
	if f.Consent, err = db.OAuthConsentByID(ctx, strings.ToUpper(id)); err != nil && !missing(err) {
		return fmt.Errorf("find a consent: %w", err)
	}
	return nil
}
