package auth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"time"

	"latchkey/models"
)

// The purposes of links in mails. A token works for its own purpose only.
const (
	purposeVerify = "verify_email"
	purposeReset  = "password_reset"
	purposeUnlock = "unlock"
	purposeNotMe  = "not_me"
	purposeSignIn = "sign_in"

	purposeStopRecovery  = "stop_recovery"
	purposeRemoveFactors = "remove_factors"

	// These have a code only: nothing follows their links.
	purposeReauth       = "reauth"
	purposeNewBrowser   = "new_browser"
	purposeRecoveryCode = "recovery_code"
)

// mailLink is a link to be mailed, and perhaps a code beside it.
type mailLink struct {
	purpose   string
	email     string  // where it goes; kept on the row and read from there at use
	userID    *string // nil: a decoy
	epoch     int64
	pendingID string
	bound     bool // opens only in the browser of pendingID
	ttl       time.Duration
	codeTTL   time.Duration // zero: no code

	reported time.Time // of an alarm: the moment it reports; zero: this is none
}

// issueLink stores a link, kills the older ones of its purpose, and returns the parts that only the mail
// may hold.
func (s *Service) issueLink(ctx context.Context, tx *models.Tx, l mailLink) (row models.MailToken, token, code string, err error) {
	if err := tx.KillMailTokens(ctx, l.purpose, l.userID, l.email); err != nil {
		return row, "", "", fmt.Errorf("kill older links: %w", err)
	}
	now, origin := s.now(), models.OriginOf(ctx)
	token = models.NewToken()
	row = models.MailToken{
		ID: models.NewID(), Purpose: l.purpose, Email: l.email, UserID: l.userID, Epoch: l.epoch, PendingLoginID: l.pendingID, Bound: l.bound,
		Address: origin.Address, UserAgent: origin.UserAgent,
		TokenHash: models.Digest(token), ExpiresAt: now.Add(l.ttl), CreatedAt: now,
	}
	if !l.reported.IsZero() {
		row.Alarm, row.CreatedAt = true, l.reported
	}
	if l.codeTTL > 0 {
		code = newCode()
		until := now.Add(l.codeTTL)
		row.CodeHash, row.CodeExpiresAt = codeHash(s.codeSecrets[0], row.ID, code), &until
	}
	if err := tx.CreateMailToken(ctx, &row); err != nil {
		return row, "", "", fmt.Errorf("store link: %w", err)
	}
	return row, token, code, nil
}

// newCode is six digits, each of the million as likely as any other.
func newCode() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic(err) // crypto/rand ends the process before it fails
	}
	return fmt.Sprintf("%06d", n)
}

// codeHash is keyed: codes are short enough to be tried out by whoever reads the table without the key. owner is what
// the code belongs to: two that have the same code do not have the same hash.
func codeHash(secret []byte, owner, code string) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(owner + "/" + code))
	return mac.Sum(nil)
}

// codeMatches compares in constant time. Spaces and dashes that people type are ignored. A decoy matches
// nothing.
func (s *Service) codeMatches(row models.MailToken, typed string) bool {
	code := typedCode(typed)
	matches := false
	for _, secret := range s.codeSecrets {
		matches = hmac.Equal(codeHash(secret, row.ID, code), row.CodeHash) || matches
	}
	return matches && row.UserID != nil
}

// tryCode counts a try at a code before it compares, so that a burst of guesses gets no more than CodeTries.
// ErrWrongCode: wrong, expired, used up, or a decoy's.
func (s *Service) tryCode(ctx context.Context, row models.MailToken, typed string) error {
	err := s.db.CountCodeTry(ctx, row.ID, s.cfg().CodeTries)
	if errors.Is(err, models.ErrSpent) || err == nil && !s.codeMatches(row, typed) {
		return ErrWrongCode
	}
	if err != nil {
		return fmt.Errorf("count code: %w", err)
	}
	return nil
}

// openLink finds the live row of a link that someone brought. Guessing is counted per network before the
// look-up and given back when the link was good. ErrDeadLink: unknown, used, replaced or expired.
func (s *Service) openLink(ctx context.Context, purpose, token string) (models.MailToken, error) {
	guess := try{limitDeadLinks, network(ctx)}
	if _, err := s.count(ctx, s.db, guess); err != nil {
		return models.MailToken{}, err
	}
	row, err := s.db.MailTokenByToken(ctx, purpose, token)
	if errors.Is(err, models.ErrNotFound) {
		return row, ErrDeadLink
	}
	if err != nil {
		return row, fmt.Errorf("find link: %w", err)
	}
	return row, s.giveBack(ctx, s.db, guess)
}

// useLink spends a link, and does what it is for in the same transaction. Errors: ErrDeadLink, Limited, and those of act.
func (s *Service) useLink(ctx context.Context, purpose, token string, act func(tx *models.Tx, u models.User, row models.MailToken) error) error {
	row, err := s.openLink(ctx, purpose, token)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		u, err := s.spend(ctx, tx, row)
		if err != nil {
			return err
		}
		return act(tx, u, row)
	})
}

// ownerOfLink reads the person of a link. ErrDeadLink: erased or switched off since it was mailed.
func (s *Service) ownerOfLink(ctx context.Context, row models.MailToken) (models.User, error) {
	u, err := s.db.UserByID(ctx, *row.UserID)
	if errors.Is(err, models.ErrNotFound) || err == nil && u.Disabled(s.now()) {
		return models.User{}, ErrDeadLink
	}
	if err != nil {
		return models.User{}, fmt.Errorf("read person: %w", err)
	}
	return u, nil
}

// spend uses up a link in the transaction of its effect, and returns the person it is for, held.
func (s *Service) spend(ctx context.Context, tx *models.Tx, row models.MailToken) (models.User, error) {
	u, err := tx.LockUser(ctx, *row.UserID)
	if errors.Is(err, models.ErrNotFound) {
		return u, ErrDeadLink
	}
	if err != nil {
		return u, fmt.Errorf("read person: %w", err)
	}
	if u.Email != row.Email { // it proves the mailbox it went to, and no other
		return u, ErrDeadLink
	}
	if err := tx.UseMailToken(ctx, row.ID); errors.Is(err, models.ErrSpent) {
		return u, ErrDeadLink
	} else if err != nil {
		return u, fmt.Errorf("use link: %w", err)
	}
	return u, nil
}
