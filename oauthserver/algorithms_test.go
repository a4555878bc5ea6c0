package oauthserver

import (
	"context"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"testing"
)

// TestAlgorithmConfusion: a key counts with its own algorithm, whatever the header says. Each forgery is given to
// the check of signatures itself, where nothing before it could have refused it.
func TestAlgorithmConfusion(t *testing.T) {
	w := aReady(t)
	ctx := context.Background()
	key, err := w.s.signingKeyFor(ctx, "RS256")
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	head := func(alg string) string { return `{"alg":"` + alg + `","kid":"` + key.kid + `","typ":"JWT"}` }
	const payload = `{"sub":"ada"}`
	if _, err := verifyJWT(genuine(t, key, head("RS256"), payload), key.alg, key.public); err != nil {
		t.Fatalf("the genuine one is refused: %v", err)
	}
	signed := func(alg string) string { return encode([]byte(head(alg))) + "." + encode([]byte(payload)) }
	sum := func(text string) []byte { digest := sha256.Sum256([]byte(text)); return digest[:] }
	pss, err := rsa.SignPSS(rand.Reader, key.private.(*rsa.PrivateKey), crypto.SHA256, sum(signed("PS256")), &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	if err != nil {
		t.Fatal(err)
	}
	forged := map[string]string{"PSS by the same key": signed("PS256") + "." + encode(pss)}
	der, err := x509.MarshalPKIXPublicKey(key.public)
	if err != nil {
		t.Fatal(err)
	}
	for name, secret := range map[string][]byte{
		"PEM": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), "DER": der, "modulus": key.public.(*rsa.PublicKey).N.Bytes(),
	} {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(signed("HS256")))
		forged["HMAC under the public key as "+name] = signed("HS256") + "." + encode(mac.Sum(nil))
	}
	elliptic, err := w.s.signingKeyFor(ctx, "ES256")
	if err != nil {
		t.Fatal(err)
	}
	forged["another key of ours under this kid"] = genuine(t, elliptic, head("ES256"), payload)
	for name, raw := range forged {
		if _, err := verifyJWT(raw, key.alg, key.public); err == nil {
			t.Errorf("%s counts", name)
		}
	}
}
