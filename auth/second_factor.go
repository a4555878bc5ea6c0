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
// the step for TrustTTL. Errors: Invalid, WrongFactor, ErrWrongCode (of a mailed code), Limited, ErrSignedOut (nothing open, or too many wrong codes:
// the sign-in begins again).
func (s *Service) ProveSecondStep(ctx context.Context, v Visitor, typed string, trust bool) (Entry, error) {
	code := typedCode(typed)
	if code == "" {
		return Entry{}, Invalid{"code": "Enter the code"}
	}
	p, err := s.pending(ctx, v, stepCode)
	if errors.Is(err, ErrSignedOut) {
		return s.passCheck(ctx, v, code)
	}
	if err != nil {
		return Entry{}, err
	}
	tries := []try{{limitSecondStep, p.ID}, {limitSecondStepAll, *p.UserID}}
	hits, err := s.count(ctx, s.db, tries...)
	if err != nil {
		return Entry{}, s.secondStepOver(ctx, v, err)
	}
	entry, err := s.finishSecondStep(ctx, v, p, trust, func(tx *models.Tx, u models.User) (models.Proof, error) {
		proven, err := s.useFactor(ctx, tx, u, code)
		if err != nil {
			return proven, err
		}
		return proven, s.forgive(ctx, tx.DB, tries[1:], tries[:1])
	})
	var wrong WrongFactor
	if errors.As(err, &wrong) {
		return Entry{}, s.secondStepFailed(ctx, v, p, wrong, hits)
	}
	return entry, err
}

// finishSecondStep uses a factor, ends the open step and starts the session, all or nothing.
func (s *Service) finishSecondStep(ctx context.Context, v Visitor, p models.PendingLogin, trust bool, use func(*models.Tx, models.User) (models.Proof, error)) (entry Entry, err error) {
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		u, err := s.spendPending(ctx, tx, p)
		if err != nil {
			return err
		}
		proven, err := use(tx, u)
		if err != nil {
			return err
		}
		event := byPerson(AuditSecondFactor, u.ID)
		event.Method = proven.Method
		if err := tx.Audit(ctx, event); err != nil {
			return err
		}
		entry, err = s.proceedAs(ctx, tx, proof{
			user: u, proofs: withProof(p.Proofs, proven), remember: p.Remember, returnTo: p.ReturnTo, visitor: v, ended: true,
		})
		if err != nil {
			return err
		}
		if trust && entry.Session != "" {
			if err := s.trustBrowser(ctx, tx, u, entry.Browser); err != nil {
				return err
			}
		}
		return nil
	})
	return entry, err
}

// spendPending holds the person of an open sign-in and ends it: of two requests at once one finds it ended, and what
// fails afterwards leaves it open. ErrSignedOut: it is over.
func (s *Service) spendPending(ctx context.Context, tx *models.Tx, p models.PendingLogin) (models.User, error) {
	u, err := tx.LockUser(ctx, *p.UserID)
	if errors.Is(err, models.ErrNotFound) || err == nil && (u.Epoch != p.Epoch || u.Disabled(s.now())) {
		return u, ErrSignedOut
	}
	if err != nil {
		return u, fmt.Errorf("read person: %w", err)
	}
	err = tx.SpendPendingLogin(ctx, p.ID)
	if errors.Is(err, models.ErrSpent) {
		return u, ErrSignedOut
	}
	if err != nil {
		return u, fmt.Errorf("end pending login: %w", err)
	}
	return u, nil
}

// secondStepFailed notes a wrong code. At the last one the sign-in ends: whoever sits there has the password, and
// must not get endless tries at what is left.
func (s *Service) secondStepFailed(ctx context.Context, v Visitor, p models.PendingLogin, wrong WrongFactor, hits []int) error {
	s.metrics.codes.WithLabelValues("second_factor", models.OutcomeFailure).Inc()
	if err := s.db.Audit(ctx, failed(byPendingPerson(AuditSecondFactor, p), reasonBadCode)); err != nil {
		return err
	}
	if hits[1] == s.most(limitSecondStepAll) {
		if err := s.mailSecondFactorFailures(ctx, *p.UserID); err != nil {
			return err
		}
	}
	wrong.TriesLeft = s.most(limitSecondStep) - hits[0]
	if wrong.TriesLeft <= 0 {
		return errors.Join(ErrSignedOut, s.db.EndPendingLoginByToken(ctx, v.Pending))
	}
	return wrong
}

// secondStepOver tells a limit apart: too many tries in this sign-in end it, too many for the account are waited for.
func (s *Service) secondStepOver(ctx context.Context, v Visitor, err error) error {
	var refused Limited
	if errors.As(err, &refused) && refused.Limit.ID == limitSecondStep.ID {
		return errors.Join(ErrSignedOut, s.db.EndPendingLoginByToken(ctx, v.Pending))
	}
	return err
}

// byPendingPerson is an event of a sign-in that is not finished: who sits there is not known for sure.
func byPendingPerson(action string, p models.PendingLogin) models.AuditEvent {
	return models.AuditEvent{Action: action, ActorKind: "anonymous", SubjectID: *p.UserID}
}
