package models

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// auditKey is a key of digests and seals, derived from one key of SECRET_KEY. Its ID is what a seal names.
type auditKey struct {
	ID  string
	key []byte
}

// auditKeys are the keys there are, the current one first.
func auditKeys(ring *KeyRing) (keys []auditKey) {
	for _, key := range ring.Derive("audit") {
		sum := sha256.Sum256(key)
		keys = append(keys, auditKey{hex.EncodeToString(sum[:6]), key})
	}
	return keys
}

func (k auditKey) mac(parts ...[]byte) []byte {
	mac := hmac.New(sha256.New, k.key)
	for _, part := range parts {
		mac.Write(part)
	}
	return mac.Sum(nil)
}

// canonical is all that a row says, in one spelling: as JSON gives back what it was given, where a time is a text and
// numbers are of one kind, so that a row reads the same before it was stored and after.
func (e AuditEvent) canonical() ([]byte, error) {
	meta, err := asStored(e.Meta)
	if err != nil {
		return nil, err
	}
	said := []any{
		e.ID, e.CreatedAt.UnixMicro(), e.Action, e.Outcome, e.Reason, e.ActorKind, e.ActorID, e.SubjectID, e.OrgID, e.ClientID,
		e.TargetKind, e.TargetID, e.SessionID, e.Method, e.Address, e.UserAgent, e.RequestID, meta,
	}
	// Rows from before these columns carry a digest without them.
	if e.EffectiveID != "" || e.BatchID != "" || len(e.Changes) > 0 {
		changes, err := asStored(e.Changes)
		if err != nil {
			return nil, err
		}
		said = append(said, e.EffectiveID, e.BatchID, changes)
	}
	return json.Marshal(said)
}

func asStored(details any) (value any, err error) {
	text, err := json.Marshal(details)
	if err != nil {
		return nil, err
	}
	return value, json.Unmarshal(text, &value)
}

// digest is over all that the row says. It is made under a key, so that a row which the program did not write is found
// also before a seal covers it.
func (e AuditEvent) digest(k auditKey) ([]byte, error) {
	text, err := e.canonical()
	return k.mac([]byte("row"), text), err
}

// digested tells whether the row is as the program wrote it, under whichever of the keys.
func (e AuditEvent) digested(keys []auditKey) bool {
	for _, k := range keys {
		if digest, err := e.digest(k); err == nil && hmac.Equal(digest, e.Digest) {
			return true
		}
	}
	return false
}
