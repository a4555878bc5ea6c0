package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/text/unicode/norm"
)

// Bounds on the parameters a stored hash may ask for: a row is not trusted to choose how much memory
// this process takes.
const (
	argonMaxMemory = 256 << 10 // KiB
	argonMaxTime   = 16
	bcryptMaxCost  = 14
)

// hashParams are those of Argon2id (RFC 9106).
type hashParams struct {
	memory  uint32 // KiB
	time    uint32
	threads uint8
}

func (p hashParams) weakerThan(other hashParams) bool {
	return p.memory < other.memory || p.time < other.time
}

// argonHash is one stored Argon2id hash.
type argonHash struct {
	hashParams
	salt, key []byte
}

// hashPassword hashes for storage: "$argon2id$v=19$m=…,t=…,p=…$salt$key". The caller holds a place at the gate.
func (s *Service) hashPassword(password string) string {
	hash := argonHash{hashParams: s.params(), salt: make([]byte, 16)}
	rand.Read(hash.salt)
	hash.key = s.gate.argon(password, hash)
	return hash.String()
}

func (s *Service) params() hashParams {
	return hashParams{s.cfg().ArgonMemory, s.cfg().ArgonTime, s.cfg().ArgonThreads}
}

// decoyHash is verified where there is no password to verify. No password gives its key, which is random.
func decoyHash(p hashParams) string {
	hash := argonHash{hashParams: p, salt: make([]byte, 16), key: make([]byte, 32)}
	rand.Read(hash.salt)
	rand.Read(hash.key)
	return hash.String()
}

// verifyPassword compares a password with a stored hash and tells whether the hash should be made anew.
// An empty or unreadable hash costs a decoy and never matches. The caller holds a place at the gate.
func (s *Service) verifyPassword(password, stored string) (matches, stale bool) {
	if isBcrypt(stored) {
		s.gate.run(func() { matches = bcrypt.CompareHashAndPassword([]byte(stored), []byte(password)) == nil })
		return matches, true
	}
	hash, ok := parseArgon(stored)
	if !ok {
		hash, _ = parseArgon(s.decoy)
		s.gate.argon(password, hash)
		return false, false
	}
	key := s.gate.argon(password, hash)
	return subtle.ConstantTimeCompare(key, hash.key) == 1, hash.weakerThan(s.params())
}

// isBcrypt finds the hashes of accounts imported from elsewhere: of the bytes as typed then.
func isBcrypt(stored string) bool {
	cost, err := bcrypt.Cost([]byte(stored))
	return err == nil && cost <= bcryptMaxCost
}

// argon hashes the whole password in one Unicode form, so that two keyboards agree on an accent.
func (g *hashGate) argon(password string, h argonHash) (key []byte) {
	plain := []byte(norm.NFC.String(password))
	g.run(func() { key = argon2.IDKey(plain, h.salt, h.time, h.memory, h.threads, 32) })
	return key
}

func (h argonHash) String() string {
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, h.time, h.threads, encode(h.salt), encode(h.key))
}

func parseArgon(stored string) (h argonHash, ok bool) {
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return h, false
	}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.time, &h.threads); n != 3 || err != nil {
		return h, false
	}
	if h.memory < 8 || h.memory > argonMaxMemory || h.time < 1 || h.time > argonMaxTime || h.threads < 1 {
		return h, false
	}
	var err error
	if h.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil || len(h.salt) < 8 {
		return h, false
	}
	if h.key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(h.key) != 32 {
		return h, false
	}
	return h, true
}

// HashPassword hashes for an import or a command; it waits at the gate like everyone else.
func (s *Service) HashPassword(ctx context.Context, password string) (string, error) {
	leave, err := s.gate.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	return s.hashPassword(password), nil
}

// Hashes is how many passwords were hashed or verified so far, decoys too.
func (s *Service) Hashes() int64 { return s.gate.runs.Load() }
