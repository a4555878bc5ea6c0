package main

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/oauthserver"
)

// TestLoginURL: a proof of the same person is asked for at /reauth, which keeps the session; only a change of
// person leads to the sign-in page of somebody who is signed in.
func TestLoginURL(t *testing.T) {
	for name, c := range map[string]struct {
		reasons oauthserver.LoginReason
		hint    string
		levels  []string
		page    string
		query   url.Values
	}{
		"nobody":                    {oauthserver.NoSession, "", nil, "/login", url.Values{}},
		"nobody, a hint":            {oauthserver.NoSession, "a@example.test", nil, "/login", url.Values{"login_hint": {"a@example.test"}}},
		"a hint that is no address": {oauthserver.NoSession, "12345", nil, "/login", url.Values{}},
		"prompt":                    {oauthserver.Prompt, "a@example.test", nil, "/reauth", url.Values{}},
		"too long ago":              {oauthserver.MaxAge, "", nil, "/reauth", url.Values{}},
		"stronger":                  {oauthserver.Stronger | oauthserver.Prompt, "", nil, "/reauth", url.Values{}},
		"a second step":             {oauthserver.Stronger, "", []string{"phr", "aal2"}, "/reauth", url.Values{"level": {"aal2"}}},
		"a passkey":                 {oauthserver.Stronger, "", []string{"phr"}, "/reauth", url.Values{"level": {"phr"}}},
		"prompt of nobody":          {oauthserver.Prompt | oauthserver.NoSession, "", nil, "/login", url.Values{}},
		"create":                    {oauthserver.Create | oauthserver.NoSession, "", nil, "/signup", url.Values{}},
		"select":                    {oauthserver.Select, "", nil, "/login", url.Values{"switch": {"1"}}},
		"another person":            {oauthserver.OtherAccount | oauthserver.Prompt, "", nil, "/login", url.Values{"switch": {"1"}}},
	} {
		got := accounts{}.LoginURL(oauthserver.LoginRequest{ReturnTo: "/oauth/authorize/ID", Reasons: c.reasons, LoginHint: c.hint, ACRValues: c.levels})
		c.query.Set("return_to", "/oauth/authorize/ID")
		if want := c.page + "?" + c.query.Encode(); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// TestFind: a person who is gone is nobody, one who is off exists and may not act.
func TestFind(t *testing.T) {
	h := testHouse(t)
	ctx, a := t.Context(), accounts{h.people, h.pages}
	if _, err := a.Find(ctx, "nobody", ""); !errors.Is(err, oauthserver.ErrNoAccount) {
		t.Errorf("nobody: %v", err)
	}
	u, err := h.people.CreateUser(ctx, auth.NewUser{Email: "a@example.test", Verified: true})
	if err != nil {
		t.Fatal(err)
	}
	found, err := a.Find(ctx, u.ID, "no such session")
	if err != nil || !found.Active || found.SessionLive || found.Name != u.Email || found.AccessEpoch == 0 {
		t.Errorf("member: %+v, %v", found, err)
	}
	if err := h.people.DisableUser(ctx, u.ID, "test", nil); err != nil {
		t.Fatal(err)
	}
	off, err := a.Find(ctx, u.ID, "")
	if err != nil || off.Active || off.AccessEpoch == found.AccessEpoch {
		t.Errorf("off: %+v, %v", off, err)
	}
}

// TestErasedAccount: with an account that auth erases ends what it allowed, in the same transaction.
func TestErasedAccount(t *testing.T) {
	later := time.Duration(0)
	h := testHouse(t, func(c *Config) { c.Now = func() time.Time { return time.Now().Add(later) } })
	ctx := t.Context()
	if _, err := h.people.SignUp(ctx, auth.SignUp{Email: "a@example.test", Password: demoPassword}); err != nil {
		t.Fatal(err)
	}
	u, err := h.people.UserByEmail(ctx, "a@example.test")
	if err != nil {
		t.Fatal(err)
	}
	client, _, err := h.oauth.CreateClient(ctx, oauthserver.System("test", ""), models.OAuthClient{Name: "App", RedirectURIs: models.Strings{"https://app.example.test/"}})
	if err != nil {
		t.Fatal(err)
	}
	grant := models.OAuthGrant{ID: models.NewID(), ClientID: client.ID, Subject: u.ID, CreatedAt: h.db.Now()}
	if err := h.db.CreateOAuthGrant(ctx, &grant); err != nil {
		t.Fatal(err)
	}
	if err := h.db.PutOAuthConsent(ctx, &models.OAuthConsent{
		ID: models.NewID(), Subject: u.ID, ClientID: client.ID, CreatedAt: h.db.Now(), ExpiresAt: h.db.Now().AddDate(1, 0, 0),
	}); err != nil {
		t.Fatal(err)
	}
	later = 8 * 24 * time.Hour
	if err := h.people.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := h.db.UserByID(ctx, u.ID); !errors.Is(err, models.ErrNotFound) {
		t.Fatalf("the account is still there: %v", err)
	}
	if ended, err := h.db.OAuthGrantByID(ctx, grant.ID); err != nil || ended.RevokedAt == nil || ended.RevokedReason != "account_deleted" {
		t.Errorf("the grant: %+v, %v", ended, err)
	}
	if _, err := h.db.OAuthConsentOf(ctx, u.ID, client.ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("the consent is still there: %v", err)
	}
}
