package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/models"
)

// verifyPause is how long the page asks people to wait before another mail, and how old the last one
// must be before a sign-in sends one by itself.
const verifyPause = time.Minute

// Verification is what the page about an open verification shows.
type Verification struct {
	Email    string // empty: this browser has none open
	Wait     time.Duration
	ReturnTo string
}

// toVerify is the address that this browser may prove: of its pending sign-up, or (where unverified
// people can sign in) of the person signed in.
type toVerify struct {
	userID   *string // nil: a decoy
	email    string
	epoch    int64
	pending  models.PendingLogin // ID is empty for a signed-in person
	returnTo string
}

func (s *Service) toVerify(ctx context.Context, v Visitor, u *User) (toVerify, error) {
	if u != nil && !u.Verified {
		if _, err := s.acting(ctx, u); err != nil {
			return toVerify{}, err
		}
		return toVerify{userID: &u.ID, email: u.Email, epoch: u.Epoch, returnTo: afterSignIn}, nil
	}
	p, err := s.pending(ctx, v, stepVerify)
	return toVerify{userID: p.UserID, email: p.Email, epoch: p.Epoch, pending: p, returnTo: p.ReturnTo}, err
}

// OpenVerification says what this browser is verifying. u is who is signed in, or nil.
func (s *Service) OpenVerification(ctx context.Context, v Visitor, u *User) (Verification, error) {
	target, err := s.toVerify(ctx, v, u)
	if errors.Is(err, ErrSignedOut) {
		return Verification{}, nil
	}
	if err != nil {
		return Verification{}, err
	}
	found := Verification{Email: target.email, ReturnTo: target.returnTo}
	row, err := s.db.MailTokenOf(ctx, purposeVerify, target.userID, target.pending.ID)
	if errors.Is(err, models.ErrNotFound) {
		return found, nil
	}
	if err != nil {
		return found, fmt.Errorf("find code: %w", err)
	}
	found.Wait = max(0, verifyPause-s.now().Sub(row.CreatedAt))
	return found, nil
}

// VerifyByCode proves the address with the code of the mail, typed in the browser that signed up.
// Errors: ErrWrongCode (wrong, expired, or no account: one text for all), Limited.
func (s *Service) VerifyByCode(ctx context.Context, v Visitor, u *User, code string) (Entry, error) {
	target, err := s.toVerify(ctx, v, u)
	if errors.Is(err, ErrSignedOut) {
		return Entry{}, ErrWrongCode
	}
	if err != nil {
		return Entry{}, err
	}
	if _, err := s.count(ctx, s.db, try{limitCodes, s.addressKey(target.email)}); err != nil {
		return Entry{}, err
	}
	row, err := s.tryVerifyCode(ctx, target, code)
	if errors.Is(err, ErrWrongCode) {
		s.metrics.codes.WithLabelValues(purposeVerify, models.OutcomeFailure).Inc()
		return Entry{}, errors.Join(err, s.db.Audit(ctx, failed(s.aboutAddress(AuditEmailVerify, target.email), reasonBadCode)))
	}
	if err != nil {
		return Entry{}, err
	}
	s.metrics.codes.WithLabelValues(purposeVerify, models.OutcomeSuccess).Inc()
	return s.verifyHere(ctx, v, target, row)
}

func (s *Service) tryVerifyCode(ctx context.Context, target toVerify, code string) (models.MailToken, error) {
	row, err := s.db.MailTokenOf(ctx, purposeVerify, target.userID, target.pending.ID)
	if errors.Is(err, models.ErrNotFound) {
		return row, ErrWrongCode
	}
	if err != nil {
		return row, fmt.Errorf("find code: %w", err)
	}
	return row, s.tryCode(ctx, row, code)
}

// verifyHere uses up the mail in the browser that signed up and takes the sign-in on.
func (s *Service) verifyHere(ctx context.Context, v Visitor, target toVerify, row models.MailToken) (entry Entry, err error) {
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		u, err := s.spend(ctx, tx, row)
		if err != nil {
			return err
		}
		if err := s.markVerified(ctx, tx, u, nil); err != nil {
			return err
		}
		entry, err = s.proceed(ctx, tx, proof{
			user: u, proofs: append(target.pending.Proofs, s.shown(methodEmail)...), remember: target.pending.Remember,
			returnTo: target.returnTo, visitor: v,
		})
		if err == nil && entry.Session != "" && includes(target.pending.Proofs, []string{methodPasskey}) {
			err = s.recoveryAfterSignUp(ctx, tx, u, &entry)
		}
		return err
	})
	if errors.Is(err, ErrDeadLink) {
		return Entry{}, ErrWrongCode
	}
	return entry, err
}

func (s *Service) markVerified(ctx context.Context, tx *models.Tx, u models.User, meta map[string]any) error {
	if err := tx.VerifyUser(ctx, u.ID); errors.Is(err, models.ErrSpent) {
		return ErrDeadLink
	} else if err != nil {
		return fmt.Errorf("verify address: %w", err)
	}
	if err := runHook(tx, s.cfg().OnVerified, u.ID); err != nil {
		return err
	}
	event := byPerson(AuditEmailVerify, u.ID)
	event.Method, event.Meta = methodEmail, meta
	return tx.Audit(ctx, event)
}

// ResendVerification sends a new code and link; the old ones are dead. Over the limit nothing is sent;
// the answer is the same, also where there is no account or nothing open.
func (s *Service) ResendVerification(ctx context.Context, v Visitor, u *User) error {
	target, err := s.toVerify(ctx, v, u)
	if errors.Is(err, ErrSignedOut) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		allowed, err := s.countVerifyMail(ctx, tx, target.email)
		if err != nil || !allowed {
			return err
		}
		holder, err := tx.LockUserByEmail(ctx, target.email)
		if err != nil && !errors.Is(err, models.ErrNotFound) {
			return fmt.Errorf("read person: %w", err)
		}
		if target.userID != nil && (holder.ID != *target.userID || holder.Verified()) {
			target.userID = nil // proven in another browser meanwhile, or gone: the mail would open nothing
		}
		return s.mailVerification(ctx, tx, target.email, target.userID, target.epoch, target.pending.ID)
	})
}

// pauseToVerify is the step after a right password of an unverified account.
func (s *Service) pauseToVerify(ctx context.Context, tx *models.Tx, p proof) (Entry, error) {
	u := p.user
	event := failed(byPerson(AuditSignIn, u.ID), reasonUnverified)
	event.Method = p.proofs[0].Method
	if err := tx.Audit(ctx, event); err != nil {
		return Entry{}, err
	}
	s.metrics.signIns.WithLabelValues(event.Method, reasonUnverified).Inc()
	return s.pause(ctx, tx, pendingFor(stepVerify, p))
}

// mailUnlessRecent sends a new code after such a sign-in, unless a mail has just gone out. It is a
// transaction of its own: the counter of mails is taken before a person's row at sign-up, and must not
// be taken after it here.
func (s *Service) mailUnlessRecent(ctx context.Context, u models.User, pendingID string) error {
	last, err := s.db.MailTokenOf(ctx, purposeVerify, &u.ID, "")
	if err == nil && s.now().Sub(last.CreatedAt) <= verifyPause {
		return nil
	}
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return fmt.Errorf("find code: %w", err)
	}
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		allowed, err := s.countVerifyMail(ctx, tx, u.Email)
		if err != nil || !allowed {
			return err
		}
		return s.mailVerification(ctx, tx, u.Email, &u.ID, u.Epoch, pendingID)
	})
}
