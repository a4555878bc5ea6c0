package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/webauthn"

	"latchkey/models"
)

// challenge is a ceremony about to begin. holder is what binds it to one browser.
type challenge struct {
	purpose, holder string
	userID          *string // nil: whoever signs in
	epoch           int64
}

func sessionHolder(u *User) string               { return "session/" + u.SessionID }
func pendingHolder(p models.PendingLogin) string { return "pending/" + p.ID }
func browserHolder(v Visitor) string             { return "browser/" + v.Browser }
func challengeID(given string) string {
	return base64.RawURLEncoding.EncodeToString(models.Digest(given))
}

// keepChallenge stores a ceremony and gives the options for the browser.
func (s *Service) keepChallenge(ctx context.Context, db *models.DB, c challenge, data *webauthn.SessionData, options any) ([]byte, error) {
	session, err := json.Marshal(data)
	if err != nil {
		return nil, fmt.Errorf("store challenge: %w", err)
	}
	if err := db.CreatePasskeyChallenge(ctx, &models.PasskeyChallenge{
		ID: challengeID(data.Challenge), Purpose: c.purpose, HolderHash: models.Digest(c.holder), UserID: c.userID, Epoch: c.epoch,
		SessionData: string(session), ExpiresAt: s.now().Add(s.cfg().PasskeyChallengeTTL),
	}); err != nil {
		return nil, fmt.Errorf("store challenge: %w", err)
	}
	return json.Marshal(options)
}

// passkeyGuess is counted for a ceremony that failed, after it did: signatures cannot be guessed, so this limit is
// against noise, and one that many pass at once gives nothing away.
func passkeyGuess(ctx context.Context) try { return try{limitPasskeys, network(ctx)} }

// takeChallenge uses up the challenge that an answer names, right or wrong: there is no second try at one. The error is a
// refusedPasskey, Limited or a fault.
func (s *Service) takeChallenge(ctx context.Context, purpose, holder, given string) (data webauthn.SessionData, err error) {
	guess := passkeyGuess(ctx)
	row, err := s.db.TakePasskeyChallenge(ctx, challengeID(given), purpose, models.Digest(holder), s.countings([]try{guess})...)
	if errors.Is(err, models.ErrNotFound) {
		if err := s.full(ctx, s.db, guess); err != nil {
			return data, err
		}
		return data, refusedPasskey{reason: reasonPasskeyChallenge}
	}
	if err != nil {
		return data, fmt.Errorf("take challenge: %w", err)
	}
	if err := json.Unmarshal([]byte(row.SessionData), &data); err != nil {
		return data, fmt.Errorf("read challenge: %w", err)
	}
	return data, nil
}
