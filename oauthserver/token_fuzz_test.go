package oauthserver

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// someTokens are shapes of a JWT to begin from: good itself, cut, bent, doubled, and headers that promise too much.
func someTokens(good string) []string {
	parts := strings.Split(good, ".")
	encode := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	list := []string{
		good, good + "=", good + ".", good + "." + good, good[:len(good)-1], good[1:], strings.ToUpper(good), "", ".", "..", "a.b.c", " " + good, good + "\n",
		parts[0] + "." + parts[1] + ".", parts[1] + "." + parts[0] + "." + parts[2], parts[0] + ".." + parts[2],
	}
	for _, header := range []string{
		`{"alg":"none"}`, `{"alg":"HS256","typ":"JWT"}`, `{"alg":"RS256","typ":"JWT","crit":["x"]}`, `{"alg":"RS256","alg":"none"}`, `{"ALG":"RS256"}`, `[]`, `null`, `"x"`, `{}`, `{"alg":1}`,
	} {
		list = append(list, encode(header)+"."+parts[1]+"."+parts[2], encode(header)+"."+parts[1]+".")
	}
	for _, i := range []int{0, len(good) / 2, len(good) - 1} {
		for bit := range 7 {
			bent := []byte(good)
			bent[i] ^= 1 << bit
			list = append(list, string(bent))
		}
	}
	return list
}

// FuzzJWT: the header that is read is the header that was written, and of all texts the one that was signed verifies.
func FuzzJWT(f *testing.F) {
	key, err := openKey(testKeys()[0])
	if err != nil {
		f.Fatal(err)
	}
	good, err := signJWT(key, "JWT", map[string]any{"sub": "ada"})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range someTokens(good) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		header, err := readJWTHeader(raw)
		if err != nil && !errors.Is(err, errBadJWT) {
			t.Fatal(err)
		}
		if err == nil {
			parts := strings.Split(raw, ".")
			if len(parts) != 3 || len(raw) > 3*maxJWTPart+2 {
				t.Fatalf("%d parts, %d bytes", len(parts), len(raw))
			}
			text, err := base64.RawURLEncoding.DecodeString(parts[0])
			var members map[string]string
			if err == nil {
				err = json.Unmarshal(text, &members)
			}
			for _, part := range parts {
				back, err := base64.RawURLEncoding.DecodeString(part)
				if err != nil || base64.RawURLEncoding.EncodeToString(back) != part {
					t.Errorf("%q has another spelling", part)
				}
			}
			if err != nil || members["alg"] != header.Alg || members["kid"] != header.KID || members["typ"] != header.Typ || len(members) > 3 {
				t.Errorf("%s is read as %+v (%v)", text, header, err)
			}
		}
		payload, verifyErr := verifyJWT(raw, key.alg, key.public)
		if verifyErr == nil && !bytes.Equal(payload, []byte(`{"sub":"ada"}`)) {
			t.Errorf("%q verifies as %s", raw, payload)
		}
		if verifyErr == nil && err == nil && raw != good {
			t.Errorf("%q verifies", raw)
		}
	})
}

// FuzzHint: of all texts the ID token that was given out is one, and looking at any other reads nothing.
func FuzzHint(f *testing.F) {
	db, clock := modelstest.OpenWithClock(f)
	s, err := New(Config{DB: db, Accounts: newStub(clock.Now), Issuer: testIssuer, Now: clock.Now})
	if err != nil {
		f.Fatal(err)
	}
	if err := s.EnsureKeys(context.Background()); err != nil {
		f.Fatal(err)
	}
	good, err := s.idToken(context.Background(), &models.OAuthClient{ID: "app"}, &models.OAuthGrant{Subject: "ada", ClientID: "app", AuthTime: new(clock.Now())}, "x", true)
	if err != nil {
		f.Fatal(err)
	}
	key, err := s.signingKeyFor(context.Background(), "RS256")
	if err != nil {
		f.Fatal(err)
	}
	for _, claims := range []map[string]any{{}, {"iss": testIssuer, "sub": "ada", "aud": "app"}, {"iss": testIssuer, "sub": "ada", "aud": "app", "exp": 1, "iat": 0}} {
		almost, err := signJWT(key, "JWT", claims)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(almost)
	}
	for _, seed := range someTokens(good) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		ctx, statements := modelstest.Count(context.Background())
		hint, err := s.verifyIDTokenHint(ctx, raw)
		switch {
		case err == nil && (raw != good || hint.Subject != "ada" || len(hint.Audience) != 1 || hint.Audience[0] != "app"):
			t.Errorf("%q is a hint: %+v", raw, hint)
		case err != nil && (!errors.Is(err, errBadHint) || hint.Subject != "" || raw == good):
			t.Errorf("%q: %v %+v", raw, err, hint)
		}
		if statements.Load() > 1 {
			t.Errorf("%d statements", statements.Load())
		}
	})
}

// FuzzOpaqueToken: of all texts only those this server made are refresh tokens of a family; and what a header is read
// as stands in it as it is.
func FuzzOpaqueToken(f *testing.F) {
	ring, err := models.NewKeyRing([][]byte{make([]byte, 32), bytes.Repeat([]byte{1}, 32)})
	if err != nil {
		f.Fatal(err)
	}
	s := &Server{cfg: Config{Secrets: ring}}
	family := models.NewID()
	good := s.newRefreshToken(family)
	f.Add(good)
	for _, mutant := range mutants(good) {
		f.Add(mutant)
	}
	for _, seed := range []string{"", "lk_rt_", "lk_at_" + models.NewToken(), accessPrefix + good[len(refreshPrefix):], good + good, good + "==", "lk_rt_" + strings.Repeat("A", 99), "\x00", "a b", "ü"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		id, err := s.grantOfRefreshToken(token)
		if (err == nil) != (token == good) || err == nil && id != family || err != nil && id != "" {
			t.Errorf("%q: %q %v", token, id, err)
		}
		r := httptest.NewRequest("GET", "/oauth/userinfo", nil)
		r.Header["Authorization"] = []string{"Bearer " + token}
		read, refusal := headerToken(r)
		switch {
		case refusal != nil && (read != "" || refusal.Status != 400 || refusal.Challenge == ""):
			t.Errorf("%q: %q %+v", token, read, refusal)
		case refusal == nil && (read != token || read == "" || len(read) > otherSize || strings.ContainsFunc(read, func(c rune) bool { return c <= ' ' || c >= 0x7f })):
			t.Errorf("%q is read as %q", token, read)
		}
	})
}

// TestMutatedHint: every prefix, suffix and single-bit change of an ID token names nobody.
func TestMutatedHint(t *testing.T) {
	w := aReady(t)
	good := w.signInAt("ada", "app", "openid").id
	for _, mutant := range mutants(good) {
		if _, err := w.s.verifyIDTokenHint(t.Context(), mutant); !errors.Is(err, errBadHint) {
			t.Errorf("%q: %v", mutant, err)
		}
	}
	if _, err := w.s.verifyIDTokenHint(t.Context(), good); err != nil {
		t.Error(err)
	}
}
