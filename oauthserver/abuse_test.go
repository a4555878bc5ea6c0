package oauthserver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// post sends a body as it is, under a context of the test's.
func (w *world) post(ctx context.Context, path, media, body, authorization string) *reply {
	w.Helper()
	r := httptest.NewRequestWithContext(ctx, "POST", testIssuer+path, strings.NewReader(body))
	if media != "" {
		r.Header.Set("Content-Type", media)
	}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	recorder := httptest.NewRecorder()
	w.h.ServeHTTP(recorder, r)
	return &reply{T: w.T, Response: recorder.Result(), body: recorder.Body.String()}
}

// TestGateRefusesPollution: what could be read in two ways is refused before anything of it is read, not
// even who sent it. Authorize has its own order: TestAuthorizeOrderOfChecks.
func TestGateRefusesPollution(t *testing.T) {
	w := aReady(t)
	const form = "application/x-www-form-urlencoded"
	scopes := "scope=" + strings.Repeat("a+", maxScopes) + "a"
	for name, c := range map[string]struct {
		query, media, body string
		status             int
	}{
		"repeated":                    {"", form, "token=a&token=b", 400},
		"repeated alike":              {"", form, "token=a&token=a", 400},
		"repeated, once empty":        {"", form, "token=a&token=", 400},
		"repeated, unknown name":      {"", form, "token=a&x=1&x=2", 400},
		"invalid UTF-8":               {"", form, "token=%ff", 400},
		"invalid UTF-8 in a name":     {"", form, "%ff=1", 400},
		"control character":           {"", form, "token=a%00", 400},
		"line break":                  {"", form, "token=a%0d%0aSet-Cookie:x", 400},
		"DEL":                         {"", form, "token=%7f", 400},
		"C1 control":                  {"", form, "token=%c2%85", 400},
		"control character in a name": {"", form, "a%09=1", 400},
		"over-long":                   {"", form, "token=" + strings.Repeat("a", 16<<10+1), 400},
		"over-long, another":          {"", form, "refresh_token=" + strings.Repeat("a", 4097), 400},
		"over-long, unknown name":     {"", form, "x=" + strings.Repeat("a", otherSize+1), 400},
		"too many scopes":             {"", form, scopes, 400},
		"bad escape":                  {"", form, "token=%zz", 400},
		"semicolon":                   {"", form, "token=a;b=c", 400},
		"over the limit":              {"", form, "token=a&x=" + strings.Repeat("a", maxBody), 413},
		"JSON":                        {"", "application/json", `{"token":"a"}`, 415},
		"text":                        {"", "text/plain", "token=a", 415},
		"multipart":                   {"", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\na\r\n--x--\r\n", 415},
		"another charset":             {"", form + "; charset=utf-16", "token=a", 415},
		"broken media type":           {"", form + "; charset", "token=a", 415},
		"client_id in the query":      {"?client_id=app", form, "token=a", 400},
		"secret in the query":         {"?client_secret=secret-of-app", form, "token=a", 400},
		"token in the query":          {"?token=a", form, "token=a", 400},
		"grant_type in the query":     {"?grant_type=refresh_token", form, "token=a", 400},
		"code in the query":           {"?code=a", form, "token=a", 400},
		"repeated in the query":       {"?scope=a&scope=b", form, "token=a", 400},
	} {
		for _, path := range clientEndpoints {
			ctx, statements := modelstest.Count(context.Background())
			answer := w.post(ctx, path+c.query, c.media, c.body, basic("app", "wrong"))
			if got := answer.json(c.status)["error"]; got != "invalid_request" || statements.Load() != 0 {
				t.Errorf("%s at %s: %v after %d statements", name, path, got, statements.Load())
			}
		}
	}
	if n := len(w.events(eventClientAuthFailed)); n != 0 {
		t.Errorf("%d wrong secrets were looked at", n)
	}

	// What is not pollution: empty is absent, unknown is ignored, a resource may repeat.
	got := w.signInAt("ada", "app", allScopes)
	resources := w.onlyGrant().Resources
	if len(resources) != 2 {
		t.Fatalf("resources %v", resources)
	}
	body := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {got.refresh}, "resource": resources, "scope": {""}, "code": {""}, "never-heard-of": {"x"}}
	answer := w.post(context.Background(), "/oauth/token?utm_source=x", form+"; charset=UTF-8", body.Encode(), basic("app", "secret-of-app"))
	if scope := answer.json(200)["scope"]; scope != allScopes {
		t.Errorf("an empty scope gives %v", scope)
	}
}

// TestSingleUseEverywhere: of fifty at once one wins, and what stays is the winner's. What else is used
// once, the keys too, is a guarded statement of the same kind.
func TestSingleUseEverywhere(t *testing.T) {
	eachReadyRace(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		const many = 50
		got := w.signInAt("ada", "app", allScopes)
		grant := w.onlyGrant()
		token, err := w.db.OAuthAccessTokenByHash(ctx, models.Digest(got.access))
		w.must(err)
		code, _ := w.codeFor("bob", "app", "openid")
		codeRow, err := w.db.OAuthCodeByHash(ctx, models.Digest(code))
		w.must(err)
		b := w.browser()
		b.signIn("eve")
		waiting := b.get(authorizePath("app", "prompt", "consent")).interaction()
		interaction, err := w.db.OAuthInteractionByHash(ctx, models.Digest(strings.TrimPrefix(waiting, interactionPath)))
		w.must(err)
		w.must(w.s.RotateKeys(ctx, byTest, RotateAnnounced))
		keys, err := w.db.OAuthKeys(ctx)
		w.must(err)
		next := keys[slices.IndexFunc(keys, func(key models.OAuthKey) bool { return key.State == models.KeyNext })]
		w.changeKeys("UPDATE oauth_keys SET state = 'retiring' WHERE state = 'active'")

		successor := func(i int) []byte { return models.Digest(fmt.Sprint("successor ", i)) }
		var mu sync.Mutex
		winner := -1
		for _, use := range []struct {
			name string
			most int
			once func(i int) error
		}{
			{"interaction", 1, func(int) error { return w.db.FinishOAuthInteraction(ctx, interaction.ID) }},
			{"code", 1, func(int) error { return w.db.UseOAuthCode(ctx, codeRow.ID) }},
			{"refresh token", 1, func(i int) error {
				mine := *grant
				mine.RefreshHash = successor(i)
				err := w.db.RotateOAuthGrant(ctx, &mine, models.Digest(got.refresh))
				if err == nil {
					mu.Lock()
					winner = i
					mu.Unlock()
				}
				return err
			}},
			{"retry", maxRetries, func(int) error { return w.db.CountOAuthRetry(ctx, grant.ID, models.Digest(got.refresh), maxRetries) }},
			{"access token", 1, func(int) error { return w.db.RevokeOAuthAccessToken(ctx, token.ID) }},
			{"key", 1, func(int) error { return w.db.ActivateOAuthKey(ctx, next.ID) }},
			{"family", 1, func(int) error { return w.db.EndOAuthGrant(ctx, grant.ID, "test") }},
		} {
			won, lost := modelstest.Race(many, use.once)
			if won != use.most {
				t.Errorf("%s: %d of %d won", use.name, won, many)
			}
			for _, err := range lost {
				if !errors.Is(err, models.ErrSpent) {
					t.Errorf("%s: %v", use.name, err)
				}
			}
			if use.name == "refresh token" {
				after := w.onlyGrantOf("ada")
				if winner < 0 || !bytes.Equal(after.RefreshHash, successor(winner)) || !bytes.Equal(after.PreviousHash, models.Digest(got.refresh)) {
					t.Error("the successor is not the winner's")
				}
			}
		}
	})
}

// onlyGrantOf is the one grant of a person.
func (w *world) onlyGrantOf(subject string) *models.OAuthGrant {
	w.Helper()
	grants, err := w.db.OAuthGrantsOf(context.Background(), subject)
	w.must(err)
	if len(grants) != 1 {
		w.Fatalf("%d grants of %s", len(grants), subject)
	}
	return &grants[0]
}

// TestAuthTimeIsTheRealOne: auth_time is when the sign-in behind the request happened, in whole seconds,
// rounded down: not when the token was made, not when the person signed in elsewhere.
func TestAuthTimeIsTheRealOne(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		w.clock.Add(900 * time.Millisecond)
		b := w.browser()
		session := b.signIn("ada")
		first := float64(w.clock.Now().Unix())
		issue := func(path string) tokens {
			w.Helper()
			return tokensOf(w.as("app", "/oauth/token", codeForm(b.get(path).code())).json(200))
		}
		check := func(what string, got tokens, want float64) {
			w.Helper()
			_, payload := w.claimsOfJWT(got.id)
			facts := w.as("app", "/oauth/introspect", url.Values{"token": {got.access}}).json(200)
			if payload["auth_time"] != want || facts["auth_time"] != want {
				t.Errorf("%s: ID token %v, introspection %v, want %v", what, payload["auth_time"], facts["auth_time"], want)
			}
		}
		path := authorizePath("app", "scope", allScopes)
		old := issue(path)
		check("at once", old, first)
		w.clock.Add(time.Hour)
		w.browser().signIn("ada") // elsewhere
		check("an hour later", issue(path), first)
		check("old enough", issue(authorizePath("app", "scope", allScopes, "max_age", "3600")), first)

		back := b.get(authorizePath("app", "scope", allScopes, "max_age", "60")).toLogin()
		w.clock.Add(5 * time.Second)
		w.host.prove(session)
		second := float64(w.clock.Now().Unix())
		w.clock.Add(30 * time.Second)
		check("proven again", issue(back), second)
		check("an older code's family", tokensOf(w.refreshed("app", old.refresh).json(200)), first)

		back = b.get(authorizePath("app", "scope", allScopes, "prompt", "login")).toLogin()
		w.clock.Add(1500 * time.Millisecond)
		w.host.prove(session)
		check("prompt=login", issue(back), float64(w.clock.Now().Unix()))
	})
}

// TestNoSecretsInLogs: faults are logged, from the first statement of each flow to the last, and nothing
// logged, counted or traced holds a secret.
func TestNoSecretsInLogs(t *testing.T) {
	var log, metrics, traced bytes.Buffer
	var mu sync.Mutex
	clock := modelstest.NewClock()
	source, _ := modelstest.OpenWithClock(t)
	db, err := models.Open(context.Background(), models.Options{
		URL: source.URL(), Keys: modelstest.Keys(t), Now: clock.Now,
		Observe: func(ctx context.Context, statement string, rows int64, took time.Duration, err error) {
			mu.Lock()
			fmt.Fprintln(&traced, statement, err)
			mu.Unlock()
			watchOutage(ctx, statement, rows, took, err)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	w := newWorld(t, db, clock, func(c *Config) {
		c.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		c.Observe = func(metric string, _ float64, labels ...string) { fmt.Fprintln(&metrics, metric, labels) }
	}).ready().withClients()

	canaries := map[string]string{"client secret": "secret-of-app", "wrong secret": "canary-of-a-secret", "verifier": testVerifier, "cookie": ""}
	code, session := w.codeFor("ada", "app", allScopes, "nonce", "canary-of-a-nonce")
	canaries["code"], canaries["cookie"], canaries["nonce"] = code, session, "canary-of-a-nonce"
	w.cutOffUntil("code", "app", "/oauth/token", codeForm(code), 200)
	w.as("app", "/oauth/token", codeForm(code)).fails(400, "invalid_grant")
	got := w.signInAt("ada", "app", allScopes)
	canaries["access token"], canaries["refresh token"], canaries["ID token"] = got.access, got.refresh, got.id
	w.cutOffUntil("refresh", "app", "/oauth/token", refreshForm(got.refresh), 200)
	again := tokensOf(w.refreshed("app", got.refresh).json(200))
	canaries["second access token"], canaries["second refresh token"] = again.access, again.refresh
	w.cutOffUntil("introspection", "app", "/oauth/introspect", url.Values{"token": {again.access}}, 200)
	w.cutOffUntil("revocation", "app", "/oauth/revoke", url.Values{"token": {again.refresh}}, 200)
	w.as("app", "/oauth/token", codeForm("canary-of-a-code")).fails(400, "invalid_grant")
	w.userinfo("canary-of-a-token").fails(401, "invalid_token")
	w.call("/oauth/token", anything(), http.Header{"Authorization": {basic("app", "canary-of-a-secret")}}).fails(401, "invalid_client")
	canaries["wrong code"], canaries["wrong token"] = "canary-of-a-code", "canary-of-a-token"
	w.host.fail = errors.New("the host is down")
	w.refreshed("app", w.laterRefresh(again.refresh)).json(400)
	w.host.fail = nil

	places := map[string]string{"log": log.String(), "metrics": metrics.String(), "traced statements": traced.String()}
	for place, sign := range map[string]string{"log": "oauth request failed", "metrics": "oauth_tokens_total", "traced statements": "oauth_grants"} {
		if !strings.Contains(places[place], sign) {
			t.Errorf("nothing in the %s: the search sees nothing", place)
		}
		for name, canary := range canaries {
			if canary == "" || strings.Contains(places[place], canary) {
				t.Errorf("%s in the %s", name, place)
			}
		}
	}
}

// laterRefresh is a token of the same family that was never given out.
func (w *world) laterRefresh(token string) string {
	w.Helper()
	id, err := w.s.grantOfRefreshToken(token)
	w.must(err)
	return w.s.newRefreshToken(id)
}

// TestMetrics: these metrics with these labels and no other, and no label from a request.
func TestMetrics(t *testing.T) {
	w := aReady(t)
	seen, values := map[string]string{}, map[string]bool{}
	w.restart(func(c *Config) {
		c.Observe = func(metric string, value float64, labels ...string) {
			var names []string
			for i, text := range labels {
				if i%2 == 0 {
					names = append(names, text)
				} else {
					values[text] = true
				}
			}
			label := strings.Join(names, ",")
			if was, known := seen[metric]; known && was != label {
				t.Errorf("%s once with %s, once with %s", metric, was, label)
			}
			if seen[metric] = label; len(labels)%2 != 0 || value < 0 {
				t.Errorf("%s %v %v", metric, value, labels)
			}
		}
	})
	w.client("robot", func(c *models.OAuthClient) {
		c.Kind, c.Grants, c.Scopes = "service", models.Strings{"client_credentials"}, models.Strings{"notes:read"}
	})
	got := w.signInAt("ada", "app", allScopes, "state", "canary", "nonce", "canary", "unknown", "canary")
	w.refreshed("app", got.refresh).json(200)
	w.as("robot", "/oauth/token", url.Values{"grant_type": {"client_credentials"}, "scope": {"notes:read"}}).json(200)
	w.userinfo(got.access).json(200)
	for _, path := range clientEndpoints {
		w.call(path, url.Values{"token": {"canary"}, "grant_type": {"canary"}}, http.Header{"Authorization": {basic("canary", "canary")}})
		w.as("app", path, url.Values{"token": {"canary"}, "grant_type": {"canary"}, "token_type_hint": {"canary"}})
		w.browser().get(path + "?canary=canary").want(405)
	}
	w.browser().get("/oauth/authorize/canary").want(404)
	w.browser().get("/oauth/jwks.json").want(200)
	w.must(w.s.TendKeys(context.Background()))
	w.must(w.s.Sweep(context.Background()))
	want := map[string]string{
		"oauth_requests_total": "endpoint,outcome,error", "oauth_request_seconds": "endpoint", "oauth_tokens_total": "grant,format,bound",
		"oauth_security_events_total": "event", "oauth_swept_rows_total": "table", "oauth_signing_key_age_seconds": "alg",
	}
	if !maps.Equal(seen, want) {
		t.Errorf("seen %v, want %v", seen, want)
	}
	for value := range values {
		if strings.Contains(value, "canary") || strings.Contains(value, "lk_") || slices.Contains([]string{"app", "ada", "robot", "notes:read"}, value) {
			t.Errorf("a label is %q", value)
		}
	}
}

// TestUniformWork: who asks with the right secret, with a wrong one or under a name that nobody has costs
// the database the same reads, and the same hash is computed, whatever token is asked about. (What a refusal writes
// is the same too: TestInvalidClientIsUniform.)
func TestUniformWork(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		w.client("gone", nil)
		w.must(w.s.DisableClient(context.Background(), byTest, "gone"))
		got := w.signInAt("ada", "app", allScopes)
		for name, sent := range map[string]credentials{
			"right":        {"client_secret_basic", "app", "secret-of-app"},
			"wrong":        {"client_secret_basic", "app", "wrong"},
			"long":         {"client_secret_basic", "app", strings.Repeat("x", 2000)},
			"empty":        {"client_secret_basic", "app", ""},
			"unknown":      {"client_secret_basic", "nobody", "secret-of-app"},
			"disabled":     {"client_secret_basic", "gone", "secret-of-gone"},
			"wrong method": {"none", "app", ""},
			"public":       {"none", "spa", ""},
			"public, sent": {"client_secret_basic", "spa", "x"},
		} {
			for _, token := range []string{"", "unknown", got.access, got.refresh} {
				ctx, statements := modelstest.Count(context.Background())
				_, reason, err := w.s.proveClient(ctx, sent, "192.0.2.1", w.s.tokenKey(token))
				if passes := name == "right" || name == "public"; err != nil || passes != (reason == "") {
					t.Errorf("%s, about %q: %q %v", name, token, reason, err)
				}
				if statements.Load() != 1 {
					t.Errorf("%s, about %q: %d statements", name, token, statements.Load())
				}
			}
		}
	})
}

var fuzzPaths = []string{
	"/oauth/token", "/oauth/revoke", "/oauth/introspect", "/oauth/userinfo", "/oauth/authorize", "/oauth/authorize/x", "/oauth/logout",
	"/oauth/jwks.json", "/.well-known/openid-configuration", "/account/apps", "/account/apps/x/revoke",
}

// FuzzEndpoints: whatever a stranger sends to whichever endpoint, none breaks, nothing secret comes out,
// no client, key or family is made, and what a person gave goes on as before.
func FuzzEndpoints(f *testing.F) {
	const form = "application/x-www-form-urlencoded"
	f.Add("POST", "", "grant_type=authorization_code&code=lk_ac_x&token=lk_rt_x&client_id=spa&code_verifier="+testVerifier, form, "")
	f.Add("POST", "access_token=x", "token=lk_rt_x&client_id=app&client_secret=x", form+"; charset=utf-8", "Basic YXBwOng=")
	f.Add("GET", authorizeParams("app", "prompt", "none").Encode(), "", "", "Bearer lk_at_x")
	f.Add("GET", authorizeParams("app", "id_token_hint", "a.b.c").Encode(), "", "", "bearer ")
	f.Add("DELETE", "a=b;c", "%", "multipart/form-data", "Basic ===")
	f.Add("POST", "%zz", "\x00=\xff&scope=a&scope=b&resource=x&resource=y", form, "Basic \xff")
	db, clock := modelstest.OpenWithClock(f)
	host, ready := newStub(clock.Now), false
	f.Fuzz(func(t *testing.T, method, query, body, media, authorization string) {
		w := &world{T: t, db: db, clock: clock, host: host}
		w.restart(nil)
		if !ready {
			w.ready().withClients()
			ready = true
		}
		person := models.NewID()
		got := w.signInAt(person, "app", allScopes)
		before := w.standing(person)
		for _, path := range fuzzPaths {
			r, err := http.NewRequest(method, testIssuer+path, strings.NewReader(body))
			if err != nil {
				t.Skip("no method of HTTP")
			}
			r.URL.RawQuery, r.RemoteAddr = query, "192.0.2.66:1"
			r.Header.Set("Content-Type", media)
			if authorization != "" {
				r.Header.Set("Authorization", authorization)
			}
			recorder := httptest.NewRecorder()
			w.h.ServeHTTP(recorder, r)
			text := recorder.Body.String() + fmt.Sprint(recorder.Header())
			if recorder.Code >= 500 {
				t.Errorf("%s %s: %d %.300s", method, path, recorder.Code, text)
			}
			for _, secret := range []string{got.access, got.refresh, got.id, "secret-of-app"} {
				if strings.Contains(text, secret) && !strings.Contains(query+body+authorization, secret) {
					t.Errorf("%s %s tells a secret", method, path)
				}
			}
			if strings.HasPrefix(recorder.Header().Get("Content-Type"), "application/json") && method != http.MethodHead && !json.Valid(recorder.Body.Bytes()) {
				t.Errorf("%s %s: no JSON: %.300s", method, path, text)
			}
		}
		if after := w.standing(person); after != before {
			t.Errorf("%s: now %s, before %s", method, after, before)
		}
		if !w.alive("app", got.access) || w.refreshed("app", got.refresh).StatusCode != http.StatusOK {
			t.Errorf("%s: a stranger ended what a person gave", method)
		}
	})
}

// standing is all that lasts, as text: clients, keys, and every column of a person's one family.
func (w *world) standing(person string) string {
	w.Helper()
	ctx := context.Background()
	clients, err := w.db.OAuthClients(ctx)
	w.must(err)
	keys, err := w.db.OAuthKeys(ctx)
	w.must(err)
	for i := range clients {
		clients[i].LastUsedAt = nil // a public client is who it says
	}
	text, err := json.Marshal([]any{clients, len(keys), w.onlyGrantOf(person)})
	w.must(err)
	return string(text)
}
