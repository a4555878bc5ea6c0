package models_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"latchkey/models"
)

const (
	grantOfTest = "grant"
	codeOfTest  = "code"
	tokenOfTest = "token"
)

// prepareOAuthChanges makes a client that the person has let in.
func prepareOAuthChanges(t *testing.T, db *models.DB, r resident) {
	t.Helper()
	ctx, now := t.Context(), db.Now()
	for _, err := range []error{
		db.CreateOAuthClient(ctx, &models.OAuthClient{ID: "client", Name: "App", Kind: "web", CreatedAt: now, UpdatedAt: now}),
		db.CreateOAuthClientSecret(ctx, &models.OAuthClientSecret{ID: "secret", ClientID: "client", Hash: []byte("secret"), CreatedAt: now}),
		db.CreateOAuthGrant(ctx, &models.OAuthGrant{ID: grantOfTest, ClientID: "client", Subject: r.ID, SessionID: r.session.ID, RefreshHash: []byte("refresh"), CreatedAt: now}),
		db.CreateOAuthCode(ctx, &models.OAuthCode{ID: codeOfTest, Hash: []byte("code"), GrantID: grantOfTest, ClientID: "client", CreatedAt: now, ExpiresAt: now.Add(time.Hour)}),
		db.CreateOAuthAccessToken(ctx, &models.OAuthAccessToken{ID: tokenOfTest, Hash: []byte("access"), GrantID: grantOfTest, ClientID: "client", CreatedAt: now, ExpiresAt: now.Add(time.Hour)}),
		db.PutOAuthConsent(ctx, &models.OAuthConsent{ID: "consent", Subject: r.ID, ClientID: "client", CreatedAt: now, ExpiresAt: now.Add(time.Hour)}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// oauthChanges are what the transactions of the OAuth server write.
var oauthChanges = map[string]func(ctx context.Context, tx *models.Tx, r resident) error{
	"register": func(ctx context.Context, tx *models.Tx, _ resident) error {
		now := tx.Now()
		return errors.Join(tx.CreateOAuthClient(ctx, &models.OAuthClient{ID: "other", Name: "Other", Kind: "web", CreatedAt: now, UpdatedAt: now}),
			tx.CreateOAuthClientSecret(ctx, &models.OAuthClientSecret{ID: "other", ClientID: "other", Hash: []byte("x"), CreatedAt: now}))
	},
	"new secret": func(ctx context.Context, tx *models.Tx, _ resident) error {
		return errors.Join(tx.EndOAuthClientSecrets(ctx, "client", tx.Now()),
			tx.CreateOAuthClientSecret(ctx, &models.OAuthClientSecret{ID: "new", ClientID: "client", Hash: []byte("x"), CreatedAt: tx.Now()}))
	},
	"disable client": func(ctx context.Context, tx *models.Tx, _ resident) error {
		_, err := tx.RevokeGrantsOfClient(ctx, "client", "x")
		return errors.Join(err, tx.DisableOAuthClient(ctx, "client"))
	},
	"allow": func(ctx context.Context, tx *models.Tx, r resident) error {
		now := tx.Now()
		_, err := tx.OAuthSID(ctx, r.session.ID, "client", r.ID)
		return errors.Join(err,
			tx.CreateOAuthGrant(ctx, &models.OAuthGrant{ID: "new", ClientID: "client", Subject: r.ID, CreatedAt: now}),
			tx.CreateOAuthCode(ctx, &models.OAuthCode{ID: "new", Hash: []byte("new"), GrantID: "new", ClientID: "client", CreatedAt: now, ExpiresAt: now.Add(time.Hour)}),
			tx.PutOAuthConsent(ctx, &models.OAuthConsent{ID: "new", Subject: r.ID, ClientID: "client", Scopes: models.Strings{"more"}, CreatedAt: now, ExpiresAt: now.Add(time.Hour)}))
	},
	"redeem": func(ctx context.Context, tx *models.Tx, _ resident) error {
		now := tx.Now()
		return errors.Join(tx.UseOAuthCode(ctx, codeOfTest),
			tx.BeginOAuthGrant(ctx, &models.OAuthGrant{ID: grantOfTest, RefreshHash: []byte("first"), LastUsedAt: &now}),
			tx.CreateOAuthAccessToken(ctx, &models.OAuthAccessToken{ID: "new", Hash: []byte("new"), GrantID: grantOfTest, ClientID: "client", CreatedAt: now, ExpiresAt: now.Add(time.Hour)}))
	},
	"refresh": func(ctx context.Context, tx *models.Tx, _ resident) error {
		return tx.RotateOAuthGrant(ctx, &models.OAuthGrant{ID: grantOfTest, RefreshHash: []byte("next")}, []byte("refresh"))
	},
	"revoke a token": func(ctx context.Context, tx *models.Tx, _ resident) error {
		return tx.RevokeOAuthAccessToken(ctx, tokenOfTest)
	},
	"take back": func(ctx context.Context, tx *models.Tx, r resident) error {
		_, err := tx.RevokeGrantsOfApp(ctx, r.ID, "client", "x")
		_, consentErr := tx.DeleteOAuthConsent(ctx, r.ID, "client")
		return errors.Join(err, consentErr)
	},
	"move": func(ctx context.Context, tx *models.Tx, r resident) error {
		return tx.MoveOAuthSession(ctx, r.session.ID, "elsewhere")
	},
}
