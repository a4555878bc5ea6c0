package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/models"
)

// step is what a sign-in has to do next.
type step string

const (
	stepRefuse      step = "refuse"
	stepVerify      step = "verify"       // prove the address: /verify-email
	stepLink        step = "link"         // a link or code to sign in with is in the mail: /login/link/code
	stepReset       step = "reset"        // a link or code to choose a new password is in the mail: /password/reset
	stepCode        step = "code"         // prove a second factor: /login/code
	stepCheck       step = "check"        // type a mailed code, in a browser that is new to the account: /login/code
	stepNewPassword step = "new_password" // choose another password: /password/new
	stepSession     step = "session"
)

var stepPages = map[step]string{
	stepVerify: "/verify-email", stepLink: "/login/link/code", stepReset: "/password/forgot?sent=1",
	stepCode: "/login/code", stepCheck: "/login/code", stepNewPassword: "/password/new",
}

// next alone decides which step follows, from the rows as they are now: nothing about a person is
// remembered from an earlier request.
func (s *Service) next(p proof) step {
	switch {
	case p.user.Disabled(s.now()):
		return stepRefuse
	case !p.user.Verified() && !s.admitsUnverified():
		return stepVerify
	case p.factors.Any() && !p.trusted && assurance(p.proofs) == ACRSingle:
		return stepCode
	case !p.factors.Any() && s.wantsCheck(p):
		return stepCheck
	case p.user.MustChangePassword:
		return stepNewPassword
	}
	return stepSession
}

// proof is what someone has shown so far.
type proof struct {
	user     models.User    // as last read
	factors  models.Factors // of the account, as last read
	proofs   []models.Proof
	trusted  bool                // this browser may skip the second step
	stranger bool                // this browser is new to the account
	ended    bool                // the sign-in that this browser had open is over
	events   []models.AuditEvent // of this proof, to be written with what it leads to
	remember bool
	returnTo string
	visitor  Visitor
}

// shown is what has been proven just now.
func (s *Service) shown(methods ...string) []models.Proof {
	proofs := make([]models.Proof, len(methods))
	for i, method := range methods {
		proofs[i] = models.Proof{Method: method, At: s.now()}
	}
	return proofs
}

// proceed takes a proof to its next step, in the transaction of the proof. The person is read again and
// held: a password changed or an account switched off in the meantime makes the proof worthless.
func (s *Service) proceed(ctx context.Context, tx *models.Tx, p proof) (Entry, error) {
	u, err := tx.LockUser(ctx, p.user.ID)
	if errors.Is(err, models.ErrNotFound) || err == nil && u.Epoch != p.user.Epoch {
		return Entry{}, ErrBadCredentials
	}
	if err != nil {
		return Entry{}, fmt.Errorf("read person: %w", err)
	}
	if p.factors, err = s.factorsOf(ctx, tx.DB, u.ID); err != nil {
		return Entry{}, err
	}
	if p.factors.Any() && wellFormed(p.visitor.Browser) {
		if p.trusted, err = tx.TrustsBrowser(ctx, u.ID, p.visitor.Browser); err != nil {
			return Entry{}, fmt.Errorf("look for trust: %w", err)
		}
	}
	p.user = u
	return s.proceedAs(ctx, tx, p)
}

// proceedAsRead is proceed for a person who was read before the transaction. A session does not read them again: it
// carries the epoch seen then, so whatever ended sessions meanwhile has ended this one too. Any other step does, and so
// does an account that is not verified, which may be replaced meanwhile.
func (s *Service) proceedAsRead(ctx context.Context, tx *models.Tx, p proof) (Entry, error) {
	if s.next(p) == stepSession && p.user.Verified() {
		return s.proceedAs(ctx, tx, p)
	}
	return s.proceed(ctx, tx, p)
}

// proceedAs takes a proof on for the person and factors as they were read.
func (s *Service) proceedAs(ctx context.Context, tx *models.Tx, p proof) (Entry, error) {
	if !p.ended && wellFormed(p.visitor.Pending) {
		if err := tx.EndPendingLoginByToken(ctx, p.visitor.Pending); err != nil {
			return Entry{}, fmt.Errorf("end pending login: %w", err)
		}
	}
	step := s.next(p)
	if step == stepSession {
		return s.startSession(ctx, tx, p)
	}
	if err := tx.Audit(ctx, p.events...); err != nil {
		return Entry{}, err
	}
	switch step {
	case stepRefuse:
		return Entry{}, ErrBadCredentials
	case stepVerify:
		return s.pauseToVerify(ctx, tx, p)
	default:
		return s.pause(ctx, tx, pendingFor(step, p))
	}
}

func pendingFor(step step, p proof) models.PendingLogin {
	u := p.user
	return models.PendingLogin{
		UserID: &u.ID, Email: u.Email, Step: string(step), Proofs: p.proofs, Remember: p.remember,
		ReturnTo: LocalPath(p.returnTo), Epoch: u.Epoch,
	}
}

// pause stores a pending login and sends the browser to the page of its step.
func (s *Service) pause(ctx context.Context, tx *models.Tx, p models.PendingLogin) (Entry, error) {
	token, now := models.NewToken(), s.now()
	p.ID, p.TokenHash, p.CreatedAt = models.NewID(), models.Digest(token), now
	p.ExpiresAt = now.Add(s.stepTTL(step(p.Step)))
	if err := tx.CreatePendingLogin(ctx, &p); err != nil {
		return Entry{}, fmt.Errorf("store pending login: %w", err)
	}
	return Entry{Pending: token, PendingUntil: p.ExpiresAt, Next: stepPages[step(p.Step)], pendingID: p.ID, step: step(p.Step)}, nil
}

// stepTTL is how long a step stays open: as long as what was mailed for it, or PendingLoginTTL.
func (s *Service) stepTTL(step step) time.Duration {
	switch step {
	case stepVerify:
		return s.cfg().PendingVerifyTTL
	case stepLink, stepCheck:
		return s.cfg().LoginLinkTTL
	case stepReset:
		return s.cfg().ResetTTL
	}
	return s.cfg().PendingLoginTTL
}

// holdPending holds the row of the person of an open sign-in. ErrSignedOut: what it rests on has ended, or the account is
// off.
func (s *Service) holdPending(ctx context.Context, tx *models.Tx, p models.PendingLogin) (models.User, error) {
	u, err := tx.LockUser(ctx, *p.UserID)
	if errors.Is(err, models.ErrNotFound) || err == nil && (u.Epoch != p.Epoch || u.Disabled(s.now())) {
		return u, ErrSignedOut
	}
	if err != nil {
		return u, fmt.Errorf("read person: %w", err)
	}
	return u, nil
}

// pending finds the sign-in that this browser has open at a step. ErrSignedOut: none.
func (s *Service) pending(ctx context.Context, v Visitor, want step) (models.PendingLogin, error) {
	if !wellFormed(v.Pending) {
		return models.PendingLogin{}, ErrSignedOut
	}
	p, err := s.db.PendingLoginByToken(ctx, v.Pending)
	if errors.Is(err, models.ErrNotFound) || err == nil && p.Step != string(want) {
		return models.PendingLogin{}, ErrSignedOut
	}
	if err != nil {
		return models.PendingLogin{}, fmt.Errorf("find pending login: %w", err)
	}
	return p, nil
}
