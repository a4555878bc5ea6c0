package auth

import (
	"context"
	"errors"
	"fmt"

	"latchkey/models"
)

// SignOut ends the session of a cookie. Without one the answer is the same.
func (s *Service) SignOut(ctx context.Context, token string) error {
	live, err := s.liveSession(ctx, token)
	if errors.Is(err, ErrSignedOut) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		_, err := s.endSession(ctx, tx, live.Person.ID, live.Session.ID, byUser(AuditSignOut, userOf(live, token)))
		return err
	})
}

// EndSession ends the session with this public id, whosever it is: for the keeper of other programs,
// which has made sure of that. Ending it twice is no error.
func (s *Service) EndSession(ctx context.Context, id string) error {
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		live, err := tx.LiveSessionByID(ctx, id, true)
		if errors.Is(err, models.ErrNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		event := byPerson(AuditSignOut, live.Person.ID)
		event.SessionID = id
		_, err = s.endSession(ctx, tx, live.Person.ID, id, event)
		return err
	})
}

// endSession ends one session of a person, with a row and a word to the hook. ended is false when it is not theirs,
// or has ended already.
func (s *Service) endSession(ctx context.Context, tx *models.Tx, userID, id string, event models.AuditEvent) (ended bool, err error) {
	err = tx.EndSession(ctx, userID, id)
	if errors.Is(err, models.ErrSpent) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("end session: %w", err)
	}
	if err := tx.Audit(ctx, event); err != nil {
		return false, err
	}
	return true, s.tellEnded(tx, id)
}

// endSessionsOf is endSession for all sessions of a person but one (except may be empty).
func (s *Service) endSessionsOf(ctx context.Context, tx *models.Tx, userID, except string, event models.AuditEvent) error {
	ids, err := tx.EndSessionsOf(ctx, userID, except)
	if err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	for _, id := range ids {
		if event.ActorKind == "operator" { // whose own session the row names
			event.TargetKind, event.TargetID = "session", id
		} else {
			event.SessionID = id
		}
		if err := tx.Audit(ctx, event); err != nil {
			return err
		}
	}
	return s.tellEnded(tx, ids...)
}

func (s *Service) tellEnded(tx *models.Tx, sessionIDs ...string) error {
	if s.cfg().SessionEnded == nil {
		return nil
	}
	for _, id := range sessionIDs {
		if err := s.cfg().SessionEnded(tx.Context(), id); err != nil {
			return fmt.Errorf("tell that a session ended: %w", err)
		}
	}
	return nil
}
