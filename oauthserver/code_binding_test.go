package oauthserver

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"latchkey/models"
)

// TestTokenRedirectMatches: the token request repeats the address of the authorization request: that one, not another
// that is registered as well, and spelled the same.
func TestTokenRedirectMatches(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		const tenant, local = testCallback + "?tenant=1", "http://127.0.0.1:49152/cb"
		uris := models.Strings{testCallback, tenant, "http://127.0.0.1/cb"}
		w.client("many", func(c *models.OAuthClient) { c.Consent, c.RedirectURIs = "skip", uris })
		w.client("native", func(c *models.OAuthClient) {
			c.Kind, c.AuthMethod, c.RedirectURIs = "native", "none", uris
		})
		redeem := func(client, code, uri string) *reply {
			form := codeForm(code)
			if form.Set("redirect_uri", uri); uri == "" {
				form.Del("redirect_uri")
			}
			if client == "native" {
				form.Set("client_id", client)
				return w.call("/oauth/token", form, nil)
			}
			return w.as(client, "/oauth/token", form)
		}
		b := w.browser()
		b.signIn("ada")
		for _, c := range []struct {
			client, asked string
			others        []string
		}{
			{"many", testCallback, []string{"", tenant, testCallback + "/", testCallback + "?", testCallback + "#", strings.ToUpper(testCallback), "https://client.example.test:443/cb", "https://client.example.test/%63b", "https://client.example.test/./cb", " " + testCallback, "https://evil.example.test/cb"}},
			{"many", tenant, []string{"", testCallback, testCallback + "?tenant=2", tenant + "&x=1", testCallback + "?tenant=%31"}},
			{"native", local, []string{"", "http://127.0.0.1/cb", "http://127.0.0.1:49153/cb", "http://127.0.0.1:049152/cb", "http://localhost:49152/cb", testCallback}},
		} {
			answer := b.get(authorizePath(c.client, "redirect_uri", c.asked))
			if c.client == "native" {
				answer = b.allow(answer.interaction(), "profile")
			}
			code := answer.back(c.asked).Get("code")
			for _, uri := range c.others {
				if got := redeem(c.client, code, uri).json(400)["error"]; got != "invalid_grant" {
					t.Errorf("asked for %q, repeated as %q: %v", c.asked, uri, got)
				}
			}
			redeem(c.client, code, c.asked).json(200)
		}
	})
}

// TestPKCECannotBeStripped: for every type of client, a challenge is S256 and whole, and only its own verifier, of a
// lawful length, redeems the code.
func TestPKCECannotBeStripped(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		w.client("poster", func(c *models.OAuthClient) { c.Consent, c.AuthMethod = "skip", "client_secret_post" })
		w.client("optional", func(c *models.OAuthClient) { c.Consent, c.PKCE = "skip", "optional" })
		w.client("native", func(c *models.OAuthClient) { c.Consent, c.Kind, c.AuthMethod = "skip", "native", "none" })
		w.client("lax", func(c *models.OAuthClient) { c.Consent, c.AuthMethod, c.PKCE = "skip", "none", "optional" }) // as if somebody wrote the row
		send := func(client string, form url.Values) *reply {
			switch client {
			case "poster":
				form.Set("client_secret", "secret-of-"+client)
				fallthrough
			case "native", "lax", "spa":
				form.Set("client_id", client)
				return w.call("/oauth/token", form, nil)
			}
			return w.as(client, "/oauth/token", form)
		}
		challengeOf := func(verifier string) string {
			sum := sha256.Sum256([]byte(verifier))
			return base64.RawURLEncoding.EncodeToString(sum[:])
		}
		for _, client := range []string{"app", "poster", "optional", "spa", "native", "lax"} {
			b := w.browser()
			b.signIn("ada")
			for name, changes := range map[string][]string{
				"no challenge":         {"code_challenge", "", "code_challenge_method", ""},
				"method alone":         {"code_challenge", ""},
				"plain":                {"code_challenge", testVerifier, "code_challenge_method", "plain"},
				"no method, so plain":  {"code_challenge_method", ""},
				"method in small":      {"code_challenge_method", "s256"},
				"another method":       {"code_challenge_method", "S512"},
				"padded challenge":     {"code_challenge", testChallenge + "="},
				"42 characters":        {"code_challenge", testChallenge[:42]},
				"44 characters":        {"code_challenge", testChallenge + "A"},
				"not base64url":        {"code_challenge", strings.Replace(testChallenge, "-", "+", 1)},
				"challenge and spaces": {"code_challenge", testChallenge + " "},
			} {
				if client == "optional" && name == "no challenge" {
					continue // TestPKCEDowngrade
				}
				if got := b.get(authorizePath(client, changes...)).refused(); got != "invalid_request" {
					t.Errorf("%s, %s: %q", client, name, got)
				}
			}
			another, _ := w.codeFor("ada", client, "openid", "code_challenge", challengeOf(strings.Repeat("b", 43)))
			for name, c := range map[string]struct{ challenged, sent string }{
				"no verifier":          {testVerifier, ""},
				"another code's":       {testVerifier, strings.Repeat("b", 43)},
				"padded":               {testVerifier, testVerifier + "="},
				"the challenge itself": {testVerifier, testChallenge},
				"its beginning":        {testVerifier, testVerifier[:42]},
				// These fit their challenge: the length alone refuses them.
				"42 characters":  {strings.Repeat("a", 42), strings.Repeat("a", 42)},
				"129 characters": {strings.Repeat("a", 129), strings.Repeat("a", 129)},
				"a padded pair":  {testVerifier + "=", testVerifier + "="},
			} {
				code, _ := w.codeFor("ada", client, "openid", "code_challenge", challengeOf(c.challenged))
				form := codeForm(code)
				if form.Set("code_verifier", c.sent); c.sent == "" {
					form.Del("code_verifier")
				}
				if got := send(client, form).json(400)["error"]; got != "invalid_grant" {
					t.Errorf("%s, %s: %v", client, name, got)
				}
			}
			form := codeForm(another)
			form.Set("code_verifier", strings.Repeat("b", 43))
			send(client, form).json(200)
			longest, _ := w.codeFor("ada", client, "openid", "code_challenge", challengeOf(strings.Repeat("~", 128)))
			form = codeForm(longest)
			form.Set("code_verifier", strings.Repeat("~", 128))
			send(client, form).json(200)
		}
		if n := w.rows("oauth_access_tokens"); n != 12 {
			t.Errorf("%d access tokens", n)
		}
	})
}
