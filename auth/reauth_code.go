package auth

import (
	"context"
	"errors"
	"fmt"

	"latchkey/models"
)

// SendReauthCode mails a code to a person who has nothing else to prove who they are by: no password, no second factor.
// It is typed in the session that asked. Over the limit of the address nothing is sent, and the answer is the same.
// Errors: Invalid (there is another way), Limited (of the network), ErrSignedOut.
func (s *Service) SendReauthCode(ctx context.Context, u *User) error {
	if _, err := s.count(ctx, s.db, try{limitLinks, network(ctx)}); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		p, err := s.holdActing(ctx, tx, u)
		if err != nil {
			return err
		}
		bare, err := s.hasOnlyMailbox(ctx, tx.DB, p)
		if err != nil {
			return err
		}
		if !bare {
			return Invalid{"": "Your account has another way to confirm that it is you"}
		}
		return s.mailCode(ctx, tx, p, purposeReauth, u.SessionID)
	})
}

// hasOnlyMailbox tells whether the mailbox is all that a person can be asked to prove.
func (s *Service) hasOnlyMailbox(ctx context.Context, db *models.DB, p models.User) (bool, error) {
	if p.PasswordHash != "" {
		return false, nil
	}
	factors, err := s.factorsOf(ctx, db, p.ID)
	return !factors.Any(), err
}

// ReauthCodeSent tells whether a code of this session waits to be typed. Errors: ErrSignedOut.
func (s *Service) ReauthCodeSent(ctx context.Context, u *User) (bool, error) {
	if _, err := s.acting(ctx, u); err != nil {
		return false, err
	}
	_, err := s.db.MailTokenOfPending(ctx, purposeReauth, u.SessionID)
	if errors.Is(err, models.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("find code: %w", err)
	}
	return true, nil
}

// reauthByMail is Reauthenticate with such a code. Errors: Invalid, ErrWrongCode, Limited, ErrSignedOut.
func (s *Service) reauthByMail(ctx context.Context, u *User, code string) (entry Entry, err error) {
	if code == "" {
		return Entry{}, Invalid{"code": "Enter the code"}
	}
	if _, err := s.count(ctx, s.db, try{limitMailCodes, s.addressKey(u.Email)}); err != nil {
		return Entry{}, err
	}
	row, err := s.db.MailTokenOfPending(ctx, purposeReauth, u.SessionID)
	if errors.Is(err, models.ErrNotFound) {
		err = ErrWrongCode
	} else if err == nil {
		err = s.tryCode(ctx, row, code)
	}
	if errors.Is(err, ErrWrongCode) {
		return Entry{}, errors.Join(err, s.db.Audit(ctx, failed(byUser(AuditReauth, u), reasonBadCode)))
	}
	if err != nil {
		return Entry{}, fmt.Errorf("find code: %w", err)
	}
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		if _, err := s.spend(ctx, tx, row); err != nil {
			return err
		}
		entry, err = s.reproven(ctx, tx, u, s.shown(methodEmail)[0])
		return err
	})
	if errors.Is(err, ErrDeadLink) { // since the code was compared
		err = ErrWrongCode
	}
	return entry, err
}
