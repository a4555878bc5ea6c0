package models

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/aead/aesgcm"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/secretdata"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// KeyRing holds the keys of SECRET_KEY. The first encrypts, all decrypt, so a key is replaced by
// putting a new one in front. Every use gets a key of its own by HKDF-SHA256: none is used twice.
type KeyRing struct {
	roots [][]byte
	aead  tink.AEAD
}

// NewKeyRing takes one or more keys of 32 bytes.
func NewKeyRing(roots [][]byte) (*KeyRing, error) {
	if len(roots) == 0 {
		return nil, errors.New("key ring: no key")
	}
	ring := &KeyRing{roots: roots}
	for i, root := range roots {
		if len(root) != 32 {
			return nil, fmt.Errorf("key ring: key %d has %d bytes, not 32", i+1, len(root))
		}
	}
	manager := keyset.NewManager()
	for i, derived := range ring.Derive("columns") {
		id, err := addAESKey(manager, derived)
		if err != nil {
			return nil, fmt.Errorf("key ring: key %d: %w", i+1, err)
		}
		if i == 0 {
			if err := manager.SetPrimary(id); err != nil {
				return nil, fmt.Errorf("key ring: %w", err)
			}
		}
	}
	handle, err := manager.Handle()
	if err != nil {
		return nil, fmt.Errorf("key ring: %w", err)
	}
	if ring.aead, err = aead.New(handle); err != nil {
		return nil, fmt.Errorf("key ring: %w", err)
	}
	return ring, nil
}

// addAESKey adds an AES-256-GCM key whose id comes from the key itself: a ciphertext names its key
// whatever the order of the ring.
func addAESKey(manager *keyset.Manager, key []byte) (uint32, error) {
	parameters, err := aesgcm.NewParameters(aesgcm.ParametersOpts{
		KeySizeInBytes: 32, IVSizeInBytes: 12, TagSizeInBytes: 16, Variant: aesgcm.VariantTink,
	})
	if err != nil {
		return 0, err
	}
	sum := sha256.Sum256(key)
	aesKey, err := aesgcm.NewKey(secretdata.NewBytesFromData(key, insecuresecretdataaccess.Token{}), binary.BigEndian.Uint32(sum[:]), parameters)
	if err != nil {
		return 0, err
	}
	return manager.AddKey(aesKey)
}

// Seal encrypts with the first key. Open needs the same associated data, so a ciphertext moved to
// another row or column does not open.
func (k *KeyRing) Seal(plain, associated []byte) ([]byte, error) {
	return k.aead.Encrypt(plain, associated)
}

// Open decrypts with whichever key sealed it.
func (k *KeyRing) Open(sealed, associated []byte) ([]byte, error) {
	return k.aead.Decrypt(sealed, associated)
}

// Derive gives a 32-byte key for a purpose from each key of the ring, the current one first.
func (k *KeyRing) Derive(purpose string) [][]byte {
	keys := make([][]byte, len(k.roots))
	for i, root := range k.roots {
		key, err := hkdf.Key(sha256.New, root, nil, "latchkey/"+purpose, 32)
		if err != nil {
			panic(err) // only a length beyond 255 hashes fails
		}
		keys[i] = key
	}
	return keys
}
