package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"latchkey/models"
)

// The values of FactorRecovery: how a person gets back in who has lost every factor of the second step.
const (
	FactorRecoveryDelayed = "delayed" // by a link that is mailed after a wait, during which anybody who should can stop it
	FactorRecoveryOff     = "off"     // an operator helps
)

// recoversFactors tells whether there is a way back in at all.
func (s *Service) recoversFactors() bool { return s.cfg().FactorRecovery != FactorRecoveryOff }

const (
	factorRecoveryPath = "/login/recovery"

	// factorRecoveryLinkTTL is how long the link works that the wait ends with.
	factorRecoveryLinkTTL = 72 * time.Hour
)

// mailedRecovery is the code that begins the wait. The password was shown before it: neither alone is enough, and both
// together are still one factor, which is why there is a wait at all.
var mailedRecovery = mailedStep{stepCode, purposeRecoveryCode, limitLinks, limitLinkMail, AuditRecoveryStart, AuditRecoveryStart}

// FactorRecovery is what its page shows to somebody at the second step of a sign-in.
type FactorRecovery struct {
	Email, ReturnTo string
	Refused         string    // why this sign-in cannot begin one; empty: it can
	At              time.Time // when the one that runs may be finished; zero: none runs
	CodeSent        bool      // and waits to be typed
}

// OpenFactorRecovery tells how the recovery of the person stands whose second step this browser has open. ErrSignedOut:
// nobody's.
func (s *Service) OpenFactorRecovery(ctx context.Context, v Visitor) (f FactorRecovery, err error) {
	p, err := s.pending(ctx, v, stepCode)
	if err != nil {
		return f, err
	}
	u, err := s.db.UserByID(ctx, *p.UserID)
	if errors.Is(err, models.ErrNotFound) {
		return f, ErrSignedOut
	}
	if err != nil {
		return f, fmt.Errorf("read person: %w", err)
	}
	f = FactorRecovery{Email: p.Email, ReturnTo: p.ReturnTo, Refused: refusedRecovery(u, p)}
	if u.FactorRecoveryAt != nil {
		f.At = *u.FactorRecoveryAt
		return f, nil
	}
	_, err = s.db.MailTokenOfPending(ctx, purposeRecoveryCode, p.ID)
	if f.CodeSent = err == nil; err != nil && !errors.Is(err, models.ErrNotFound) {
		return f, fmt.Errorf("find code: %w", err)
	}
	return f, nil
}

// refusedRecovery says why somebody who got this far cannot begin a recovery; empty: they can. The mailbox alone must
// not: it is what the mails of the wait go to. An administrator's account is worth more than the way back is.
func refusedRecovery(u models.User, p models.PendingLogin) string {
	switch {
	case u.Operator():
		return "The second step of an administrator is removed by another administrator."
	case !slices.ContainsFunc(p.Proofs, func(shown models.Proof) bool { return shown.Method != methodEmail }):
		return "Sign in with your password to begin. An email alone is not enough."
	}
	return ""
}

// beginsRecovery holds the row of a person who may begin a recovery in this sign-in. Errors: Invalid (they may not, or
// one runs), ErrSignedOut.
func (s *Service) beginsRecovery(ctx context.Context, tx *models.Tx, p models.PendingLogin) (models.User, error) {
	u, err := s.holdPending(ctx, tx, p)
	if err != nil {
		return u, err
	}
	if refused := refusedRecovery(u, p); refused != "" {
		return u, Invalid{"": refused}
	}
	if u.FactorRecoveryAt != nil {
		return u, Invalid{"": "This has begun already. We mail you the link when the wait is over"}
	}
	return u, nil
}

// SendRecoveryCode mails the code that begins the wait. Over the limit of the address nothing is sent, and the answer is
// the same. Errors: Invalid (not in this sign-in, or one runs), Limited (of the network), ErrSignedOut.
func (s *Service) SendRecoveryCode(ctx context.Context, v Visitor) error {
	p, err := s.pending(ctx, v, stepCode)
	if err != nil {
		return err
	}
	if _, err := s.count(ctx, s.db, try{limitLinks, network(ctx)}); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		u, err := s.beginsRecovery(ctx, tx, p)
		if err != nil {
			return err
		}
		return s.mailCode(ctx, tx, u, purposeRecoveryCode, p.ID)
	})
}

// StartFactorRecovery begins the wait, by the code of the mail. Nobody is signed in by it. Errors: Invalid (no code, not in
// this sign-in, one runs, or too many in a month), ErrWrongCode, Limited, ErrSignedOut.
func (s *Service) StartFactorRecovery(ctx context.Context, v Visitor, typed string) error {
	if typedCode(typed) == "" {
		return Invalid{"code": "Enter the code"}
	}
	if _, err := s.pending(ctx, v, stepCode); err != nil {
		return err
	}
	p, row, err := s.tryMailedCode(ctx, mailedRecovery, v, typed)
	if err != nil {
		return err
	}
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		if _, err := s.beginsRecovery(ctx, tx, p); err != nil {
			return err
		}
		u, err := s.spend(ctx, tx, row)
		if err != nil {
			return err
		}
		_, err = s.count(ctx, tx.DB, try{limitRecoveries, u.ID})
		if isLimited(err) {
			return Invalid{"": "This was begun too often in the last 30 days. Write to us"}
		}
		if err != nil {
			return err
		}
		return s.startWait(ctx, tx, u)
	})
	if errors.Is(err, ErrDeadLink) { // since the code was compared
		err = ErrWrongCode
	}
	return err
}

func (s *Service) startWait(ctx context.Context, tx *models.Tx, u models.User) error {
	wait := s.cfg().FactorRecoveryWait
	at := s.now().Add(wait)
	if err := tx.StartFactorRecovery(ctx, u.ID, at, s.now().Add(wait*4/7)); err != nil {
		return fmt.Errorf("start recovery: %w", err)
	}
	// Who began it has shown what the owner would, but is not yet known to be them.
	event := models.AuditEvent{Action: AuditRecoveryStart, ActorKind: "anonymous", SubjectID: u.ID, Method: methodEmail, Meta: map[string]any{"until": at}}
	if err := tx.Audit(ctx, event); err != nil {
		return err
	}
	return s.mailRecoveryStarted(ctx, tx, u, at)
}
