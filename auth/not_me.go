package auth

import (
	"context"
	"fmt"
	"time"

	"latchkey/models"
	"latchkey/views"
)

// notMePath is where "This was not me" leads. Whoever follows it is not signed in by it: the link only closes.
const notMePath = "/account/not-me/"

// notMeMargin is how long before the moment a mail reports its cause may have been stored: the mail is written last.
const notMeMargin = time.Minute

// Reported is what somebody says was not them.
type Reported struct {
	Email string
	Since time.Time // what was added to the account from then on goes
}

func reported(row models.MailToken) Reported {
	return Reported{Email: row.Email, Since: row.CreatedAt.Add(-notMeMargin)}
}

// OpenNotMe looks at a link that says "This was not me" and changes nothing. Errors: ErrDeadLink, Limited.
func (s *Service) OpenNotMe(ctx context.Context, token string) (Reported, error) {
	row, err := s.openLink(ctx, purposeNotMe, token)
	if err != nil {
		return Reported{}, err
	}
	_, err = s.ownerOfLink(ctx, row)
	return reported(row), err
}

// NotMe closes an account that somebody else was in: nothing stays open, the password is gone, and so is whatever was
// added since the reported moment. The owner gets back in by the mailbox. Errors: ErrDeadLink, Limited.
func (s *Service) NotMe(ctx context.Context, token string) error {
	return s.useLink(ctx, purposeNotMe, token, func(tx *models.Tx, u models.User, row models.MailToken) error {
		if u.Disabled(s.now()) {
			return ErrDeadLink
		}
		// Alarms of later moments have nothing left to undo; pressed next week, they would undo the owner's own work.
		if err := tx.KillAlarms(ctx, purposeNotMe, u.ID, row.CreatedAt); err != nil {
			return fmt.Errorf("kill later alarms: %w", err)
		}
		removed, err := s.secure(ctx, tx, u, reported(row).Since)
		if err != nil {
			return err
		}
		return s.tellSecured(ctx, tx, u.ID, removed)
	})
}

// removal counts what was taken from an account, by kind.
type removal struct {
	since                                             time.Time
	authenticators, passkeys, recoveryCodes, browsers int64
}

// secure closes an account: both epochs, the password, sessions, apps, and what was added since a moment.
func (s *Service) secure(ctx context.Context, tx *models.Tx, u models.User, since time.Time) (r removal, err error) {
	r.since = since
	if err := tx.RemovePassword(ctx, u.ID); err != nil {
		return r, fmt.Errorf("remove password: %w", err)
	}
	if r.authenticators, err = tx.DeleteAuthenticatorsSince(ctx, u.ID, since); err != nil {
		return r, fmt.Errorf("remove authenticators: %w", err)
	}
	if r.passkeys, err = tx.DeletePasskeysSince(ctx, u.ID, since); err != nil {
		return r, fmt.Errorf("remove passkeys: %w", err)
	}
	if r.recoveryCodes, err = tx.DeleteRecoveryCodesSince(ctx, u.ID, since); err != nil {
		return r, fmt.Errorf("remove recovery codes: %w", err)
	}
	if r.browsers, err = tx.ForgetBrowsersSince(ctx, u.ID, since); err != nil {
		return r, fmt.Errorf("forget browsers: %w", err)
	}
	if u.FactorRecoveryAt != nil {
		if err := s.endRecovery(ctx, tx, u, byPerson(AuditRecoveryStop, u.ID)); err != nil {
			return r, err
		}
	}
	if err := s.endOpened(ctx, tx, u.ID, ""); err != nil {
		return r, err
	}
	if err := s.revokeApps(tx, u.ID); err != nil {
		return r, err
	}
	return r, runHook(tx, s.cfg().OnPasswordChanged, u.ID)
}

// tellSecured writes to the log and to the owner what was done, and how to get back in.
func (s *Service) tellSecured(ctx context.Context, tx *models.Tx, userID string, r removal) error {
	event := byPerson(AuditNotMe, userID)
	event.Meta = map[string]any{
		"since": r.since, "authenticators": r.authenticators, "passkeys": r.passkeys, "recovery": r.recoveryCodes, "browsers": r.browsers,
	}
	if err := tx.Audit(ctx, event); err != nil {
		return err
	}
	u, err := tx.UserByID(ctx, userID) // of the new epoch, which the link to a new password carries
	if err != nil {
		return fmt.Errorf("read person: %w", err)
	}
	if err := s.mailSecured(ctx, tx, u.Email, r); err != nil || s.cfg().NoPasswordReset {
		return err
	}
	return s.mailReset(ctx, tx, addressee{email: u.Email, owner: &u})
}

func (s *Service) mailSecured(ctx context.Context, tx *models.Tx, email string, r removal) error {
	content, err := views.MailSecuredByOwner(ctx, views.MailSecuredByOwnerData{
		Since: r.since, Authenticators: int(r.authenticators), Passkeys: int(r.passkeys), RecoveryCodes: int(r.recoveryCodes), Browsers: int(r.browsers),
		NoReset: s.cfg().NoPasswordReset, SecurityContext: s.whenAndWhere(ctx),
	})
	return s.send(ctx, tx, letter{kind: mailSecuredByOwner, to: email}, content, err)
}

// ReportActivity is "This was not me" beside an event of one's own: it gives the last part of the link that asks
// before it acts. models.ErrNotFound: it is not theirs, or too old. Errors: ErrSignedOut.
func (s *Service) ReportActivity(ctx context.Context, u *User, eventID string) (token string, err error) {
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		live, err := s.acting(tx.Context(), u)
		if err != nil {
			return err
		}
		event, err := tx.ActivityEvent(ctx, s.activityOf(u.ID, ActivityFilter{}), eventID)
		if err != nil {
			return err
		}
		if !s.mayReport(event) {
			return models.ErrNotFound
		}
		// The page opens at once, so its link lives no longer than the proof that led to it.
		_, token, _, err = s.issueLink(ctx, tx, mailLink{
			purpose: purposeNotMe, email: live.Person.Email, userID: &u.ID, reported: event.CreatedAt, ttl: s.cfg().ReauthWindow,
		})
		return err
	})
	return token, err
}
