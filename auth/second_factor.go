package auth

import (
	"context"
	"errors"
	"fmt"

	"latchkey/models"
)

// SecondStep is what the page of the second step shows.
type SecondStep struct {
	Email, ReturnTo string
	Factors         models.Factors // that the account has
	ByMail          bool           // the step is a mailed code
}

// OpenSecondStep tells whose second step this browser has open. ErrSignedOut: nobody's.
func (s *Service) OpenSecondStep(ctx context.Context, v Visitor) (SecondStep, error) {
	p, err := s.pending(ctx, v, stepCode)
	if errors.Is(err, ErrSignedOut) {
		return s.openCheck(ctx, v)
	}
	if err != nil {
		return SecondStep{}, err
	}
	factors, err := s.factorsOf(ctx, s.db, *p.UserID)
	return SecondStep{Email: p.Email, ReturnTo: p.ReturnTo, Factors: factors}, err
}

// ProveSecondStep takes a sign-in on with a code of an authenticator or a recovery code. trust lets this browser skip
// the step for TrustTTL. Errors: Invalid, WrongFactor, ErrWrongCode (of a mailed code), Limited, ErrSignedOut (nothing
// open, or too many wrong codes: the sign-in begins again).
func (s *Service) ProveSecondStep(ctx context.Context, v Visitor, typed string, trust bool) (entry Entry, err error) {
	code := typedCode(typed)
	if code == "" {
		return Entry{}, Invalid{"code": "Enter the code"}
	}
	var open models.SecondStep
	var told error // of a wrong code; what was counted for it is kept
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		if open, err = s.lockSecondStep(ctx, tx, v); err != nil {
			return err
		}
		proven, err := s.useFactorAmong(ctx, tx, open.Person, open.Authenticators, code)
		var wrong WrongFactor
		if errors.As(err, &wrong) {
			told, err = s.secondStepFailed(ctx, tx, open.Login, wrong)
			return err
		}
		if err != nil {
			return err
		}
		if err := s.spendSecondStep(ctx, tx, open.Login); err != nil {
			return err
		}
		entry, err = s.enterBySecondStep(ctx, tx, v, open.Login, open.Person, proven, trust)
		return err
	})
	switch {
	case errors.Is(err, errNoSecondStep):
		return s.passCheck(ctx, v, code)
	case errors.Is(err, errSecondStepClosed):
		told, err = s.whyClosed(ctx, open.Login)
	}
	if err == nil {
		err = told
	}
	return entry, err
}

var (
	errNoSecondStep     = fmt.Errorf("no second step: %w", ErrSignedOut) // this browser has none open, or is at another step
	errSecondStepClosed = errors.New("the second step is closed")        // it is over, or a limit was reached
)

// lockSecondStep finds the second step that this browser has open, and holds its person's row. Tries at one account are
// looked at one after another, so each finds counted what was wrong before it: a burst of guesses gets no more than the
// limits say. Errors: errNoSecondStep, ErrSignedOut.
func (s *Service) lockSecondStep(ctx context.Context, tx *models.Tx, v Visitor) (models.SecondStep, error) {
	if !wellFormed(v.Pending) {
		return models.SecondStep{}, errNoSecondStep
	}
	open, err := tx.LockSecondStep(ctx, v.Pending, string(stepCode))
	switch {
	case errors.Is(err, models.ErrNotFound):
		return open, errNoSecondStep
	case err != nil:
		return open, fmt.Errorf("find second step: %w", err)
	case open.Person.Disabled(s.now()):
		return open, ErrSignedOut
	}
	return open, nil
}

// secondStepTries are what a wrong code counts for: this sign-in, and the account.
func secondStepTries(p models.PendingLogin) []try {
	return []try{{limitSecondStep, p.ID}, {limitSecondStepAll, *p.UserID}}
}

// spendSecondStep ends the step that a right code completes. A full limit stops that code too, or guessing would go on.
// Errors: errSecondStepClosed.
func (s *Service) spendSecondStep(ctx context.Context, tx *models.Tx, p models.PendingLogin) error {
	err := tx.SpendPendingLogin(ctx, p.ID, s.countings(secondStepTries(p))...)
	if errors.Is(err, models.ErrSpent) {
		return errSecondStepClosed
	}
	if err != nil {
		return fmt.Errorf("end pending login: %w", err)
	}
	return nil
}

// whyClosed is what somebody is told whose right code came too late. The code is not used up.
func (s *Service) whyClosed(ctx context.Context, p models.PendingLogin) (told, err error) {
	err = s.full(ctx, s.db, secondStepTries(p)...)
	if err == nil {
		return ErrSignedOut, nil
	}
	if isLimited(err) {
		return s.secondStepOver(ctx, s.db, p, err)
	}
	return nil, err
}

// enterBySecondStep starts the session of a step that is spent.
func (s *Service) enterBySecondStep(ctx context.Context, tx *models.Tx, v Visitor, p models.PendingLogin, u models.User, proven models.Proof, trust bool) (Entry, error) {
	event := byPerson(AuditSecondFactor, u.ID)
	event.Method = proven.Method
	entry, err := s.proceedAs(ctx, tx, proof{
		user: u, proofs: withProof(p.Proofs, proven), remember: p.Remember, returnTo: p.ReturnTo, visitor: v, ended: true,
		events: []models.AuditEvent{event},
	})
	if err != nil || !trust || entry.Session == "" {
		return entry, err
	}
	return entry, s.trustBrowser(ctx, tx, u, entry.Browser)
}

// secondStepFailed counts and notes a wrong code. At the last one the sign-in ends: whoever sits there has the password,
// and must not get endless tries at what is left. told is what they hear.
func (s *Service) secondStepFailed(ctx context.Context, tx *models.Tx, p models.PendingLogin, wrong WrongFactor) (told, err error) {
	hits, err := s.count(ctx, tx.DB, secondStepTries(p)...)
	if isLimited(err) {
		return s.secondStepOver(ctx, tx.DB, p, err)
	}
	if err != nil {
		return nil, err
	}
	s.metrics.codes.WithLabelValues("second_factor", models.OutcomeFailure).Inc()
	if err := tx.Audit(ctx, failed(byPendingPerson(AuditSecondFactor, p), reasonBadCode)); err != nil {
		return nil, err
	}
	if hits[1] == s.most(limitSecondStepAll) {
		if err := s.mailSecondFactorFailures(tx.Context(), *p.UserID); err != nil {
			return nil, err
		}
	}
	if wrong.TriesLeft = s.most(limitSecondStep) - hits[0]; wrong.TriesLeft > 0 {
		return wrong, nil
	}
	return ErrSignedOut, tx.EndPendingLogin(ctx, p.ID)
}

// secondStepOver tells limits apart: too many tries in this sign-in end it, too many for the account are waited for.
func (s *Service) secondStepOver(ctx context.Context, db *models.DB, p models.PendingLogin, refused error) (told, err error) {
	var limited Limited
	if errors.As(refused, &limited) && limited.Limit.ID == limitSecondStep.ID {
		return ErrSignedOut, db.EndPendingLogin(ctx, p.ID)
	}
	return refused, nil
}

// byPendingPerson is an event of a sign-in that is not finished: who sits there is not known for sure.
func byPendingPerson(action models.Action, p models.PendingLogin) models.AuditEvent {
	return models.AuditEvent{Action: action, ActorKind: "anonymous", SubjectID: *p.UserID}
}
