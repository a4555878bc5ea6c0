package auth

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"latchkey/models"
)

// What one act on addresses ends is bounded: so many sessions, and no wider a range. More is ended by another.
const (
	sessionsAtOnce = 1000
	widestIPv4     = 16 // bits of the range
	widestIPv6     = 32
)

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

// FromAddress is what an act on an address or a range is decided on.
type FromAddress struct {
	Address           string
	Sessions, Members int
	More              bool // than are ended at once
}

// Version names this state in a form.
func (f FromAddress) Version() (string, error) { return models.Version(f) }

// endable are the sessions from an address or a range that an operator may end: not their own, and those of operators only as an
// administrator.
func (s *Service) endable(ctx context.Context, db *models.DB, op Operator, typed string) (f FromAddress, sessions []models.ListedSession, err error) {
	network, err := endableNetwork(typed)
	if err != nil {
		return f, nil, err
	}
	all, err := db.SessionsOlder(ctx, models.SessionFilter{Kind: models.SessionOfPerson, Network: network}, nil, sessionsAtOnce+1)
	if err != nil {
		return f, nil, wideSessions(fmt.Errorf("list sessions: %w", err))
	}
	f = FromAddress{Address: spelledNetwork(network), More: len(all) > sessionsAtOnce}
	sessions = slices.DeleteFunc(all[:min(len(all), sessionsAtOnce)], func(l models.ListedSession) bool { return op.mayActOn(l.Person) != nil })
	members := map[string]bool{}
	for _, l := range sessions {
		members[l.Person.ID] = true
	}
	f.Sessions, f.Members = len(sessions), len(members)
	return f, sessions, nil
}

// endableNetwork reads where sessions are to end. Errors: Invalid.
func endableNetwork(typed string) (netip.Prefix, error) {
	network, ok := readNetwork(typed)
	if !ok || !network.IsValid() {
		return network, Invalid{"address": noNetwork}
	}
	widest := widestIPv6
	if network.Addr().Is4() {
		widest = widestIPv4
	}
	if network.Bits() < widest {
		return network, Invalid{"address": fmt.Sprintf("Choose a range of at most /%d, or /%d of IPv6", widestIPv4, widestIPv6)}
	}
	return network, nil
}

// spelledNetwork is an address as sessions keep it, or a range.
func spelledNetwork(network netip.Prefix) string {
	if network.IsSingleIP() {
		return network.Addr().String()
	}
	return network.String()
}

// EndSessionsFrom ends every session from an address that the operator may end: one batch in the audit log, with a row for each
// session. Errors: Invalid, Forbidden, ErrChanged, ErrSignedOut.
func (s *Service) EndSessionsFrom(ctx context.Context, op Operator, typed string, act Act) error {
	return s.Operate(ctx, op, RightHelp, AuditAddressEndSessions, act.Reason, func(tx *models.Tx, op Operator, event *models.AuditEvent) error {
		f, sessions, err := s.endable(ctx, tx.DB, op, typed)
		if err != nil {
			return err
		}
		if version, err := f.Version(); err != nil || version != act.Version {
			return errors.Join(err, ErrChanged)
		}
		event.BatchID, event.TargetKind, event.TargetID = models.NewID(), "address", f.Address
		event.Meta = with(event.Meta, map[string]any{"sessions": f.Sessions, "members": f.Members})
		return s.endEach(ctx, tx, op, event.BatchID, sessions)
	})
}

// endEach ends sessions as one batch.
func (s *Service) endEach(ctx context.Context, tx *models.Tx, op Operator, batch string, sessions []models.ListedSession) error {
	for _, l := range sessions {
		event := op.Event(AuditSessionEnd, l.Person.ID)
		event.Reason, event.BatchID, event.TargetKind, event.TargetID = reasonOperator, batch, "session", l.Session.ID
		if _, err := s.endSession(ctx, tx, l.Person.ID, l.Session.ID, event); err != nil {
			return err
		}
	}
	return nil
}

// EndableFrom tells whether an act can be about what was typed: an address, or a range that is not too wide.
func EndableFrom(typed string) bool {
	_, err := endableNetwork(typed)
	return err == nil
}
