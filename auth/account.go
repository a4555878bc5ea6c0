package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/models"
)

// sessionsShown is how many sessions the page lists, the newest first.
const sessionsShown = 50

// Overview is what /account shows beside the person.
type Overview struct{ Sessions, Apps int }

// Overview counts the person's sessions and apps.
func (s *Service) Overview(ctx context.Context, u *User) (o Overview, err error) {
	if o.Sessions, err = s.db.CountLiveSessions(ctx, u.ID, s.admitsUnverified()); err != nil {
		return o, fmt.Errorf("count sessions: %w", err)
	}
	if s.config.AppCount != nil {
		if o.Apps, err = s.config.AppCount(ctx, u.ID); err != nil {
			return o, fmt.Errorf("count apps: %w", err)
		}
	}
	return o, nil
}

// Rename changes what the person is called; an empty name takes it away. Errors: Invalid.
func (s *Service) Rename(ctx context.Context, u *User, typed string) error {
	name, ok := normalName(typed)
	if !ok {
		return Invalid{"name": "Use at most 100 characters, without control characters"}
	}
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		if err := tx.SetUserName(ctx, u.ID, name); err != nil {
			return fmt.Errorf("rename: %w", err)
		}
		return tx.Audit(ctx, byUser(AuditProfileChange, u))
	})
}

// SessionInfo is one of a person's sessions, as they may see it: nothing in it opens anything.
type SessionInfo struct {
	ID              string
	Browser, System string
	Address         string
	Methods         []string
	ACR             string
	Began, LastSeen time.Time
	Current         bool
}

// Sessions lists where the person is signed in, this browser first.
func (s *Service) Sessions(ctx context.Context, u *User) ([]SessionInfo, error) {
	rows, err := s.db.LiveSessionsOf(ctx, u.ID, s.admitsUnverified(), sessionsShown)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	var current, others []SessionInfo
	for _, row := range rows {
		info := SessionInfo{
			ID: row.Session.ID, Address: row.Session.Address, Methods: row.Session.Methods, ACR: row.Session.ACR,
			Began: row.Session.CreatedAt, LastSeen: row.Session.LastSeenAt, Current: row.Session.ID == u.SessionID,
		}
		info.Browser, info.System = describeUserAgent(row.Session.UserAgent)
		if info.Current {
			current = append(current, info)
		} else {
			others = append(others, info)
		}
	}
	return append(current, others...), nil
}

// EndOwnSession ends one session of the person. models.ErrNotFound: it is not theirs, or not there.
func (s *Service) EndOwnSession(ctx context.Context, u *User, id string) error {
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		err := tx.EndSession(ctx, u.ID, id)
		if errors.Is(err, models.ErrSpent) {
			return models.ErrNotFound
		}
		if err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		event := byUser(AuditSessionEnd, u)
		event.TargetKind, event.TargetID, event.Reason = "session", id, reasonSelf
		if err := tx.Audit(ctx, event); err != nil {
			return err
		}
		return s.tellEnded(tx, id)
	})
}

// EndOtherSessions ends every session of the person but this one, or this one too.
func (s *Service) EndOtherSessions(ctx context.Context, u *User, thisOneToo bool) error {
	except := u.SessionID
	if thisOneToo {
		except = ""
	}
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		event := byUser(AuditSessionEnd, u)
		event.Reason = reasonOthers
		return s.endSessionsOf(ctx, tx, u.ID, except, event)
	})
}
