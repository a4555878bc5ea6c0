package oauthserver

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// jwtPlaces show a JWT at every place that takes one, and at those that might; each returns what it says against it.
func (w *world) jwtPlaces(b *browser, session string) map[string]func(raw string) string {
	said := func(answer *reply, codes ...string) string {
		for _, code := range codes {
			if strings.Contains(answer.body+answer.Header.Get("Location"), code) {
				return ""
			}
		}
		return fmt.Sprint(answer.StatusCode, " ", answer.Header.Get("Location"), answer.body)
	}
	assertion := func(path string) func(string) string {
		return func(raw string) string {
			form := anything("client_id", "app", "client_assertion", raw, "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
			return said(w.call(path, form, nil), `"invalid_client"`, `"invalid_request"`)
		}
	}
	return map[string]func(string) string{
		"hint": func(raw string) string {
			return said(b.get(authorizePath("app", "id_token_hint", raw)), "error=invalid_request")
		},
		"hint at sign-out": func(raw string) string {
			answer := b.get(logoutPathWith("id_token_hint", raw))
			if answer.StatusCode != 400 || !w.live(session) {
				return answer.Status
			}
			return ""
		},
		"request object": func(raw string) string {
			return said(b.get(authorizePath("app", "request", raw)), "error=request_not_supported", "error=invalid_request", "invalid_request<")
		},
		"assertion at token": assertion("/oauth/token"), "assertion at revoke": assertion("/oauth/revoke"), "assertion at introspect": assertion("/oauth/introspect"),
		"bearer": func(raw string) string { return said(w.userinfo(raw), "invalid_token", "invalid_request") },
		"introspection": func(raw string) string {
			return said(w.as("app", "/oauth/introspect", url.Values{"token": {raw}}), `{"active":false}`, "invalid_request")
		},
		"authorization grant": func(raw string) string {
			return said(w.as("app", "/oauth/token", url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {raw}}), "unsupported_grant_type", "invalid_request")
		},
	}
}

// TestAlgNone: a token that says it needs no signature is refused, however it says so, wherever it is shown.
func TestAlgNone(t *testing.T) {
	w := aReady(t)
	w.restart(func(c *Config) { c.LimitScale = 1e6 })
	b := w.browser()
	session := b.signIn("ada")
	good := w.signInAt("ada", "app", "openid").id
	header, _ := w.claimsOfJWT(good)
	parts := strings.Split(good, ".")
	encode := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	kid := header["kid"].(string)
	tokens := map[string]string{"JWE around none": encodeJWE(`{"alg":"dir","enc":"A128GCM","cty":"JWT"}`), "JWE that is none": encodeJWE(`{"alg":"none","enc":"A128GCM"}`)}
	for _, alg := range []string{`"none"`, `"None"`, `"nOnE"`, `"NONE"`, `"none "`, `""`, `null`, `0`, `false`, `["none"]`, `["none","RS256"]`, `{"alg":"RS256"}`, ""} {
		member := `"alg":` + alg + `,`
		if alg == "" {
			member = ""
		}
		for _, rest := range []string{`"kid":"` + kid + `","typ":"JWT"`, `"typ":"JWT"`, `"kid":"","typ":"JWT"`} {
			for what, signature := range map[string]string{"empty": "", "short": "AA", "genuine": parts[2]} {
				tokens[member+rest+" "+what] = encode("{"+member+rest+"}") + "." + parts[1] + "." + signature
			}
		}
		tokens[member+" no third part"] = encode("{"+member+`"kid":"`+kid+`","typ":"JWT"}`) + "." + parts[1]
	}
	places := w.jwtPlaces(b, session)
	for name, raw := range tokens {
		for place, show := range places {
			if said := show(raw); said != "" {
				t.Errorf("%s as %s: %.300s", name, place, said)
			}
		}
	}
	if places["hint"](good) == "" {
		t.Error("the good one is refused, too")
	}
}

// TestHeaderBringsNoKey: whatever a header says about keys, the key is one of ours found by its name, nothing is
// fetched, and a header that cannot be read in one way is not read.
func TestHeaderBringsNoKey(t *testing.T) {
	w := aReady(t)
	ctx := context.Background()
	fetched := 0
	evil := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { fetched++ }))
	defer evil.Close()
	good := w.signInAt("ada", "app", "openid").id
	payload := decodePart(t, good, 1)
	strangers, err := newKey("RS256")
	w.must(err)
	stranger, err := openKey(strangers)
	w.must(err)
	theirs, err := jose.JSONWebKey{Key: stranger.public, KeyID: strangers.KID}.MarshalJSON()
	w.must(err)
	ours, err := w.s.signingKeyFor(ctx, "RS256")
	w.must(err)
	kid := func(value string) string { return `{"alg":"RS256","kid":` + value + `,"typ":"JWT"}` }
	with := func(more string) string { return `{"alg":"RS256","kid":"` + ours.kid + `","typ":"JWT",` + more + `}` }
	for name, header := range map[string]string{
		"jwk": with(`"jwk":` + string(theirs)), "jku": with(`"jku":"` + evil.URL + `/jwks.json"`), "x5u": with(`"x5u":"` + evil.URL + `/cert.pem"`),
		"x5c": with(`"x5c":["MIIB"]`), "x5t": with(`"x5t":"AA"`), "crit": with(`"crit":["x"],"x":1`), "crit of b64": with(`"crit":["b64"],"b64":false`), "b64": with(`"b64":true`),
		"url": with(`"url":"` + evil.URL + `"`), "iss": with(`"iss":"` + evil.URL + `"`),
		"kid as a path": kid(`"../../../dev/null"`), "kid as an address": kid(`"` + evil.URL + `/key"`), "kid as a file": kid(`"file:///etc/passwd"`),
		"kid as SQL": kid(`"x' OR '1'='1"`), "kid as a union": kid(`"' UNION SELECT 'x' --"`), "kid with NUL": kid(`"` + ours.kid + `\u0000"`), "kid and a space": kid(`"` + ours.kid + ` "`),
		"kid as a number": kid(`1`), "kid as a list": kid(`["` + ours.kid + `"]`), "kid as an object": kid(`{"kid":"` + ours.kid + `"}`), "kid null": kid(`null`), "kid true": kid(`true`),
		"kid of 1 MiB": kid(`"` + strings.Repeat("k", 1<<20) + `"`), "kid in capitals": kid(`"` + strings.ToUpper(ours.kid) + `"`), "kid cut": kid(`"` + ours.kid[:10] + `"`),
		"doubled kid": with(`"kid":"` + ours.kid + `"`), "doubled kid, theirs first": `{"kid":"` + strangers.KID + `",` + with("")[1:len(with(""))-2] + `}`,
		"doubled kid, theirs last": with(`"kid":"` + strangers.KID + `"`), "doubled alg": with(`"alg":"RS256"`), "KID besides": with(`"KID":"` + strangers.KID + `"`), "Kid alone": strings.Replace(kid(`"`+ours.kid+`"`), `"kid"`, `"Kid"`, 1),
		"doubled typ": with(`"typ":"JWT"`), "deep": with(`"x":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000)),
	} {
		for whose, key := range map[string]*signingKey{"ours": ours, "theirs": stranger} {
			raw := genuine(t, key, header, payload)
			began := time.Now()
			if _, err := w.s.verifyIDTokenHint(ctx, raw); !errors.Is(err, errBadHint) {
				t.Errorf("%s, signed by a key of %s: %v", name, whose, err)
			}
			if took := time.Since(began); took > time.Second {
				t.Errorf("%s took %s", name, took)
			}
		}
	}
	if fetched != 0 {
		t.Errorf("%d requests went out", fetched)
	}
	for name, raw := range map[string]string{
		"theirs under its own name": genuine(t, stranger, kid(`"`+strangers.KID+`"`), payload), "theirs under ours": genuine(t, stranger, kid(`"`+ours.kid+`"`), payload),
	} {
		if _, err := w.s.verifyIDTokenHint(ctx, raw); !errors.Is(err, errBadHint) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if hint, err := w.s.verifyIDTokenHint(ctx, genuine(t, ours, kid(`"`+ours.kid+`"`), payload)); err != nil || hint.Subject != "ada" {
		t.Errorf("the plain one: %v", err)
	}
}

// TestEveryClaimIsRequired: an ID token that comes back lacks nothing and holds nothing of another type, and its times
// are such as this server writes, to the second. That it is over is no matter: a hint only names somebody.
func TestEveryClaimIsRequired(t *testing.T) {
	w := aReady(t)
	ctx := context.Background()
	good := w.signInAt("ada", "app", "openid").id
	key, err := w.s.signingKeyFor(ctx, "RS256")
	w.must(err)
	header := `{"alg":"RS256","kid":"` + key.kid + `","typ":"JWT"}`
	hint := func(change func(claims map[string]any)) error {
		var claims map[string]any
		w.must(json.Unmarshal([]byte(decodePart(t, good, 1)), &claims))
		change(claims)
		payload, err := json.Marshal(claims)
		w.must(err)
		_, err = w.s.verifyIDTokenHint(ctx, genuine(t, key, header, string(payload)))
		return err
	}
	if err := hint(func(map[string]any) {}); err != nil {
		t.Fatalf("the plain one: %v", err)
	}
	texts := []any{1, 1.5, true, []string{"ada"}, []any{}, map[string]any{"x": 1}, "", -1}
	numbers := []any{"1700000000", 1.5, true, []int{1}, map[string]any{}, "", -1, 253402300799 /* year 9999 */, 1e30, "year"}
	for name, wrong := range map[string][]any{
		"iss": append(texts, testIssuer+"/", "https://evil.example.test"), "sub": texts, "aud": append(texts, []string{"app"}, []string{"app", "other"}),
		"exp": numbers, "iat": numbers, "auth_time": numbers, "at_hash": {1, 1.5, true, []string{"x"}, map[string]any{}}, "sid": {1, true, []string{"x"}},
	} {
		if name != "sid" {
			for what, change := range map[string]func(map[string]any){"left out": func(c map[string]any) { delete(c, name) }, "null": func(c map[string]any) { c[name] = nil }} {
				if err := hint(change); !errors.Is(err, errBadHint) {
					t.Errorf("%s %s: %v", name, what, err)
				}
			}
		}
		for _, value := range wrong {
			if err := hint(func(c map[string]any) { c[name] = value }); !errors.Is(err, errBadHint) {
				t.Errorf("%s of %v (%T): %v", name, value, value, err)
			}
		}
	}
	now, skew, most := w.clock.Now().Unix(), int64(clockSkew.Seconds()), int64(lifeIDToken.most.Seconds())
	for name, c := range map[string]struct {
		authTime, issued, expires int64
		fine                      bool
	}{
		"now":                     {now, now, now + 3600, true},
		"of another clock":        {now, now + skew, now + 3600, true},
		"from the future":         {now, now + skew + 1, now + 3600, false},
		"signed in by another":    {now + skew, now, now + 3600, true},
		"signed in afterwards":    {now + skew + 1, now, now + 3600, false},
		"the longest life":        {now, now, now + most, true},
		"a longer life":           {now, now, now + most + 1, false},
		"over before it begins":   {now, now, now, false},
		"over for years":          {1_000_000_000, 1_000_000_000, 1_000_003_600, true},
		"signed in before it all": {-1, now, now + 3600, false},
	} {
		err := hint(func(claims map[string]any) {
			claims["auth_time"], claims["iat"], claims["exp"] = c.authTime, c.issued, c.expires
		})
		if (err == nil) != c.fine {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, typ := range []string{`"at+jwt"`, `"logout+jwt"`, `"jwt"`, `"JWT "`, `""`, `null`, `1`, `["JWT"]`} {
		raw := genuine(t, key, strings.Replace(header, `"JWT"`, typ, 1), decodePart(t, good, 1))
		if _, err := w.s.verifyIDTokenHint(ctx, raw); !errors.Is(err, errBadHint) {
			t.Errorf("typ %s: %v", typ, err)
		}
	}
}
