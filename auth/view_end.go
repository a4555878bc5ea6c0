package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"latchkey/models"
	"latchkey/views"
)

// StopView ends the view that somebody is in. ErrSignedOut: they are in none.
func (s *Service) StopView(ctx context.Context, u *User) error {
	if u.ActorID == "" {
		return ErrSignedOut
	}
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		if _, err := s.acting(tx.Context(), u); err != nil {
			return err
		}
		v, err := tx.MemberViewByID(ctx, u.SessionID)
		if err != nil {
			return err
		}
		return unlessEnded(s.endView(ctx, tx, v, endOf(v, AuditViewStop)))
	})
}

// EndView ends a view whose time is over. It may have ended by now.
func (s *Service) EndView(ctx context.Context, id string) error {
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		v, err := tx.MemberViewByID(ctx, id)
		if err != nil {
			return err
		}
		return unlessEnded(s.endView(ctx, tx, v, endOf(v, AuditViewExpire)))
	})
}

// NoteView keeps in the audit log what an operator did in a view, or tried. route is bounded: its method and path.
// ErrSignedOut: they are in none.
func (s *Service) NoteView(ctx context.Context, u *User, action models.Action, route string) error {
	if u.ActorID == "" {
		return ErrSignedOut
	}
	if _, err := s.acting(ctx, u); err != nil {
		return err
	}
	event := byUser(action, u)
	event.TargetKind, event.TargetID = "view", u.SessionID
	event.Meta = with(event.Meta, map[string]any{"route": route[:min(len(route), routeKept)]})
	if action == AuditViewBlock {
		event.Outcome = models.OutcomeRefused
	}
	return s.db.Audit(ctx, event)
}

// routeKept is how much of a route is kept, in bytes.
const routeKept = 200

// ViewRecord is a view as operators look back at it. Errors: Forbidden, ErrSignedOut, models.ErrNotFound.
func (s *Service) ViewRecord(ctx context.Context, op Operator, id string) (v models.MemberView, changes []models.AuditEvent, err error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return v, nil, err
	}
	if v, err = s.db.MemberViewByID(ctx, id); err != nil {
		return v, nil, err
	}
	changes, err = s.db.AuditEvents(ctx, models.AuditQuery{Action: AuditViewChange, SubjectID: v.MemberID, Since: v.StartedAt, Limit: changesShown})
	if err != nil {
		return v, nil, fmt.Errorf("list changes: %w", err)
	}
	changes = slices.DeleteFunc(changes, func(e models.AuditEvent) bool { return e.TargetID != v.ID })
	return v, changes, nil
}

// changesShown is how many changes of a view are listed, the newest first.
const changesShown = 100

// endOf is the event of a view that its own operator ends, or time.
func endOf(v models.MemberView, action models.Action) models.AuditEvent {
	return models.AuditEvent{
		Action: action, ActorKind: "operator", ActorID: v.OperatorID, EffectiveID: v.MemberID, SubjectID: v.MemberID, SessionID: v.OperatorSessionID,
		TargetKind: "view", TargetID: v.ID, Meta: with(Role(v.Role).detail(), map[string]any{"pages": v.Pages}),
	}
}

// endLostViews ends the views of an operator that may not go on, after an act of another one who took a session or a right from
// them.
func (s *Service) endLostViews(ctx context.Context, tx *models.Tx, a *memberActing) error {
	open, err := tx.OpenMemberViewsBy(ctx, a.member.ID)
	if err != nil {
		return fmt.Errorf("list views of an operator: %w", err)
	}
	for _, v := range open {
		live, err := s.viewLives(ctx, tx.DB, v)
		if err != nil {
			return err
		}
		if live {
			continue
		}
		event := a.op.Event(AuditViewStop, v.MemberID)
		event.Reason, event.TargetKind, event.TargetID = reasonOperator, "view", v.ID
		event.Meta = with(event.Meta, map[string]any{"operator": v.OperatorID, "pages": v.Pages})
		if err := unlessEnded(s.endView(ctx, tx, v, event)); err != nil {
			return err
		}
	}
	return nil
}

// unlessEnded is the outcome of an end for whom it is all the same when somebody else was first.
func unlessEnded(err error) error {
	if errors.Is(err, models.ErrSpent) {
		return nil
	}
	return err
}

// endView ends a view, keeps how it went, and tells the member. Errors: models.ErrSpent (it has ended).
func (s *Service) endView(ctx context.Context, tx *models.Tx, v models.MemberView, event models.AuditEvent) error {
	if err := tx.EndMemberView(ctx, v.ID); err != nil {
		return fmt.Errorf("end view: %w", err)
	}
	if err := tx.Audit(ctx, event); err != nil {
		return err
	}
	member, err := tx.UserByID(ctx, v.MemberID)
	if err != nil {
		return fmt.Errorf("read member: %w", err)
	}
	content, err := views.MailAccountViewed(ctx, views.MailAccountViewedData{
		Role: v.Role, Reason: v.PublicReason, Started: v.StartedAt, Length: s.viewLength(v), Changes: v.Writes, ActivityURL: s.url(activityPath),
	})
	return s.send(ctx, tx, letter{kind: mailAccountViewed, to: member.Email}, content, err)
}

// viewLength is how long a view took: no longer than it could, however late its end was noticed.
func (s *Service) viewLength(v models.MemberView) time.Duration {
	over := v.EndsAt
	if idle := v.LastSeenAt.Add(viewIdle); idle.Before(over) {
		over = idle
	}
	if now := s.now(); now.Before(over) {
		over = now
	}
	return over.Sub(v.StartedAt)
}

// viewsPerSweep is how many open views one round looks at: there are never many.
const viewsPerSweep = 1000

// TendViews ends the views whose time is over.
func (s *Service) TendViews(ctx context.Context) error {
	open, err := s.db.OpenMemberViews(ctx, viewsPerSweep)
	if err != nil {
		return fmt.Errorf("list views: %w", err)
	}
	for _, v := range open {
		live, err := s.viewLives(ctx, s.db, v)
		if err != nil {
			return err
		}
		if !live {
			if err := s.EndView(ctx, v.ID); err != nil {
				return err
			}
		}
	}
	return nil
}
