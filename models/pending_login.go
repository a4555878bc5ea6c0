package models

import (
	"context"
	"time"
)

// PendingLogin is a sign-in of which a step is still open. It is another table than sessions, so that
// nothing can take one for the other.
type PendingLogin struct {
	ID          string
	TokenHash   []byte
	UserID      *string // nil: a decoy for an address that got no account
	Email       string
	Step        string
	Proofs      []Proof `gorm:"serializer:json"`
	Remember    bool
	ReturnTo    string
	Epoch       int64
	BrowserHash []byte
	CreatedAt   time.Time
	ExpiresAt   time.Time
}

// CreatePendingLogin stores it.
func (db *DB) CreatePendingLogin(ctx context.Context, p *PendingLogin) error {
	return one(db.write(ctx).Create(p).Error)
}

// PendingLoginByToken finds the pending login of a cookie: not expired, and of the person's epoch.
func (db *DB) PendingLoginByToken(ctx context.Context, token string) (PendingLogin, error) {
	var p PendingLogin
	return p, one(db.read(ctx).Where("token_hash = ? AND expires_at > ?", Digest(token), db.Now()).
		Where("user_id IS NULL OR epoch = (SELECT epoch FROM users WHERE users.id = pending_logins.user_id)").
		Take(&p).Error)
}

// EndPendingLoginByToken removes the one of a cookie, if there is one.
func (db *DB) EndPendingLoginByToken(ctx context.Context, token string) error {
	return db.write(ctx).Where("token_hash = ?", Digest(token)).Delete(&PendingLogin{}).Error
}

// EndPendingLogin removes one, if it is there.
func (db *DB) EndPendingLogin(ctx context.Context, id string) error {
	return db.write(ctx).Where("id = ?", id).Delete(&PendingLogin{}).Error
}

// SpendPendingLogin removes one in the transaction that it led to. ErrSpent: it is over, or one of the counters is full.
func (tx *Tx) SpendPendingLogin(ctx context.Context, id string, counters ...Counting) error {
	unlimited, values := tx.noneFull(counters)
	return spent(tx.write(ctx).Where("id = ? AND expires_at > ?", id, tx.Now()).Where(unlimited, values...).Delete(&PendingLogin{}))
}

// SecondStep is a sign-in that waits for a code, with all that is needed to look at one.
type SecondStep struct {
	Login          PendingLogin
	Person         User
	Authenticators []Authenticator // of the person, the oldest first
}

// secondStepRow is one authenticator of a second step, or none. It bears the authenticator's own column names, and its
// table's: sealed columns are opened by them.
type secondStepRow struct {
	Authenticator
	Login  PendingLogin `gorm:"embedded;embeddedPrefix:login_"`
	Person User         `gorm:"embedded;embeddedPrefix:person_"`
}

// TableName implements schema.Tabler.
func (secondStepRow) TableName() string { return "authenticators" }

var selectSecondStep = "SELECT a.*, " + prefixed("p", "login_", columnsOf(&PendingLogin{})) + ", " + prefixed("u", "person_", columnsOf(&User{})) + `
	FROM pending_logins p JOIN users u ON u.id = p.user_id AND u.epoch = p.epoch LEFT JOIN authenticators a ON a.user_id = u.id
	WHERE p.token_hash = ? AND p.step = ? AND p.expires_at > ? ORDER BY a.created_at, a.id`

// LockSecondStep finds the pending login of a cookie at a step, and holds the row of its person until the transaction
// ends: tries at one account come one after another, each seeing what those before it counted. ErrNotFound: there is
// none, or its epoch has passed.
func (tx *Tx) LockSecondStep(ctx context.Context, token, step string) (SecondStep, error) {
	query := selectSecondStep
	if tx.dialect == "postgres" {
		query += " FOR UPDATE OF u"
	}
	var rows []secondStepRow
	if err := tx.write(ctx).Raw(query, Digest(token), step, tx.Now()).Find(&rows).Error; err != nil {
		return SecondStep{}, err
	}
	if len(rows) == 0 {
		return SecondStep{}, ErrNotFound
	}
	found := SecondStep{Login: rows[0].Login, Person: rows[0].Person}
	for _, row := range rows {
		if row.ID != "" { // the authenticator's
			found.Authenticators = append(found.Authenticators, row.Authenticator)
		}
	}
	return found, nil
}

// EndPendingLoginsOf removes all of a person.
func (db *DB) EndPendingLoginsOf(ctx context.Context, userID string) error {
	return db.write(ctx).Where("user_id = ?", userID).Delete(&PendingLogin{}).Error
}

// SweepPendingLogins deletes at most limit expired ones and says how many went.
func (db *DB) SweepPendingLogins(ctx context.Context, limit int) (int64, error) {
	return db.sweep(ctx, &PendingLogin{}, limit, "expires_at <= ?", db.Now())
}
