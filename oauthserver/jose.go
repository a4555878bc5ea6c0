package oauthserver

import (
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// maxJWTPart is the longest header, payload or signature that is looked at, before anything is parsed.
const maxJWTPart = 16 << 10

// errBadJWT: not a token that one of our keys signed.
var errBadJWT = errors.New("not a JWT of this server")

// signJWT writes claims as a compact JWS. The header holds alg, kid and typ and nothing else.
func signJWT(key *signingKey, typ string, claims map[string]any) (string, error) {
	options := (&jose.SignerOptions{}).WithType(jose.ContentType(typ))
	signer, err := jose.NewSigner(jose.SigningKey{
		Algorithm: jose.SignatureAlgorithm(key.alg), Key: jose.JSONWebKey{Key: key.private, KeyID: key.kid},
	}, options)
	if err != nil {
		return "", fmt.Errorf("make signer: %w", err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("encode claims: %w", err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return signed.CompactSerialize()
}

// jwtHeader is all that a header of ours may hold: an unknown member could change what the rest means
// (crit), or bring its own key (jwk, jku, x5u, x5c).
type jwtHeader struct{ Alg, KID, Typ string }

// readJWTHeader looks at a compact JWS before anything of it is believed.
func readJWTHeader(raw string) (jwtHeader, error) {
	var header jwtHeader
	if len(raw) > 3*maxJWTPart+2 { // before a million dots become a million strings
		return header, errBadJWT
	}
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return header, errBadJWT
	}
	for _, part := range parts {
		if part == "" || len(part) > maxJWTPart || strings.ContainsAny(part, "\r\n") { // line breaks, which Go's decoder skips
			return header, errBadJWT
		}
	}
	var text []byte
	for i := len(parts) - 1; i >= 0; i-- { // each has one spelling: base64 leaves room for others in its last character
		var err error
		if text, err = base64.RawURLEncoding.Strict().DecodeString(parts[i]); err != nil {
			return header, errBadJWT
		}
	}
	var members map[string]string // and no struct, which would take "KID" for "kid"
	if err := json.Unmarshal(text, &members); err != nil {
		return header, errBadJWT
	}
	for name := range members {
		if name != "alg" && name != "kid" && name != "typ" {
			return header, errBadJWT
		}
	}
	return jwtHeader{Alg: members["alg"], KID: members["kid"], Typ: members["typ"]}, nil
}

// verifyJWT checks a signature against one key and its one algorithm: what the header says of alg is
// never a choice (RFC 8725 §3.1).
func verifyJWT(raw string, alg string, public crypto.PublicKey) ([]byte, error) {
	signed, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)})
	if err != nil {
		return nil, errBadJWT
	}
	payload, err := signed.Verify(public)
	if err != nil {
		return nil, errBadJWT
	}
	return payload, nil
}
