package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/models"
)

// RequestLoginLink mails a link and a code to sign in with, if there is an account. The answer is the same when there
// is none, when it is off, and when too many were asked for. Errors: Invalid (no address at all), Limited (of the
// network).
func (s *Service) RequestLoginLink(ctx context.Context, r MailRequest) (Entry, error) {
	return s.ask(ctx, mailedSignIn, r, func(tx *models.Tx, to addressee) error {
		return s.mailSignIn(ctx, tx, to)
	})
}

// OpenLogin is what the page for the code shows.
type OpenLogin struct{ Email, ReturnTo string }

// OpenLoginCode tells for which address this browser waits for a code, whether or not it has an account. An empty one:
// for none.
func (s *Service) OpenLoginCode(ctx context.Context, v Visitor) (OpenLogin, error) {
	p, err := s.pending(ctx, v, stepLink)
	if errors.Is(err, ErrSignedOut) {
		return OpenLogin{}, nil
	}
	return OpenLogin{Email: p.Email, ReturnTo: p.ReturnTo}, err
}

// SignInByCode signs in by the code of the mail, typed in the browser that asked for it. Errors: ErrWrongCode (one text
// for every reason), Limited.
func (s *Service) SignInByCode(ctx context.Context, v Visitor, code string) (Entry, error) {
	p, row, err := s.tryMailedCode(ctx, mailedSignIn, v, code)
	if errors.Is(err, ErrWrongCode) {
		s.metrics.signIns.WithLabelValues(methodEmail, models.OutcomeFailure).Inc()
	}
	if err != nil {
		return Entry{}, err
	}
	entry, err := s.signInByMail(ctx, v, row, p.ReturnTo)
	if errors.Is(err, ErrDeadLink) { // since the code was compared
		err = ErrWrongCode
	}
	return entry, err
}

// LoginLink is what the page of a link shows.
type LoginLink struct {
	UserID          string // whom it signs in
	Email           string // masked: whoever holds the link need not know it
	OtherBrowser    bool   // not the one that asked
	NoButton        bool   // and in this one it signs nobody in
	Asked           time.Time
	Browser, System string
	Address         string
	ReturnTo        string // where the sign-in of this browser leads
}

// OpenLoginLink looks at a link and changes nothing. Errors: ErrDeadLink, ErrSwitchedOff, Limited.
func (s *Service) OpenLoginLink(ctx context.Context, v Visitor, token string) (LoginLink, error) {
	row, err := s.findLoginLink(ctx, token)
	if err != nil {
		return LoginLink{}, err
	}
	p, here, err := s.askedHere(ctx, v, stepLink, row)
	if err != nil {
		return LoginLink{}, err
	}
	link := LoginLink{
		UserID: *row.UserID, Email: maskedEmail(row.Email), OtherBrowser: !here, NoButton: !s.linkWorks(here),
		Asked: row.CreatedAt, Address: row.Address,
	}
	link.Browser, link.System = describeUserAgent(row.UserAgent)
	if here {
		link.ReturnTo = p.ReturnTo
	}
	return link, nil
}

// SignInByLink signs in the browser in which the button was pressed, and no other. Errors: Invalid (the link has no
// button here, and stays good), ErrDeadLink, ErrSwitchedOff, Limited.
func (s *Service) SignInByLink(ctx context.Context, v Visitor, token string) (Entry, error) {
	row, err := s.findLoginLink(ctx, token)
	if err != nil {
		return Entry{}, err
	}
	p, here, err := s.askedHere(ctx, v, stepLink, row)
	if err != nil {
		return Entry{}, err
	}
	if !s.linkWorks(here) {
		return Entry{}, Invalid{"": "Open this link in the browser where you asked for it, or type the code there"}
	}
	returnTo := "" // where another browser wanted to go is not this one's way
	if here {
		returnTo = p.ReturnTo
	}
	return s.signInByMail(ctx, v, row, returnTo)
}

// linkWorks tells whether a link signs in a browser; here: it is the one that asked.
func (s *Service) linkWorks(here bool) bool {
	return here || s.cfg().LoginLinkBinding != BindingStrict
}

// findLoginLink is openLink for a sign-in. Whoever holds such a link has the mailbox, so an account that is off is
// called that.
func (s *Service) findLoginLink(ctx context.Context, token string) (models.MailToken, error) {
	row, err := s.openLink(ctx, purposeSignIn, token)
	if !errors.Is(err, ErrDeadLink) {
		return row, err
	}
	off, err := s.db.DisabledByMailToken(ctx, purposeSignIn, token)
	if err != nil {
		return row, fmt.Errorf("find link: %w", err)
	}
	if off {
		return row, ErrSwitchedOff
	}
	return row, ErrDeadLink
}

// signInByMail uses up link and code, and takes the sign-in on. The mailbox lifts a lock. For an address that was never
// proven this is the first proof: what the account had, its password too, is gone.
func (s *Service) signInByMail(ctx context.Context, v Visitor, row models.MailToken, returnTo string) (entry Entry, err error) {
	var proven bool
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		u, err := s.spend(ctx, tx, row)
		if err != nil {
			return err
		}
		locked := u.LockedAt != nil
		if proven = !u.Verified(); proven {
			if u, err = s.resetPassword(ctx, tx, u, ""); err != nil {
				return err
			}
		}
		entry, err = s.proceed(ctx, tx, proof{user: u, proofs: s.shown(methodEmail), returnTo: returnTo, visitor: v})
		if err != nil || !locked {
			return err
		}
		return s.unlockByMail(ctx, tx, u)
	})
	entry.Proven = proven
	return entry, err
}
