package auth

import (
	"context"
	"strings"

	"latchkey/models"
)

// FillHashGate takes every place at the gate.
func (s *Service) FillHashGate() (release func()) { return fill(s.gate.places) }

// HoldHashes keeps every processor busy that hashes.
func (s *Service) HoldHashes() (release func()) { return fill(s.gate.hashing) }

func fill(slots chan struct{}) (release func()) {
	for range cap(slots) {
		slots <- struct{}{}
	}
	return func() {
		for range cap(slots) {
			<-slots
		}
	}
}

// HashesWaiting is how many wait at the gate.
func (s *Service) HashesWaiting() int64 { return s.gate.waiting.Load() }

// HashCost is what checking against a stored hash takes: KiB and passes. ok is false for what is checked against
// the decoy.
func HashCost(stored string) (memory, passes uint32, ok bool) {
	hash, ok := parseArgon(stored)
	return hash.memory, hash.time, ok
}

// CheapenDecoy takes away the work for an address that has no password behind it.
func (s *Service) CheapenDecoy() { s.decoy = decoyHash(hashParams{memory: 8, time: 1, threads: 1}) }

// HashSlots is how many hashes run at a time.
func (s *Service) HashSlots() int { return cap(s.gate.hashing) }

// CodeMatches compares what was typed with the code of a mail, or of a decoy.
func CodeMatches(code, typed string, decoy bool) bool {
	s, id, userID := &Service{codeSecrets: [][]byte{{1}, {2}}}, "ROW", "USER"
	row := models.MailToken{ID: id, UserID: &userID, CodeHash: codeHash(s.codeSecrets[1], id, code)}
	if decoy {
		row.UserID = nil
	}
	return s.codeMatches(row, typed)
}

// NewCode is a code as mails carry it.
func NewCode() string { return newCode() }

// NewRecoveryCode makes one of a set.
func NewRecoveryCode() string { return newRecoveryCode() }

// WordsOf is what an action is called on the list of activity, or why nobody reads of it.
func WordsOf(action models.Action) (kind, done, unread string) {
	words := activityWords[action]
	return words.Kind, words.Done, unreadActivity[action]
}

// LevelOf and NamesOf are the acr and amr of ways that were shown. A passkey may have verified its person, and may be synced:
// "passkey!", "passkey~", "passkey!~".
func LevelOf(methods ...string) string   { return assurance(proofsOf(methods)) }
func NamesOf(methods ...string) []string { return amr(proofsOf(methods)) }

func proofsOf(methods []string) (proofs []models.Proof) {
	for _, method := range methods {
		proofs = append(proofs, models.Proof{
			Method: strings.TrimRight(method, "!~"), Verified: strings.Contains(method, "!"), Synced: strings.Contains(method, "~"),
		})
	}
	return proofs
}

// RunBlock does the next block of a batch that runs.
func (s *Service) RunBlock(ctx context.Context, id string) error {
	b, err := s.db.BatchByID(ctx, id)
	if err != nil {
		return err
	}
	_, err = s.runBlock(ctx, b)
	return err
}
