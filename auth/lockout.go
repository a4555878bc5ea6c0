package auth

import (
	"context"
	"errors"
	"fmt"

	"latchkey/models"
)

// guard acts on a failed try that filled a counter of strangers: first they wait and the owner gets a
// mail, then the account is locked for them. An address without an account goes the same way, to nobody.
func (s *Service) guard(ctx context.Context, tx *models.Tx, a attempt, u models.User) error {
	owner := &u
	if u.ID == "" || u.Disabled(s.now()) {
		owner = nil // a decoy: nobody is told
	}
	for i, t := range a.tries {
		full := a.hits[i] == s.most(t.limit)
		switch {
		case t.limit.ID == limitStrangers.ID && full:
			if err := s.raise(ctx, tx, AuditGuard, alarmStrangers, a.email, owner); err != nil {
				return err
			}
		case t.limit.ID == limitLock.ID && (full || owner != nil && a.hits[i] > s.most(t.limit)): // operators may have lowered it
			if err := s.lock(ctx, tx, a.email, owner); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) lock(ctx context.Context, tx *models.Tx, email string, owner *models.User) error {
	if owner != nil {
		err := tx.LockAccount(ctx, owner.ID)
		if errors.Is(err, models.ErrSpent) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("lock account: %w", err)
		}
	}
	return s.raise(ctx, tx, AuditLock, alarmLock, email, owner)
}

func (s *Service) raise(ctx context.Context, tx *models.Tx, action models.Action, a alarm, email string, owner *models.User) error {
	event := s.aboutAddress(action, email)
	event.ActorKind = "system"
	if owner != nil {
		event.SubjectID = owner.ID
	}
	if err := tx.Audit(ctx, event); err != nil {
		return err
	}
	return s.mailAlarm(ctx, tx, a, email, owner)
}

// OpenUnlock looks at an unlock link and changes nothing. Errors: ErrDeadLink, Limited.
func (s *Service) OpenUnlock(ctx context.Context, token string) (email string, err error) {
	row, err := s.openLink(ctx, purposeUnlock, token)
	return row.Email, err
}

// Unlock lifts the lock and the wait, and makes this browser a known one. It signs nobody in.
// Errors: ErrDeadLink, Limited.
func (s *Service) Unlock(ctx context.Context, v Visitor, token string) (entry Entry, err error) {
	entry = Entry{Browser: v.knownBrowser(), Next: "/login"}
	err = s.useLink(ctx, purposeUnlock, token, func(tx *models.Tx, u models.User, _ models.MailToken) error {
		if _, err := tx.RememberBrowser(ctx, u.ID, entry.Browser, s.now()); err != nil {
			return fmt.Errorf("remember browser: %w", err)
		}
		return s.unlockByMail(ctx, tx, u)
	})
	return entry, err
}

func (s *Service) unlockByMail(ctx context.Context, tx *models.Tx, u models.User) error {
	if err := s.unlock(ctx, tx, u); err != nil {
		return err
	}
	event := byPerson(AuditUnlock, u.ID)
	event.Method = methodEmail
	return tx.Audit(ctx, event)
}

// unlock lifts the lock and forgets every failure counted against the address.
func (s *Service) unlock(ctx context.Context, tx *models.Tx, u models.User) error {
	if err := tx.UnlockAccount(ctx, u.ID); err != nil {
		return fmt.Errorf("lift lock: %w", err)
	}
	key := s.addressKey(u.Email)
	if err := tx.ClearAttemptsBelow(ctx, limitPair.ID, key+"|"); err != nil {
		return fmt.Errorf("clear counters: %w", err)
	}
	err := tx.ClearAttempts(ctx, try{limitStrangers, key}.key(), try{limitLock, key}.key(), try{limitReauthAll, u.ID}.key())
	if err != nil {
		return fmt.Errorf("clear counters: %w", err)
	}
	return nil
}
