package oauthserver

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"latchkey/models"
)

// TestRevokedConsentKillsTokens: what an operator takes back ends in the same moment, everywhere, and comes back with no
// token; what the person allowed others, and what others allowed the client, goes on.
func TestRevokedConsentKillsTokens(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		ctx, by := context.Background(), w.operatorWith(RightRead, RightRevokeAccess)
		w.client("cousin", func(c *models.OAuthClient) { c.Consent = "skip" })
		mine, twin := w.signInAt("ada", "app", allScopes), w.signInAt("ada", "app", "openid notes:read")
		cousin, bob := w.signInAt("ada", "cousin", allScopes), w.signInAt("bob", "app", allScopes)
		code, _ := w.codeFor("ada", "app", allScopes)
		id := w.aConsent("ada", "app")
		w.aConsent("bob", "app")
		preview, err := w.s.OpenConsent(ctx, by, id)
		w.must(err)
		if preview.Reach.SignIns != 2+1 || // with the one whose code waits
			preview.Reach.AccessTokens != 2 || preview.Subject != "ada" || preview.Client != "Client app" || len(preview.Scopes) != 2 {
			t.Errorf("preview %+v", preview)
		}
		by.Seen = preview.Version
		w.must(w.s.RevokeConsent(ctx, by, id))
		for name, got := range map[string]tokens{"mine": mine, "twin": twin} {
			if w.alive("app", got.access) {
				t.Errorf("%s: the access token lives", name)
			}
			if got.refresh != "" {
				w.refreshed("app", got.refresh).fails(400, "invalid_grant")
			}
		}
		w.as("app", "/oauth/token", codeForm(code)).fails(400, "invalid_grant")
		if !w.alive("cousin", cousin.access) || !w.alive("app", bob.access) {
			t.Error("too much ended")
		}
		w.refreshed("app", bob.refresh).json(200)
		row := w.events(eventConsentEnd)[0]
		if row.SubjectID != "ada" || row.ClientID != "app" || row.TargetID != id || row.Meta["grants_ended"] != 3.0 || row.Changes["scopes"].Old == nil {
			t.Errorf("row %+v", row)
		}
		if err := w.s.RevokeConsent(ctx, by, id); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("again: %v", err)
		}
	})
}

// TestConsentOfWhomItMayNotTouch: nobody acts on their own access here, nor on that of a person the host protects; the try
// is a row that names the person.
func TestConsentOfWhomItMayNotTouch(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		ctx, by := context.Background(), w.operatorWith(RightRead, RightRevokeAccess)
		unasked := by
		unasked.MayTouch = nil
		for subject, by := range map[string]Operator{by.ID: by, "boss": by, "ada": unasked} {
			got := w.signInAt(subject, "app", allScopes)
			id := w.aConsent(subject, "app")
			preview, err := w.s.OpenConsent(ctx, by, id)
			w.must(err)
			by.Seen = preview.Version
			w.clock.Add(time.Second)
			if err := w.s.RevokeConsent(ctx, by, id); !errors.Is(err, ErrRefused) || !w.alive("app", got.access) {
				t.Errorf("%s: %v", subject, err)
			}
			if row := w.events(eventConsentEnd)[0]; row.Outcome != models.OutcomeRefused || row.SubjectID != subject || len(row.Changes) != 0 {
				t.Errorf("%s: %+v", subject, row)
			}
		}
	})
}

// TestConsentsList: every filter, both ways through the pages.
func TestConsentsList(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		ctx, by := context.Background(), w.operatorWith(RightRead)
		var middle time.Time
		for i, pair := range []string{"ada app", "bob app", "ada spa", "cleo app", "dan spa"} {
			w.clock.Add(time.Hour)
			if i == 2 {
				middle = w.s.now()
			}
			subject, client, _ := strings.Cut(pair, " ")
			w.aConsent(subject, client)
		}
		w.signInAt("bob", "app", allScopes)
		for name, c := range map[string]struct {
			f    ConsentFilter
			want string
		}{
			"all":        {ConsentFilter{}, "dan/spa cleo/app ada/spa bob/app ada/app"},
			"member":     {ConsentFilter{Subject: "ada"}, "ada/spa ada/app"},
			"client":     {ConsentFilter{ClientID: "app"}, "cleo/app bob/app ada/app"},
			"both":       {ConsentFilter{Subject: "ada", ClientID: "app"}, "ada/app"},
			"from":       {ConsentFilter{From: middle}, "dan/spa cleo/app ada/spa"},
			"to":         {ConsentFilter{To: middle}, "bob/app ada/app"},
			"of a time":  {ConsentFilter{From: middle, To: middle.Add(time.Hour)}, "ada/spa"},
			"of nobody ": {ConsentFilter{Subject: "eve"}, ""},
		} {
			var got []string
			older := ""
			for {
				page, err := w.s.Consents(ctx, by, c.f, models.Place{Older: older, Limit: 2})
				w.must(err)
				for _, consent := range page.Consents {
					got = append(got, consent.Subject+"/"+consent.ClientID)
					if used := !consent.LastUsed.IsZero(); used != (consent.Subject == "bob") {
						t.Errorf("%s: %+v", name, consent)
					}
				}
				if page.Newer != "" {
					back, err := w.s.Consents(ctx, by, c.f, models.Place{Newer: page.Newer, Limit: 2})
					w.must(err)
					if len(back.Consents) != 2 || back.Older == "" {
						t.Errorf("%s: back to %+v", name, back)
					}
				}
				if older = page.Older; older == "" {
					break
				}
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%s: %v", name, got)
			}
		}
		w.clock.Add(lifeConsent.usual)
		if page, err := w.s.Consents(ctx, by, ConsentFilter{}, models.Place{Limit: 25}); err != nil || len(page.Consents) != 0 {
			t.Errorf("what expired is listed: %+v, %v", page, err)
		}
	})
}
