package oauthserver

import (
	"context"
	"net/url"
	"testing"

	"latchkey/models"
)

// TestDisabledBetweenSteps disables the account, ends its session or disables the client between any
// two steps of the browser flow: no code comes out.
func TestDisabledBetweenSteps(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		w.client("app", nil)
		type journey struct {
			b       *browser
			session string
			path    string
		}
		steps := []func(*journey) *reply{
			func(j *journey) *reply { return j.b.send("POST", "/oauth/authorize", authorizeParams("app"), nil) },
			func(j *journey) *reply { return j.b.get(j.path) },
			func(j *journey) *reply {
				return j.b.post(j.path, url.Values{"decision": {"allow"}, "scope": {"profile"}})
			},
		}
		for name, spoil := range map[string]struct{ do, undo func(j *journey) error }{
			"account disabled": {
				func(*journey) error { w.host.change("ada", func(a *Account) { a.Active = false }); return nil },
				func(*journey) error { w.host.change("ada", func(a *Account) { a.Active = true }); return nil },
			},
			"session ended": {
				func(j *journey) error { w.host.drop(j.session); return nil },
				func(*journey) error { return nil },
			},
			"client disabled": {
				func(*journey) error { return w.s.DisableClient(ctx, byTest, "app") },
				func(*journey) error { return w.s.EnableClient(ctx, byTest, "app") },
			},
		} {
			for after := range len(steps) {
				j := &journey{b: w.browser()}
				j.session = j.b.signIn("ada")
				var answer *reply
				for i, step := range steps {
					if i == after {
						if err := spoil.do(j); err != nil {
							t.Fatal(err)
						}
					}
					if answer = step(j); i == 0 {
						j.path = answer.Header.Get("Location")
					}
					if i >= after && answer.StatusCode != 303 {
						break
					}
				}
				if values, err := url.Parse(answer.Header.Get("Location")); err != nil || values.Query().Has("code") || values.Host != "" || answer.StatusCode == 200 {
					t.Errorf("%s after step %d: %d to %q", name, after, answer.StatusCode, answer.Header.Get("Location"))
				}
				if err := spoil.undo(j); err != nil {
					t.Fatal(err)
				}
			}
		}
		if w.rows("oauth_codes") != 0 || w.rows("oauth_consents") != 0 {
			t.Error("a code or a consent was written")
		}
		b := w.browser()
		b.signIn("ada")
		b.allow(b.get(authorizePath("app")).interaction(), "profile").code() // the walk itself works
	})
}

// TestSubjectNeverInherits: a person who gets the id of a deleted one finds nothing of theirs.
func TestSubjectNeverInherits(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		w.ready()
		w.client("app", nil)
		w.client("trusted", func(c *models.OAuthClient) { c.Consent = "skip" })
		got := w.signInAt("ada", "trusted", allScopes)
		code, _ := w.codeFor("ada", "trusted", allScopes)
		b := w.browser()
		session := b.signIn("ada")
		b.remember(authorizePath("app"), "profile", "notes:read")
		grant := w.grant("ada", "app", session, "openid", "offline_access")
		pending := b.get(authorizePath("app", "prompt", "consent")).interaction()
		if err := w.s.AccountDeleted(ctx, "ada"); err != nil {
			t.Fatal(err)
		}
		w.host.drop(session)
		delete(w.host.people, "ada")

		b.signIn("ada") // someone else, by chance of the same name
		if apps, err := w.s.Apps(ctx, "ada"); err != nil || len(apps) != 0 || w.ended(grant) != "account_deleted" {
			t.Errorf("apps %v, %v; the grant: %q", apps, err, w.ended(grant))
		}
		if w.alive("trusted", got.access) {
			t.Error("an old access token works")
		}
		w.refreshed("trusted", got.refresh).fails(400, "invalid_grant")
		w.as("trusted", "/oauth/token", codeForm(code)).fails(400, "invalid_grant")
		b.get(authorizePath("app")).interaction()
		b.get(pending).interaction() // asks again, as anybody
		if _, err := w.db.OAuthConsentOf(ctx, "ada", "app"); err != models.ErrNotFound {
			t.Errorf("an old consent: %v", err)
		}
	})
}
