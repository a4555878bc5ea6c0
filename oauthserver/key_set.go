package oauthserver

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"latchkey/models"
)

// keyReload is how long a node believes what it read.
const keyReload = time.Minute

// keyReadTime is how long the reading may take.
const keyReadTime = 10 * time.Second

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

// document is a public one, ready to be sent.
type document struct {
	body   []byte
	etag   string
	header http.Header
}

func newDocument(body []byte) document {
	etag := `"` + base64.RawURLEncoding.EncodeToString(models.Digest(string(body))) + `"`
	return document{body, etag, http.Header{
		"Etag":                   {etag},
		"Content-Type":           {"application/json"},
		"Cache-Control":          {"public, max-age=300"},
		"X-Content-Type-Options": {"nosniff"},
	}}
}

// document is encoded once for each reading of the keys: every relying party asks for it, and it says the same.
func (k *keySet) document(name string, keys []*signingKey, describe func([]*signingKey) any) (document, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	current := len(keys) > 0 && len(k.list) > 0 && &keys[0] == &k.list[0]
	if doc, found := k.documents[name]; found && current {
		return doc, nil
	}
	body, err := json.Marshal(describe(keys))
	if err != nil {
		return document{}, fmt.Errorf("encode %s: %w", name, err)
	}
	doc := newDocument(body)
	if current {
		k.documents[name] = doc
	}
	return doc, nil
}

// keys returns all keys, newest first, no older than maxAge.
func (s *Server) keys(ctx context.Context, maxAge time.Duration) ([]*signingKey, error) {
	now := s.now()
	known, generation := s.engine.keys.known(now, maxAge)
	if known != nil {
		return known, nil
	}
	ctx, cancel := context.WithTimeout(ctx, keyReadTime)
	defer cancel()
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
