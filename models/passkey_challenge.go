package models

import (
	"context"
	"time"

	"gorm.io/gorm/clause"
)

// PasskeyChallenge is a ceremony that has begun: the browser it began in may finish it, once.
type PasskeyChallenge struct {
	ID          string // made from the challenge
	Purpose     string
	HolderHash  []byte  // digest of what binds it to the browser
	UserID      *string // nil: whoever signs in
	Epoch       int64   // of that person
	SessionData string  // what the library needs to check the answer
	ExpiresAt   time.Time
}

// CreatePasskeyChallenge stores one.
func (db *DB) CreatePasskeyChallenge(ctx context.Context, c *PasskeyChallenge) error {
	return one(db.write(ctx).Create(c).Error)
}

// TakePasskeyChallenge removes a challenge and returns it: of this purpose and holder, not expired, and of the person's
// epoch, unless one of the counters is full. One statement: of two answers at once one gets it. ErrNotFound: there is none.
func (db *DB) TakePasskeyChallenge(ctx context.Context, id, purpose string, holder []byte, counters ...Counting) (PasskeyChallenge, error) {
	var c PasskeyChallenge
	unlimited, values := db.noneFull(counters)
	taken, err := counted(db.write(ctx).Clauses(clause.Returning{}).
		Where("id = ? AND purpose = ? AND holder_hash = ? AND expires_at > ?", id, purpose, holder, db.Now()).Where(unlimited, values...).
		Where("(user_id IS NULL OR epoch = (SELECT epoch FROM users WHERE users.id = passkey_challenges.user_id))").Delete(&c))
	if err == nil && taken == 0 {
		err = ErrNotFound
	}
	return c, err
}

// SweepPasskeyChallenges deletes at most limit expired ones and says how many went.
func (db *DB) SweepPasskeyChallenges(ctx context.Context, limit int) (int64, error) {
	return db.sweep(ctx, &PasskeyChallenge{}, limit, "expires_at <= ?", db.Now())
}
