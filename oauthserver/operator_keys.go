package oauthserver

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"latchkey/models"
)

// KeyStep is what an operator may do to one key.
type KeyStep string

// The steps of a key.
const (
	KeySign      KeyStep = "activate" // let an announced key sign at once
	KeyUnpublish KeyStep = "retire"   // stop publishing one that no longer signs
	KeyRevoke    KeyStep = "revoke"   // nothing it signed counts any more
)

// keySteps are the legal ones, by state. What ended has none.
var keySteps = map[string][]KeyStep{
	models.KeyNext:     {KeySign, KeyRevoke},
	models.KeyActive:   {KeyRevoke}, // another takes its place in the same moment
	models.KeyRetiring: {KeyUnpublish, KeyRevoke},
}

// KeyRecord is a key as an operator sees one.
type KeyRecord struct {
	KID, Alg, State string
	Created         time.Time
	Signs           time.Time  // since when, or from when on
	Signed          *time.Time // until when
	Until           *time.Time // when its successor, announced already, takes over; nil: none is
	Due             *time.Time // when one that signs should have a successor; nil: it does not sign
	Verifies        *time.Time // how long it stays published; nil: while it signs
	Ended           *time.Time
	Steps           []KeyStep
	Version         string // what a step with it is decided on
}

// KeyPage is what an operator sees of the keys.
type KeyPage struct {
	Keys      []KeyRecord // newest first
	Published string      // the public key set, as everybody may read it
	Announced bool        // every algorithm has its next key
	Version   string      // what replacing them all is decided on
}

// Keys reads the keys for their page. Errors: ErrRefused.
func (s *Server) Keys(ctx context.Context, by Operator) (KeyPage, error) {
	if err := by.reads(); err != nil {
		return KeyPage{}, err
	}
	rows, err := s.db.OAuthKeys(ctx)
	if err != nil {
		return KeyPage{}, fmt.Errorf("load signing keys: %w", err)
	}
	page := KeyPage{Announced: true}
	var public []*signingKey
	for i := range rows {
		record, err := keyRecord(&rows[i])
		if err != nil {
			return KeyPage{}, err
		}
		record.Until, record.Due = keySuccession(&rows[i], rows)
		page.Keys = append(page.Keys, record)
		public = append(public, &signingKey{state: rows[i].State, jwk: json.RawMessage(rows[i].PublicKey)})
	}
	for _, alg := range s.algs() {
		page.Announced = page.Announced && slices.ContainsFunc(rows, func(key models.OAuthKey) bool { return key.Alg == alg && key.State == models.KeyNext })
	}
	published, err := json.MarshalIndent(publicKeys(public), "", "  ")
	if err != nil {
		return KeyPage{}, fmt.Errorf("write the key set: %w", err)
	}
	page.Published = string(published)
	page.Version, err = models.Version(keysState(rows))
	return page, err
}

func keyRecord(row *models.OAuthKey) (KeyRecord, error) {
	version, err := models.Version(keysState([]models.OAuthKey{*row}))
	return KeyRecord{
		KID: row.KID, Alg: row.Alg, State: row.State, Created: row.CreatedAt, Signs: row.ActivatesAt, Signed: row.LastUsedAt,
		Verifies: row.RetiresAt, Ended: row.EndedAt, Steps: slices.Clone(keySteps[row.State]), Version: version,
	}, err
}

// keySuccession is when the successor of a key that signs takes over, and when it should have one.
func keySuccession(key *models.OAuthKey, rows []models.OAuthKey) (until, due *time.Time) {
	if key.State != models.KeyActive {
		return nil, nil
	}
	day := key.ActivatesAt.Add(keyDue)
	for _, other := range rows {
		if other.Alg == key.Alg && other.State == models.KeyNext {
			return &other.ActivatesAt, &day
		}
	}
	return nil, &day
}

// keysState is what an act is decided on: which key is in which state.
func keysState(rows []models.OAuthKey) (state []string) {
	for _, row := range rows {
		state = append(state, row.KID+" "+row.State)
	}
	slices.Sort(state)
	return state
}

// holdKeys locks the keys for an act on them all, as the operator saw them.
func (s *Server) holdKeys(tx *models.Tx, by Operator) error {
	rows, err := tx.LockOAuthKeys(tx.Context())
	if err != nil {
		return fmt.Errorf("load signing keys: %w", err)
	}
	return by.saw(keysState(rows))
}

// SignedBy counts the ID tokens that a key signed and that may still be believed, up to models.OAuthReachMost + 1; those of
// clients with a longer life than usual are not all among them.
func (s *Server) SignedBy(ctx context.Context, key KeyRecord) (int, error) {
	from, to := later(key.Signs, s.now().Add(-s.usual(lifeIDToken))), s.now()
	if key.State == models.KeyNext {
		return 0, nil
	}
	if key.Signed != nil {
		to = *key.Signed
	}
	algs := []string{key.Alg}
	if key.Alg == "RS256" {
		algs = append(algs, "") // a client that chose none
	}
	n, err := s.db.OAuthSignInTokens(ctx, algs, from, to)
	if err != nil {
		return 0, fmt.Errorf("count signed tokens: %w", err)
	}
	return n, nil
}

// StepKey does one legal step with one key. Errors: models.ErrNotFound, models.ErrSpent when the step is not legal in the
// state of the key, ErrChanged, ErrRefused, Invalid.
func (s *Server) StepKey(ctx context.Context, by Operator, kid string, step KeyStep) error {
	action := map[KeyStep]models.Action{KeySign: eventKeySign, KeyUnpublish: eventKeyUnpublish, KeyRevoke: eventKeyRevoke}[step]
	if action == "" {
		return models.ErrNotFound
	}
	defer s.forgetKeys()
	return s.operate(ctx, by, RightOperate, models.AuditEvent{Action: action, TargetKind: "key", TargetID: kid}, func(tx *models.Tx, event *models.AuditEvent) error {
		rows, err := tx.LockOAuthKeys(tx.Context())
		if err != nil {
			return fmt.Errorf("load signing keys: %w", err)
		}
		i := slices.IndexFunc(rows, func(row models.OAuthKey) bool { return row.KID == kid })
		if i < 0 {
			return models.ErrNotFound
		}
		if err := by.saw(keysState(rows[i : i+1])); err != nil {
			return err
		}
		if !slices.Contains(keySteps[rows[i].State], step) {
			return models.ErrSpent
		}
		if step == KeyRevoke {
			if err := by.meant(kid, rows[i].Alg); err != nil {
				return err
			}
		}
		event.Meta = map[string]any{"alg": rows[i].Alg}
		event.Changes = map[string]models.Change{"state": {Old: rows[i].State, New: afterStep[step]}}
		return s.stepKey(tx, &rows[i], rows, step, by)
	})
}

var afterStep = map[KeyStep]string{KeySign: models.KeyActive, KeyUnpublish: models.KeyRetired, KeyRevoke: models.KeyRevoked}

func (s *Server) stepKey(tx *models.Tx, key *models.OAuthKey, all []models.OAuthKey, step KeyStep, by Operator) error {
	switch step {
	case KeySign:
		return s.replaceActive(tx, key, all)
	case KeyUnpublish:
		return tx.RetireOAuthKey(tx.Context(), key.ID)
	}
	if err := tx.RevokeOAuthKey(tx.Context(), key.ID, key.State); err != nil {
		return fmt.Errorf("revoke signing key: %w", err)
	}
	if key.State != models.KeyActive {
		return nil
	}
	return s.addKey(tx, key.Alg, models.KeyActive, s.now(), by) // no moment without a key that signs
}
