package main

import (
	"errors"
	"net/url"
	"testing"

	"latchkey/auth"
	"latchkey/oauthserver"
)

// TestLoginURL: a proof of the same person is asked for at /reauth, which keeps the session; only a change of
// person leads to the sign-in page of somebody who is signed in.
func TestLoginURL(t *testing.T) {
	for name, c := range map[string]struct {
		reasons oauthserver.LoginReason
		hint    string
		page    string
		query   url.Values
	}{
		"nobody":                    {oauthserver.NoSession, "", "/login", url.Values{}},
		"nobody, a hint":            {oauthserver.NoSession, "a@example.test", "/login", url.Values{"login_hint": {"a@example.test"}}},
		"a hint that is no address": {oauthserver.NoSession, "12345", "/login", url.Values{}},
		"prompt":                    {oauthserver.Prompt, "a@example.test", "/reauth", url.Values{}},
		"too long ago":              {oauthserver.MaxAge, "", "/reauth", url.Values{}},
		"stronger":                  {oauthserver.Stronger | oauthserver.Prompt, "", "/reauth", url.Values{}},
		"prompt of nobody":          {oauthserver.Prompt | oauthserver.NoSession, "", "/login", url.Values{}},
		"create":                    {oauthserver.Create | oauthserver.NoSession, "", "/signup", url.Values{}},
		"select":                    {oauthserver.Select, "", "/login", url.Values{"switch": {"1"}}},
		"another person":            {oauthserver.OtherAccount | oauthserver.Prompt, "", "/login", url.Values{"switch": {"1"}}},
	} {
		got := accounts{}.LoginURL(oauthserver.LoginRequest{ReturnTo: "/oauth/authorize/ID", Reasons: c.reasons, LoginHint: c.hint})
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
