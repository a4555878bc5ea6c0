package auth

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"latchkey/models"
)

// SignIn is what a sign-in form says.
type SignIn struct {
	Email, Password string
	Remember        bool
	ReturnTo        string
	Visitor         Visitor
}

// Authenticate checks an address and a password and takes the sign-in to its next step. The order is
// fixed: form, counters, account, hash, state. An address without an account costs the same hash.
// Errors: Invalid, ErrBadCredentials (one text for every reason), Limited, ErrBusy.
func (s *Service) Authenticate(ctx context.Context, in SignIn) (Entry, error) {
	email, err := s.checkSignIn(in)
	if err != nil {
		return Entry{}, err
	}
	// The place comes before the counters: who is turned away for lack of room has used up no try.
	leave, err := s.gate.enter(ctx)
	if err != nil {
		return Entry{}, err
	}
	defer leave()
	a, err := s.countSignIn(ctx, email, in.Visitor)
	if err != nil {
		return Entry{}, err
	}
	u, factors, err := s.db.UserAndFactors(ctx, email, s.rpID)
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return Entry{}, fmt.Errorf("find person: %w", err)
	}
	matches, stale := s.verifyPassword(in.Password, u.PasswordHash)
	stronger := ""
	if matches && stale {
		stronger = s.hashPassword(in.Password)
	}
	leave()
	if reason := s.refusal(u, matches, a.known); reason != "" {
		return Entry{}, s.signInFailed(ctx, a, u, reason)
	}
	return s.signInWith(ctx, a, proof{
		user: u, factors: factors, stranger: !a.known, proofs: s.shown(methodPassword), remember: in.Remember, returnTo: in.ReturnTo, visitor: in.Visitor,
	}, in.Password, stronger)
}

func (s *Service) checkSignIn(in SignIn) (email string, err error) {
	wrong := Invalid{}
	email, ok := NormalEmail(in.Email)
	if !ok {
		wrong["email"] = noAddress
	}
	if in.Password == "" {
		wrong["password"] = "Enter your password"
	}
	switch {
	case len(wrong) > 0:
		return "", wrong
	case s.tooLong(in.Password):
		return "", ErrBadCredentials // cannot be anyone's
	}
	return email, nil
}

// attempt is one sign-in being tried.
type attempt struct {
	email string
	known bool // this browser has signed in to the account before
	tries []try
	hits  []int // counters after this try, one for each of tries
}

// countSignIn counts the try before anything is looked at. A known browser has a counter of its own and
// is spared what strangers did.
func (s *Service) countSignIn(ctx context.Context, email string, v Visitor) (a attempt, err error) {
	a.email = email
	if wellFormed(v.Browser) {
		a.known, err = s.db.KnownBrowser(ctx, email, v.Browser, s.now().Add(-s.cfg().KnownBrowserTTL))
		if err != nil {
			return a, fmt.Errorf("look for browser: %w", err)
		}
	}
	a.tries = s.signInTries(ctx, email, v, a.known)
	a.hits, err = s.count(ctx, s.db, a.tries...)
	var refused Limited
	if errors.As(err, &refused) && refused.first {
		return a, errors.Join(err, s.db.Audit(ctx, failed(s.aboutAddress(AuditSignIn, email), reasonLimited)))
	}
	return a, err
}

func (s *Service) signInTries(ctx context.Context, email string, v Visitor, known bool) []try {
	key, from := s.addressKey(email), network(ctx)
	if known {
		return []try{{limitKnown, key + "|" + hex.EncodeToString(models.Digest(v.Browser))}}
	}
	return []try{{limitNetwork, from}, {limitPair, key + "|" + from}, {limitStrangers, key}, {limitLock, key}}
}

// refusal is why a sign-in is refused; empty when it is not. A right password of an account that is
// locked or off is told nothing but that it is wrong: whoever guessed it must not learn that.
func (s *Service) refusal(u models.User, matches, known bool) string {
	switch {
	case u.ID == "":
		return reasonUnknown
	case !matches:
		return reasonBadPassword
	case u.Disabled(s.now()):
		return reasonDisabled
	case u.LockedAt != nil && !known:
		return reasonLocked
	}
	return ""
}

func (s *Service) signInFailed(ctx context.Context, a attempt, u models.User, reason string) error {
	s.metrics.signIns.WithLabelValues(methodPassword, models.OutcomeFailure).Inc()
	err := s.db.InTx(ctx, func(tx *models.Tx) error {
		event := failed(s.aboutAddress(AuditSignIn, a.email), reason)
		event.SubjectID, event.Method = u.ID, methodPassword
		if err := tx.Audit(ctx, event); err != nil {
			return err
		}
		return s.guard(ctx, tx, a, u)
	})
	if err != nil {
		return err
	}
	return ErrBadCredentials
}

// signInWith is a right password. The person's row was read before the hash.
func (s *Service) signInWith(ctx context.Context, a attempt, p proof, password, stronger string) (entry Entry, err error) {
	if stronger != "" {
		if err := s.db.RehashPassword(ctx, p.user.ID, p.user.PasswordHash, stronger); err != nil {
			return Entry{}, fmt.Errorf("renew hash: %w", err)
		}
	}
	if p.user, err = s.noteBreach(ctx, p.user, password); err != nil {
		return Entry{}, err
	}
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		if entry, err = s.proceedAsRead(ctx, tx, p); err != nil {
			return err
		}
		// Last, as everywhere the person's row is held before counters are written: two transactions
		// that took them in opposite order would wait for each other.
		return s.forgiveSignIn(ctx, tx, a)
	})
	switch {
	case err == nil && entry.step == stepVerify:
		err = s.mailUnlessRecent(ctx, p.user, entry.pendingID)
	case err == nil && entry.step == stepCheck:
		err = s.mailCheck(ctx, p.user, entry.pendingID)
	}
	return entry, err
}

// forgiveSignIn clears the counters of this browser's mistakes, and gives back what was counted for the network
// and for strangers.
func (s *Service) forgiveSignIn(ctx context.Context, tx *models.Tx, a attempt) error {
	var back, cleared []try
	for _, t := range a.tries {
		if t.limit.ID == limitPair.ID || t.limit.ID == limitKnown.ID {
			cleared = append(cleared, t)
		} else {
			back = append(back, t)
		}
	}
	return s.forgive(ctx, tx.DB, back, cleared)
}

// noteBreach looks a password that has just proved right up among the stolen ones, and returns the person as they
// are then.
func (s *Service) noteBreach(ctx context.Context, u models.User, password string) (models.User, error) {
	if s.cfg().BreachAtLogin == BreachOff || u.PasswordBreachedAt != nil {
		return u, nil
	}
	count, err := s.breach.count(ctx, password)
	if err != nil || count < s.cfg().BreachMinCount {
		return u, nil // fails open; the failure is counted
	}
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		if err := tx.MarkPasswordBreached(ctx, u.ID, s.cfg().BreachAtLogin == BreachForce); err != nil {
			return fmt.Errorf("note breach: %w", err)
		}
		if err := tx.Audit(ctx, models.AuditEvent{Action: AuditPasswordBreached, ActorKind: "system", SubjectID: u.ID}); err != nil {
			return err
		}
		u, err = tx.UserByID(ctx, u.ID)
		return err
	})
	return u, err
}
