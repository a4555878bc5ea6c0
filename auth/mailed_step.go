package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/models"
)

// mailedStep is a step that goes on by what was mailed: by the link in any browser, by the code in the one that asked.
type mailedStep struct {
	step    step
	purpose string
	network Limit // of requests
	mails   Limit // of requests, by address
	asked   models.Action
	tried   models.Action
}

var (
	mailedSignIn = mailedStep{stepLink, purposeSignIn, limitLinks, limitLinkMail, AuditLinkRequest, AuditSignIn}
	mailedReset  = mailedStep{stepReset, purposeReset, limitResets, limitResetMail, AuditPasswordResetRequest, AuditPasswordReset}
)

// MailRequest is what a form says that asks for a mail.
type MailRequest struct {
	Email    string
	ReturnTo string
	Visitor  Visitor
}

// addressee is whom such a mail goes to.
type addressee struct {
	email     string
	owner     *models.User // nil: a decoy
	pendingID string       // the step of the browser that asked
	operator  bool         // one of them sends it
}

func (a addressee) link(purpose string, ttl time.Duration) mailLink {
	link := mailLink{purpose: purpose, email: a.email, pendingID: a.pendingID, ttl: ttl}
	if a.pendingID != "" { // a code is typed in the browser that asked; nobody else's leads anywhere
		link.codeTTL = ttl
	}
	if a.owner != nil {
		link.userID, link.epoch = &a.owner.ID, a.owner.Epoch
	}
	return link
}

// ask opens the step and mails the way on, if there is an account. The answer is the same when there is none, when it
// is off, and when too many were asked for: a step at which no code is right.
func (s *Service) ask(ctx context.Context, m mailedStep, r MailRequest, mail func(*models.Tx, addressee) error) (entry Entry, err error) {
	email, ok := NormalEmail(r.Email)
	if !ok {
		return Entry{}, Invalid{"email": noAddress}
	}
	if _, err := s.count(ctx, s.db, try{m.network, network(ctx)}); err != nil {
		return Entry{}, err
	}
	_, err = s.count(ctx, s.db, try{m.mails, s.addressKey(email)})
	if isLimited(err) {
		return s.withoutMail(ctx, m, r, email)
	}
	if err != nil {
		return Entry{}, err
	}
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		event := s.aboutAddress(m.asked, email)
		u, err := tx.LockUserByEmail(ctx, email)
		if err != nil && !errors.Is(err, models.ErrNotFound) {
			return fmt.Errorf("find person: %w", err)
		}
		to := addressee{email: email, owner: &u}
		if err != nil || u.Disabled(s.now()) {
			to.owner = nil
		}
		if entry, err = s.openStep(ctx, tx, m, r, to); err != nil {
			return err
		}
		to.pendingID, event.SubjectID = entry.pendingID, u.ID
		if err := mail(tx, to); err != nil {
			return err
		}
		return tx.Audit(ctx, event)
	})
	return entry, err
}

// openStep opens the step in place of whatever this browser had open.
func (s *Service) openStep(ctx context.Context, tx *models.Tx, m mailedStep, r MailRequest, to addressee) (Entry, error) {
	if wellFormed(r.Visitor.Pending) {
		if err := tx.EndPendingLoginByToken(ctx, r.Visitor.Pending); err != nil {
			return Entry{}, fmt.Errorf("end pending login: %w", err)
		}
	}
	p := models.PendingLogin{Email: to.email, Step: string(m.step), Proofs: s.shown(), ReturnTo: LocalPath(r.ReturnTo)}
	if to.owner != nil {
		p.UserID, p.Epoch = &to.owner.ID, to.owner.Epoch
	}
	return s.pause(ctx, tx, p)
}

// withoutMail is the answer when no more mails go to an address. A step that this browser has open for it stays: the
// code of its last mail still works. Anywhere else a decoy opens.
func (s *Service) withoutMail(ctx context.Context, m mailedStep, r MailRequest, email string) (entry Entry, err error) {
	open, err := s.pending(ctx, r.Visitor, m.step)
	if err != nil && !errors.Is(err, ErrSignedOut) {
		return Entry{}, err
	}
	if err == nil && open.Email == email {
		return Entry{Pending: r.Visitor.Pending, PendingUntil: open.ExpiresAt, Next: stepPages[m.step]}, nil
	}
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		entry, err = s.openStep(ctx, tx, m, r, addressee{email: email})
		return err
	})
	return entry, err
}

// askedHere tells whether this browser is the one that asked for a mail, and finds the step it has open.
func (s *Service) askedHere(ctx context.Context, v Visitor, want step, row models.MailToken) (models.PendingLogin, bool, error) {
	p, err := s.pending(ctx, v, want)
	if errors.Is(err, ErrSignedOut) {
		return p, false, nil
	}
	return p, err == nil && p.ID == row.PendingLoginID, err
}

// tryMailedCode finds the mail whose code was typed in the browser that asked for it. Errors: ErrWrongCode (wrong,
// expired, used, no account, another browser: one text for all), Limited.
func (s *Service) tryMailedCode(ctx context.Context, m mailedStep, v Visitor, code string) (models.PendingLogin, models.MailToken, error) {
	var row models.MailToken
	p, err := s.pending(ctx, v, m.step)
	if errors.Is(err, ErrSignedOut) {
		return p, row, ErrWrongCode
	}
	if err != nil {
		return p, row, err
	}
	if _, err := s.count(ctx, s.db, try{limitMailCodes, s.addressKey(p.Email)}); err != nil {
		return p, row, err
	}
	row, err = s.db.MailTokenOfPending(ctx, m.purpose, p.ID)
	switch {
	case errors.Is(err, models.ErrNotFound):
		err = ErrWrongCode
	case err != nil:
		err = fmt.Errorf("find code: %w", err)
	default:
		err = s.tryCode(ctx, row, code)
	}
	if errors.Is(err, ErrWrongCode) {
		return p, row, errors.Join(err, s.wrongMailedCode(ctx, m, p))
	}
	if err == nil {
		s.metrics.codes.WithLabelValues(m.purpose, models.OutcomeSuccess).Inc()
	}
	return p, row, err
}

func (s *Service) wrongMailedCode(ctx context.Context, m mailedStep, p models.PendingLogin) error {
	s.metrics.codes.WithLabelValues(m.purpose, models.OutcomeFailure).Inc()
	event := failed(s.aboutAddress(m.tried, p.Email), reasonBadCode)
	event.Method = methodEmail
	if p.UserID != nil {
		event.SubjectID = *p.UserID
	}
	return s.db.Audit(ctx, event)
}
