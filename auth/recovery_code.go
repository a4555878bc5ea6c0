package auth

import (
	"crypto/rand"
	"strings"
)

// recoveryAlphabet is base 32 without letters that look like a digit or like each other (Crockford's).
const recoveryAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

const recoveryLength = 10

// newRecoveryCode is ten characters, 50 bits: each as likely as any other, since 32 divides 256.
func newRecoveryCode() string {
	random := make([]byte, recoveryLength)
	if _, err := rand.Read(random); err != nil {
		panic(err) // crypto/rand ends the process before it fails
	}
	for i, b := range random {
		random[i] = recoveryAlphabet[b%32]
	}
	return string(random)
}

// shownRecoveryCode is a code as people read it.
func shownRecoveryCode(code string) string {
	return code[:recoveryLength/2] + "-" + code[recoveryLength/2:]
}

// asRecoveryCode is a typed code in the form in which it was made: letters that the alphabet lacks were misread.
func asRecoveryCode(code string) (string, bool) {
	code = strings.NewReplacer("o", "0", "i", "1", "l", "1").Replace(code)
	return code, len(code) == recoveryLength && strings.Trim(code, recoveryAlphabet) == ""
}

// recoveryHashes are the hashes that a code may be stored under, the current key's first.
func (s *Service) recoveryHashes(userID, code string) [][]byte {
	hashes := make([][]byte, len(s.recoverySecrets))
	for i, secret := range s.recoverySecrets {
		hashes[i] = codeHash(secret, userID, code)
	}
	return hashes
}
