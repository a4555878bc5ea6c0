package auth

import (
	"context"
	"errors"
	"fmt"

	"latchkey/models"
)

// endStaleView ends the view of a member whose time is over. Errors: ErrViewed (it runs).
func (s *Service) endStaleView(ctx context.Context, tx *models.Tx, memberID string) error {
	open, err := tx.OpenMemberView(ctx, memberID)
	if errors.Is(err, models.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find view: %w", err)
	}
	live, err := s.viewLives(ctx, tx.DB, open)
	if err != nil {
		return err
	}
	if live {
		return ErrViewed
	}
	return unlessEnded(s.endView(ctx, tx, open, endOf(open, AuditViewExpire)))
}

// viewLives tells whether a view may go on: its time, and the session and role of the operator.
func (s *Service) viewLives(ctx context.Context, db *models.DB, v models.MemberView) (bool, error) {
	if now := s.now(); !now.Before(v.EndsAt) || now.Sub(v.LastSeenAt) >= viewIdle {
		return false, nil
	}
	if s.viewsOn(v.Writes) != nil {
		return false, nil
	}
	operator, live, err := db.UserAndSession(ctx, v.OperatorID, v.OperatorSessionID, true)
	if errors.Is(err, models.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("find operator: %w", err)
	}
	return live && Role(operator.Role).May(viewRight(v.Writes)), nil
}

// ViewOver says that a view which this session began has ended.
type ViewOver struct{ ID string }

func (v ViewOver) Error() string { return "the view has ended" }

// LoadView finds as whom an operator views, and counts the page. Errors: ErrSignedOut (nobody), ViewOver (nobody, any more).
func (s *Service) LoadView(ctx context.Context, operator *User, token string) (*User, error) {
	u, err := s.peekView(ctx, operator, token)
	if err != nil {
		return nil, err
	}
	if err := s.db.CountMemberView(ctx, u.SessionID); err != nil && !errors.Is(err, models.ErrSpent) {
		return nil, fmt.Errorf("count view: %w", err)
	}
	return u, nil
}

// peekView is LoadView for a page that asked again by itself, which is none that the operator looked at.
func (s *Service) peekView(ctx context.Context, operator *User, token string) (*User, error) {
	if !wellFormed(token) {
		return nil, ErrSignedOut
	}
	v, err := s.db.MemberViewByToken(ctx, token, operator.SessionID)
	if errors.Is(err, models.ErrNotFound) {
		return nil, ErrSignedOut
	}
	if err != nil {
		return nil, fmt.Errorf("find view: %w", err)
	}
	u, err := s.viewed(ctx, s.db, v, token)
	if errors.Is(err, ErrSignedOut) {
		if fault := s.EndView(ctx, v.ID); fault != nil {
			return nil, fault
		}
		return nil, ViewOver{v.ID}
	}
	return u, err
}

// viewed is the member of a view, as long as it may go on. Errors: ErrSignedOut.
func (s *Service) viewed(ctx context.Context, db *models.DB, v models.MemberView, token string) (*User, error) {
	live, err := s.viewLives(ctx, db, v)
	if err != nil {
		return nil, err
	}
	member, err := db.UserByID(ctx, v.MemberID)
	if errors.Is(err, models.ErrNotFound) || err == nil && (!live || v.EndedAt != nil || member.Operator() || member.Disabled(s.now()) || !member.Verified()) {
		return nil, ErrSignedOut
	}
	if err != nil {
		return nil, fmt.Errorf("read member: %w", err)
	}
	u := personOf(member)
	u.SessionID, u.ActorID, u.actorRole, u.ViewEnds, u.ViewWrites, u.token = v.ID, v.OperatorID, Role(v.Role), v.EndsAt, v.Writes, token
	return u, nil
}

// actingView is acting for an operator who views: the view must run at this moment.
func (s *Service) actingView(ctx context.Context, u *User) (models.LiveSession, error) {
	db := s.db.Joined(ctx)
	v, err := db.MemberViewByID(ctx, u.SessionID)
	if errors.Is(err, models.ErrNotFound) || err == nil && (v.OperatorID != u.ActorID || v.MemberID != u.ID) {
		return models.LiveSession{}, ErrSignedOut
	}
	if err != nil {
		return models.LiveSession{}, fmt.Errorf("find view: %w", err)
	}
	if _, err := s.viewed(ctx, db, v, u.token); err != nil {
		return models.LiveSession{}, err
	}
	member, err := db.UserByID(ctx, v.MemberID)
	if err != nil {
		return models.LiveSession{}, fmt.Errorf("read member: %w", err)
	}
	return models.LiveSession{Session: models.Session{ID: v.ID, UserID: member.ID}, Person: member}, nil
}
