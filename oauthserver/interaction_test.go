package oauthserver

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/models"
)

func TestInteractionRow(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.client("app", nil)
		b := w.browser()
		answer := b.get(authorizePath("app", "max_age", "60"))
		back := answer.toLogin()
		id := strings.TrimPrefix(back, interactionPath)
		if len(id) != 43 {
			t.Errorf("id %q has %d characters", id, len(id))
		}
		cookies := answer.Cookies()
		if len(cookies) != 1 {
			t.Fatalf("cookies %v", cookies)
		}
		cookie := cookies[0]
		if cookie.Name != "__Secure-flow" || cookie.Path != back || !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteLaxMode || cookie.MaxAge != 3600 || len(cookie.Value) != 43 {
			t.Errorf("cookie %+v", cookie)
		}
		row, err := w.db.OAuthInteractionByHash(context.Background(), models.Digest(id))
		if err != nil {
			t.Fatal(err)
		}
		if row.ClientID != "app" || row.State != models.InteractionWaiting || row.Asked != int(NoSession) || !row.ExpiresAt.Equal(row.CreatedAt.Add(time.Hour)) || !row.RequestedAt.Equal(w.s.now()) {
			t.Errorf("row %+v", row)
		}
		for _, secret := range []string{id, cookie.Value} {
			if text := fmt.Sprintf("%+v %s", row, row.Request); strings.Contains(text, secret) {
				t.Errorf("the row holds %q in clear", secret)
			}
		}
	})
}

func TestInteractionForeignBrowser(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.client("app", nil)
		victim := w.browser()
		back := victim.get(authorizePath("app")).toLogin()
		stored := func() string {
			row, err := w.db.OAuthInteractionByHash(context.Background(), models.Digest(strings.TrimPrefix(back, interactionPath)))
			w.must(err)
			return fmt.Sprintf("%+v", *row)
		}
		before := stored()
		same := w.browser() // of the same person, elsewhere
		same.signIn("ada")
		same.get(back).want(404)
		same.allow(back, "profile").want(404)
		same.post(back, url.Values{"decision": {"deny"}}).want(404)
		other := w.browser()
		other.signIn("eve")
		foreign := other.get(back).want(404)
		if !strings.Contains(foreign.body, "Did you begin in another browser?") {
			t.Error("the page does not help")
		}
		other.allow(back, "profile").want(404)
		other.post(back, url.Values{"decision": {"deny"}}).want(404)
		// A cookie of another interaction is no better than none.
		other.get(authorizePath("app")).interaction()
		other.get(back).want(404)
		other.jar.SetCookies(other.url(back), []*http.Cookie{{Name: "__Secure-flow", Value: models.NewToken(), Path: back, Secure: true}})
		other.get(back).want(404)
		if events := w.events(eventForeignBrowser); len(events) != 8 || events[0].Outcome != models.OutcomeFailure {
			t.Errorf("events %v", events)
		}
		if stored() != before {
			t.Errorf("the row was %s, now it is %s", before, stored())
		}
		victim.signIn("ada")
		victim.get(back).interaction()
		shown := stored()
		same.allow(back, "profile").want(404) // now that the page was shown to the same person
		if stored() != shown || w.rows("oauth_codes") != 0 {
			t.Error("another browser of the same person changed the row")
		}
		victim.allow(victim.get(back).interaction(), "profile").code()
		victim.get(interactionPath + models.NewToken()).want(404)
	})
}

// TestFiftyTabs opens fifty tabs and answers them in another order.
func TestFiftyTabs(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.client("app", nil)
		b := w.browser()
		tabs := map[string]string{}
		for i := range 50 {
			state := fmt.Sprintf("tab-%d", i)
			tabs[state] = b.get(authorizePath("app", "state", state)).toLogin()
		}
		b.signIn("ada")
		codes := map[string]bool{}
		for state, back := range tabs { // in no order
			values := b.allow(b.get(back).interaction(), "profile").back(testCallback)
			if values.Get("state") != state {
				t.Errorf("tab %s got the answer of %s", state, values.Get("state"))
			}
			codes[values.Get("code")] = true
		}
		if len(codes) != 50 {
			t.Errorf("%d codes", len(codes))
		}
	})
}

func TestResumeValidatesAgain(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		app := w.client("app", nil)
		good := *app
		b := w.browser()
		b.signIn("ada")
		for name, c := range map[string]struct {
			change func(*models.OAuthClient)
			answer func(*reply) string
			want   string
		}{
			"disabled":     {func(c *models.OAuthClient) { c.DisabledAt = new(w.clock.Now()) }, (*reply).errorCode, "invalid_client"},
			"address gone": {func(c *models.OAuthClient) { c.RedirectURIs = models.Strings{testCallback + "/2"} }, (*reply).errorCode, "invalid_request"},
			"scope gone":   {func(c *models.OAuthClient) { c.Scopes = models.Strings{"openid"} }, (*reply).refused, "invalid_scope"},
			"grant gone":   {func(c *models.OAuthClient) { c.Grants = models.Strings{"client_credentials"} }, (*reply).refused, "unauthorized_client"},
			"mode gone":    {func(c *models.OAuthClient) { c.ResponseModes = models.Strings{"fragment"} }, (*reply).refused, "invalid_request"},
		} {
			back := b.get(authorizePath("app", "response_mode", "query")).interaction()
			w.changeClient(app, c.change)
			if got := c.answer(b.get(back)); got != c.want {
				t.Errorf("%s: resume says %q, want %q", name, got, c.want)
			}
			if got := c.answer(b.allow(back, "profile")); got != c.want {
				t.Errorf("%s: decision says %q, want %q", name, got, c.want)
			}
			*app = good
			w.changeClient(app, func(*models.OAuthClient) {})
		}
		back := b.get(authorizePath("app")).interaction()
		w.clock.Add(time.Hour)
		b.get(back).want(410)
		b.allow(back, "profile").want(410)
	})
}

// TestAnsweredOnce: of fifty decisions at once, half of them to allow and half to deny, one is the answer; of a double
// click the first.
func TestAnsweredOnce(t *testing.T) {
	eachRace(t, func(t *testing.T, w *world) {
		w.client("app", nil)
		b := w.browser()
		b.signIn("ada")
		deny := url.Values{"decision": {"deny"}}
		for round := range raceRounds {
			w.clock.Add(time.Minute)
			back := b.get(authorizePath("app")).interaction()
			granted, denied, codes := len(w.events(eventConsentGrant)), len(w.events(eventConsentDeny)), w.rows("oauth_codes")
			var mu sync.Mutex
			answers := map[string]int{}
			var all sync.WaitGroup
			for i := range raceWidth {
				all.Go(func() {
					var answer *reply
					if i%2 == 0 {
						answer = b.allow(back, "profile")
					} else {
						answer = b.post(back, deny)
					}
					mu.Lock()
					defer mu.Unlock()
					what := "page"
					if answer.StatusCode == 303 && answer.back(testCallback).Has("code") {
						what = "code"
					} else if answer.StatusCode == 303 {
						what = answer.refused()
					} else if answer.StatusCode != 410 {
						what = answer.Status
					}
					answers[what]++
				})
			}
			all.Wait()
			if answers["code"]+answers["access_denied"] != 1 || answers["page"] != 49 {
				t.Errorf("round %d: answers %v", round, answers)
			}
			granted, denied, codes = len(w.events(eventConsentGrant))-granted, len(w.events(eventConsentDeny))-denied, w.rows("oauth_codes")-codes
			if granted != answers["code"] || denied != answers["access_denied"] || codes != granted {
				t.Errorf("round %d: %d granted, %d denied, %d codes, answers %v", round, granted, denied, codes, answers)
			}
			b.get(back).want(410)
			b.allow(back, "profile").want(410)
			b.post(back, deny).want(410)
		}
		t.Logf("%d wide, %d rounds, one answer each", raceWidth, raceRounds)
		back := b.get(authorizePath("app")).interaction()
		b.allow(back, "profile").code()
		b.allow(back, "profile").want(410)
		back = b.get(authorizePath("app")).interaction()
		b.post(back, deny).refused()
		b.allow(back, "profile").want(410)
	})
}

// TestDeny works signed in and, from the cancel of a sign-in page, signed out.
func TestDeny(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.client("app", nil)
		for _, who := range []string{"", "ada"} {
			w.clock.Add(time.Second)
			b := w.browser()
			var back string
			if who == "" {
				back = b.get(authorizePath("app")).toLogin()
			} else {
				b.signIn(who)
				back = b.get(authorizePath("app")).interaction()
			}
			if got := b.post(back, url.Values{"decision": {"deny"}}).refused(); got != "access_denied" {
				t.Errorf("signed in as %q: %q", who, got)
			}
			event := w.events(eventConsentDeny)[0]
			if event.SubjectID != who || event.ClientID != "app" {
				t.Errorf("event %+v", event)
			}
		}
		if w.rows("oauth_consents") != 0 || w.rows("oauth_codes") != 0 {
			t.Error("a denial left a consent or a code")
		}
	})
}

func TestConsentCSRF(t *testing.T) {
	w := aWorld(t)
	w.client("app", nil)
	for name, c := range map[string]struct {
		header http.Header
		want   int
	}{
		"same origin":               {http.Header{"Sec-Fetch-Site": {"same-origin"}}, 303},
		"typed address":             {http.Header{"Sec-Fetch-Site": {"none"}}, 303},
		"old browser":               {http.Header{"Origin": {testIssuer}}, 303},
		"neither":                   {http.Header{}, 303},
		"cross site":                {http.Header{"Sec-Fetch-Site": {"cross-site"}}, 403},
		"same site":                 {http.Header{"Sec-Fetch-Site": {"same-site"}}, 403},
		"cross site, origin forged": {http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {testIssuer}}, 403},
		"two answers":               {http.Header{"Sec-Fetch-Site": {"same-origin", "cross-site"}}, 403},
		"other origin":              {http.Header{"Origin": {"https://evil.example.test"}}, 403},
		"null origin":               {http.Header{"Origin": {"null"}}, 403},
		"other port":                {http.Header{"Origin": {testIssuer + ":8443"}}, 403},
	} {
		b := w.browser()
		b.signIn("ada")
		back := b.get(authorizePath("app")).interaction()
		form := url.Values{"decision": {"allow"}, "scope": {"profile"}}
		if got := b.send("POST", back, form, c.header).StatusCode; got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
		if c.want == 403 {
			b.allow(back, "profile").code() // nothing was used up
		}
	}
}
