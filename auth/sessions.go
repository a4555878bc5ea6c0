package auth

import (
	"context"
	"fmt"
	"time"

	"latchkey/models"
)

// sessionsShown is how many sessions the page lists, the newest first.
const sessionsShown = 50

// SessionInfo is one of a person's sessions, as they may see it: nothing in it opens anything.
type SessionInfo struct {
	ID              string
	Browser, System string
	Address, Place  string // Place is empty when not known
	Proofs          []models.Proof
	ACR             string
	Began, LastSeen time.Time
	Current         bool
}

// Sessions lists where the person is signed in, this browser first. Errors: ErrSignedOut.
func (s *Service) Sessions(ctx context.Context, u *User) ([]SessionInfo, error) {
	if _, err := s.acting(ctx, u); err != nil {
		return nil, err
	}
	rows, err := s.db.LiveSessionsOf(ctx, u.ID, s.admitsUnverified(), sessionsShown)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	var current, others []SessionInfo
	for _, info := range s.sessionInfos(ctx, rows) {
		if info.Current = info.ID == u.SessionID; info.Current {
			current = append(current, info)
		} else {
			others = append(others, info)
		}
	}
	return append(current, others...), nil
}

// sessionInfos says what may be shown of sessions.
func (s *Service) sessionInfos(ctx context.Context, rows []models.LiveSession) []SessionInfo {
	addresses := make([]string, len(rows))
	for i, row := range rows {
		addresses[i] = row.Session.Address
	}
	places := s.places(ctx, addresses...)
	list := make([]SessionInfo, len(rows))
	for i, row := range rows {
		list[i] = SessionInfo{
			ID: row.Session.ID, Address: row.Session.Address, Place: places[row.Session.Address], Proofs: row.Session.Proofs, ACR: row.Session.ACR,
			Began: row.Session.CreatedAt, LastSeen: row.Session.LastSeenAt,
		}
		list[i].Browser, list[i].System = describeUserAgent(row.Session.UserAgent)
	}
	return list
}

// EndOwnSession ends one session of the person. models.ErrNotFound: it is not theirs, or not there.
// Errors: ErrSignedOut.
func (s *Service) EndOwnSession(ctx context.Context, u *User, id string) error {
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		if _, err := s.acting(tx.Context(), u); err != nil {
			return err
		}
		event := byUser(AuditSessionEnd, u)
		event.TargetKind, event.TargetID, event.Reason = "session", id, reasonSelf
		ended, err := s.endSession(ctx, tx, u.ID, id, event)
		if err == nil && !ended {
			return models.ErrNotFound
		}
		return err
	})
}

// EndOtherSessions ends every session of the person but this one. Errors: ErrSignedOut.
func (s *Service) EndOtherSessions(ctx context.Context, u *User) error {
	return s.endOwnSessions(ctx, u, u.SessionID)
}

// EndAllSessions ends every session of the person, this one too. Errors: ErrSignedOut.
func (s *Service) EndAllSessions(ctx context.Context, u *User) error {
	return s.endOwnSessions(ctx, u, "")
}

func (s *Service) endOwnSessions(ctx context.Context, u *User, except string) error {
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		if _, err := s.acting(tx.Context(), u); err != nil {
			return err
		}
		event := byUser(AuditSessionEnd, u)
		event.Reason = reasonOthers
		return s.endSessionsOf(ctx, tx, u.ID, except, event)
	})
}

// endSurplus ends the least recently used sessions of a person beyond MaxSessions. The one just begun stays.
func (s *Service) endSurplus(ctx context.Context, tx *models.Tx, begun models.Session) error {
	if s.cfg().MaxSessions == 0 {
		return nil
	}
	rows, err := tx.LiveSessionsOf(ctx, begun.UserID, s.admitsUnverified(), s.cfg().MaxSessions+sessionsShown)
	if err != nil {
		return fmt.Errorf("list sessions: %w", err)
	}
	kept := 1
	for _, row := range rows {
		if row.Session.ID == begun.ID {
			continue
		}
		if kept < s.cfg().MaxSessions {
			kept++
			continue
		}
		event := models.AuditEvent{
			Action: AuditSessionEnd, ActorKind: "system", SubjectID: begun.UserID, SessionID: row.Session.ID, Reason: reasonLimit,
		}
		if _, err := s.endSession(ctx, tx, begun.UserID, row.Session.ID, event); err != nil {
			return err
		}
	}
	return nil
}
