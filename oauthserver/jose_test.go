package oauthserver

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	josev3 "github.com/go-jose/go-jose/v3"
	"github.com/go-jose/go-jose/v4"
	"github.com/ory/fosite"
	"github.com/ory/fosite/storage"

	"latchkey/models"
)

// genuine signs a header and a payload, whatever they say, with one of our own keys: what is refused
// is refused for what it says.
func genuine(t *testing.T, key *signingKey, header, payload string) string {
	t.Helper()
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(header)) + "." + encode([]byte(payload))
	sum := sha256.Sum256([]byte(signed))
	switch private := key.private.(type) {
	case *rsa.PrivateKey:
		signature, err := rsa.SignPKCS1v15(rand.Reader, private, crypto.SHA256, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		return signed + "." + encode(signature)
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, private, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		return signed + "." + encode(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
	}
	t.Fatalf("a key of type %T", key.private)
	return ""
}

// decodePart is the header (0) or the payload (1) of a JWT, as text.
func decodePart(t *testing.T, raw string, part int) string {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(raw, ".")[part])
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestJOSEAbuse: a signature of ours does not make an ID token of anything. TestJOSERules has the forgeries.
func TestJOSEAbuse(t *testing.T) {
	w := aReady(t)
	ctx := context.Background()
	good := w.signInAt("ada", "app", "openid").id
	payload := decodePart(t, good, 1)
	without := func(name string, value any) string {
		var claims map[string]any
		if err := json.Unmarshal([]byte(payload), &claims); err != nil {
			t.Fatal(err)
		}
		if delete(claims, name); value != nil {
			claims[name] = value
		}
		text, _ := json.Marshal(claims)
		return string(text)
	}
	for _, alg := range []string{"RS256", "ES256"} {
		key, err := w.s.signingKeyFor(ctx, alg)
		if err != nil {
			t.Fatal(err)
		}
		head := func(more string) string {
			return `{"alg":"` + alg + `","kid":"` + key.kid + `","typ":"JWT"` + more + `}`
		}
		if hint, err := w.s.verifyIDTokenHint(ctx, genuine(t, key, head(""), payload)); err != nil || hint.Subject != "ada" {
			t.Fatalf("%s: the plain one is refused: %v", alg, err)
		}
		jwk, err := jose.JSONWebKey{Key: key.public}.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		plain := strings.Split(genuine(t, key, head(""), payload), ".")
		for name, token := range map[string]string{
			"crit":             genuine(t, key, head(`,"crit":["exp"],"exp":1`), payload),
			"empty crit":       genuine(t, key, head(`,"crit":[]`), payload),
			"own key as jwk":   genuine(t, key, head(`,"jwk":`+string(jwk)), payload),
			"jku":              genuine(t, key, head(`,"jku":"https://as.example.test/oauth/jwks.json"`), payload),
			"x5u":              genuine(t, key, head(`,"x5u":"https://as.example.test/x"`), payload),
			"x5c":              genuine(t, key, head(`,"x5c":["AA"]`), payload),
			"b64":              genuine(t, key, head(`,"b64":false`), payload),
			"zip":              genuine(t, key, head(`,"zip":"DEF"`), payload),
			"cty":              genuine(t, key, head(`,"cty":"JWT"`), payload),
			"nobody's member":  genuine(t, key, head(`,"x":1`), payload),
			"two objects":      genuine(t, key, head("")+"{}", payload),
			"a list":           genuine(t, key, `["`+alg+`"]`, payload),
			"no typ":           genuine(t, key, `{"alg":"`+alg+`","kid":"`+key.kid+`"}`, payload),
			"access token":     genuine(t, key, strings.Replace(head(""), `"JWT"`, `"at+jwt"`, 1), payload),
			"logout token":     genuine(t, key, strings.Replace(head(""), `"JWT"`, `"logout+jwt"`, 1), payload),
			"no kid":           genuine(t, key, `{"alg":"`+alg+`","typ":"JWT"}`, payload),
			"another alg":      genuine(t, key, strings.Replace(head(""), alg, alg[:1]+"S384", 1), payload),
			"PSS by name":      genuine(t, key, strings.Replace(head(""), alg, "PS256", 1), payload),
			"name in capitals": genuine(t, key, strings.Replace(head(""), `"alg"`, `"ALG"`, 1), payload),
			"another issuer":   genuine(t, key, head(""), without("iss", "https://evil.example.test")),
			"issuer and slash": genuine(t, key, head(""), without("iss", testIssuer+"/")),
			"no issuer":        genuine(t, key, head(""), without("iss", nil)),
			"no subject":       genuine(t, key, head(""), without("sub", nil)),
			"no audience":      genuine(t, key, head(""), without("aud", nil)),
			"a list of two":    genuine(t, key, head(""), without("aud", []string{"app", "other"})),
			"no auth_time":     genuine(t, key, head(""), without("auth_time", nil)),
			"no at_hash":       genuine(t, key, head(""), without("at_hash", nil)),
			"no object":        genuine(t, key, head(""), `"ada"`),
			"no JSON":          genuine(t, key, head(""), `{`),
			"padding":          plain[0] + "." + plain[1] + "." + plain[2] + "=",
			"line break":       plain[0] + ".\n" + plain[1] + "." + plain[2],
			"space":            " " + plain[0] + "." + plain[1] + "." + plain[2],
			"swapped":          plain[1] + "." + plain[0] + "." + plain[2],
			"twice signed":     strings.Join(plain, ".") + "." + plain[2],
			"unsigned inside":  plain[0] + "." + plain[1] + ".",
			"huge payload":     plain[0] + "." + strings.Repeat("A", maxJWTPart+1) + "." + plain[2],
			"huge signature":   plain[0] + "." + plain[1] + "." + strings.Repeat("A", maxJWTPart+1),
			"JSON form":        `{"protected":"` + plain[0] + `","payload":"` + plain[1] + `","signature":"` + plain[2] + `"}`,
			"JWE around none":  encodeJWE(`{"alg":"dir","enc":"A128GCM","cty":"JWT"}`),
			"compressed JWE":   encodeJWE(`{"alg":"RSA-OAEP-256","enc":"A128GCM","zip":"DEF"}`),
		} {
			if _, err := w.s.verifyIDTokenHint(ctx, token); !errors.Is(err, errBadHint) {
				t.Errorf("%s, %s: %v", alg, name, err)
			}
		}
	}
	// Another key under a kid that is taken does not come in.
	row := *testKeys()[1]
	fresh, err := newKey("RS256")
	w.must(err)
	row.ID, row.State, row.PrivateKey, row.PublicKey, row.CreatedAt = models.NewID(), models.KeyNext, fresh.PrivateKey, fresh.PublicKey, w.s.now()
	if made, err := w.db.CreateOAuthKey(ctx, &row); made || err != nil {
		t.Errorf("a second key under one kid: %v %v", made, err)
	}
}

func encodeJWE(header string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return strings.Join([]string{encode([]byte(header)), "", encode(make([]byte, 12)), encode([]byte(`{"alg":"none"}..`)), encode(make([]byte, 16))}, ".")
}

// TestWycheproof verifies the JWS vectors of Project Wycheproof that concern keys as ours: modified
// paddings, edge cases of r and s, other primitives, alg none.
func TestWycheproof(t *testing.T) {
	text, err := os.ReadFile("testdata/wycheproof_jws.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		Groups []struct {
			Alg   string          `json:"alg"`
			Key   jose.JSONWebKey `json:"key"`
			Tests []struct {
				ID      int    `json:"id"`
				Comment string `json:"comment"`
				JWS     any    `json:"jws"` // text, or an object where the vector is in the JSON form
				Valid   bool   `json:"valid"`
			} `json:"tests"`
		} `json:"groups"`
	}
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	tried, accepted := 0, 0
	for _, group := range vectors.Groups {
		for _, vector := range group.Tests {
			raw, compact := vector.JWS.(string)
			if !compact {
				object, _ := json.Marshal(vector.JWS)
				raw = string(object)
			}
			tried++
			_, err := verifyJWT(raw, group.Alg, group.Key.Key)
			if vector.Valid != (err == nil) {
				t.Errorf("%d (%s), %s: %v", vector.ID, vector.Comment, group.Alg, err)
			}
			if err == nil {
				accepted++
			}
		}
	}
	if tried < 270 || accepted < 10 {
		t.Errorf("%d vectors, %d accepted", tried, accepted)
	}
}

func TestFosite06AlgNone(t *testing.T) {
	encode := base64.RawURLEncoding.EncodeToString
	object := encode([]byte(`{"alg":"none"}`)) + "." + encode([]byte(`{"state":"from-the-unsigned-object"}`)) + "."
	memory := storage.NewMemoryStore()
	memory.Clients["app"] = &fosite.DefaultOpenIDConnectClient{
		DefaultClient: &fosite.DefaultClient{
			ID: "app", RedirectURIs: []string{testCallback}, ResponseTypes: []string{"code"}, GrantTypes: []string{"authorization_code"}, Scopes: []string{"openid"},
		},
		JSONWebKeys: &josev3.JSONWebKeySet{},
	}
	engine := fosite.NewOAuth2Provider(memory, &fosite.Config{AccessTokenLifespan: time.Hour})
	request, err := engine.NewAuthorizeRequest(context.Background(), httptest.NewRequest("GET", testIssuer+"/oauth/authorize?"+bareQuery("request", object).Encode(), nil))
	if err != nil || request.GetState() != "from-the-unsigned-object" {
		t.Errorf("bare: an unsigned request object is refused now: %v", err)
	}

	w := aReady(t)
	b := w.browser()
	b.signIn("ada")
	if got := b.get(authorizePath("app", "request", object)).refused(); got != "request_not_supported" {
		t.Errorf("unsigned request object: %q", got)
	}
	for name, value := range b.get("/.well-known/openid-configuration").json(200) {
		list, _ := value.([]any)
		for _, entry := range list {
			if entry == "none" && strings.Contains(name, "alg") {
				t.Errorf("%s lists none", name)
			}
		}
	}
	_, _, err = w.s.CreateClient(context.Background(), byTest, models.OAuthClient{Name: "X", RedirectURIs: models.Strings{testCallback}, IDTokenAlg: "none"})
	var mistakes Invalid
	if !errors.As(err, &mistakes) || mistakes["id_token_alg"] == "" {
		t.Errorf("a client may register none: %v", err)
	}
	w.client("unsigned", func(c *models.OAuthClient) { c.Consent, c.IDTokenAlg = "skip", "none" }) // as if somebody wrote the row
	code, _ := w.codeFor("ada", "unsigned", "openid")
	w.as("unsigned", "/oauth/token", codeForm(code)).fails(500, "server_error")
}
