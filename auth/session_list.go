package auth

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"latchkey/models"
)

// SessionQuery selects sessions for operators, and says which page of the list.
type SessionQuery struct {
	Address      string // a network address; empty: from everywhere
	PerPage      int    // one of PageSizes; 0: the fewest
	Newer, Older string // a place that a page before named; at most one of them
}

// MemberSession is one session with whose it is.
type MemberSession struct {
	SessionInfo
	MemberID, Email, Name string
	Role                  Role
	Ends                  time.Time // at the latest
}

// SessionPage is a page of the list and the places where its neighbours begin; empty: there is none.
type SessionPage struct {
	Sessions     []MemberSession
	Newer, Older string
}

// AllSessions lists the sessions of everybody, those that began last first. Errors: Forbidden, ErrSignedOut, Invalid (the
// address), models.ErrNoCursor.
func (s *Service) AllSessions(ctx context.Context, op Operator, q SessionQuery) (SessionPage, error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return SessionPage{}, err
	}
	address, ok := oneAddress(q.Address)
	if !ok {
		return SessionPage{}, Invalid{"address": "Enter an address such as 192.0.2.1"}
	}
	db := s.db.Joined(ctx)
	at := models.Place{Newer: q.Newer, Older: q.Older, Limit: rowsOnPage(q.PerPage)}
	page, err := models.ReadPage(db, at, "sessions|"+op.ID+"|"+address, models.LiveSession.Cursor,
		func(than *models.Cursor, limit int) ([]models.LiveSession, error) {
			return db.SessionsOlder(ctx, address, than, limit)
		},
		func(than models.Cursor, limit int) ([]models.LiveSession, error) {
			return db.SessionsNewer(ctx, address, than, limit)
		})
	if err != nil {
		return SessionPage{}, fmt.Errorf("list sessions: %w", err)
	}
	list := make([]MemberSession, len(page.Rows))
	for i, info := range s.sessionInfos(ctx, page.Rows) {
		owner := page.Rows[i].Person
		list[i] = MemberSession{SessionInfo: info, MemberID: owner.ID, Email: owner.Email, Name: owner.Name, Role: Role(owner.Role), Ends: page.Rows[i].Session.AbsoluteUntil}
	}
	return SessionPage{list, page.Newer, page.Older}, nil
}

// oneAddress is a network address in the form that sessions keep; an empty one is fine.
func oneAddress(typed string) (address string, ok bool) {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return "", true
	}
	parsed, err := netip.ParseAddr(typed)
	return parsed.Unmap().WithZone("").String(), err == nil
}

// sessionsAtOnce is how many sessions from one address are ended by one act; more are ended by another.
const sessionsAtOnce = 1000

// SessionsFrom counts what EndSessionsFrom would end: sessions, and the people whose they are. Errors: Forbidden, ErrSignedOut,
// Invalid.
func (s *Service) SessionsFrom(ctx context.Context, op Operator, typed string) (f FromAddress, err error) {
	op, err = s.Operating(ctx, op, RightHelp)
	if err != nil {
		return f, err
	}
	f, _, err = s.endable(ctx, s.db.Joined(ctx), op, typed)
	return f, err
}

// FromAddress is what an act on an address is decided on.
type FromAddress struct {
	Address           string
	Sessions, Members int
}

// Version names this state in a form.
func (f FromAddress) Version() (string, error) { return models.Version(f) }

// endable are the sessions from an address that an operator may end: not their own, and those of operators only as an
// administrator.
func (s *Service) endable(ctx context.Context, db *models.DB, op Operator, typed string) (f FromAddress, sessions []models.LiveSession, err error) {
	address, ok := oneAddress(typed)
	if !ok || address == "" {
		return f, nil, Invalid{"address": "Enter an address such as 192.0.2.1"}
	}
	all, err := db.SessionsOlder(ctx, address, nil, sessionsAtOnce)
	if err != nil {
		return f, nil, fmt.Errorf("list sessions: %w", err)
	}
	sessions = slices.DeleteFunc(all, func(l models.LiveSession) bool { return op.mayActOn(l.Person) != nil })
	members := map[string]bool{}
	for _, l := range sessions {
		members[l.Person.ID] = true
	}
	return FromAddress{address, len(sessions), len(members)}, sessions, nil
}

// EndSessionsFrom ends every session from an address that the operator may end: one batch in the audit log, with a row for each
// session. Errors: Invalid, Forbidden, ErrChanged, ErrSignedOut.
func (s *Service) EndSessionsFrom(ctx context.Context, op Operator, typed string, act Act) error {
	reason, sentence := models.OperatorReason(act.Reason)
	if sentence != "" {
		return Invalid{"reason": sentence}
	}
	act.Reason = reason
	err := s.db.InTx(ctx, func(tx *models.Tx) error {
		op, err := s.Operating(tx.Context(), op, RightHelp)
		if err != nil {
			return err
		}
		return s.endSessionsFrom(ctx, tx, op, typed, act)
	})
	return s.NoteRefused(ctx, op, AuditAddressEndSessions, "", err)
}

func (s *Service) endSessionsFrom(ctx context.Context, tx *models.Tx, op Operator, typed string, act Act) error {
	f, sessions, err := s.endable(ctx, tx.DB, op, typed)
	if err != nil {
		return err
	}
	if version, err := f.Version(); err != nil || version != act.Version {
		return errors.Join(err, ErrChanged)
	}
	batch := models.NewID()
	for _, l := range sessions {
		event := op.Event(AuditSessionEnd, l.Person.ID)
		event.Reason, event.BatchID, event.TargetKind, event.TargetID = reasonOperator, batch, "session", l.Session.ID
		if _, err := s.endSession(ctx, tx, l.Person.ID, l.Session.ID, event); err != nil {
			return err
		}
	}
	event := op.Event(AuditAddressEndSessions, "")
	event.Reason, event.BatchID, event.TargetKind, event.TargetID = act.Reason, batch, "address", f.Address
	event.Meta = with(event.Meta, map[string]any{"sessions": f.Sessions, "members": f.Members})
	return tx.Audit(ctx, event)
}
