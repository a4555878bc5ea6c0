package oauthserver

import (
	"net/url"
	"testing"
	"time"

	"latchkey/models"
)

// TestLifetimes (D-42): what operators choose holds from the next code and token on, for each grant, unless a client has a policy of
// its own; and the page of a client says what holds for it.
func TestLifetimes(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		chosen := map[string]string{"access-token": "5m", "service-token": "10m", "id-token": "15m", "refresh-idle": "2h", "refresh-absolute": "48h", "consent": "240h"}
		if err := w.s.ChangeSettings(chosen); err != nil {
			t.Fatal(err)
		}
		now := w.clock.Now()
		got := w.signInAt("alice", "app", "openid offline_access")
		grant := w.onlyGrant()
		_, claims := w.claimsOfJWT(got.id)
		for what, c := range map[string]struct{ got, want time.Duration }{
			"an access token":   {lifeOf(got.all), 5 * time.Minute},
			"an ID token":       {time.Duration(claims["exp"].(float64)-claims["iat"].(float64)) * time.Second, 15 * time.Minute},
			"refresh, unused":   {grant.RefreshIdleUntil.Sub(now), 2 * time.Hour},
			"refresh, in all":   {grant.RefreshAbsoluteUntil.Sub(now), 48 * time.Hour},
			"a service's token": {w.serviceTokenLife(), 10 * time.Minute},
		} {
			if d := c.got - c.want; d.Abs() > time.Minute {
				t.Errorf("%s lives %s, want %s", what, c.got, c.want)
			}
		}
		for _, p := range w.s.Policies(models.OAuthClient{}) {
			if want, known := map[string]string{"access_token_seconds": "5 minutes", "refresh_idle_seconds": "2 hours"}[p.Name]; known && p.Result != want {
				t.Errorf("%+v", p)
			}
		}

		client, err := w.db.OAuthClientByID(t.Context(), "app")
		w.must(err)
		w.changeClient(client, func(c *models.OAuthClient) { c.AccessTokenSeconds = 7200 })
		if own := lifeOf(w.signInAt("alice", "app", "openid").all); own != 2*time.Hour {
			t.Errorf("a client's own life: %s", own)
		}
		if says, err := w.s.SettingEffect(t.Context(), "access-token", "5m0s"); err != nil || len(says) != 1 || says[0] != "1 client has a time of its own and keeps it." {
			t.Errorf("the preview: %q, %v", says, err)
		}
	})
}

// serviceTokenLife is how long a token of a client itself works.
func (w *world) serviceTokenLife() time.Duration {
	w.client("service", func(c *models.OAuthClient) {
		c.Kind, c.Grants, c.RedirectURIs, c.Scopes = "service", models.Strings{"client_credentials"}, nil, models.Strings{"notes:read"}
	})
	return lifeOf(w.as("service", "/oauth/token", url.Values{"grant_type": {"client_credentials"}, "scope": {"notes:read"}}).json(200))
}

func lifeOf(answer map[string]any) time.Duration {
	return time.Duration(answer["expires_in"].(float64)) * time.Second
}
