package auth

import (
	"context"
	"fmt"
	"slices"

	"latchkey/models"
)

// RemovePasskey removes a passkey of the person signed in, ends the sessions that began with it, and gives this one a new
// token, unless it is one of them. models.ErrNotFound: it is not theirs, or not there. Errors: Invalid (it is the last
// way in), ErrSignedOut.
func (s *Service) RemovePasskey(ctx context.Context, u *User, id string) (entry Entry, err error) {
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		person, err := s.holdActing(ctx, tx, u)
		if err != nil {
			return err
		}
		key, err := tx.PasskeyOf(ctx, u.ID, id)
		if err != nil {
			return err
		}
		if err := s.keepAWayIn(ctx, tx, person, id); err != nil {
			return err
		}
		if err := tx.DeletePasskey(ctx, u.ID, id); err != nil {
			return fmt.Errorf("remove passkey: %w", err)
		}
		if err := s.keepASecondFactor(ctx, tx, person); err != nil {
			return err
		}
		if entry, err = s.endBegunWith(ctx, tx, u, person, id); err != nil {
			return err
		}
		event := byUser(AuditPasskeyRemove, u)
		event.TargetKind, event.TargetID = "passkey", id
		if err := tx.Audit(ctx, event); err != nil {
			return err
		}
		return s.mailPasskeyRemoved(ctx, tx, person, key.Name)
	})
	return entry, err
}

// keepAWayIn refuses to remove the last thing that a person can sign in with; a link by mail does not count. The
// caller holds the person's row: of two removals at once, the second sees what the first has left.
func (s *Service) keepAWayIn(ctx context.Context, tx *models.Tx, person models.User, without string) error {
	if person.PasswordHash != "" {
		return nil
	}
	keys, err := tx.PasskeysOf(ctx, person.ID)
	if err != nil {
		return fmt.Errorf("list passkeys: %w", err)
	}
	if !slices.ContainsFunc(keys, func(key models.Passkey) bool { return key.ID != without && s.signsInAlone(key) }) {
		return Invalid{"": "Add another way to sign in first"}
	}
	return nil
}

// endBegunWith raises the epoch and takes along the sessions that did not begin with the passkey.
func (s *Service) endBegunWith(ctx context.Context, tx *models.Tx, u *User, person models.User, id string) (Entry, error) {
	event := byUser(AuditSessionEnd, u)
	event.Reason = reasonEpoch
	ended, err := s.endSessionsBegunWith(ctx, tx, person.ID, id, event)
	if err != nil {
		return Entry{}, err
	}
	if slices.Contains(ended, u.SessionID) { // this one
		_, err := s.endRested(ctx, tx, person)
		return Entry{Next: "/login"}, err
	}
	entry, err := s.afterFactorChange(ctx, tx, u, person)
	entry.Next = "/account/passkeys"
	return entry, err
}

// endSessionsBegunWith ends the sessions that began with a passkey, and gives their ids.
func (s *Service) endSessionsBegunWith(ctx context.Context, tx *models.Tx, userID, passkeyID string, event models.AuditEvent) (ended []string, err error) {
	sessions, err := tx.SessionsOf(ctx, userID)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	for _, session := range sessions {
		if !begunWith(session, passkeyID) {
			continue
		}
		event.TargetKind, event.TargetID = "session", session.ID
		if _, err := s.endSession(ctx, tx, userID, session.ID, event); err != nil {
			return nil, err
		}
		ended = append(ended, session.ID)
	}
	return ended, nil
}

// begunWith tells whether a passkey was part of the sign-in that a session began with. A later confirmation with it
// does not count.
func begunWith(session models.Session, id string) bool {
	return slices.ContainsFunc(session.Proofs, func(p models.Proof) bool { return p.Key == id && !p.At.After(session.CreatedAt) })
}
