package models

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// NewID is a random row id: 26 characters of A–Z and 2–7, 130 random bits.
func NewID() string { return rand.Text() }

// IsID tells whether a text could have come from NewID.
func IsID(text string) bool {
	return len(text) == 26 && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}

// NewToken is a secret of 32 random bytes as 43 characters of base64url.
func NewToken() string {
	var raw [32]byte
	rand.Read(raw[:]) // never fails: crypto/rand ends the process instead
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

// Digest is how a random token is stored: its SHA-256. A fast hash is enough, because 256 random bits
// cannot be guessed; a leaked database gives nobody a token.
func Digest(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
