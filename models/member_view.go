package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// MemberView is an operator looking at the place as a member sees it: from a moment to another, and never without the session
// in which they began.
type MemberView struct {
	ID                string // public
	TokenHash         []byte // Digest of the cookie
	MemberID          string
	OperatorID        string
	OperatorSessionID string
	Role              string // of the operator when it began
	Reason            string // for operators
	PublicReason      string // for the member
	Writes            bool   // may change what a route lets them
	Pages             int    // that were drawn
	StartedAt         time.Time
	LastSeenAt        time.Time
	EndsAt            time.Time  // fixed at the start
	EndedAt           *time.Time // nil: it runs, or nobody has noticed yet that its time is over
}

// CreateMemberView stores one. ErrTaken: somebody views this member already.
func (tx *Tx) CreateMemberView(ctx context.Context, v *MemberView) error {
	return one(tx.write(ctx).Create(v).Error)
}

// MemberViewByID finds one, over or not.
func (db *DB) MemberViewByID(ctx context.Context, id string) (MemberView, error) {
	var v MemberView
	return v, one(db.read(ctx).Take(&v, "id = ?", id).Error)
}

// MemberViewByToken finds one, over or not, by its cookie and the session of the operator.
func (db *DB) MemberViewByToken(ctx context.Context, token, sessionID string) (MemberView, error) {
	var v MemberView
	return v, one(db.read(ctx).Where("token_hash = ? AND operator_session_id = ?", Digest(token), sessionID).Take(&v).Error)
}

// OpenMemberView finds the one of a member that nobody has ended.
func (db *DB) OpenMemberView(ctx context.Context, memberID string) (MemberView, error) {
	var v MemberView
	return v, one(db.read(ctx).Where("member_id = ? AND ended_at IS NULL", memberID).Take(&v).Error)
}

// OpenMemberViews lists those that nobody has ended, at most limit.
func (db *DB) OpenMemberViews(ctx context.Context, limit int) ([]MemberView, error) {
	var list []MemberView
	return list, db.read(ctx).Where("ended_at IS NULL").Order("started_at, id").Limit(limit).Find(&list).Error
}

// OpenMemberViewsBy lists those of an operator that nobody has ended. Few are open at a time.
func (db *DB) OpenMemberViewsBy(ctx context.Context, operatorID string) ([]MemberView, error) {
	var list []MemberView
	return list, db.read(ctx).Where("operator_id = ? AND ended_at IS NULL", operatorID).Order("started_at, id").Find(&list).Error
}

// CountMemberView counts a page drawn in one. ErrSpent: it has ended.
func (db *DB) CountMemberView(ctx context.Context, id string) error {
	return spent(db.write(ctx).Model(&MemberView{}).Where("id = ? AND ended_at IS NULL", id).
		Updates(map[string]any{"pages": gorm.Expr("pages + 1"), "last_seen_at": db.Now()}))
}

// EndMemberView ends one. ErrSpent: it has ended.
func (tx *Tx) EndMemberView(ctx context.Context, id string) error {
	return spent(tx.write(ctx).Model(&MemberView{}).Where("id = ? AND ended_at IS NULL", id).Update("ended_at", tx.Now()))
}
