package oauthserver

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/models"
)

// stepCookie is the cookie that binds an interaction to this browser.
func (b *browser) stepCookie(path string) string {
	b.Helper()
	for _, cookie := range b.jar.Cookies(b.url(path)) {
		if cookie.Name == "__Secure-flow" {
			return cookie.Value
		}
	}
	b.Fatalf("no cookie for %s", path)
	return ""
}

// TestAuthorizationBelongsToOneUser: who is signed in when the answer is given is who gives it, and they have seen the
// page under their own name. TestAccountSwap has the change in another tab.
func TestAuthorizationBelongsToOneUser(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		w.client("asks", nil)
		for _, scopes := range [][]string{nil, {"profile", "notes:read"}} {
			name := fmt.Sprint("the first had agreed to ", scopes)
			b := w.browser()
			session := b.signIn("ada")
			if scopes != nil {
				b.remember(authorizePath("asks"), scopes...)
			}
			back := b.get(authorizePath("asks", "prompt", "consent")).interaction()
			w.host.drop(session) // ada signs out
			if to := b.allow(back, "profile").toLogin(); to != back {
				t.Errorf("%s: signed out, led to %q", name, to)
			}
			b.signIn("bob")
			// The answer on ada's page, sent by bob, is not an answer.
			again := b.allow(back, "profile", "notes:read")
			again.interaction()
			resumed := b.get(back)
			if resumed.interaction() != back || !strings.Contains(resumed.body, "Person bob") || strings.Contains(resumed.body, "Person ada") || !strings.Contains(again.body, "Person bob") {
				t.Errorf("%s: the page is not bob's", name)
			}
			got := tokensOf(w.as("asks", "/oauth/token", codeForm(b.allow(back, "profile").code())).json(200))
			if _, claims := w.claimsOfJWT(got.id); claims["sub"] != "bob" {
				t.Errorf("%s: the token is %v's", name, claims["sub"])
			}
			if consent, err := w.db.OAuthConsentOf(ctx, "ada", "asks"); scopes == nil && err != models.ErrNotFound || scopes != nil && (err != nil || len(consent.Scopes) != 3) {
				t.Errorf("%s: ada's consent: %v %v", name, consent, err)
			}
			w.must(w.s.RevokeApp(ctx, "bob", "asks"))
		}

		// The cookie of one row opens no other, not even in the same hands.
		b := w.browser()
		b.signIn("ada")
		first := b.get(authorizePath("asks", "prompt", "consent")).interaction()
		second := b.get(authorizePath("asks", "prompt", "consent")).interaction()
		swapped := w.browser()
		swapped.signIn("ada")
		swapped.jar.SetCookies(swapped.url(second), []*http.Cookie{{Name: "__Secure-flow", Value: b.stepCookie(first), Path: second, Secure: true}})
		swapped.get(second).want(404)
		swapped.allow(second, "profile").want(404)
		b.allow(second, "profile").code()
		b.allow(first, "profile").code()
	})
}

// TestResumeKeepsTheRequest: what was asked is stored. Nothing in the address of the way back changes it, and what it
// demands of the sign-in is demanded on every return.
func TestResumeKeepsTheRequest(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		w.client("asks", nil)
		other := url.Values{
			"prompt": {"none"}, "scope": {"openid notes:write"}, "nonce": {"n-evil"}, "state": {"s-evil"}, "client_id": {"app"}, "max_age": {"9999"},
			"redirect_uri": {"https://evil.example.test/"}, "response_mode": {"fragment"}, "code_challenge": {strings.Repeat("A", 43)}, "login_hint": {"bob"},
		}.Encode()
		b := w.browser()
		back := b.get(authorizePath("asks", "scope", "openid profile", "nonce", "n-1", "state", "s-1")).toLogin()
		id := strings.TrimPrefix(back, interactionPath)
		b.signIn("ada")
		for _, edited := range []string{id[:42], id[1:], id + "A", strings.ToUpper(id), strings.ToLower(id), id[:42] + "!", id + "%00", id + "=", "A" + id[1:]} {
			if path := interactionPath + edited; path != back && b.get(path).StatusCode != 404 {
				t.Errorf("%q is taken for %q", edited, id)
			}
		}
		for range 2 { // going back and forth
			if b.get(back).interaction() != back || b.get(back+"?"+other).interaction() != back {
				t.Fatal("the address changed the step")
			}
		}
		page := b.get(back + "?" + other)
		if strings.Contains(page.body, "Add notes") || !strings.Contains(page.body, "See your name and profile") {
			t.Error("the address changed what is asked")
		}
		b.post(back+"?"+other, url.Values{"decision": {"allow"}, "scope": {"profile", "notes:write"}}).want(400)
		values := b.allow(back, "profile", "notes:write").back(testCallback)
		if values.Get("state") != "s-1" {
			t.Errorf("answer %v", values)
		}
		got := w.as("asks", "/oauth/token", codeForm(values.Get("code"))).json(200)
		if _, claims := w.claimsOfJWT(tokensOf(got).id); claims["nonce"] != "n-1" || got["scope"] != "openid profile" {
			t.Errorf("scope %v, nonce %v", got["scope"], claims["nonce"])
		}
		b.get(back).want(410)
		b.get(back + "?" + other).want(410)

		// A demand for a fresh sign-in holds on every return, whatever the address says, until one comes after the request.
		for name, demand := range map[string][]string{"prompt": {"prompt", "login"}, "max_age": {"max_age", "0"}, "both": {"prompt", "login consent", "max_age", "0"}} {
			session := b.signIn("ada")
			w.clock.Add(time.Second)
			back := b.get(authorizePath("asks", demand...)).toLogin()
			for _, path := range []string{back, back + "?" + other, back + "?prompt=", back + "?max_age=99999", back} {
				w.clock.Add(time.Second)
				if to := b.get(path).toLogin(); to != back {
					t.Errorf("%s: %s led to %q", name, path, to)
				}
			}
			if to := b.allow(back, "profile").toLogin(); to != back {
				t.Errorf("%s: a decision led to %q", name, to)
			}
			w.host.prove(session)
			fresh := w.clock.Now().Unix()
			w.clock.Add(time.Minute)
			if b.get(back).interaction() != back {
				t.Errorf("%s: still refused", name)
			}
			got := tokensOf(w.as("asks", "/oauth/token", codeForm(b.allow(back, "profile").code())).json(200))
			if _, claims := w.claimsOfJWT(got.id); claims["auth_time"] != float64(fresh) {
				t.Errorf("%s: auth_time %v, want %d", name, claims["auth_time"], fresh)
			}
		}
	})
}
