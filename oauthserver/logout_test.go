package oauthserver

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/models"
)

const testLeft = "https://client.example.test/left"

func logoutPathWith(pairs ...string) string {
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return "/oauth/logout?" + form.Encode()
}

func (w *world) leavingClient(id string, change func(*models.OAuthClient)) *models.OAuthClient {
	w.Helper()
	return w.client(id, func(c *models.OAuthClient) {
		c.PostLogoutRedirectURIs = models.Strings{testLeft}
		if change != nil {
			change(c)
		}
	})
}

// live tells whether the host still has the session.
func (w *world) live(session string) bool {
	w.host.mu.Lock()
	defer w.host.mu.Unlock()
	_, live := w.host.sessions[session]
	return live
}

func TestLogoutAsksWithoutHint(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.leavingClient("app", nil)
		disabled := w.leavingClient("disabled", nil)
		w.changeClient(disabled, func(c *models.OAuthClient) { c.DisabledAt = new(w.clock.Now()) })
		for name, c := range map[string]struct {
			query url.Values
			back  string
		}{
			"nothing":         {url.Values{}, ""},
			"state alone":     {url.Values{"state": {"x"}}, ""},
			"client and URI":  {url.Values{"client_id": {"app"}, "post_logout_redirect_uri": {testLeft}, "state": {"x"}}, testLeft + "?state=x"},
			"URI alone":       {url.Values{"post_logout_redirect_uri": {testLeft}}, ""},
			"other URI":       {url.Values{"client_id": {"app"}, "post_logout_redirect_uri": {testLeft + "/"}}, ""},
			"unknown client":  {url.Values{"client_id": {"nobody"}, "post_logout_redirect_uri": {testLeft}}, ""},
			"disabled client": {url.Values{"client_id": {"disabled"}, "post_logout_redirect_uri": {testLeft}}, ""},
		} {
			b := w.browser()
			session := b.signIn("ada")
			asked := b.get("/oauth/logout?" + c.query.Encode()).want(200)
			if !strings.Contains(asked.body, "Sign out?") || !strings.Contains(asked.body, "Person ada") || !w.live(session) {
				t.Errorf("%s: not asked, or signed out unasked", name)
			}
			target := "form-action 'self';"
			if c.back != "" {
				target = "form-action 'self' https://client.example.test;"
			}
			if policy := asked.Header.Get("Content-Security-Policy"); !strings.Contains(policy, target) {
				t.Errorf("%s: %s", name, policy)
			}
			form := url.Values{"confirm": {"yes"}}
			for parameter, values := range c.query {
				form[parameter] = values
				if !strings.Contains(asked.body, `name="`+parameter+`"`) {
					t.Errorf("%s: the page forgets %s", name, parameter)
				}
			}
			answer := b.post("/oauth/logout", form)
			if c.back != "" {
				if location := answer.want(303).Header.Get("Location"); location != c.back {
					t.Errorf("%s: went to %q, want %q", name, location, c.back)
				}
			} else if !strings.Contains(answer.want(200).body, "You are signed out") {
				t.Errorf("%s: %.300s", name, answer.body)
			}
			if w.live(session) {
				t.Errorf("%s: the session lives", name)
			}
		}
	})
}

// TestLogoutCrossSite: another site can bring a browser here, but not press the button.
func TestLogoutCrossSite(t *testing.T) {
	w := aWorld(t)
	w.leavingClient("app", nil)
	b := w.browser()
	session := b.signIn("ada")
	foreign := http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://client.example.test"}}
	form := url.Values{"client_id": {"app"}, "post_logout_redirect_uri": {testLeft}}
	moved := b.send("POST", "/oauth/logout", form, foreign).want(303)
	if location := moved.Header.Get("Location"); location != "/oauth/logout?"+form.Encode() {
		t.Errorf("led on to %q", location)
	}
	form.Set("confirm", "yes")
	b.send("POST", "/oauth/logout", form, foreign).want(403)
	b.get("/oauth/logout?" + form.Encode()).want(200) // a GET confirms nothing
	if !w.live(session) {
		t.Error("signed out by another site")
	}
	if code := b.get(logoutPathWith("client_id", "app") + "&client_id=app").want(400).errorCode(); code != "invalid_request" {
		t.Errorf("repeated parameter: %s", code)
	}
}

func TestLogoutWhenSignedOut(t *testing.T) {
	w := aWorld(t)
	w.leavingClient("app", nil)
	b := w.browser()
	answer := b.get(logoutPathWith("client_id", "app", "post_logout_redirect_uri", testLeft)).want(200)
	if !strings.Contains(answer.body, "You are signed out") {
		t.Errorf("%.300s", answer.body)
	}
}

func TestLogoutEndsEverything(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.leavingClient("app", func(c *models.OAuthClient) { c.Consent = "skip" })
		b := w.browser()
		session := b.signIn("ada")
		other := w.host.signIn("ada")
		bound, offline := w.grant("ada", "app", session, "openid"), w.grant("ada", "app", session, "openid", "offline_access")
		elsewhere := w.grant("ada", "app", other, "openid")
		b.get(authorizePath("app", "prompt", "none")).code()
		b.post("/oauth/logout", url.Values{"confirm": {"yes"}}).want(200)
		b.post("/oauth/logout", url.Values{"confirm": {"yes"}}).want(200) // twice is harmless
		if w.ended(bound) != "session_ended" || w.ended(offline) != "" || w.ended(elsewhere) != "" || !w.live(other) {
			t.Errorf("ended: bound %q, offline %q, other session %q", w.ended(bound), w.ended(offline), w.ended(elsewhere))
		}
		if got := b.get(authorizePath("app", "prompt", "none")).refused(); got != "login_required" {
			t.Errorf("afterwards: %q", got)
		}
		if events := w.events(eventLogout); len(events) != 1 || events[0].SubjectID != "ada" || events[0].SessionID != session {
			t.Errorf("events %v", events)
		}
	})
}
