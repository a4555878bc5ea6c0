package oauthserver

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"latchkey/models"
)

const (
	keyReload    = time.Minute      // how long a node believes what it read
	keyAnnounced = 10 * time.Minute // published before it signs, so that clients have read it
	keyPublished = 48 * time.Hour   // after it stopped signing: longer than any ID token lives
	keyKept      = 400 * day        // its public part, for hints
)

// errNoKey: there is no living key for an algorithm. Nothing is signed then.
var errNoKey = errors.New("no active signing key")

// signingKey is a key ready for use; private is nil once retired.
type signingKey struct {
	id, kid, alg, state string
	private             crypto.Signer
	public              crypto.PublicKey
	jwk                 json.RawMessage
	created, activates  time.Time
	retires, ended      *time.Time
}

// keySet is what a node knows of the keys, for at most keyReload. Its lock is never held during a query:
// whoever waits for a connection would stop those who have one and need the keys.
type keySet struct {
	mu         sync.Mutex
	list       []*signingKey
	documents  map[string]document // made of list; they go when it goes
	loaded     time.Time
	generation int // raised when the keys changed: what was read before is not kept
}

// known returns the keys if they were read at most maxAge ago, else nil and the generation to read.
func (k *keySet) known(now time.Time, maxAge time.Duration) ([]*signingKey, int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if age := now.Sub(k.loaded); k.list != nil && age >= 0 && age <= maxAge {
		return k.list, k.generation
	}
	return nil, k.generation
}

func (k *keySet) keep(list []*signingKey, generation int, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if generation == k.generation {
		k.list, k.loaded, k.documents = list, now, map[string]document{}
	}
}

// keys returns all keys, newest first, no older than maxAge.
func (s *Server) keys(ctx context.Context, maxAge time.Duration) ([]*signingKey, error) {
	now := s.now()
	known, generation := s.engine.keys.known(now, maxAge)
	if known != nil {
		return known, nil
	}
	rows, err := s.db.Joined(ctx).OAuthKeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("load signing keys: %w", err)
	}
	list := make([]*signingKey, 0, len(rows))
	for i := range rows {
		key, err := openKey(&rows[i])
		if err != nil {
			return nil, err
		}
		list = append(list, key)
	}
	s.engine.keys.keep(list, generation, now)
	return list, nil
}

// forgetKeys makes the next use read the keys again.
func (s *Server) forgetKeys() {
	s.engine.keys.mu.Lock()
	s.engine.keys.list = nil
	s.engine.keys.generation++
	s.engine.keys.mu.Unlock()
}

func openKey(row *models.OAuthKey) (*signingKey, error) {
	key := &signingKey{
		id: row.ID, kid: row.KID, alg: row.Alg, state: row.State, jwk: json.RawMessage(row.PublicKey),
		created: row.CreatedAt, activates: row.ActivatesAt, retires: row.RetiresAt, ended: row.EndedAt,
	}
	var jwk jose.JSONWebKey
	if err := jwk.UnmarshalJSON(key.jwk); err != nil {
		return nil, fmt.Errorf("read signing key %s: %w", row.KID, err)
	}
	key.public = jwk.Key
	if len(row.PrivateKey) == 0 {
		return key, nil
	}
	private, err := x509.ParsePKCS8PrivateKey(row.PrivateKey)
	if err != nil {
		return nil, fmt.Errorf("read signing key %s: %w", row.KID, err)
	}
	signer, ok := private.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("read signing key %s: it cannot sign", row.KID)
	}
	key.private = signer
	return key, nil
}

// signingKeyFor is the key that signs with an algorithm now.
func (s *Server) signingKeyFor(ctx context.Context, alg string) (*signingKey, error) {
	list, err := s.keys(ctx, keyReload)
	if err != nil {
		return nil, err
	}
	for _, key := range list {
		if key.alg == alg && key.state == models.KeyActive && key.private != nil {
			return key, nil
		}
	}
	return nil, fmt.Errorf("%w for %s", errNoKey, alg)
}

// verificationKey finds a key by kid. One that is not known yet may have been made by another node a
// moment ago; reading again at most once a second keeps a storm of invented kids away from the database.
func (s *Server) verificationKey(ctx context.Context, kid string) (*signingKey, error) {
	for _, maxAge := range []time.Duration{keyReload, time.Second} {
		list, err := s.keys(ctx, maxAge)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(list, func(key *signingKey) bool { return key.kid == kid })
		if i >= 0 && list[i].state != models.KeyRevoked {
			return list[i], nil
		}
	}
	return nil, errBadJWT
}

// jwks publishes the public keys (RFC 7517): those that sign, will, or did a moment ago.
func (s *Server) jwks(w http.ResponseWriter, r *http.Request) {
	s.publish(w, r, "jwks", func(list []*signingKey) any {
		published := []json.RawMessage{}
		for _, key := range list {
			if slices.Contains([]string{models.KeyNext, models.KeyActive, models.KeyRetiring}, key.state) {
				published = append(published, key.jwk)
			}
		}
		return map[string]any{"keys": published}
	})
}

// EnsureKeys makes the signing keys at the first start. Any number of processes may do so at once: one
// key of each algorithm wins. It fails when SECRET_KEY does not open the keys that are there.
func (s *Server) EnsureKeys(ctx context.Context) error {
	s.forgetKeys()
	list, err := s.keys(ctx, 0)
	if err != nil {
		return fmt.Errorf("the signing keys cannot be opened; is SECRET_KEY the one they were made under? %w", err)
	}
	defer s.forgetKeys()
	for _, alg := range s.algs() {
		if slices.ContainsFunc(list, func(key *signingKey) bool { return key.alg == alg && key.state == models.KeyActive }) {
			continue
		}
		if err := s.db.InTx(ctx, func(tx *models.Tx) error {
			return s.addKey(tx, alg, models.KeyActive, s.now(), Operator{})
		}); err != nil {
			return err
		}
	}
	return nil
}

// algs are the configured algorithms; RS256 is always among them, because every client knows it.
func (s *Server) algs() []string {
	if slices.Contains(s.cfg.Algs, "RS256") {
		return s.cfg.Algs
	}
	return append([]string{"RS256"}, s.cfg.Algs...)
}

// addKey makes a key, unless another process was first.
func (s *Server) addKey(tx *models.Tx, alg, state string, activates time.Time, by Operator) error {
	row, err := newKey(alg)
	if err != nil {
		return fmt.Errorf("make signing key: %w", err)
	}
	row.State, row.CreatedAt, row.ActivatesAt = state, s.now(), activates
	made, err := tx.CreateOAuthKey(tx.Context(), row)
	if err != nil {
		return fmt.Errorf("store signing key: %w", err)
	}
	if !made {
		return nil
	}
	return s.auditKey(tx, eventKeyCreate, row.KID, alg, by)
}

// newKey makes a private key, its JWK and its name (RFC 7638).
func newKey(alg string) (*models.OAuthKey, error) {
	var private crypto.Signer
	var err error
	switch alg {
	case "RS256":
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	case "ES256":
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	default:
		err = fmt.Errorf("unknown algorithm %q", alg)
	}
	if err != nil {
		return nil, err
	}
	sealed, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, err
	}
	jwk := jose.JSONWebKey{Key: private.Public(), Algorithm: alg, Use: "sig"}
	thumbprint, err := jwk.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, err
	}
	jwk.KeyID = base64.RawURLEncoding.EncodeToString(thumbprint)
	text, err := jwk.MarshalJSON()
	if err != nil {
		return nil, err
	}
	return &models.OAuthKey{ID: models.NewID(), KID: jwk.KeyID, Alg: alg, PrivateKey: sealed, PublicKey: string(text)}, nil
}

func (s *Server) auditKey(tx *models.Tx, action, kid, alg string, by Operator) error {
	event := models.AuditEvent{Action: action, ActorKind: "system", TargetKind: "key", TargetID: kid, Meta: map[string]any{"alg": alg}}
	if by.ID != "" {
		event.ActorKind, event.ActorID, event.Reason = "operator", by.ID, by.Reason
	}
	return tx.Audit(tx.Context(), event)
}

// Key is a signing key, for operators.
type Key struct {
	KID, Alg, State string
	Created         time.Time
	Activates       time.Time
	Retires         *time.Time
	Ended           *time.Time
}

// ListKeys returns all keys, newest first.
func (s *Server) ListKeys(ctx context.Context) ([]Key, error) {
	list, err := s.keys(ctx, 0)
	if err != nil {
		return nil, err
	}
	keys := make([]Key, len(list))
	for i, key := range list {
		keys[i] = Key{KID: key.kid, Alg: key.alg, State: key.state, Created: key.created, Activates: key.activates, Retires: key.retires, Ended: key.ended}
	}
	return keys, nil
}

// examineKeys is the doctor's look at the keys.
func (s *Server) examineKeys(ctx context.Context) []Finding {
	list, err := s.keys(ctx, 0)
	if err != nil {
		return broken("keys", err, "Put the SECRET_KEY they were made under back into SECRET_KEY, after a comma.")
	}
	var lines []string
	for _, alg := range s.algs() {
		i := slices.IndexFunc(list, func(key *signingKey) bool { return key.alg == alg && key.state == models.KeyActive })
		if i < 0 {
			return broken("keys", fmt.Errorf("%w for %s", errNoKey, alg), "Start the app once: it makes missing keys.")
		}
		lines = append(lines, fmt.Sprintf("%s %d days old", alg, int(s.now().Sub(list[i].created)/day)))
	}
	return fine("keys", strings.Join(lines, ", "))
}
