package auth

import (
	"context"
	"errors"

	"latchkey/models"
)

// VerifyLink is what the page of a link shows.
type VerifyLink struct {
	Email        string
	OtherBrowser bool   // not the one that signed up: it must prove more
	NoPassword   bool   // the account was made with a passkey: there is no password to prove it by
	ReturnTo     string // where the sign-in of this browser leads
}

// OpenVerifyLink looks at a link and changes nothing. Errors: ErrDeadLink, Limited.
func (s *Service) OpenVerifyLink(ctx context.Context, v Visitor, u *User, token string) (VerifyLink, error) {
	row, err := s.openLink(ctx, purposeVerify, token)
	if err != nil {
		return VerifyLink{}, err
	}
	target, same, err := s.sameBrowser(ctx, v, u, row)
	link := VerifyLink{Email: row.Email, OtherBrowser: !same}
	if err != nil {
		return link, err
	}
	if same {
		link.ReturnTo = target.returnTo
		return link, nil
	}
	owner, err := s.ownerOfLink(ctx, row)
	link.NoPassword = owner.PasswordHash == ""
	return link, err
}

// sameBrowser tells whether the link was opened where its account signed up.
func (s *Service) sameBrowser(ctx context.Context, v Visitor, u *User, row models.MailToken) (toVerify, bool, error) {
	target, err := s.toVerify(ctx, v, u)
	if errors.Is(err, ErrSignedOut) {
		return target, false, nil
	}
	return target, err == nil && target.userID != nil && *target.userID == *row.UserID, err
}

// ConfirmLink proves the address by the link. Another browser also needs the password chosen at sign-up:
// otherwise one careless press would confirm the account that a stranger opened with this address, and
// the stranger knows its password. Errors: Invalid, ErrDeadLink, Limited, ErrBusy.
func (s *Service) ConfirmLink(ctx context.Context, v Visitor, u *User, token, password string) (Entry, error) {
	row, err := s.openLink(ctx, purposeVerify, token)
	if err != nil {
		return Entry{}, err
	}
	target, same, err := s.sameBrowser(ctx, v, u, row)
	if err != nil {
		return Entry{}, err
	}
	if same {
		entry, err := s.verifyHere(ctx, v, target, row)
		if errors.Is(err, ErrWrongCode) {
			err = ErrDeadLink
		}
		return entry, err
	}
	holder, err := s.passwordOfLink(ctx, row, password)
	if err != nil {
		return Entry{}, err
	}
	return s.verifyElsewhere(ctx, v, row, holder)
}

// passwordOfLink checks the password chosen at sign-up: five tries for a link.
func (s *Service) passwordOfLink(ctx context.Context, row models.MailToken, password string) (models.User, error) {
	if password == "" {
		return models.User{}, Invalid{"password": "Enter the password you chose when you signed up"}
	}
	another := Invalid{"password": "That is not the password chosen for this account"}
	if s.tooLong(password) {
		return models.User{}, another
	}
	leave, err := s.gate.enter(ctx)
	if err != nil {
		return models.User{}, err
	}
	defer leave()
	if _, err := s.count(ctx, s.db, try{limitLinkTries, row.ID}); err != nil {
		return models.User{}, err
	}
	holder, err := s.ownerOfLink(ctx, row)
	if err != nil {
		return models.User{}, err
	}
	if matches, _ := s.verifyPassword(password, holder.PasswordHash); !matches {
		event := failed(byPerson(AuditEmailVerify, holder.ID), reasonBadPassword)
		event.ActorKind, event.ActorID = "anonymous", ""
		return holder, errors.Join(another, s.db.Audit(ctx, event))
	}
	return holder, nil
}

func (s *Service) verifyElsewhere(ctx context.Context, v Visitor, row models.MailToken, holder models.User) (entry Entry, err error) {
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		u, err := s.spend(ctx, tx, row)
		if err != nil {
			return err
		}
		if u.Epoch != holder.Epoch { // the password just checked is no longer this account's
			return ErrDeadLink
		}
		if err := s.markVerified(ctx, tx, u, map[string]any{"other_browser": true}); err != nil {
			return err
		}
		entry, err = s.proceed(ctx, tx, proof{user: u, proofs: s.shown(methodPassword, methodEmail), visitor: v})
		return err
	})
	return entry, err
}

// NewPasswordByLink is for the owner of the mailbox who does not know the password: the mailbox is proof
// enough, and what the unverified account had goes. Errors: Invalid, ErrDeadLink, Limited, ErrBusy.
func (s *Service) NewPasswordByLink(ctx context.Context, v Visitor, token, password string) (entry Entry, err error) {
	row, err := s.openLink(ctx, purposeVerify, token)
	if err != nil {
		return Entry{}, err
	}
	owner, err := s.ownerOfLink(ctx, row)
	if err != nil {
		return Entry{}, err
	}
	if err := s.checkPassword(ctx, "new_password", newPassword{Password: password, Email: row.Email, Name: owner.Name}); err != nil {
		return Entry{}, err
	}
	leave, err := s.gate.enter(ctx)
	if err != nil {
		return Entry{}, err
	}
	defer leave()
	hash := s.hashPassword(password)
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		u, err := s.spend(ctx, tx, row)
		if err != nil {
			return err
		}
		if u.Verified() {
			return ErrDeadLink
		}
		if u, err = s.resetPassword(ctx, tx, u, hash); err != nil {
			return err
		}
		entry, err = s.proceed(ctx, tx, proof{user: u, proofs: s.shown(methodEmail), visitor: v})
		return err
	})
	return entry, err
}

// DiscardByLink erases an account that somebody opened with this mailbox's address. Errors: ErrDeadLink, Limited.
func (s *Service) DiscardByLink(ctx context.Context, token string) error {
	return s.useLink(ctx, purposeVerify, token, func(tx *models.Tx, u models.User, _ models.MailToken) error {
		if u.Verified() {
			return ErrDeadLink
		}
		event := models.AuditEvent{Action: AuditSignUpDiscarded, ActorKind: "anonymous", SubjectID: u.ID, Method: methodEmail}
		if err := tx.Audit(ctx, event); err != nil {
			return err
		}
		return s.erase(ctx, tx, u)
	})
}
