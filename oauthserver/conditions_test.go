package oauthserver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestRevokeBeatsRefresh: whoever ends a family while others refresh it has ended it: when the answer is there, no
// member of the family works, also none that a refresh of the same moment made.
func TestRevokeBeatsRefresh(t *testing.T) {
	const width = 50
	eachReady(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		for name, end := range map[string]func(tokens) error{
			"revocation": func(got tokens) error {
				if answer := w.as("app", "/oauth/revoke", url.Values{"token": {got.refresh}}); answer.StatusCode != 200 {
					return fmt.Errorf("%d %s", answer.StatusCode, answer.body)
				}
				return nil
			},
			"the grant": func(got tokens) error {
				id, err := w.s.grantOfRefreshToken(got.refresh)
				return errors.Join(err, w.db.EndOAuthGrant(ctx, id, "test"))
			},
			"the client": func(tokens) error { return w.s.DisableClient(ctx, byTest, "app") },
			"the person": func(tokens) error { return w.s.AccountDisabled(ctx, "ada") },
		} {
			got := w.signInAt("ada", "app", allScopes)
			made := make([]tokens, width)
			var ended error
			modelstest.Race(width, func(i int) error {
				if i == 0 {
					ended = end(got)
					return ended
				}
				answer := w.refreshed("app", got.refresh)
				if answer.StatusCode == 200 {
					made[i] = tokensOf(answer.json(200))
				}
				return nil
			})
			if ended != nil {
				t.Fatalf("%s: %v", name, ended)
			}
			if name == "the client" {
				w.must(w.s.EnableClient(ctx, byTest, "app")) // which revives nothing
			}
			for _, member := range append(made, got) {
				if member.access == "" {
					continue
				}
				if w.userinfo(member.access).StatusCode != 401 || w.refreshed("app", member.refresh).StatusCode != 400 {
					t.Errorf("%s: a member of the family works", name)
				}
			}
		}
		t.Logf("%d wide, four ways to end a family", width)
	})
}

// TestCodeConditionsEachRefuse: of the conditions of a code, each refuses alone and in every company; only when all
// hold does it give tokens.
func TestCodeConditionsEachRefuse(t *testing.T) {
	w := aReady(t)
	w.client("other", nil)
	for faults := range 32 {
		has := func(bit int) bool { return faults&(1<<bit) != 0 }
		code, _ := w.codeFor("ada", "app", "notes:read")
		client, form := "app", codeForm(code)
		if has(0) {
			client = "other"
		}
		if has(1) {
			form.Set("redirect_uri", testCallback+"/")
		}
		if has(2) {
			form.Set("code_verifier", strings.Repeat("x", 43))
		}
		if has(3) {
			w.as("app", "/oauth/token", codeForm(code)).want(200)
		}
		if has(4) {
			w.clock.Add(61 * time.Second)
		}
		answer := w.as(client, "/oauth/token", form)
		if faults == 0 {
			answer.want(200)
		} else {
			answer.fails(400, "invalid_grant")
		}
	}
}

// TestMangledNameIsAbsent: a parameter whose name is not quite right is another parameter, and the one that was
// meant is missing.
func TestMangledNameIsAbsent(t *testing.T) {
	w := aReady(t)
	for _, name := range []string{"code", "grant_type", "redirect_uri", "code_verifier"} {
		code, _ := w.codeFor("ada", "app", "notes:read")
		without := codeForm(code)
		without.Del(name)
		missing := w.as("app", "/oauth/token", without)
		if missing.StatusCode != 400 {
			t.Fatalf("without %s: %d", name, missing.StatusCode)
		}
		for _, mangled := range []string{name + "[]", name + "[0]", strings.ToUpper(name), name + " ", " " + name, url.QueryEscape(name + "[]")} {
			form := codeForm(code)
			form.Set(mangled, form.Get(name))
			form.Del(name)
			if answer := w.as("app", "/oauth/token", form); answer.StatusCode != missing.StatusCode || answer.body != missing.body {
				t.Errorf("%q: %d %s, without it %s", mangled, answer.StatusCode, answer.body, missing.body)
			}
		}
		w.as("app", "/oauth/token", codeForm(code)).want(200)
	}
}

// TestQueryIsNotABody: endpoints for programs read the body. An address lands in logs and histories.
func TestQueryIsNotABody(t *testing.T) {
	w := aReady(t)
	got := w.signInAt("ada", "app", allScopes)
	proof := http.Header{"Authorization": {basic("app", "secret-of-app")}}
	for path, form := range map[string]url.Values{
		"/oauth/token": refreshForm(got.refresh), "/oauth/introspect": {"token": {got.access}}, "/oauth/revoke": {"token": {got.refresh}},
	} {
		w.call(path+"?"+form.Encode(), nil, proof).fails(400, "invalid_request")
		secret := url.Values{"client_id": {"app"}, "client_secret": {"secret-of-app"}}
		if answer := w.call(path+"?"+secret.Encode(), form, nil); answer.StatusCode < 400 || answer.StatusCode >= 500 {
			t.Errorf("%s takes a secret from the address: %d", path, answer.StatusCode)
		}
	}
	if !w.alive("app", got.access) {
		t.Error("a query changed something")
	}
	w.as("app", "/oauth/introspect", url.Values{"token": {got.access}}).want(200)
}

// TestTokenSizeFirst: how long something is gets looked at before what it says: nothing large is parsed.
func TestTokenSizeFirst(t *testing.T) {
	w := aReady(t)
	good := w.signInAt("ada", "app", "openid").id
	if _, err := w.s.verifyIDTokenHint(context.Background(), good); err != nil {
		t.Fatalf("the genuine one: %v", err)
	}
	for name, raw := range map[string]string{
		"one byte too long": strings.Repeat("A", maxJWTPart+1) + ".e30.AA", "a million dots": strings.Repeat(".", 1_000_000),
		"a million signs of padding": "e30" + strings.Repeat("=", 1_000_000) + ".e30.AA", "deep": strings.Repeat("W1tb", 300_000) + ".e30.AA",
		"five parts": good + ".AA.AA",
	} {
		// The least of five: a busy machine makes one slow, and others allocate meanwhile.
		took, grown := time.Hour, uint64(1<<40)
		for range 5 {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			began := time.Now()
			_, err := w.s.verifyIDTokenHint(context.Background(), raw)
			took = min(took, time.Since(began))
			runtime.ReadMemStats(&after)
			grown = min(grown, after.TotalAlloc-before.TotalAlloc)
			if !errors.Is(err, errBadHint) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if took > 50*time.Millisecond || grown > 1<<20 {
			t.Errorf("%s: %v and %d bytes", name, took, grown)
		}
	}
}

// FuzzRedirectURI: what counts as registered is the registered text, or differs from it in the port of a loopback
// address alone.
func FuzzRedirectURI(f *testing.F) {
	registered := []string{testCallback, "http://127.0.0.1:8080/cb", "http://[::1]/cb?x=1", "com.example.app:/cb"}
	for _, seed := range append([]string{"http://127.0.0.1:1/cb", "http://127.0.0.1:99999/cb", "http://127.0.0.1:8080/cb#", "http://127.0.0.1@evil.test/cb", "HTTP://127.0.0.1/cb", testCallback + "/"}, registered...) {
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, presented string, public bool) {
		client := models.OAuthClient{AuthMethod: "client_secret_basic", RedirectURIs: registered}
		if public {
			client.AuthMethod = "none"
		}
		if !redirectProven(&client, presented) {
			return
		}
		for _, known := range registered {
			if presented == known || public && withoutPort(presented) == withoutPort(known) && strings.HasPrefix(known, "http://") {
				return
			}
		}
		t.Errorf("%q is taken for registered (public: %v)", presented, public)
	})
}

// withoutPort is a loopback address as it stands, but for its port.
func withoutPort(uri string) string {
	rest, ok := strings.CutPrefix(uri, "http://")
	if !ok {
		return uri
	}
	host := "127.0.0.1"
	if strings.HasPrefix(rest, "[::1]") {
		host = "[::1]"
	}
	rest = strings.TrimPrefix(rest, host)
	if port, after, found := strings.Cut(rest, "/"); found && strings.HasPrefix(port, ":") && strings.Trim(port[1:], "0123456789") == "" {
		rest = "/" + after
	}
	return "http://" + host + rest
}

// FuzzRegistrationURI: what may be registered is parsed and written again as it was, has a scheme that no browser
// runs, and no fragment, user or wildcard.
func FuzzRegistrationURI(f *testing.F) {
	for _, seed := range []string{testCallback, "javascript:alert(1)", "https://a.test/*", "https://u@a.test/", "https://a.test/#", "http://a.test/", "com.example.app:/cb", "https://a.test/../b", "https://a.test\\@b.test", "https://a.test/\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		if checkRedirectURI(uri) != nil {
			return
		}
		u, err := url.Parse(uri)
		if err != nil || u.String() != uri {
			t.Fatalf("%q is written as %v (%v)", uri, u, err)
		}
		risky := strings.ContainsAny(uri, "#*\\ \r\n\t\x00") || u.User != nil
		scheme := u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()) || strings.Contains(u.Scheme, ".")
		if risky || !scheme {
			t.Errorf("%q may be registered", uri)
		}
	})
}
