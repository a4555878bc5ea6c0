package oauthserver

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// published reads the key set: state does not show, so keys come by kid.
func (w *world) published() map[string]map[string]any {
	w.Helper()
	answer := w.browser().get("/oauth/jwks.json").want(200)
	var set struct{ Keys []map[string]any }
	if err := json.Unmarshal([]byte(answer.body), &set); err != nil {
		w.Fatal(err)
	}
	keys := map[string]map[string]any{}
	for _, key := range set.Keys {
		keys[key["kid"].(string)] = key
	}
	return keys
}

// state finds the keys of an algorithm in a state.
func (w *world) inState(alg, state string) (kids []string) {
	w.Helper()
	list, err := w.s.ListKeys(context.Background())
	if err != nil {
		w.Fatal(err)
	}
	for _, key := range list {
		if key.Alg == alg && key.State == state {
			kids = append(kids, key.KID)
		}
	}
	return kids
}

func TestFirstStartMakesKeys(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		if findings := w.s.examineKeys(ctx); findings[0].Level != "error" {
			t.Errorf("without keys: %+v", findings)
		}
		for range 2 {
			if err := w.s.EnsureKeys(ctx); err != nil {
				t.Fatal(err)
			}
		}
		keys := w.published()
		if len(keys) != 2 || len(w.events(eventKeyCreate)) != 2 || w.s.examineKeys(ctx)[0].Level != "ok" {
			t.Fatalf("keys %v", keys)
		}
		for kid, key := range keys {
			if n, ok := key["n"].(string); ok {
				if raw, _ := base64.RawURLEncoding.DecodeString(n); len(raw) != 256 {
					t.Errorf("RSA key of %d bytes", len(raw))
				}
			}
			text, _ := json.Marshal(key)
			var jwk jose.JSONWebKey
			if err := jwk.UnmarshalJSON(text); err != nil {
				t.Fatal(err)
			}
			thumbprint, _ := jwk.Thumbprint(crypto.SHA256)
			if kid != base64.RawURLEncoding.EncodeToString(thumbprint) || key["use"] != "sig" {
				t.Errorf("key %v", key)
			}
		}
	})
}

func TestTwoProcessesOneKeySet(t *testing.T) {
	eachRace(t, func(t *testing.T, w *world) {
		servers := make([]*Server, 4)
		for i := range servers {
			w.restart(nil)
			servers[i] = w.s
		}
		if _, lost := modelstest.Race(len(servers), func(i int) error { return servers[i].EnsureKeys(context.Background()) }); len(lost) > 0 {
			t.Fatal(lost)
		}
		for _, s := range servers {
			w.s, w.h = s, s.Handler()
			if len(w.published()) != 2 {
				t.Errorf("%d keys", len(w.published()))
			}
		}
	})
}

func TestKeysEncrypted(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.ready()
		for _, key := range testKeys() {
			var sealed []byte
			w.query("SELECT private_key FROM oauth_keys WHERE kid = '"+key.KID+"'", &sealed)
			if len(sealed) <= len(key.PrivateKey) || bytes.Contains(sealed, key.PrivateKey[40:80]) {
				t.Errorf("%s is not encrypted", key.Alg)
			}
		}
		ring, err := models.NewKeyRing([][]byte{bytes.Repeat([]byte{9}, 32)})
		if err != nil {
			t.Fatal(err)
		}
		db, err := models.Open(context.Background(), models.Options{URL: w.db.URL(), Keys: ring, Now: w.clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		w.db = db
		w.restart(nil)
		if err := w.s.EnsureKeys(context.Background()); err == nil || !strings.Contains(err.Error(), "SECRET_KEY") {
			t.Errorf("under another SECRET_KEY: %v", err)
		}
	})
}

func TestJWKSHasNoPrivateParts(t *testing.T) {
	w := aWorld(t).ready()
	for _, key := range w.published() {
		for name := range key {
			if !strings.Contains(" kty kid use alg n e crv x y ", " "+name+" ") {
				t.Errorf("member %s", name)
			}
		}
	}
	head := w.browser().send("HEAD", "/oauth/jwks.json", nil, nil).want(200)
	if head.body != "" || head.Header.Get("Cache-Control") != "public, max-age=300" {
		t.Error("HEAD has a body, or may not be kept")
	}
}

func TestKeyRotation(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.ready().withClients()
		ctx := context.Background()
		kid := func() string {
			header, _ := w.claimsOfJWT(w.signInAt("ada", "app", "openid").id)
			return header["kid"].(string)
		}
		do := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		old := kid()
		do(w.s.RotateKeys(ctx, byTest, RotateAnnounced))
		do(w.s.RotateKeys(ctx, byTest, RotateAnnounced)) // one announced key is enough
		do(w.s.TendKeys(ctx))
		if len(w.published()) != 4 || kid() != old || len(w.inState("RS256", models.KeyNext)) != 1 {
			t.Fatal("announced: the new key is not published, or signs already")
		}
		w.clock.Add(keyAnnounced)
		do(w.s.TendKeys(ctx))
		fresh := kid()
		if fresh == old || len(w.published()) != 4 || len(w.events(eventKeyActivate)) != 2 {
			t.Fatal("after ten minutes the new key does not sign, or the old one is gone")
		}
		w.clock.Add(keyPublished)
		do(w.s.TendKeys(ctx))
		if keys := w.published(); len(keys) != 2 || keys[fresh] == nil || len(w.inState("RS256", models.KeyRetired)) != 1 {
			t.Fatal("after 48 hours the old key is still published")
		}
		var private *string
		w.query("SELECT private_key FROM oauth_keys WHERE state = 'retired' AND alg = 'RS256'", &private)
		if private != nil {
			t.Error("a retired key keeps its private part")
		}

		do(w.s.RotateKeys(ctx, byTest, RotateNow))
		if now := kid(); now == fresh || w.published()[fresh] == nil {
			t.Error("--now: not at once, or the old one unpublished")
		}
		hint := w.signInAt("ada", "app", "openid").id
		do(w.s.RotateKeys(ctx, byTest, RotateCompromised))
		if len(w.published()) != 2 || len(w.inState("RS256", models.KeyRevoked)) != 2 {
			t.Error("compromised: an old key is still published")
		}
		if _, err := w.s.verifyIDTokenHint(ctx, hint); !errors.Is(err, errBadHint) {
			t.Errorf("a compromised key's token: %v", err)
		}
		w.clock.Add(keyKept)
		do(w.s.TendKeys(ctx))
		w.clock.Add(time.Second)
		do(w.s.TendKeys(ctx))
		if w.rows("oauth_keys") != 2 {
			t.Errorf("%d keys after 400 days", w.rows("oauth_keys"))
		}
	})
}

func TestIDToken(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		got := w.signInAt("ada", "app", "openid profile", "nonce", "n-0S6_WzA2Mj")
		now := float64(w.clock.Now().Unix())
		header, payload := w.claimsOfJWT(got.id)
		if len(header) != 3 || header["alg"] != "RS256" || header["typ"] != "JWT" || w.published()[header["kid"].(string)] == nil {
			t.Errorf("header %v", header)
		}
		want := map[string]any{
			"iss": testIssuer, "sub": "ada", "aud": "app", "iat": now, "exp": now + 3600, "auth_time": now, "nonce": "n-0S6_WzA2Mj",
			"acr": "aal1", "amr": []any{"pwd"}, "at_hash": halfHash(got.access), "sid": payload["sid"],
		}
		left, _ := json.Marshal(payload)
		right, _ := json.Marshal(want)
		if string(left) != string(right) || len(payload["sid"].(string)) != 43 {
			t.Errorf("payload %s, want %s", left, right)
		}
		if _, plain := w.claimsOfJWT(w.signInAt("ada", "app", "openid").id); plain["nonce"] != nil || plain["name"] != nil || plain["azp"] != nil {
			t.Errorf("payload %v", plain)
		}
		w.client("ec", func(c *models.OAuthClient) { c.Consent, c.IDTokenAlg, c.IDTokenSeconds = "skip", "ES256", 300 })
		id := w.signInAt("ada", "ec", "openid").id
		header, payload = w.claimsOfJWT(id)
		if header["alg"] != "ES256" || payload["exp"] != now+300 {
			t.Errorf("by policy: %v %v", header, payload)
		}
		for _, token := range []string{id, got.id} {
			if hint, err := w.s.verifyIDTokenHint(context.Background(), token); err != nil || hint.Subject != "ada" || hint.SID == "" {
				t.Errorf("not verified: %v", err)
			}
		}
		w.changeKeys("UPDATE oauth_keys SET state = 'retired'")
		code, _ := w.codeFor("ada", "app", "openid")
		w.as("app", "/oauth/token", codeForm(code)).fails(500, "server_error") // never signed without a living key
	})
}

func TestSidPerSessionAndClient(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		w.client("other", func(c *models.OAuthClient) { c.Consent = "skip" })
		b := w.browser()
		b.signIn("ada")
		sid := func(client string) any {
			code := b.get(authorizePath(client, "scope", "openid")).code()
			_, payload := w.claimsOfJWT(tokensOf(w.as(client, "/oauth/token", codeForm(code)).json(200)).id)
			return payload["sid"]
		}
		first := sid("app")
		if first != sid("app") || first == sid("other") || first == nil {
			t.Error("not stable within a session and client, or shared by clients")
		}
		b.signIn("ada")
		if first == sid("app") {
			t.Error("the same for another session")
		}
	})
}

// TestJOSERules: nothing but our own keys, each with its one algorithm.
func TestJOSERules(t *testing.T) {
	w := aReady(t)
	ctx := context.Background()
	good := w.signInAt("ada", "app", "openid").id
	parts := strings.Split(good, ".")
	header, _ := w.claimsOfJWT(good)
	kid := header["kid"].(string)
	encode := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	forged := func(header string) string {
		signed := encode(header) + "." + parts[1]
		sum := sha256.Sum256([]byte(signed))
		r, s, err := ecdsa.Sign(rand.Reader, own, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		return signed + "." + base64.RawURLEncoding.EncodeToString(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
	}
	rs256, err := w.s.signingKeyFor(ctx, "RS256")
	if err != nil {
		t.Fatal(err)
	}
	public, _ := x509.MarshalPKIXPublicKey(rs256.public)
	mac := hmac.New(sha256.New, public)
	mac.Write([]byte(encode(`{"alg":"HS256","kid":"`+kid+`","typ":"JWT"}`) + "." + parts[1]))
	jwk, _ := jose.JSONWebKey{Key: own.Public()}.MarshalJSON()
	for name, token := range map[string]string{
		"none":                  encode(`{"alg":"none","kid":"`+kid+`","typ":"JWT"}`) + "." + parts[1] + ".",
		"none, with a part":     encode(`{"alg":"none","kid":"`+kid+`","typ":"JWT"}`) + "." + parts[1] + ".AA",
		"HS256 by a public key": encode(`{"alg":"HS256","kid":"`+kid+`","typ":"JWT"}`) + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)),
		"ES256 under RSA's kid": forged(`{"alg":"ES256","kid":"` + kid + `","typ":"JWT"}`),
		"unknown kid":           forged(`{"alg":"ES256","kid":"mine","typ":"JWT"}`),
		"no kid":                forged(`{"alg":"ES256","typ":"JWT"}`),
		"jwk":                   forged(`{"alg":"ES256","typ":"JWT","jwk":` + string(jwk) + `}`),
		"jku":                   forged(`{"alg":"ES256","kid":"` + kid + `","typ":"JWT","jku":"https://evil.example.test/"}`),
		"crit":                  encode(`{"alg":"RS256","kid":"`+kid+`","typ":"JWT","crit":["x"],"x":1}`) + "." + parts[1] + "." + parts[2],
		"another typ":           encode(`{"alg":"RS256","kid":"`+kid+`","typ":"at+jwt"}`) + "." + parts[1] + "." + parts[2],
		"duplicate alg":         encode(`{"alg":"RS256","kid":"`+kid+`","typ":"JWT","alg":"none"}`) + "." + parts[1] + "." + parts[2],
		"five parts":            good + ".x.y",
		"huge":                  strings.Repeat("A", maxJWTPart+1) + "." + parts[1] + "." + parts[2],
	} {
		if _, err := w.s.verifyIDTokenHint(ctx, token); !errors.Is(err, errBadHint) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := range 3 {
		for bit := range 8 {
			raw, _ := base64.RawURLEncoding.DecodeString(parts[i])
			raw[len(raw)/2] ^= 1 << bit
			bent := [3]string(parts)
			bent[i] = base64.RawURLEncoding.EncodeToString(raw)
			if _, err := w.s.verifyIDTokenHint(ctx, strings.Join(bent[:], ".")); !errors.Is(err, errBadHint) {
				t.Errorf("part %d, bit %d: %v", i, bit, err)
			}
		}
	}
	if _, err := w.s.verifyIDTokenHint(ctx, good); err != nil {
		t.Errorf("the good one: %v", err)
	}
	// An access token is no ID token, and a storm of invented kids is not a storm of queries.
	counting, statements := modelstest.Count(ctx)
	for range 100 {
		_, _ = w.s.verifyIDTokenHint(counting, forged(`{"alg":"ES256","kid":"`+models.NewID()+`","typ":"JWT"}`))
	}
	if statements.Load() > 1 {
		t.Errorf("%d queries for unknown kids", statements.Load())
	}
}

// TestFosite13HintFromRetiredKey: hints outlive the key that signed them.
func TestFosite13HintFromRetiredKey(t *testing.T) {
	w := aReady(t)
	ctx := context.Background()
	hint := w.signInAt("ada", "app", "openid").id
	if err := w.s.RotateKeys(ctx, byTest, RotateNow); err != nil {
		t.Fatal(err)
	}
	w.clock.Add(keyPublished)
	if err := w.s.TendKeys(ctx); err != nil {
		t.Fatal(err)
	}
	if claims, err := w.s.verifyIDTokenHint(ctx, hint); err != nil || claims.Subject != "ada" {
		t.Errorf("%+v %v", claims, err)
	}
}
