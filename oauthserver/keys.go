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
	"fmt"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"

	"latchkey/models"
)

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
			return s.addKey(tx, alg, models.KeyActive, s.now(), itself)
		}); err != nil {
			return err
		}
	}
	return nil
}

// algs are the configured algorithms, after the usual one, which is always among them.
func (s *Server) algs() []string {
	return append([]string{usualAlg}, slices.DeleteFunc(slices.Clone(s.cfg.Algs), func(alg string) bool { return alg == usualAlg })...)
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

// newKey makes a private key, its JWK and its name. One whose name begins with "-" is made again: the command line would take
// it for a flag.
func newKey(alg string) (*models.OAuthKey, error) {
	for {
		key, err := drawKey(alg)
		if err != nil || key.KID[0] != '-' {
			return key, err
		}
	}
}

// drawKey makes a key, whatever its name (RFC 7638).
func drawKey(alg string) (*models.OAuthKey, error) {
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

// itself is the server, where no operator acts.
var itself = System("", "")

func (s *Server) auditKey(tx *models.Tx, action models.Action, kid, alg string, by Operator) error {
	event := by.sign(models.AuditEvent{Action: action, TargetKind: "key", TargetID: kid, Meta: map[string]any{"alg": alg}})
	event.Reason, _ = models.OperatorReason(by.Reason)
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
